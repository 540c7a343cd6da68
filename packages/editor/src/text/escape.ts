/** After Escape the next Tab leaves the editor, so that nobody is caught in the text. */
import { COMMAND_PRIORITY_NORMAL, KEY_DOWN_COMMAND } from 'lexical'
import type { LexicalEditor } from 'lexical'

export interface Escape {
  /** Escape was the last key, but for Tab and Shift. */
  readonly isLeaving: boolean
  readonly end: () => void
}

export function watchEscape(editor: LexicalEditor): Escape {
  let isLeaving = false
  const end = editor.registerCommand(
    KEY_DOWN_COMMAND,
    ({ key }) => {
      if (key === 'Escape') isLeaving = true
      else if (key !== 'Tab' && key !== 'Shift') isLeaving = false
      return false
    },
    COMMAND_PRIORITY_NORMAL,
  )
  return {
    get isLeaving() {
      return isLeaving
    },
    end,
  }
}
