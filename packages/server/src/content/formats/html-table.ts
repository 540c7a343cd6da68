/** A table of HTML while it is read: which place each cell has, and what the marker of the table says in the end. */
import { MOST_CELLS } from '@cometpad/binding'
import { CometpadError } from '@cometpad/shared'
import { orderOf } from '../tables.ts'

/** What HTML allows. */
const MOST_COLUMNS = 1000
const MOST_ROWS = 65_534

export class OpenTable {
  /** Of the marker; complete when the table is finished. */
  keys: Record<string, unknown> = {}
  #row = -1
  #column = 0
  /** For each column in how many rows, from this one on, it is taken. */
  readonly #taken: number[] = []
  readonly #spans: { label: string; row: number; rowSpan: number; lastColumn: number }[] = []
  #label: string | undefined

  /** Of the cell that was begun last; undefined before the first. */
  get label(): string | undefined {
    return this.#label
  }

  row(): void {
    this.#row += 1
    this.#column = 0
    for (const [column, rows] of this.#taken.entries()) this.#taken[column] = Math.max(0, rows - 1)
  }

  /** Throws CONTENT_TOO_COMPLEX for more cells than a table may have. */
  cell(isHeader: boolean, attributes: Readonly<Record<string, string>>): string {
    if (this.#row < 0) this.row()
    while ((this.#taken[this.#column] ?? 0) > 0) this.#column += 1
    const colSpan = spanOf(attributes['colspan'], MOST_COLUMNS)
    const rowSpan = spanOf(attributes['rowspan'], MOST_ROWS)
    const width = Math.max(this.#taken.length, this.#column + colSpan)
    if (width * (this.#row + 1) > MOST_CELLS) throw new CometpadError('CONTENT_TOO_COMPLEX')
    const label = nameOf(this.#row, this.#column)
    for (let each = this.#column; each < this.#column + colSpan; each += 1)
      this.#taken[each] = Math.max(this.#taken[each] ?? 0, rowSpan)
    this.#column += colSpan
    if (rowSpan > 1 || colSpan > 1)
      this.#spans.push({ label, row: this.#row, rowSpan, lastColumn: this.#column - 1 })
    if (isHeader) this.keys[`h:${label}`] = attributes['scope'] === 'row' ? 2 : 1
    this.#label = label
    return label
  }

  finish(): void {
    for (let row = 0; row <= this.#row; row += 1) this.keys[`r:r${row}`] = orderOf(row)
    for (let column = 0; column < this.#taken.length; column += 1) this.keys[`c:c${column}`] = orderOf(column)
    for (const { label, row, rowSpan, lastColumn } of this.#spans) {
      const end = nameOf(Math.min(this.#row, row + rowSpan - 1), lastColumn)
      if (end !== label) this.keys[`s:${label}`] = end
    }
  }
}

function nameOf(row: number, column: number): string {
  return `r${row}:c${column}`
}

function spanOf(text: string | undefined, most: number): number {
  const span = Number(text ?? 1)
  return Number.isSafeInteger(span) && span > 0 ? Math.min(span, most) : 1
}
