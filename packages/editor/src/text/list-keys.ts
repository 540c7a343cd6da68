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
  COMMAND_PRIORITY_NORMAL,
  INDENT_CONTENT_COMMAND,
  KEY_DOWN_COMMAND,
  KEY_TAB_COMMAND,
  OUTDENT_CONTENT_COMMAND,
  defineExtension,
  mergeRegister,
} from 'lexical'
import type { RangeSelection } from 'lexical'

/** Deeper levels leave no room for words on a phone. */
const DEEPEST_LEVEL = 7

export const ListKeysExtension = /* @__PURE__ */ defineExtension({
  name: '@cometpad/editor/ListKeys',
  register(editor) {
    let leaving = false
    return mergeRegister(
      editor.registerCommand(
        KEY_DOWN_COMMAND,
        (event) => {
          if (event.key === 'Escape') leaving = true
          else if (event.key !== 'Tab' && event.key !== 'Shift') leaving = false
          return false
        },
        COMMAND_PRIORITY_NORMAL,
      ),
      editor.registerCommand(
        KEY_TAB_COMMAND,
        (event) => {
          const selection = $getSelection()
          if (leaving || !$isRangeSelection(selection)) return false
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
      ),
    )
  },
})

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
