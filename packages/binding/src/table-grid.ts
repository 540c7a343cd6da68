/**
 * A table as it is shown: which cell stands where and how far it reaches, whatever the document claims, and which of
 * its blocks is in which cell. The same document always gives the same grid. Pure; knows no editor.
 */
import { attrsOf } from './form.ts'
import type { Attrs } from './form.ts'
import type { Block } from './model.ts'
import { labelOf, namesIn } from './table-form.ts'
import type { TableForm } from './table-form.ts'

export interface GridCell {
  readonly label: string
  readonly rowSpan: number
  readonly colSpan: number
}

export interface Grid {
  /** For each row the cells that begin in it. */
  readonly rows: readonly (readonly GridCell[])[]
  /** For each place in the table the cell that covers it. */
  readonly coverOf: ReadonlyMap<string, GridCell>
  /** Its number, counted by rows. */
  readonly placeOf: ReadonlyMap<string, number>
}

/** Of the keys of one table, which are the same object as long as they say the same. */
const grids = new WeakMap<Attrs, Grid>()

export function gridOf(form: TableForm, keys: Attrs): Grid {
  let grid = grids.get(keys)
  if (grid === undefined) grids.set(keys, (grid = makeGrid(form, keys)))
  return grid
}

/** Where cells would overlap, the one that begins first, by rows, reaches as far as it says, and the other nowhere. */
function makeGrid({ rows, columns }: TableForm, keys: Attrs): Grid {
  const rowAt = new Map(rows.map(({ name }, i) => [name, i]))
  const columnAt = new Map(columns.map(({ name }, i) => [name, i]))
  const coverOf = new Map<string, GridCell>()
  const labelAt = (row: number, column: number): string =>
    labelOf(rows[row]?.name ?? '', columns[column]?.name ?? '')
  const placeOf = new Map(
    rows.flatMap((_, row) =>
      columns.map((__, column) => [labelAt(row, column), row * columns.length + column] as const),
    ),
  )
  const isFree = (row: number, column: number, rowSpan: number, colSpan: number): boolean => {
    for (let i = row; i < row + rowSpan; i++)
      for (let j = column; j < column + colSpan; j++) if (coverOf.has(labelAt(i, j))) return false
    return true
  }
  const shown = rows.map((_, row) => {
    const cells: GridCell[] = []
    for (let column = 0; column < columns.length; column++) {
      const label = labelAt(row, column)
      if (coverOf.has(label)) continue
      const [lastRow = '', lastColumn = ''] = namesIn(keys[`s:${label}`]) ?? []
      let rowSpan = Math.max(1, (rowAt.get(lastRow) ?? row) - row + 1)
      let colSpan = Math.max(1, (columnAt.get(lastColumn) ?? column) - column + 1)
      if (!isFree(row, column, rowSpan, colSpan)) rowSpan = colSpan = 1
      const cell = { label, rowSpan, colSpan }
      cells.push(cell)
      for (let i = row; i < row + rowSpan; i++)
        for (let j = column; j < column + colSpan; j++) coverOf.set(labelAt(i, j), cell)
    }
    return cells
  })
  return { rows: shown, coverOf, placeOf }
}

/** What stands in the cells. */
export interface Filling {
  readonly blocksOf: ReadonlyMap<GridCell, readonly Block[]>
  /** Empty lines of cells that others cover. They wait there, for somebody may just be typing in them. */
  readonly hidden: readonly Block[]
}

/**
 * A block whose row or column is gone is shown in the cell of the block before it. In a cell that covers others their
 * blocks stand in the order of their own places.
 */
export function fillGrid(grid: Grid, blocks: readonly Block[]): Filling {
  const inside = new Map<GridCell, { place: number; block: Block }[]>()
  const hidden: Block[] = []
  let cell = grid.rows[0]?.[0]
  let place = 0
  for (const block of blocks) {
    const label = attrsOf(block.keys)['X']
    if (typeof label === 'string') {
      cell = grid.coverOf.get(label) ?? cell
      place = grid.placeOf.get(label) ?? place
    }
    if (cell === undefined) continue
    const line = { place, block }
    if (cell.label !== label && isEmptyLine(block)) hidden.push(block)
    else {
      const lines = inside.get(cell)
      if (lines === undefined) inside.set(cell, [line])
      else lines.push(line)
    }
  }
  const blocksOf = new Map<GridCell, Block[]>()
  for (const [owner, lines] of inside) {
    lines.sort((a, b) => a.place - b.place)
    blocksOf.set(
      owner,
      lines.map((line) => line.block),
    )
  }
  return { blocksOf, hidden }
}

/** A paragraph in a cell of which nothing would be missed. */
export function isEmptyLine({ text, keys }: Block): boolean {
  return text === '' && Object.keys(attrsOf(keys)).every((name) => name === 'X')
}
