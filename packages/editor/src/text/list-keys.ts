/**
 * Tab and Shift+Tab change the level of list items. Everywhere else Tab leaves the editor, and after Escape it does so
 * in lists too, so that nobody is caught in the text.
 */
import { $isListItemNode } from '@lexical/list'
import {
  $findMatchingParent,
  $getSelection,
  $isRangeSelection,
  COMMAND_PRIORITY_LOW,
  INDENT_CONTENT_COMMAND,
  KEY_TAB_COMMAND,
  OUTDENT_CONTENT_COMMAND,
} from 'lexical'
import type { LexicalEditor, RangeSelection } from 'lexical'
import type { Escape } from './escape.ts'

/** Deeper levels leave no room for words on a phone. */
const DEEPEST_LEVEL = 7

export function registerListKeys(editor: LexicalEditor, escape: Escape): () => void {
  return editor.registerCommand(
    KEY_TAB_COMMAND,
    (event) => {
      const selection = $getSelection()
      if (escape.isLeaving || !$isRangeSelection(selection)) return false
      const level = $deepestLevel(selection)
      if (level === undefined) return false
      event.preventDefault()
      if (!event.shiftKey && level >= DEEPEST_LEVEL) return true
      return editor.dispatchCommand(
        event.shiftKey ? OUTDENT_CONTENT_COMMAND : INDENT_CONTENT_COMMAND,
        undefined,
      )
    },
    COMMAND_PRIORITY_LOW,
  )
}

/** The deepest level of the selected list items, or undefined when something else is selected as well. */
function $deepestLevel(selection: RangeSelection): number | undefined {
  let deepest = 0
  for (const point of [selection.anchor, selection.focus]) {
    const item = $findMatchingParent(point.getNode(), $isListItemNode)
    if (item === null) return undefined
    deepest = Math.max(deepest, item.getIndent())
  }
  return deepest
}
