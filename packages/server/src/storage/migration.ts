/**
 * Brings the rows of an older store to the present version of the format, before anybody reads them: step by step, each in
 * bounded batches with a mark of how far it has come, the number of the version last. Whatever ends it, the next start goes
 * on from the mark; a program of the old version that comes in between finds its own version, and changes nothing that
 * would be lost by that. Knows no files.
 */
import { CometpadError } from '@cometpad/shared'
import type { Database, StoredRow, View } from './database.ts'
import type { FirstRows } from './first-rows.ts'
import { faultPoint } from './fault-point.ts'
import { FORMAT_STEPS } from './format-steps.ts'
import type { FormatStep } from './format-steps.ts'
import {
  FORMAT_VERSION,
  decodeMigrationMark,
  encodeFormatVersion,
  encodeMigrationMark,
} from './global-rows.ts'
import { globalKey, globalRow } from './keys.ts'

export interface MigrationOptions {
  readonly database: Database
  readonly folder: string
  /** Rows of one batch. */
  readonly rows: number
  /** How it comes along, in sentences for the operator. */
  readonly tell: (what: string) => void
  readonly freeBytes: () => Promise<number>
  /** Rejects when the folder has another owner: then nothing more is written. */
  readonly checkOurs: () => Promise<void>
}

/** Old and new rows, and LevelDB's log, are there at once for a while; so is what is free in every store that can be opened. */
const SPACE_FACTOR = 3
const SPARE_BYTES = 16 * 1024 * 1024
/** A line for each such part of a large store. */
const TOLD_PARTS = 10
const LARGE_ROWS = 10_000

/** Rejects with DATA_UNUSABLE when there is too little space; nothing was changed then. */
export async function migrate(options: MigrationOptions, { version, counter }: FirstRows): Promise<void> {
  for (const step of FORMAT_STEPS) if (step.from >= version) await take(options, step, counter)
}

async function take(options: MigrationOptions, step: FormatStep, counter: number): Promise<void> {
  const { database, folder, rows, tell, checkOurs } = options
  const to = step.from + 1
  const size = await database.view((view) => sizeOf(view, step))
  const needed = SPACE_FACTOR * size.bytes + SPARE_BYTES
  const free = await options.freeBytes()
  if (free < needed)
    throw new CometpadError('DATA_UNUSABLE', {
      detail: `${folder} has format version ${step.from}. To bring it to version ${to}, ${needed} bytes have to be free; ${free} are. Nothing was changed.`,
    })
  tell(`${folder} has format version ${step.from}. Its ${size.rows} documents are brought to version ${to}.`)
  let after = await database.view((view) => markOf(view, to, counter))
  let done = after === undefined ? 0 : await database.view((view) => rowsUpTo(view, step, after))
  for (;;) {
    const batch = await database.view((view) => rowsBehind(view, step, after, rows))
    const last = batch.at(-1)
    if (last === undefined) break
    await checkOurs()
    faultPoint('migration/before-batch')
    await database.write([
      ...batch.map((row) => ({ type: 'put' as const, ...step.change(row) })),
      encodeMigrationMark({ to, counter, key: last.key }),
    ])
    faultPoint('migration/after-batch')
    after = last.key
    const before = done
    done += batch.length
    if (size.rows >= LARGE_ROWS && partOf(done, size.rows) > partOf(before, size.rows))
      tell(`${done} of ${size.rows} are done.`)
  }
  await checkOurs()
  faultPoint('migration/before-version')
  await database.write([encodeFormatVersion(to), { type: 'del', key: globalKey(globalRow.migration) }])
  faultPoint('migration/after-version')
  if (to === FORMAT_VERSION) tell(`${folder} has format version ${to} now.`)
}

function partOf(done: number, all: number): number {
  return Math.floor((done * TOLD_PARTS) / all)
}

/** The last key that is done; undefined when it has to be begun. */
async function markOf(view: View, to: number, counter: number): Promise<Uint8Array | undefined> {
  const value = await view.get(globalKey(globalRow.migration))
  if (value === undefined) return undefined
  try {
    const mark = decodeMigrationMark(value)
    return mark.to === to && mark.counter === counter ? mark.key.slice() : undefined
  } catch (cause) {
    // What is done already is left as it is.
    if (cause instanceof CometpadError) return undefined
    throw cause
  }
}

async function sizeOf(view: View, { range }: FormatStep): Promise<{ rows: number; bytes: number }> {
  const size = { rows: 0, bytes: 0 }
  await view.scan(range, ({ key, value }) => {
    size.rows += 1
    size.bytes += key.length + value.length
    return true
  })
  return size
}

async function rowsUpTo(view: View, { range }: FormatStep, last: Uint8Array | undefined): Promise<number> {
  let rows = 0
  if (last !== undefined) await view.scan({ gte: range.gte, lte: last }, () => (rows += 1) > 0)
  return rows
}

async function rowsBehind(
  view: View,
  { range: { gte, lt } }: FormatStep,
  after: Uint8Array | undefined,
  limit: number,
): Promise<StoredRow[]> {
  const rows: StoredRow[] = []
  const range = after === undefined ? { gte, lt, limit } : { gt: after, lt, limit }
  await view.scan(range, ({ key, value }) => rows.push({ key: key.slice(), value: value.slice() }) > 0)
  return rows
}
