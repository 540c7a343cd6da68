// @vitest-environment happy-dom
/** What people do to tables, alone and at the same time. */
import { $isTableCellNode, $isTableNode, $isTableRowNode, $mergeCells } from '@lexical/table'
import type { TableCellNode } from '@lexical/table'
import { $getRoot } from 'lexical'
import { afterEach, describe, expect, test } from 'vitest'
import {
  $addColumn,
  $addRow,
  $hasHeaderRow,
  $insertTable,
  $removeColumn,
  $removeRow,
  $removeTable,
  $toggleHeaderRow,
} from '../src/text/table-acts.ts'
import { createWriter, deliver, destroy } from './wired-editors.ts'
import type { Writer } from './wired-editors.ts'

const open: Writer[] = []

function writer(clientId: number): Writer {
  const made = createWriter(`writer ${clientId}`, clientId)
  open.push(made)
  return made
}

afterEach(() => {
  for (const { errors } of open) expect(errors).toEqual([])
  destroy(...open.splice(0))
})

function act({ editor }: Writer, $run: () => void): void {
  editor.update($run, { discrete: true })
}

/** Does something where a cell is, counted as they stand in their row. */
function at(who: Writer, row: number, cell: number, $run: () => void): void {
  act(who, () => {
    $cells()[row]?.[cell]?.selectEnd()
    $run()
  })
}

function $cells(): TableCellNode[][] {
  const table = $getRoot().getChildren().find($isTableNode)
  const rows = table?.getChildren().filter($isTableRowNode) ?? []
  return rows.map((row) => row.getChildren().filter($isTableCellNode))
}

/** Each row as the texts of its cells, with "#" before what heads its column and the spans behind what is merged. */
function shown({ editor }: Writer): string[] {
  return editor.read(() =>
    $cells().map((cells) =>
      cells
        .map((cell) => {
          const spans = `${cell.getRowSpan()}x${cell.getColSpan()}`
          const head = cell.getHeaderStyles() === 0 ? '' : '#'
          return `${head}${cell.getTextContent()}${spans === '1x1' ? '' : ` ${spans}`}`
        })
        .join('|'),
    ),
  )
}

/** Three rows and columns, each cell with its place as its text. */
function made(who: Writer): void {
  act(who, () => {
    $insertTable(3, 3, false)
    $cells().forEach((cells, row) =>
      cells.forEach((cell, column) => cell.selectEnd().insertText(`${row}${column}`)),
    )
  })
}

describe('one person', () => {
  test('makes a table where the caret is, with a line behind it, and is in its first cell', () => {
    const ada = writer(1)
    act(ada, () => {
      $getRoot().selectEnd().insertText('above')
      $insertTable(2, 3, true)
      $getRoot().selectEnd().insertText('below')
      $cells()[0]?.[0]?.selectEnd().insertText('who')
    })
    expect(shown(ada)).toEqual(['#who|#|#', '||'])
    const kinds = ada.editor.read(() =>
      $getRoot()
        .getChildren()
        .map((node) => node.getType()),
    )
    expect(kinds).toEqual(['paragraph', 'table', 'paragraph'])
  })

  test('adds rows and columns on either side, and takes them away', () => {
    const ada = writer(1)
    made(ada)
    at(ada, 1, 1, () => $addRow('before'))
    at(ada, 2, 1, () => $addColumn('behind'))
    expect(shown(ada)).toEqual(['00|01||02', '|||', '10|11||12', '20|21||22'])
    at(ada, 1, 0, () => $removeRow())
    at(ada, 2, 2, () => $removeColumn())
    expect(shown(ada)).toEqual(['00|01|02', '10|11|12', '20|21|22'])
    at(ada, 2, 2, () => $addRow('behind'))
    at(ada, 0, 0, () => $addColumn('before'))
    expect(shown(ada)).toEqual(['|00|01|02', '|10|11|12', '|20|21|22', '|||'])
  })

  test('marks the first row as its header, which a new column goes on and a new row does not', () => {
    const ada = writer(1)
    made(ada)
    at(ada, 2, 2, () => $toggleHeaderRow())
    at(ada, 0, 2, () => $addColumn('behind'))
    at(ada, 0, 0, () => $addRow('behind'))
    expect(shown(ada)).toEqual(['#00|#01|#02|#', '|||', '10|11|12|', '20|21|22|'])
    at(ada, 1, 0, () => {
      expect($hasHeaderRow()).toBe(true)
      $toggleHeaderRow()
    })
    expect(shown(ada)[0]).toBe('00|01|02|')
  })

  test('leaves a merged cell whole', () => {
    const ada = writer(1)
    made(ada)
    act(ada, () => {
      const cells = $cells()
      $mergeCells([cells[0]?.[0], cells[0]?.[1], cells[1]?.[0], cells[1]?.[1]].filter($isTableCellNode))
    })
    const merged = (text: string, spans: string): string => `${text}${spans === '1x1' ? '' : ` ${spans}`}`
    const text = '00\n\n01\n\n10\n\n11'
    expect(shown(ada)).toEqual([`${merged(text, '2x2')}|02`, '12', '20|21|22'])
    at(ada, 1, 0, () => $addRow('before'))
    at(ada, 3, 0, () => $addColumn('behind'))
    expect(shown(ada)).toEqual([`${merged(text, '3x3')}|02`, '', '12', '20||21|22'])
    // The row in which it begins, and a column within it.
    at(ada, 0, 1, () => $removeRow())
    at(ada, 2, 1, () => $removeColumn())
    expect(shown(ada)).toEqual([`${merged(text, '2x2')}|`, '12', '20|21|22'])
  })

  test('takes the last row or column away with the table, and writes on below', () => {
    const ada = writer(1)
    act(ada, () => $insertTable(1, 1, false))
    at(ada, 0, 0, () => $removeRow())
    act(ada, () => $insertTable(2, 1, false))
    at(ada, 0, 0, () => $removeColumn())
    made(ada)
    at(ada, 1, 1, () => $removeTable())
    expect(shown(ada)).toEqual([])
    expect(ada.editor.read(() => $getRoot().getChildrenSize())).toBeGreaterThan(0)
  })
})

describe('two people at the same time', () => {
  function pair(): readonly [Writer, Writer] {
    const both = [writer(1), writer(2)] as const
    made(both[0])
    deliver(...both)
    return both
  }

  function same(...writers: readonly Writer[]): string[] {
    deliver(...writers)
    const late = writer(3)
    deliver(...writers, late)
    const [first, ...others] = [...writers, late].map(shown)
    for (const other of others) expect(other).toEqual(first)
    return first ?? []
  }

  test.each([
    ['a row each at the same place', () => $addRow('behind'), () => $addRow('behind'), [5, 3]],
    ['a row and a column', () => $addRow('behind'), () => $addColumn('before'), [4, 4]],
    ['a column each', () => $addColumn('behind'), () => $addColumn('before'), [3, 5]],
    ['a row, and that row goes', () => $addRow('before'), () => $removeRow(), [3, 3]],
    ['both take the same row away', () => $removeRow(), () => $removeRow(), [2, 3]],
    ['a row and a column go', () => $removeRow(), () => $removeColumn(), [2, 2]],
  ])('[TT1] %s: a rectangle', (_name, $one, $other, [rows = 0, columns = 0]) => {
    const [ada, ben] = pair()
    at(ada, 1, 1, $one)
    at(ben, 1, 1, $other)
    const table = same(ada, ben)
    expect(table.map((line) => line.split('|').length)).toEqual(Array.from({ length: rows }, () => columns))
    const left = table.join('|').split('|')
    for (const corner of ['00', '02', '20', '22'])
      expect(left.filter((text) => text === corner)).toHaveLength(1)
  })

  test('[TT1] who adds a row does not disturb who types in the one beside it', () => {
    const [ada, ben] = pair()
    at(ada, 1, 1, () => $addRow('behind'))
    at(ben, 1, 1, () => $cells()[1]?.[1]?.selectEnd().insertText(' and more'))
    expect(same(ada, ben)).toEqual(['00|01|02', '10|11 and more|12', '||', '20|21|22'])
  })

  test('[TT1] a header and a column: the column is there, and what was marked stays marked', () => {
    const [ada, ben] = pair()
    at(ada, 1, 1, () => $toggleHeaderRow())
    at(ben, 1, 1, () => $addColumn('behind'))
    expect(same(ada, ben)).toEqual(['#00|#01||#02', '10|11||12', '20|21||22'])
  })
})
