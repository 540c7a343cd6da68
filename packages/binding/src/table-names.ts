/**
 * From a table as the editor has it to the keys of its marker: rows and columns that were there keep their names,
 * whatever was put between them. Pure; knows no editor.
 */
import { TABLE } from './form.ts'
import type { Attrs } from './form.ts'
import { longestOrder } from './regions.ts'
import { labelOf, namesIn, placeLines, tableOf } from './table-form.ts'
import type { Line } from './table-form.ts'

export interface ReadCell {
  /** What it was called when it was last shown; null when it is new. */
  readonly label: string | null
  readonly rowSpan: number
  readonly colSpan: number
  /** Its values under the keys `h`, `g` and `v`. */
  readonly says: Attrs
}

export interface ReadRow {
  readonly name: string | null
  readonly height: number | undefined
  readonly cells: readonly ReadCell[]
}

export interface ReadTable {
  readonly rows: readonly ReadRow[]
  readonly widths: readonly number[] | undefined
  /** Keys of the table as a whole. */
  readonly says: Attrs
}

export interface NamedTable {
  readonly keys: Attrs
  readonly rows: readonly string[]
  /** The labels of the cells of each row. */
  readonly labels: readonly (readonly string[])[]
}

/** Null when there is no place in it. */
export function nameTable(table: ReadTable, before: Attrs, newName: () => string): NamedTable | null {
  const placed = placeCells(table.rows)
  const count = Math.max(0, ...placed.flat().map(({ column, cell }) => column + cell.colSpan))
  if (count === 0) return null
  const old = tableOf(before)
  const rows = nameRows(table.rows, old?.rows ?? [], newName)
  const columns = nameColumns(placed, count, old?.columns ?? [], newName)
  const keys: Record<string, unknown> = { ...table.says, T: TABLE }
  for (const { name, order } of place(rows, old?.rows ?? [])) keys[`r:${name}`] = order
  for (const { name, order } of place(columns, old?.columns ?? [])) keys[`c:${name}`] = order
  columns.forEach((name, i) => (keys[`w:${name}`] = table.widths?.[i]))
  const labels = table.rows.map(({ height }, row) => {
    keys[`e:${rows[row] ?? ''}`] = height
    return (placed[row] ?? []).map(({ column, rowSpan, cell }) => {
      const label = labelOf(rows[row] ?? '', columns[column] ?? '')
      for (const [name, value] of Object.entries(cell.says)) keys[`${name}:${label}`] = value
      if (rowSpan > 1 || cell.colSpan > 1) {
        const [lastRow, lastColumn] = [rows[row + rowSpan - 1], columns[column + cell.colSpan - 1]]
        keys[`s:${label}`] = labelOf(lastRow ?? '', lastColumn ?? '')
      }
      return label
    })
  })
  return { keys, rows, labels }
}

interface PlacedCell {
  readonly column: number
  readonly rowSpan: number
  readonly cell: ReadCell
}

/** A cell stands in the first place of its row that no cell above it reaches into. */
function placeCells(rows: readonly ReadRow[]): PlacedCell[][] {
  const taken: boolean[][] = rows.map(() => [])
  return rows.map(({ cells }, row) => {
    let column = 0
    return cells.map((cell) => {
      while (taken[row]?.[column] === true) column += 1
      const rowSpan = Math.min(cell.rowSpan, rows.length - row)
      for (let i = row; i < row + rowSpan; i++)
        for (let j = column; j < column + cell.colSpan; j++) (taken[i] ?? [])[j] = true
      return { column, rowSpan, cell }
    })
  })
}

function nameRows(rows: readonly ReadRow[], old: readonly Line[], newName: () => string): string[] {
  const free = new Set(old.map(({ name }) => name))
  return rows.map(({ name }) => (name !== null && free.delete(name) ? name : newName()))
}

/** A column is the one that most of the cells which begin in it come from. */
function nameColumns(
  placed: readonly (readonly PlacedCell[])[],
  count: number,
  old: readonly Line[],
  newName: () => string,
): string[] {
  const oldAt = new Map(old.map(({ name }, i) => [name, i]))
  const votes = Array.from({ length: count }, () => new Map<string, number>())
  const vote = (column: number, name: string | undefined, weight: number): void => {
    const box = votes[column]
    if (name !== undefined && oldAt.has(name)) box?.set(name, (box.get(name) ?? 0) + weight)
  }
  const cells = placed.flat()
  for (const { column, cell } of cells) {
    const name = namesIn(cell.label)?.[1]
    const at = name === undefined ? undefined : oldAt.get(name)
    if (at === undefined) continue
    vote(column, name, cells.length)
    // A column in which no cell begins is known by those that reach into it.
    for (let i = 1; i < cell.colSpan; i++) vote(column + i, old[at + i]?.name, 1)
  }
  const free = new Set(oldAt.keys())
  return votes.map((box) => {
    const [best] = [...box].filter(([name]) => free.has(name)).sort(([, a], [, b]) => b - a)
    if (best === undefined) return newName()
    free.delete(best[0])
    return best[0]
  })
}

function place(names: readonly string[], old: readonly Line[]): Line[] {
  const oldAt = new Map(old.map(({ name }, i) => [name, i]))
  const known = names.flatMap((name) => {
    const at = oldAt.get(name)
    return at === undefined ? [] : [{ old: at, name }]
  })
  const stay = new Set(longestOrder(known).map(({ name }) => name))
  return placeLines(names, new Map(old.map((line) => [line.name, line])), stay)
}
