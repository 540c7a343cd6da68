/** A table that came in a format, in place of the one that is there: cells of which the format says the same stay as they are. */
import { align } from './align.ts'
import { nameOf } from './blocks.ts'
import type { Block } from './blocks.ts'
import type { Table, TableCell } from './tables.ts'

type Rows = Table['rows']

/** `said`: what the format says of the old one. */
export function reviseTable(old: Table, said: Table, fresh: Table): Table {
  const rows = mergedRows(old.rows, said.rows, fresh.rows)
  return rows === undefined ? fresh : { source: [], rows }
}

/** Undefined when rows and columns have become others than they were: then there is nothing to compare cell by cell. */
function mergedRows(old: Rows, said: Rows, fresh: Rows): TableCell[][] | undefined {
  const isPlain = old.every((row, at) => row.length === said[at]?.length)
  const isSameShape = old.length === fresh.length && old.every((row, at) => row.length === fresh[at]?.length)
  if (!isPlain || old.length !== said.length) return undefined
  if (isSameShape) return old.map((row, at) => mergedRow(row, said[at] ?? [], fresh[at] ?? []))
  const isMerged = old.flat().some(({ rowSpan }) => rowSpan > 1)
  if (isMerged) return undefined
  const result: TableCell[][] = []
  let [at, newAt] = [0, 0]
  for (const [to, newTo] of [
    ...align(said.map(nameOfRow), fresh.map(nameOfRow)),
    [old.length, fresh.length] as const,
  ]) {
    for (let row = newAt; row < newTo; row += 1) {
      const before = at + row - newAt
      // In a stretch of as many rows as there were the words were changed, row by row.
      const isChanged = to - at === newTo - newAt && old[before]?.length === fresh[row]?.length
      result.push(
        isChanged
          ? mergedRow(old[before] ?? [], said[before] ?? [], fresh[row] ?? [])
          : [...(fresh[row] ?? [])],
      )
    }
    const kept = old[to]
    if (kept !== undefined) result.push([...kept])
    at = to + 1
    newAt = newTo + 1
  }
  return result
}

function mergedRow(
  old: readonly TableCell[],
  said: readonly TableCell[],
  fresh: readonly TableCell[],
): TableCell[] {
  return fresh.map((cell, at) => {
    const [before, told] = [old[at], said[at]]
    if (before === undefined || told === undefined) return cell
    return {
      ...before,
      blocks: nameOfBlocks(told.blocks) === nameOfBlocks(cell.blocks) ? before.blocks : cell.blocks,
      heads: told.heads === cell.heads ? before.heads : cell.heads,
      rowSpan: told.rowSpan === cell.rowSpan ? before.rowSpan : cell.rowSpan,
      colSpan: told.colSpan === cell.colSpan ? before.colSpan : cell.colSpan,
    }
  })
}

function nameOfRow(row: readonly TableCell[]): string {
  return JSON.stringify(
    row.map(({ blocks, heads, rowSpan, colSpan }) => [nameOfBlocks(blocks), heads, rowSpan, colSpan]),
  )
}

/** Equal texts say the same. */
export function nameOfTable({ rows }: Table): string {
  return `table ${rows.map(nameOfRow).join()}`
}

function nameOfBlocks(blocks: readonly Block[]): string {
  return JSON.stringify(blocks.map(nameOfBlock))
}

/** But for the container that it stands in. */
export function nameOfBlock({ keys: { W: _place, ...keys }, runs }: Block): string {
  const parts = runs.map((run) => ('text' in run ? run.text : nameOf(run.object)) + nameOf(run.attrs))
  return `${nameOf(keys)} ${JSON.stringify(parts)}`
}
