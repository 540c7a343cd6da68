/** "# ", "- ", "1. ", "[] ", "> " and "``` " at the start of a paragraph turn it into what they mean in Markdown. */
import {
  $getNodeByKey,
  $getSelection,
  $isParagraphNode,
  $isRangeSelection,
  $isTextNode,
  TextNode,
  defineExtension,
} from 'lexical'
import { $isListItemNode } from '@lexical/list'
import type { LexicalEditor } from 'lexical'
import { $setBlockType } from './block-type.ts'
import type { BlockType } from './block-type.ts'

const SHORTCUTS: readonly (readonly [RegExp, BlockType])[] = [
  [/^# /, 'h1'],
  [/^## /, 'h2'],
  [/^### /, 'h3'],
  [/^[-*+] /, 'bullet'],
  [/^1[.)] /, 'number'],
  [/^\[ ?\] /, 'check'],
  [/^> /, 'quote'],
  [/^``` /, 'code'],
]

/** What a text begins with, if that is a shortcut: its kind and its length. */
export function shortcutOf(text: string): { type: BlockType; length: number } | undefined {
  for (const [pattern, type] of SHORTCUTS) {
    const match = pattern.exec(text)
    if (match !== null) return { type, length: match[0].length }
  }
  return undefined
}

export const MarkdownShortcutsExtension = /* @__PURE__ */ defineExtension({
  name: '@cometpad/editor/MarkdownShortcuts',
  // A transform sees only local edits, and typed text comes through here whatever keyboard made it.
  register: (editor) => editor.registerNodeTransform(TextNode, (node) => $applyShortcut(editor, node)),
})

function $applyShortcut(editor: LexicalEditor, node: TextNode): void {
  const text = node.getTextContent()
  const shortcut = shortcutOf(text)
  if (shortcut === undefined || !node.isSimpleText() || node.getPreviousSibling() !== null) return
  const parent = node.getParent()
  const isBullet = $isListItemNode(parent) && shortcut.type === 'check'
  if (!$isParagraphNode(parent) && !isBullet) return
  const selection = $getSelection()
  if (!$isRangeSelection(selection) || !selection.isCollapsed()) return
  const { anchor } = selection
  if (anchor.key !== node.getKey() || anchor.offset !== shortcut.length) return
  // Only the space that was typed just now counts; a caret that comes back to an old "# " changes nothing.
  const before = editor.getEditorState().read(() => {
    const previous = $getNodeByKey(node.getKey())
    return $isTextNode(previous) ? previous.getTextContent() : ''
  })
  if (before !== text.slice(0, shortcut.length - 1) + text.slice(shortcut.length)) return
  node.spliceText(0, shortcut.length, '', true)
  $setBlockType(shortcut.type)
}
