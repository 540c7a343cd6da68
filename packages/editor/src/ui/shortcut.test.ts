import { expect, test } from 'vitest'
import { isShortcut, shortcutText } from './shortcut.ts'

const keys = { key: '', code: '', ctrlKey: false, metaKey: false, shiftKey: false, altKey: false }

test('a shortcut is written in the notation of the platform', () => {
  expect(shortcutText({ key: 'x', shift: true }, true)).toBe('⇧⌘X')
  expect(shortcutText({ key: '1', alt: true }, false)).toBe('Ctrl+Alt+1')
})

test('the command key is ⌘ on Apple’s systems and Ctrl elsewhere, never both', () => {
  const event = { ...keys, key: 'k', ctrlKey: true }
  expect(isShortcut(event, { key: 'k' }, false)).toBe(true)
  expect(isShortcut(event, { key: 'k' }, true)).toBe(false)
  expect(isShortcut({ ...event, metaKey: true }, { key: 'k' }, false)).toBe(false)
})

test('digits are told by their place, whatever the layout makes of Shift', () => {
  const event = { ...keys, key: '*', code: 'Digit8', ctrlKey: true, shiftKey: true }
  expect(isShortcut(event, { key: '8', shift: true }, false)).toBe(true)
  expect(isShortcut({ ...event, shiftKey: false }, { key: '8', shift: true }, false)).toBe(false)
})
