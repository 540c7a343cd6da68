/**
 * A table in the words of the document: the keys of its marker. Rows and columns are names with a place in an order, so
 * that each of them comes, goes and moves by a key of its own; a cell is called after both. Pure; knows no editor.
 */
import { TABLE } from './form.ts'
import type { Attrs } from './form.ts'

/** A document may claim any number of rows and columns. What would be larger is not shown as a table. */
export const MOST_CELLS = 10_000

/** A row or a column. */
export interface Line {
  readonly name: string
  /** Lines are sorted by it as text; those with the same one by name. */
  readonly order: string
}

export interface TableForm {
  readonly rows: readonly Line[]
  readonly columns: readonly Line[]
}

const forms = new WeakMap<Attrs, TableForm | null>()

/** Null for what is no table, also for one without any row or column. */
export function tableOf(keys: Attrs): TableForm | null {
  if (keys['T'] !== TABLE) return null
  let form = forms.get(keys)
  if (form === undefined) {
    const rows = linesOf(keys, 'r:')
    const columns = linesOf(keys, 'c:')
    const count = rows.length * columns.length
    form = count > 0 && count <= MOST_CELLS ? { rows, columns } : null
    forms.set(keys, form)
  }
  return form
}

function linesOf(keys: Attrs, prefix: string): Line[] {
  const lines: Line[] = []
  for (const [key, order] of Object.entries(keys)) {
    const name = key.slice(prefix.length)
    if (!key.startsWith(prefix) || name === '' || name.includes(':') || typeof order !== 'string') continue
    lines.push({ name, order })
  }
  return lines.sort(compareLines)
}

export function compareLines(a: Line, b: Line): number {
  if (a.order !== b.order) return a.order < b.order ? -1 : 1
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
}

/** The name of a cell: the value of `X` on each of its blocks. */
export function labelOf(row: string, column: string): string {
  return `${row}:${column}`
}

/** The names of a cell's row and column. */
export function namesIn(label: unknown): readonly [row: string, column: string] | null {
  if (typeof label !== 'string') return null
  const [row, column, more] = label.split(':')
  return row === undefined || column === undefined || more !== undefined ? null : [row, column]
}

/** Is this a block of a cell, if it follows a table? */
export function isCellBlock(keys: Attrs): boolean {
  return keys['T'] !== TABLE && namesIn(keys['X']) !== null
}

const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz'

/**
 * A text between two others, none of which ends in "0"; null stands for the end. Undefined when there is none, for
 * instance between equal ones.
 */
export function orderBetween(left: string, right: string | null): string | undefined {
  if (right !== null && left >= right) return undefined
  let prefix = ''
  let end = right
  for (let i = 0; i <= left.length + (right?.length ?? 0); i++) {
    const low = digitAt(left, i) ?? 0
    const high = end === null ? DIGITS.length : (digitAt(end, i) ?? 0)
    if (high - low > 1) return prefix + (DIGITS[(low + high) >> 1] ?? '')
    prefix += DIGITS[low] ?? ''
    if (high > low) end = null
    else if (high < low) return undefined
  }
  return undefined
}

function digitAt(text: string, index: number): number | undefined {
  const digit = index < text.length ? DIGITS.indexOf(text[index] ?? '') : -1
  return digit === -1 ? undefined : digit
}

/** So many in order between two others, evenly, so that they stay short. */
function ordersBetween(left: string, right: string | null, count: number): string[] | undefined {
  if (count === 0) return []
  const middle = orderBetween(left, right)
  if (middle === undefined || middle <= left || (right !== null && middle >= right)) return undefined
  const before = ordersBetween(left, middle, (count - 1) >> 1)
  const behind = ordersBetween(middle, right, count >> 1)
  return before === undefined || behind === undefined ? undefined : [...before, middle, ...behind]
}

/**
 * Gives these names places in their order, as they stand. `places` are the present ones; those that need not change do
 * not, because each that does is a line that moved.
 */
export function placeLines(
  names: readonly string[],
  places: ReadonlyMap<string, Line>,
  stay: ReadonlySet<string>,
): Line[] {
  const placed: Line[] = []
  let waiting: string[] = []
  const settle = (right: string | null): boolean => {
    const left = placed.at(-1)?.order ?? ''
    const orders =
      ordersBetween(left, right, waiting.length) ??
      // Behind a foreign text of other letters there is always something longer.
      (right === null ? waiting.map((_, i) => left + 'i'.repeat(i + 1)) : undefined)
    if (orders === undefined) return false
    waiting.forEach((name, i) => placed.push({ name, order: orders[i] ?? '' }))
    waiting = []
    return true
  }
  for (const name of names) {
    const place = places.get(name)
    if (place !== undefined && stay.has(name) && settle(place.order)) placed.push(place)
    // Between two of the same place there is no room: the second one moves.
    else waiting.push(name)
  }
  settle(null)
  return placed
}
