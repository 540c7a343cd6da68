/**
 * The tables among the blocks of a document: as rows of cells, which Markdown and HTML have a word for, and as blocks again. Knows no
 * format.
 */
import { MOST_CELLS, gridOf, isCellBlock, tableOf } from '@cometpad/binding'
import type { GridCell } from '@cometpad/binding'
import { CometpadError } from '@cometpad/shared'
import type { Attrs, Block } from './blocks.ts'

export interface TableCell {
  readonly blocks: readonly Block[]
  readonly rowSpan: number
  readonly colSpan: number
  /** Heads its row (1), its column (2), both (3), or none (0). */
  readonly heads: number
  /** What else the document says of it: its keys `g` and `v`. */
  readonly look?: Attrs
}

export interface Table {
  /** As they lie in the document; none of a table that is only being made. */
  readonly source: readonly Block[]
  readonly rows: readonly (readonly TableCell[])[]
  /** What the document says of the table as a whole. */
  readonly look?: Attrs
}

export type Part = Block | Table

/** What is said of a part as a whole. */
export function keysOf(part: Part): Attrs {
  return isTable(part) ? (part.look ?? {}) : part.keys
}

/** For what only looks at where a part stands. */
export function standIn(part: Part): Block {
  return isTable(part) ? { keys: keysOf(part), runs: [] } : part
}

export function isTable(part: Part): part is Table {
  return 'rows' in part
}

/** Every block, and each table with all that is in it as one. */
export function partsOf(blocks: readonly Block[]): (Block | Table)[] {
  const parts: (Block | Table)[] = []
  for (let at = 0; at < blocks.length;) {
    const block = blocks[at]
    if (block === undefined) break
    let end = at + 1
    if (tableOf(block.keys) !== null) {
      while (end < blocks.length && isCellBlock(blocks[end]?.keys ?? {})) end += 1
      parts.push(readTable(blocks.slice(at, end)))
    } else parts.push(block)
    at = end
  }
  return parts
}

/** As docs/document-format.md says how a table is shown. */
function readTable(source: readonly Block[]): Table {
  const [marker, ...inside] = source
  const keys = marker?.keys ?? {}
  const form = tableOf(keys)
  if (form === null) return { source, rows: [] }
  const grid = gridOf(form, keys)
  const filling = new Map<GridCell, { place: number; block: Block }[]>()
  let cell = grid.rows[0]?.[0]
  let place = 0
  const put = (block: Block): void => {
    if (cell === undefined) return
    const lines = filling.get(cell) ?? []
    lines.push({ place, block })
    filling.set(cell, lines)
  }
  // What stands between the table and its first cell is the first line of that.
  if (marker !== undefined && marker.runs.length > 0) put({ keys: {}, runs: marker.runs })
  for (const block of inside) {
    // A cell stands where its table does.
    const { X: label, W: _place, ...others } = block.keys
    if (typeof label === 'string') {
      cell = grid.coverOf.get(label) ?? cell
      place = grid.placeOf.get(label) ?? place
    }
    const isCovered = cell?.label !== label && block.runs.length === 0 && Object.keys(others).length === 0
    if (!isCovered) put({ ...block, keys: others })
  }
  const rows = grid.rows.map((cells) =>
    cells.map((each) => {
      const heads = keys[`h:${each.label}`]
      const { [`g:${each.label}`]: g, [`v:${each.label}`]: v } = keys
      const lines = (filling.get(each) ?? []).toSorted((a, b) => a.place - b.place)
      return {
        blocks: isBlank(lines.map(({ block }) => block)) ? [] : lines.map(({ block }) => block),
        rowSpan: each.rowSpan,
        colSpan: each.colSpan,
        heads: typeof heads === 'number' ? heads & 3 : 0,
        look: { g, v },
      }
    }),
  )
  const look = Object.entries(keys).filter(([name]) => name !== 'T' && !/^[a-z]:/.test(name))
  return { source, rows, look: Object.fromEntries(look) }
}

/** An empty line stands in every cell in which nothing stands. */
export function isBlank([first, ...others]: readonly Block[]): boolean {
  if (first === undefined) return true
  return others.length === 0 && first.runs.length === 0 && Object.keys(first.keys).length === 0
}

/**
 * A table as blocks. Its rows and columns have names only for the moment: those of a document are given when the table goes into
 * it. Throws CONTENT_TOO_COMPLEX for more cells than a table may have.
 */
export function blocksOfTable({ rows, look = {} }: Pick<Table, 'rows' | 'look'>): Block[] {
  const places: (true | undefined)[][] = rows.map(() => [])
  const keys: Record<string, unknown> = { ...look, T: 'table' }
  const cells: Block[] = []
  let count = 0
  rows.forEach((line, row) => {
    let column = 0
    for (const { blocks, rowSpan, colSpan, heads, look: own = {} } of line) {
      while (places[row]?.[column] === true) column += 1
      for (const covered of places.slice(row, row + rowSpan)) {
        count += colSpan
        if (count > MOST_CELLS) throw new CometpadError('CONTENT_TOO_COMPLEX')
        for (let each = column; each < column + colSpan; each += 1) covered[each] = true
      }
      const label = `r${row}:c${column}`
      const end = `r${Math.min(rows.length, row + rowSpan) - 1}:c${column + colSpan - 1}`
      if (end !== label) keys[`s:${label}`] = end
      if (heads > 0) keys[`h:${label}`] = heads
      for (const [name, value] of Object.entries(own)) keys[`${name}:${label}`] = value
      for (const block of blocks.length > 0 ? blocks : [{ keys: {}, runs: [] }])
        cells.push({ ...block, keys: { ...block.keys, X: label } })
      column += colSpan
    }
  })
  const width = Math.max(0, ...places.map((line) => line.length))
  if (width * rows.length > MOST_CELLS) throw new CometpadError('CONTENT_TOO_COMPLEX')
  if (width === 0) return []
  for (let row = 0; row < rows.length; row += 1) keys[`r:r${row}`] = orderOf(row)
  for (let column = 0; column < width; column += 1) keys[`c:c${column}`] = orderOf(column)
  const said = Object.entries(keys).filter(([, value]) => value !== undefined)
  return [{ keys: Object.fromEntries(said), runs: [] }, ...cells]
}

/** The place of a row or a column in their order. */
export function orderOf(at: number): string {
  return `${String(at).padStart(5, '0')}i`
}

/** The blocks of parts again. A table that was not changed is as it lay in the document. */
export function blocksOfParts(parts: readonly (Block | Table)[]): Block[] {
  return parts.flatMap((part) => {
    if (!isTable(part)) return [part]
    return part.source.length > 0 ? part.source : blocksOfTable(part)
  })
}

/** A cell of its own place, with nothing further said of it. */
export function plainCell(blocks: readonly Block[], heads = 0): TableCell {
  return { blocks, rowSpan: 1, colSpan: 1, heads }
}

/** Each row with a place for every column: undefined where a cell covers it that begins elsewhere. */
export function spread(rows: Table['rows']): (TableCell | undefined)[][] {
  const covered: boolean[][] = rows.map(() => [])
  const places = rows.map((): (TableCell | undefined)[] => [])
  rows.forEach((line, row) => {
    let column = 0
    for (const cell of line) {
      while (covered[row]?.[column] === true) column += 1
      const own = places[row]
      if (own !== undefined) own[column] = cell
      for (const below of covered.slice(row, row + cell.rowSpan))
        for (let each = column; each < column + cell.colSpan; each += 1) below[each] = true
    }
  })
  const width = Math.max(0, ...covered.map((line) => line.length))
  return places.map((line) => Array.from({ length: width }, (_, column) => line[column]))
}
