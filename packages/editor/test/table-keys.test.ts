// @vitest-environment happy-dom
import { $createTableNodeWithDimensions } from '@lexical/table'
import { $getRoot, $getSelection, $isRangeSelection } from 'lexical'
import type { LexicalEditor } from 'lexical'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { mountEditor } from '../src/mount.ts'
import type { EditorHandle } from '../src/options.ts'
import { StubProvider } from './stub-provider.ts'

const target = document.createElement('div')
let handle: EditorHandle
let editor: LexicalEditor
let content: HTMLElement & { __lexicalEditor: LexicalEditor }

beforeEach(() => {
  document.body.replaceChildren(target)
  handle = mountEditor(
    target,
    { server: 'https://pad.test', documentId: 'd', user: { name: 'Ada' } },
    (_, { doc, awareness }) => new StubProvider({ doc, awareness }),
  )
  content = target.querySelector<typeof content>('.cometpad-content') as typeof content
  editor = content.__lexicalEditor
  editor.setEditable(true)
  // A text that is nothing but a table of two by two, with the caret in its first cell.
  editor.update(
    () => {
      const table = $createTableNodeWithDimensions(2, 2, false)
      $getRoot().clear().append(table)
      table.getFirstDescendant()?.selectStart()
    },
    { discrete: true },
  )
})

afterEach(() => handle.destroy())

/** Presses a key, and says whether the browser is kept from doing something with it. */
function press(key: string, more: KeyboardEventInit = {}): boolean {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more })
  content.dispatchEvent(event)
  editor.update(() => undefined, { discrete: true })
  return event.defaultPrevented
}

const kinds = (): string[] =>
  editor.read(() =>
    $getRoot()
      .getChildren()
      .map((node) => node.getType()),
  )

/** Where the caret is: the number of the cell, or of the block outside of the table. */
function caret(): string {
  return editor.read(() => {
    const selection = $getSelection()
    if (!$isRangeSelection(selection)) return 'nowhere'
    const up = [selection.focus.getNode(), ...selection.focus.getNode().getParents()]
    const cell = up.find((node) => node.getType() === 'tablecell')
    const row = cell?.getParent()
    if (cell !== undefined && row != null)
      return `cell ${row.getIndexWithinParent()}.${cell.getIndexWithinParent()}`
    return `block ${up.at(-2)?.getIndexWithinParent()}`
  })
}

describe('in a table', () => {
  test('Tab goes from cell to cell, back with Shift, and behind it from the last', () => {
    const seen = [caret()]
    for (let n = 0; n < 4; n += 1) {
      expect(press('Tab')).toBe(true)
      seen.push(caret())
    }
    expect(seen).toEqual(['cell 0.0', 'cell 0.1', 'cell 1.0', 'cell 1.1', 'block 1'])
    expect(kinds()).toEqual(['table', 'paragraph'])
  })

  test('Shift+Tab in the first cell goes before it', () => {
    press('Tab')
    press('Tab', { shiftKey: true })
    expect(caret()).toBe('cell 0.0')
    press('Tab', { shiftKey: true })
    expect([caret(), kinds()]).toEqual(['block 0', ['paragraph', 'table']])
  })

  test('after Escape Tab leaves the editor', () => {
    press('Escape')
    expect(press('Tab')).toBe(false)
  })

  test('an arrow leaves a table that is all there is, and makes no second line', () => {
    press('ArrowUp')
    expect([caret(), kinds()]).toEqual(['block 0', ['paragraph', 'table']])
    press('ArrowUp')
    expect(kinds()).toEqual(['paragraph', 'table'])
  })

  test('an arrow stays inside while there are further rows', () => {
    press('ArrowDown')
    expect(kinds()).toEqual(['table'])
    press('Tab')
    press('Tab')
    press('ArrowDown')
    expect([caret(), kinds()]).toEqual(['block 1', ['table', 'paragraph']])
  })

  test('a click below a table at the end makes a line there', () => {
    content.dispatchEvent(new MouseEvent('click', { bubbles: true, clientY: 500 }))
    editor.update(() => undefined, { discrete: true })
    expect([caret(), kinds()]).toEqual(['block 1', ['table', 'paragraph']])
  })

  test('a click of somebody who may not write makes no line', () => {
    editor.setEditable(false)
    content.dispatchEvent(new MouseEvent('click', { bubbles: true, clientY: 500 }))
    expect(kinds()).toEqual(['table'])
  })
})
