/** The state of a Lexical editor as JSON. Says everything that an editor of this version shows. */
import { CometpadError } from '@cometpad/shared'
import { blocksOf, docOf } from '../blocks.ts'
import type { Block } from '../blocks.ts'
import { HeadlessEditor } from '../headless-editor.ts'
import type { Format } from './format.ts'

export const lexicalJson: Format = {
  hasContainers: true,

  write(blocks) {
    const editor = new HeadlessEditor(docOf(blocks))
    try {
      return `${JSON.stringify({ root: editor.root() })}\n`
    } finally {
      editor.close()
    }
  },

  read(text, bounds) {
    const root = rootIn(text)
    let nodes = 0
    const open: { readonly node: unknown; readonly depth: number }[] = [{ node: root, depth: 0 }]
    // Counted before anything is made of them.
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      nodes += 1
      if (nodes > bounds.contentRuns || next.depth > bounds.contentDepth)
        throw new CometpadError('CONTENT_TOO_COMPLEX')
      const children = childrenIn(next.node)
      for (const node of children) open.push({ node, depth: next.depth + 1 })
    }
    const editor = new HeadlessEditor(docOf([]))
    try {
      editor.replaceAll(childrenIn(root))
      const blocks: Block[] = blocksOf(editor.doc)
      if (blocks.length > bounds.contentBlocks) throw new CometpadError('CONTENT_TOO_COMPLEX')
      return blocks
    } finally {
      editor.close()
    }
  },

  says: (block) => block,
}

function rootIn(text: string): unknown {
  const state = parsed(text)
  const root: unknown =
    typeof state === 'object' && state !== null && 'root' in state ? state.root : undefined
  if (typeof root !== 'object' || root === null || !('children' in root) || !Array.isArray(root.children))
    throw new CometpadError('CONTENT_UNREADABLE', {
      detail: 'The state of an editor is an object with "root", which has "children".',
    })
  return root
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    if (cause instanceof RangeError) throw new CometpadError('CONTENT_TOO_COMPLEX', { cause })
    throw new CometpadError('CONTENT_UNREADABLE', { detail: 'This is not JSON.', cause })
  }
}

function childrenIn(node: unknown): unknown[] {
  return typeof node === 'object' && node !== null && 'children' in node && Array.isArray(node.children)
    ? (node.children as unknown[])
    : []
}
