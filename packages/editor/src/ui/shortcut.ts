/** Key combinations: whether an event is one, and how to write it the way the person's platform does. */
import { IS_APPLE } from 'lexical'

export interface Shortcut {
  /** The `key` of the event, lower case; digits are told by their place on the keyboard. */
  readonly key: string
  readonly shift?: boolean
  readonly alt?: boolean
}

type Keys = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey'>

/** Every shortcut is with ⌘ on Apple's systems and with Ctrl elsewhere. */
export function isShortcut(event: Keys, shortcut: Shortcut, apple: boolean = IS_APPLE): boolean {
  const command = apple ? event.metaKey && !event.ctrlKey : event.ctrlKey && !event.metaKey
  if (!command || event.shiftKey !== (shortcut.shift ?? false) || event.altKey !== (shortcut.alt ?? false))
    return false
  // With Shift or Alt the key of a digit is another character, which depends on the layout.
  if (/^\d$/.test(shortcut.key)) return event.code === `Digit${shortcut.key}`
  return event.key.toLowerCase() === shortcut.key
}

export function shortcutText(shortcut: Shortcut, apple: boolean = IS_APPLE): string {
  const key = shortcut.key.toUpperCase()
  if (apple) return `${shortcut.alt ? '⌥' : ''}${shortcut.shift ? '⇧' : ''}⌘${key}`
  return ['Ctrl', shortcut.alt ? 'Alt' : '', shortcut.shift ? 'Shift' : '', key]
    .filter((part) => part !== '')
    .join('+')
}
