import { describe, expect, it } from 'vitest'
import { addColumn, addRow, makeTable, mergeCells, removeRow, showTable, typeIn } from '../table-gestures.ts'
import { createWriter, findFaults, sync, treeOf } from '../writer.ts'
import type { Writer } from '../writer.ts'

const TABLE = [
  ['a1', 'b1'],
  ['a2', 'b2'],
]

interface Story {
  readonly alice: (writer: Writer) => void
  /** What Bob does after he has seen it. */
  readonly bob: (writer: Writer) => void
  readonly undone: readonly (readonly string[])[]
  readonly redone: readonly (readonly string[])[]
}

/** Alice does something, Bob goes on from there, Alice undoes and redoes. */
function play({ alice: act, bob: goOn, undone, redone }: Story): void {
  for (const [first, second] of [
    [10, 20],
    [20, 10],
  ] as const) {
    const scribe = createWriter({ clientId: 5 })
    const alice = createWriter({ clientId: first })
    const bob = createWriter({ clientId: second })
    makeTable(scribe, 0, TABLE)
    const agreeOn = (expected: readonly (readonly string[])[]): void => {
      sync(scribe, alice, bob)
      for (const writer of [alice, bob]) {
        writer.binding.settle()
        expect(findFaults(writer)).toEqual([])
        expect(showTable(writer)).toEqual(expected)
        expect(treeOf(writer)).toEqual(treeOf(scribe))
      }
    }
    agreeOn(TABLE)
    act(alice)
    sync(alice, bob)
    goOn(bob)
    sync(alice, bob)
    alice.output.undo()
    agreeOn(undone)
    alice.output.redo()
    agreeOn(redone)
  }
}

describe('undo of what was done to a table, after somebody else has gone on', () => {
  it('[UN1, BN11] of a new row, while others typed elsewhere: the row is gone, and comes back', () => {
    play({
      alice: (a) => addRow(a, 0),
      bob: (b) => typeIn(b, [2, 1], 'XY'),
      undone: [
        ['a1', 'b1'],
        ['a2', 'b2XY'],
      ],
      redone: [
        ['a1', 'b1'],
        ['', ''],
        ['a2', 'b2XY'],
      ],
    })
  })

  it('[UN1, BN11] of a new row in which somebody typed: the row goes, and what they typed stays in the table', () => {
    const alice = createWriter({ clientId: 10 })
    const bob = createWriter({ clientId: 20 })
    makeTable(alice, 0, TABLE)
    addRow(alice, 0)
    sync(alice, bob)
    typeIn(bob, [1, 0], 'XY')
    sync(alice, bob)
    alice.output.undo()
    sync(alice, bob)
    expect(showTable(bob)).toEqual([
      ['XY/a1', 'b1'],
      ['a2', 'b2'],
    ])
    alice.output.redo()
    sync(alice, bob)
    expect(showTable(bob)).toEqual([
      ['a1', 'b1'],
      ['XY', ''],
      ['a2', 'b2'],
    ])
    expect(treeOf(alice)).toEqual(treeOf(bob))
    expect([...findFaults(alice), ...findFaults(bob)]).toEqual([])
  })

  it('[UN1, BN11] of deleting a row, while others added a column: it is whole again', () => {
    play({
      alice: (a) => removeRow(a, 1),
      bob: (b) => addColumn(b, 0),
      undone: [
        ['a1', '', 'b1'],
        ['a2', '', 'b2'],
      ],
      redone: [['a1', '', 'b1']],
    })
  })

  it('[UN1, BN11] of merging cells, in which others typed: each text is in its own cell again', () => {
    play({
      alice: (a) =>
        mergeCells(a, [
          [0, 0],
          [0, 1],
        ]),
      bob: (b) => typeIn(b, [0, 0], 'XY'),
      undone: [
        ['a1', 'b1XY'],
        ['a2', 'b2'],
      ],
      redone: [['a1/b1XY 1x2'], ['a2', 'b2']],
    })
  })
})
