/** What people do to a table. Rows and columns are counted as they are seen; a cell is the one that covers the place. */
import {
  $computeTableMapSkipCellCheck,
  $createTableNodeWithDimensions,
  $deleteTableColumnAtSelection,
  $deleteTableRowAtSelection,
  $insertTableColumnAtNode,
  $insertTableRowAtNode,
  $isTableNode,
  $mergeCells,
  $unmergeCellNode,
} from '@lexical/table'
import type { TableCellNode, TableNode } from '@lexical/table'
import { $createParagraphNode, $getRoot, $isElementNode } from 'lexical'
import { $blockNode } from './gestures.ts'
import type { Writer } from './writer.ts'

/** A row and a column. */
export type Place = readonly [row: number, column: number]

/** Puts a table behind a block; the text in it is written into its cells. */
export function makeTable(writer: Writer, block: number, rows: readonly (readonly string[])[]): void {
  writer.edit(() => {
    const table = $createTableNodeWithDimensions(rows.length, rows[0]?.length ?? 0, false)
    $blockNode(writer, block).insertAfter(table)
    rows.forEach((cells, row) => {
      cells.forEach((text, column) => {
        if (text !== '') $cellAt(table, [row, column]).selectEnd().insertText(text)
      })
    })
    if (table.getNextSibling() === null) table.insertAfter($createParagraphNode())
  })
}

export function $tableOf(): TableNode {
  const table = $getRoot().getChildren().find($isTableNode)
  if (table === undefined) throw new Error('there is no table')
  return table
}

export function $cellAt(table: TableNode, [row, column]: Place): TableCellNode {
  const [map] = $computeTableMapSkipCellCheck(table, null, null)
  const cell = map[row]?.[column]?.cell
  if (cell === undefined) throw new Error(`there is no cell ${row}, ${column}`)
  return cell
}

/** Types at the end of a cell. */
export function typeIn(writer: Writer, place: Place, text: string): void {
  writer.edit(() => $cellAt($tableOf(), place).selectEnd().insertText(text))
}

export function enterIn(writer: Writer, place: Place): void {
  writer.edit(() => void $cellAt($tableOf(), place).selectEnd().insertParagraph())
}

/** A row below this one; `isBefore`: above it. */
export function addRow(writer: Writer, row: number, isBefore = false): void {
  writer.edit(() => void $insertTableRowAtNode($cellAt($tableOf(), [row, 0]), !isBefore))
}

/** A column to the right of this one; `isBefore`: to the left. */
export function addColumn(writer: Writer, column: number, isBefore = false): void {
  writer.edit(() => void $insertTableColumnAtNode($cellAt($tableOf(), [0, column]), !isBefore, false))
}

export function removeRow(writer: Writer, row: number): void {
  writer.edit(() => {
    $cellAt($tableOf(), [row, 0]).selectStart()
    $deleteTableRowAtSelection()
  })
}

export function removeColumn(writer: Writer, column: number): void {
  writer.edit(() => {
    $cellAt($tableOf(), [0, column]).selectStart()
    $deleteTableColumnAtSelection()
  })
}

export function mergeCells(writer: Writer, places: readonly Place[]): void {
  writer.edit(() => {
    const table = $tableOf()
    $mergeCells(places.map((place) => $cellAt(table, place)))
  })
}

export function unmergeCell(writer: Writer, place: Place): void {
  writer.edit(() => $unmergeCellNode($cellAt($tableOf(), place)))
}

/** Each row as its cells; blocks of a cell are parted by "/", and a cell that spans more says so. */
export function showTable(writer: Writer): string[][] {
  return writer.editor.getEditorState().read(() =>
    $tableOf()
      .getChildren()
      .map((row) =>
        $isElementNode(row) ? row.getChildren().map((cell) => showCell(cell as TableCellNode)) : [],
      ),
  )
}

function showCell(cell: TableCellNode): string {
  const spans = [cell.getRowSpan(), cell.getColSpan()]
  const text = cell
    .getChildren()
    .map((child) => child.getTextContent())
    .join('/')
  return spans.every((span) => span === 1) ? text : `${text} ${spans.join('x')}`
}
