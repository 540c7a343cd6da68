/**
 * What people do to tables: make one, and add, take away or mark rows and columns where the caret is. Touches no cell that it need
 * not, because others may be writing there. Knows no menu; is loaded with the one that needs it.
 */
import {
  $createTableCellNode,
  $createTableNode,
  $createTableRowNode,
  $isTableCellNode,
  $isTableNode,
  $isTableRowNode,
  TableCellHeaderStates,
} from '@lexical/table'
import type { TableCellNode, TableNode, TableRowNode } from '@lexical/table'
import {
  $createParagraphNode,
  $findMatchingParent,
  $getRoot,
  $getSelection,
  $isParagraphNode,
  $isRangeSelection,
} from 'lexical'

export type Side = 'before' | 'behind'

/** A cell and the first of the places that it covers. */
interface Placed {
  readonly cell: TableCellNode
  readonly row: number
  readonly column: number
}

interface Grid {
  readonly table: TableNode
  readonly rows: readonly TableRowNode[]
  /** By row and column: what covers the place. A table that is not shown as it should be may have gaps. */
  readonly places: readonly (readonly (Placed | undefined)[])[]
  readonly width: number
}

const { NO_STATUS, ROW, COLUMN } = TableCellHeaderStates

/** Puts a table where the caret is and the caret into its first cell. Behind the table there is always a line. */
export function $insertTable(rows: number, columns: number, hasHeader: boolean): void {
  const table = $createTableNode()
  for (let row = 0; row < rows; row += 1) {
    const line = $createTableRowNode()
    for (let column = 0; column < columns; column += 1)
      line.append($newCell(hasHeader && row === 0 ? ROW : NO_STATUS))
    table.append(line)
  }
  const selection = $getSelection()
  const at = $isRangeSelection(selection) ? selection.anchor.getNode() : null
  // A table in a table has no place in a document, so it comes behind.
  const block = at?.getTopLevelElement() ?? null
  if (block === null) $getRoot().append(table)
  else if ($isParagraphNode(block) && block.isEmpty()) block.insertBefore(table)
  else block.insertAfter(table)
  if (table.getNextSibling() === null) table.insertAfter($createParagraphNode())
  table.getFirstDescendant()?.selectEnd()
}

export function $isInTable(): boolean {
  return $place() !== undefined
}

/** Does every cell of the first row head its column? */
export function $hasHeaderRow(): boolean {
  const place = $place()
  return place !== undefined && isHeader(place.grid)
}

export function $toggleHeaderRow(): void {
  const place = $place()
  if (place === undefined) return
  const state = isHeader(place.grid) ? NO_STATUS : ROW
  for (const { cell } of startingIn(place.grid, 0)) cell.setHeaderStyles(state, ROW)
}

export function $addRow(side: Side): void {
  const place = $place()
  if (place === undefined) return
  const { grid, row, column, cell } = place
  const at = side === 'before' ? row : row + cell.getRowSpan()
  const line = $createTableRowNode()
  let caret: TableCellNode | undefined
  for (let each = 0; each < grid.width;) {
    const cover = grid.places[at]?.[each]
    if (cover !== undefined && cover.row < at) {
      // A merged cell that goes on below becomes one row higher.
      cover.cell.setRowSpan(cover.cell.getRowSpan() + 1)
      each = cover.column + cover.cell.getColSpan()
      continue
    }
    const fresh = $newCell((grid.places[row]?.[each]?.cell.getHeaderStyles() ?? NO_STATUS) & COLUMN)
    if (caret === undefined || each <= column) caret = fresh
    line.append(fresh)
    each += 1
  }
  const next = grid.rows[at]
  if (next === undefined) grid.table.append(line)
  else next.insertBefore(line)
  caret?.selectEnd()
}

export function $addColumn(side: Side): void {
  const place = $place()
  if (place === undefined) return
  const { grid, row, column, cell } = place
  const at = side === 'before' ? column : column + cell.getColSpan()
  let caret: TableCellNode | undefined
  grid.rows.forEach((line, each) => {
    const cover = grid.places[each]?.[at]
    if (cover !== undefined && cover.column < at) {
      if (cover.row === each) cover.cell.setColSpan(cover.cell.getColSpan() + 1)
      return
    }
    const fresh = $newCell((grid.places[each]?.[column]?.cell.getHeaderStyles() ?? NO_STATUS) & ROW)
    if (caret === undefined || each <= row) caret = fresh
    const next = startingIn(grid, each).find((placed) => placed.column >= at)
    if (next === undefined) line.append(fresh)
    else next.cell.insertBefore(fresh)
  })
  const widths = grid.table.getColWidths()
  if (widths !== undefined) grid.table.setColWidths(widths.toSpliced(at, 0, widths[column] ?? 0))
  caret?.selectEnd()
}

/** The last row goes with its table. */
export function $removeRow(): void {
  const place = $place()
  if (place === undefined) return
  const { grid, row, column } = place
  const line = grid.rows[row]
  if (grid.rows.length < 2 || line === undefined) return $removeTable()
  const below = grid.rows[row + 1]
  for (const placed of new Set(grid.places[row])) {
    if (placed === undefined || placed.cell.getRowSpan() < 2) continue
    placed.cell.setRowSpan(placed.cell.getRowSpan() - 1)
    if (placed.row < row || below === undefined) continue
    // What goes on below is not taken away with the row in which it began.
    const next = startingIn(grid, row + 1).find((other) => other.column > placed.column)
    if (next === undefined) below.append(placed.cell)
    else next.cell.insertBefore(placed.cell)
  }
  const target = grid.places[row + 1]?.[column] ?? grid.places[row - 1]?.[column]
  target?.cell.selectEnd()
  line.remove()
}

/** The last column goes with its table. */
export function $removeColumn(): void {
  const place = $place()
  if (place === undefined) return
  const { grid, row, column } = place
  if (grid.width < 2) return $removeTable()
  const target = grid.places[row]?.[column + 1] ?? grid.places[row]?.[column - 1]
  target?.cell.selectEnd()
  const covers = new Set(grid.places.map((line) => line[column]))
  const widths = grid.table.getColWidths()
  if (widths !== undefined) grid.table.setColWidths(widths.toSpliced(column, 1))
  for (const placed of covers) {
    if (placed === undefined) continue
    const span = placed.cell.getColSpan()
    if (span > 1) placed.cell.setColSpan(span - 1)
    else placed.cell.remove()
  }
}

export function $removeTable(): void {
  const table = $place()?.grid.table
  if (table === undefined) return
  if (table.getNextSibling() === null && table.getPreviousSibling() === null)
    table.insertAfter($createParagraphNode())
  const next = table.getNextSibling()
  if (next === null) table.getPreviousSibling()?.selectEnd()
  else next.selectStart()
  table.remove()
}

/** The cell that the caret is in, or the first one that is selected. */
export function $cellAtCaret(): TableCellNode | undefined {
  const selection = $getSelection()
  const node = $isRangeSelection(selection) ? selection.focus.getNode() : selection?.getNodes()[0]
  return (node && $findMatchingParent(node, $isTableCellNode)) ?? undefined
}

function $place(): (Placed & { readonly grid: Grid }) | undefined {
  const cell = $cellAtCaret()
  const table = cell && $findMatchingParent(cell, $isTableNode)
  if (cell === undefined || table === undefined || table === null) return undefined
  const grid = $gridOf(table)
  const placed = grid.places.flat().find((each) => each?.cell.is(cell) === true)
  return placed === undefined ? undefined : { ...placed, grid }
}

function $gridOf(table: TableNode): Grid {
  const rows = table.getChildren().filter($isTableRowNode)
  const places = rows.map((): (Placed | undefined)[] => [])
  rows.forEach((line, row) => {
    let column = 0
    for (const cell of line.getChildren().filter($isTableCellNode)) {
      while (places[row]?.[column] !== undefined) column += 1
      const placed = { cell, row, column }
      for (const covered of places.slice(row, row + cell.getRowSpan()))
        for (let each = column; each < column + cell.getColSpan(); each += 1) covered[each] ??= placed
    }
  })
  return { table, rows, places, width: Math.max(0, ...places.map((line) => line.length)) }
}

/** The cells whose first place is in this row, from left to right. */
function startingIn({ places }: Grid, row: number): Placed[] {
  const found = new Set((places[row] ?? []).filter((placed) => placed !== undefined))
  return [...found].filter((placed) => placed.row === row)
}

function isHeader(grid: Grid): boolean {
  return startingIn(grid, 0).every(({ cell }) => (cell.getHeaderStyles() & ROW) !== 0)
}

function $newCell(header: number): TableCellNode {
  return $createTableCellNode(header).append($createParagraphNode())
}
