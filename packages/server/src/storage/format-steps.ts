/**
 * What leads from each version of the format to the next, row by row, for the rows of a store as well as for those of a
 * backup. A step gives a row that is in its new form already back as it is. Knows no database.
 */
import type { StoredRow } from './database.ts'
import { FORMAT_VERSION, encodeFormatVersion } from './global-rows.ts'
import { headOfFormat2 } from './head-row.ts'
import { ALL_HEADS, decodeKey, globalRow } from './keys.ts'

export interface FormatStep {
  /** It leads from here to the version behind it. */
  readonly from: number
  /** The rows that it changes. */
  readonly range: { readonly gte: Uint8Array; readonly lt: Uint8Array }
  readonly change: (row: StoredRow) => StoredRow
}

/** In their order, without a gap. */
export const FORMAT_STEPS: readonly FormatStep[] = [{ from: 1, range: ALL_HEADS, change: headOfFormat2 }]

/** A row of a store of version `from` in the present form. */
export function presentRow(row: StoredRow, from: number): StoredRow {
  if (from === FORMAT_VERSION) return row
  const key = decodeKey(row.key)
  if (key?.kind === 'global' && key.row === globalRow.formatVersion) return encodeFormatVersion()
  const steps = FORMAT_STEPS.filter((step) => step.from >= from && isWithin(row.key, step))
  return steps.reduce((changed, step) => step.change(changed), row)
}

function isWithin(key: Uint8Array, { range }: FormatStep): boolean {
  return Buffer.compare(key, range.gte) >= 0 && Buffer.compare(key, range.lt) < 0
}
