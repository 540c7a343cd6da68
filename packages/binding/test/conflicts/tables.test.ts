import { describe, expect, it } from 'vitest'
import { type } from '../gestures.ts'
import {
  addColumn,
  addRow,
  enterIn,
  makeTable,
  mergeCells,
  removeColumn,
  removeRow,
  showTable,
  typeIn,
  unmergeCell,
} from '../table-gestures.ts'
import { createWriter, findFaults, sync, treeOf } from '../writer.ts'
import type { Writer } from '../writer.ts'
import { expectAgreed } from './agreed.ts'

const TWO_BY_TWO = [
  ['a1', 'b1'],
  ['a2', 'b2'],
]

/** Two writers and a third who opens the document afterwards; both orders of client ids. */
function conflict(
  cells: readonly (readonly string[])[],
  a: (writer: Writer) => void,
  b: (writer: Writer) => void,
  then: (alice: Writer) => void = () => undefined,
): [Writer, Writer] {
  const run = (first: number, second: number): Writer => {
    const alice = createWriter({ clientId: first })
    const bob = createWriter({ clientId: second })
    type(alice, [0, 0], 'above')
    makeTable(alice, 0, cells)
    sync(alice, bob)
    expect(showTable(bob)).toEqual(cells)
    a(alice)
    b(bob)
    sync(alice, bob)
    then(alice)
    sync(alice, bob)
    expectAgreed(alice, bob)
    return alice
  }
  return [run(10, 20), run(20, 10)]
}

describe('two people in one table', () => {
  it('[BN11] a table that one makes is shown to the other, and both type in it', () => {
    const both = conflict(
      TWO_BY_TWO,
      (a) => typeIn(a, [0, 0], 'X'),
      (b) => typeIn(b, [1, 1], 'Y'),
    )
    for (const writer of both)
      expect(showTable(writer)).toEqual([
        ['a1X', 'b1'],
        ['a2', 'b2Y'],
      ])
  })

  it('[BN11] one adds a row while the other adds a column: both are there, and where they meet is an empty cell', () => {
    const both = conflict(
      TWO_BY_TWO,
      (a) => {
        addRow(a, 0)
        typeIn(a, [1, 0], 'row')
      },
      (b) => {
        addColumn(b, 0)
        typeIn(b, [1, 1], 'column')
      },
    )
    for (const writer of both)
      expect(showTable(writer)).toEqual([
        ['a1', '', 'b1'],
        ['row', '', ''],
        ['a2', 'column', 'b2'],
      ])
  })

  it('[BN11] nothing is written for the cell where a new row and a new column meet, until somebody types in it', () => {
    const both = conflict(
      TWO_BY_TWO,
      (a) => addRow(a, 1),
      (b) => addColumn(b, 1),
      (alice) => {
        const { length } = alice.binding.flow
        typeIn(alice, [0, 0], 'X')
        expect(alice.binding.flow.length).toBe(length + 1)
        typeIn(alice, [2, 2], 'Y')
        expect(alice.binding.flow.length).toBe(length + 3)
      },
    )
    for (const writer of both) expect(showTable(writer)[2]).toEqual(['', '', 'Y'])
  })

  it('[BN11] both type in the cell where their row and column meet: both are kept', () => {
    const [first, second] = [createWriter({ clientId: 10 }), createWriter({ clientId: 20 })]
    makeTable(first, 0, TWO_BY_TWO)
    sync(first, second)
    addRow(first, 1)
    addColumn(second, 1)
    sync(first, second)
    typeIn(first, [2, 2], 'X')
    typeIn(second, [2, 2], 'Y')
    sync(first, second)
    expect(showTable(first)[2]?.[2]?.split('/').sort()).toEqual(['X', 'Y'])
    expect(treeOf(second)).toEqual(treeOf(first))
    expect([...findFaults(first), ...findFaults(second)]).toEqual([])
  })

  it('[BN11] both add a row at one place: both rows are there, each whole', () => {
    const both = conflict(
      TWO_BY_TWO,
      (a) => {
        addRow(a, 0)
        typeIn(a, [1, 0], 'X')
        typeIn(a, [1, 1], 'X')
      },
      (b) => {
        addRow(b, 0)
        typeIn(b, [1, 0], 'Y')
        typeIn(b, [1, 1], 'Y')
      },
    )
    for (const writer of both) {
      const [first, one, other, last] = showTable(writer)
      expect([first, last]).toEqual(TWO_BY_TWO)
      expect([one?.join(''), other?.join('')].sort()).toEqual(['XX', 'YY'])
    }
  })

  it('[BN11] rows that two added at one place have room between them', () => {
    const both = conflict(
      TWO_BY_TWO,
      (a) => addRow(a, 0),
      (b) => addRow(b, 0),
      (alice) => {
        addRow(alice, 1)
        typeIn(alice, [2, 0], 'between')
      },
    )
    for (const writer of both)
      expect(showTable(writer).map(([cell]) => cell)).toEqual(['a1', '', 'between', '', 'a2'])
  })

  it('[BN11] one deletes a row while the other types in it: what was typed is kept, in the cell before', () => {
    const both = conflict(
      TWO_BY_TWO,
      (a) => removeRow(a, 1),
      (b) => typeIn(b, [1, 0], 'XY'),
    )
    for (const writer of both) expect(showTable(writer)).toEqual([['a1', 'b1XY']])
  })

  it('[BN11] one deletes the first row while the other types in it: what was typed is kept in the first cell', () => {
    const both = conflict(
      TWO_BY_TWO,
      (a) => removeRow(a, 0),
      (b) => typeIn(b, [0, 0], 'XY'),
    )
    for (const writer of both) {
      expect(showTable(writer)).toEqual([['XY/a2', 'b2']])
    }
  })

  it('[BN11] one deletes a row while the other adds a line in it: the line stands in the cell before', () => {
    const both = conflict(
      TWO_BY_TWO,
      (a) => removeRow(a, 1),
      (b) => {
        enterIn(b, [1, 0])
        typeIn(b, [1, 0], 'XY')
      },
    )
    for (const writer of both) expect(showTable(writer)).toEqual([['a1', 'b1/XY']])
  })

  it('[BN11] one deletes a row while the other adds a column: the rest of the column is there', () => {
    const both = conflict(
      TWO_BY_TWO,
      (a) => removeRow(a, 0),
      (b) => addColumn(b, 1),
    )
    for (const writer of both) expect(showTable(writer)).toEqual([['a2', 'b2', '']])
  })

  it('[BN11] both delete the same row, and each another one: those are gone, and the rest stands', () => {
    const lines = [['1'], ['2'], ['3'], ['4']]
    const both = conflict(
      lines,
      (a) => {
        removeRow(a, 0)
        removeRow(a, 0)
      },
      (b) => {
        removeRow(b, 1)
        removeRow(b, 1)
      },
    )
    for (const writer of both) expect(showTable(writer)).toEqual([['4']])
  })

  it('[BN11] one deletes the only row that the other leaves: no table, and nothing of what was typed is lost', () => {
    const run = (first: number, second: number): void => {
      const [alice, bob] = [createWriter({ clientId: first }), createWriter({ clientId: second })]
      makeTable(alice, 0, TWO_BY_TWO)
      sync(alice, bob)
      removeRow(alice, 0)
      removeRow(bob, 1)
      typeIn(bob, [0, 0], 'XY')
      sync(alice, bob)
      expect(alice.text()).toContain('XY')
      expect(treeOf(bob)).toEqual(treeOf(alice))
      expect([...findFaults(alice), ...findFaults(bob)]).toEqual([])
    }
    run(10, 20)
    run(20, 10)
  })

  it('[BN11] one merges two cells while the other types in both: both texts are in the one cell', () => {
    const merge = (writer: Writer): void =>
      mergeCells(writer, [
        [0, 0],
        [1, 0],
      ])
    const both = conflict(TWO_BY_TWO, merge, (b) => {
      typeIn(b, [0, 0], 'X')
      typeIn(b, [1, 0], 'Y')
    })
    for (const writer of both) expect(showTable(writer)).toEqual([['a1X/a2Y 2x1', 'b1'], ['b2']])
  })

  it('[BN11] one merges empty cells while the other types in the one that is covered: it is in the merged cell', () => {
    const both = conflict(
      [
        ['', ''],
        ['', ''],
      ],
      (a) =>
        mergeCells(a, [
          [0, 0],
          [1, 0],
        ]),
      (b) => typeIn(b, [1, 0], 'XY'),
    )
    for (const writer of both) expect(showTable(writer)).toEqual([['/XY 2x1', ''], ['']])
  })

  it('[BN11] one merges cells while the other puts a column between them: the cell reaches over it', () => {
    const both = conflict(
      TWO_BY_TWO,
      (a) =>
        mergeCells(a, [
          [0, 0],
          [0, 1],
        ]),
      (b) => {
        addColumn(b, 0)
        typeIn(b, [0, 1], 'X')
      },
    )
    for (const writer of both) expect(showTable(writer)).toEqual([['a1/X/b1 1x3'], ['a2', '', 'b2']])
  })

  it('[BN11] one adds a row and a column beside a cell in which the other types: what was typed is in that cell', () => {
    const both = conflict(
      TWO_BY_TWO,
      (a) => {
        addRow(a, 1)
        addColumn(a, 1)
      },
      (b) => {
        typeIn(b, [1, 1], 'X')
        typeIn(b, [0, 1], 'Y')
      },
    )
    for (const writer of both)
      expect(showTable(writer)).toEqual([
        ['a1', 'b1Y', ''],
        ['a2', 'b2X', ''],
        ['', '', ''],
      ])
  })

  it('[BN11] both merge cells that overlap: the first one reaches as far as it was made, and nothing is lost', () => {
    const both = conflict(
      TWO_BY_TWO,
      (a) =>
        mergeCells(a, [
          [0, 0],
          [0, 1],
        ]),
      (b) =>
        mergeCells(b, [
          [0, 1],
          [1, 1],
        ]),
    )
    for (const writer of both) expect(showTable(writer)).toEqual([['a1/b1 1x2'], ['a2', 'b2']])
  })

  it('[BN11] one takes a merged cell apart while the other types in it: what was typed stays', () => {
    const [alice, bob] = [createWriter({ clientId: 10 }), createWriter({ clientId: 20 })]
    makeTable(alice, 0, TWO_BY_TWO)
    mergeCells(alice, [
      [0, 0],
      [0, 1],
    ])
    sync(alice, bob)
    unmergeCell(alice, [0, 0])
    typeIn(bob, [0, 0], 'XY')
    sync(alice, bob)
    expect(showTable(alice)).toEqual([
      ['a1/b1XY', ''],
      ['a2', 'b2'],
    ])
    expect(treeOf(bob)).toEqual(treeOf(alice))
    expect([...findFaults(alice), ...findFaults(bob)]).toEqual([])
  })

  it('[BN11] one deletes a column while the other types in it: what was typed is kept, in the cell before', () => {
    const both = conflict(
      TWO_BY_TWO,
      (a) => removeColumn(a, 1),
      (b) => typeIn(b, [0, 1], 'XY'),
    )
    for (const writer of both) expect(showTable(writer)).toEqual([['a1XY'], ['a2']])
  })
})
