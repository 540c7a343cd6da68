import { $getNodeByKey, $getSelection, $isRangeSelection, $isTextNode } from 'lexical'
import { describe, expect, it } from 'vitest'
import {
  $cellAt,
  $tableOf,
  addColumn,
  addRow,
  makeTable,
  mergeCells,
  removeRow,
  showTable,
  typeIn,
} from './table-gestures.ts'
import { createWriter, findFaults, sync } from './writer.ts'
import type { Writer } from './writer.ts'

const TABLE = [
  ['a1', 'b1'],
  ['a2', 'b2'],
]

function begin(): [Writer, Writer] {
  const writers: [Writer, Writer] = [createWriter({ clientId: 10 }), createWriter({ clientId: 20 })]
  makeTable(writers[0], 0, TABLE)
  sync(...writers)
  return writers
}

/** The letters before the caret and behind it, in the text that it is in. */
function caretOf({ editor }: Writer): string {
  return editor.getEditorState().read(() => {
    const selection = $getSelection()
    if (!$isRangeSelection(selection)) return 'none'
    const node = selection.anchor.getNode()
    const text = node.getTextContent()
    return $isTextNode(node)
      ? `${text.slice(0, selection.anchor.offset)}|${text.slice(selection.anchor.offset)}`
      : `|${text}`
  })
}

describe('a table that somebody else changes', () => {
  it('[BN11] keeps the caret in the cell in which one writes', () => {
    const [alice, bob] = begin()
    typeIn(bob, [1, 1], '!')
    expect(caretOf(bob)).toBe('b2!|')
    addRow(alice, 0)
    addColumn(alice, 0, true)
    typeIn(alice, [2, 2], 'XY')
    mergeCells(alice, [
      [0, 0],
      [0, 1],
    ])
    sync(alice, bob)
    expect(caretOf(bob)).toContain('b2')
    bob.edit(() => {
      const selection = $getSelection()
      if ($isRangeSelection(selection)) selection.insertText('?')
    })
    sync(alice, bob)
    expect(alice.text()).toContain('!?')
    expect([...findFaults(alice), ...findFaults(bob)]).toEqual([])
  })

  it('[BN11] keeps the caret in an empty cell of which nothing is written yet', () => {
    const [alice, bob] = begin()
    addRow(alice, 1)
    addColumn(bob, 1)
    sync(alice, bob)
    bob.edit(() => void $cellAt($tableOf(), [2, 2]).selectEnd())
    typeIn(alice, [0, 0], 'XY')
    sync(alice, bob)
    bob.edit(() => {
      const selection = $getSelection()
      if ($isRangeSelection(selection)) selection.insertText('here')
    })
    sync(alice, bob)
    expect(showTable(alice)).toEqual([
      ['a1XY', 'b1', ''],
      ['a2', 'b2', ''],
      ['', '', 'here'],
    ])
  })

  it('[BN11] puts the caret into what is left when its row is deleted', () => {
    const [alice, bob] = begin()
    typeIn(bob, [1, 0], '')
    removeRow(alice, 1)
    sync(alice, bob)
    expect(caretOf(bob)).toBe('b1|')
  })

  it('[BN11] keeps the elements of the rows and cells that stay', () => {
    const [alice, bob] = begin()
    const keysOf = (): string[] =>
      bob.editor.getEditorState().read(() => {
        const table = $tableOf()
        const cells = [$cellAt(table, [0, 0]), $cellAt(table, [0, 1])]
        return [table, ...cells, ...cells.flatMap((cell) => cell.getChildren())].map((node) => node.getKey())
      })
    const before = keysOf()
    addRow(alice, 0)
    removeRow(alice, 2)
    typeIn(alice, [0, 1], 'XY')
    sync(alice, bob)
    expect(keysOf()).toEqual(before)
    expect(
      bob.editor.getEditorState().read(() => before.every((key) => $getNodeByKey(key)?.isAttached())),
    ).toBe(true)
  })

  it('[BN11] opens as it is in an editor that comes later, and nothing is written by opening it', () => {
    const [alice] = begin()
    addRow(alice, 1)
    mergeCells(alice, [
      [1, 0],
      [2, 0],
    ])
    const late = createWriter({ clientId: 30 })
    let isWritten = false
    late.doc.on('update', (_: Uint8Array, origin: unknown) => (isWritten ||= origin === late.binding))
    sync(alice, late)
    expect(isWritten).toBe(false)
    expect(late.text()).toBe(alice.text())
  })
})
