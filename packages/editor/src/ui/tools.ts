/** The tools of the toolbar and the keyboard: their names, icons, shortcuts, what they do and when they are on. */
import { $getSelection, $isRangeSelection, FORMAT_TEXT_COMMAND } from 'lexical'
import type { LexicalEditor, TextFormatType } from 'lexical'
import type { Messages } from '../messages.ts'
import { $blockType, $toggleBlockType } from '../text/block-type.ts'
import type { BlockType } from '../text/block-type.ts'
import { $isInContainer, TOGGLE_NOTE_COMMAND } from '../text/notes.ts'
import type { IconName } from './icons.ts'
import type { Shortcut } from './shortcut.ts'

export interface Tool {
  readonly id: string
  readonly icon: IconName
  readonly label: (messages: Messages) => string
  readonly shortcut: Shortcut
  /** Lexical's rich text listens to this shortcut itself. */
  readonly builtIn?: boolean
  readonly $run: (editor: LexicalEditor) => void
  readonly $isOn: () => boolean
}

function format(type: TextFormatType & IconName, shortcut: Shortcut, builtIn = false): Tool {
  return {
    id: type,
    icon: type,
    label: (messages) => messages[type as keyof Messages] as string,
    shortcut,
    builtIn,
    $run: (editor) => void editor.dispatchCommand(FORMAT_TEXT_COMMAND, type),
    $isOn() {
      const selection = $getSelection()
      return $isRangeSelection(selection) && selection.hasFormat(type)
    },
  }
}

function block(type: BlockType, icon: IconName, shortcut: Shortcut): Tool {
  return {
    id: type,
    icon,
    label: (messages) => messages.blockTypes[type],
    shortcut,
    $run: () => $toggleBlockType(type),
    $isOn: () => $blockType() === type,
  }
}

export const formatTools: readonly Tool[] = [
  format('bold', { key: 'b' }, true),
  format('italic', { key: 'i' }, true),
  format('underline', { key: 'u' }, true),
  format('strikethrough', { key: 'x', shift: true }),
  format('code', { key: 'e' }),
]

export const listTools: readonly Tool[] = [
  block('bullet', 'bullet', { key: '8', shift: true }),
  block('number', 'number', { key: '7', shift: true }),
  block('check', 'check', { key: '9', shift: true }),
  {
    id: 'note',
    icon: 'note',
    label: ({ note }) => note,
    shortcut: { key: '6', alt: true },
    $run: (editor) => void editor.dispatchCommand(TOGGLE_NOTE_COMMAND, undefined),
    $isOn: $isInContainer,
  },
]

export const blockTools: readonly Tool[] = [
  block('paragraph', 'paragraph', { key: '0', alt: true }),
  block('h1', 'heading', { key: '1', alt: true }),
  block('h2', 'heading', { key: '2', alt: true }),
  block('h3', 'heading', { key: '3', alt: true }),
  block('quote', 'quote', { key: '4', alt: true }),
  block('code', 'code', { key: '5', alt: true }),
]

export const undoShortcut: Shortcut = { key: 'z' }
export const redoShortcut: Shortcut = { key: 'z', shift: true }
export const linkShortcut: Shortcut = { key: 'k' }
export const saveShortcut: Shortcut = { key: 's' }
