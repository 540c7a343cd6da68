/**
 * A Lexical editor without a screen, bound to a document as the editor of a page is: what it is told to show goes into the document
 * by the binding's own comparison, which moves no text that stays. Knows no format.
 */
import { CollaborationExtension } from '@cometpad/binding'
import { CometpadError } from '@cometpad/shared'
import { buildEditorFromExtensions, getExtensionDependencyFromEditor } from '@lexical/extension'
import { $getRoot, $parseSerializedNode, configExtension, defineExtension } from 'lexical'
import type { LexicalEditorWithDispose, SerializedElementNode, SerializedLexicalNode } from 'lexical'
import type * as Y from 'yjs'
import { $patchChildren } from './patch-nodes.ts'

export class HeadlessEditor {
  readonly doc: Y.Doc
  readonly #editor: LexicalEditorWithDispose
  readonly #errors: unknown[] = []

  /** Begins the document if nobody has. */
  constructor(doc: Y.Doc) {
    this.doc = doc
    this.#editor = buildEditorFromExtensions(
      defineExtension({
        name: '@cometpad/server/Content',
        $initialEditorState: null,
        onError: (error) => this.#errors.push(error),
        dependencies: [configExtension(CollaborationExtension, { doc })],
      }),
    )
    this.#settle()
  }

  /** What the editor shows. The same blocks give the same tree. */
  root(): SerializedElementNode {
    return withoutMemory(this.#editor.getEditorState().toJSON().root) as SerializedElementNode
  }

  /** Shows these nodes in place of others. Throws CONTENT_UNREADABLE for what is no node. */
  replaceAll(nodes: readonly unknown[]): void {
    this.#update(() => {
      const root = $getRoot()
      const made = nodes.map((node) => $parseSerializedNode(node as SerializedLexicalNode))
      root.splice(0, root.getChildrenSize(), made)
    })
    const [error] = this.#errors
    if (error !== undefined) throw new CometpadError('CONTENT_UNREADABLE', { cause: error })
    this.#settle()
  }

  /** Shows what `wanted` shows, and touches nothing that is the same already. */
  become(wanted: HeadlessEditor): void {
    const before = this.root().children
    const after = wanted.root().children
    this.#update(() => $patchChildren($getRoot(), before, after))
    this.#settle()
  }

  close(): void {
    this.#editor.dispose()
  }

  #update(change: () => void): void {
    this.#editor.update(change, { discrete: true, skipTransforms: true })
  }

  /** What Lexical or the binding had to recover from is a mistake here, not something to go on with. */
  #settle(): void {
    const { output } = getExtensionDependencyFromEditor(this.#editor, CollaborationExtension)
    const binding = output.binding.value
    binding?.settle()
    const state = output.state.value
    if (state.state === 'outdated') throw new CometpadError('DOCUMENT_TOO_NEW')
    const error = this.#errors[0] ?? output.recovered.value.error
    if (error !== undefined || state.state !== 'live')
      throw new CometpadError('INTERNAL_ERROR', {
        detail: 'The document cannot be shown.',
        cause: error ?? state,
      })
  }
}

/** What an editor remembers for the next letter is no part of the text. */
function withoutMemory(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutMemory)
  if (typeof node !== 'object' || node === null) return node
  return Object.fromEntries(
    Object.entries(node).flatMap(([name, value]) =>
      name === 'textFormat' || name === 'textStyle' ? [] : [[name, withoutMemory(value)]],
    ),
  )
}
