/**
 * What is lost of tables and logs, kept in a file from before they are put together again until every document that had rows
 * there is marked. Knows no tables and no logs.
 */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hexOf } from './head-row.ts'
import { kind } from './keys.ts'
import { replaceFile } from './replace-file.ts'
import { syncFolder } from './sync-folder.ts'
import type { BlockEntry } from './table-file.ts'
import type { KeySpan } from './table-mending.ts'
import { NO_ROWS, joinedRows } from './table-rows.ts'
import type { TableRows } from './table-rows.ts'
import { NOTHING, joined } from './touched.ts'
import type { Touched } from './touched.ts'

/** In the data folder, from before a table or a log is put together again until the last of its documents is marked. */
export const LOST_ROWS_FILE = 'lost-rows'
export interface LostRows {
  /** Where rows of tables were of which nobody knows what stood in them. */
  readonly spans: readonly KeySpan[]
  /** What stood in others. */
  readonly noted: TableRows
  /** What batches had reached of which a row is lost. */
  readonly touched: Touched
}

export const NOTHING_LOST: LostRows = { spans: [], noted: NO_ROWS, touched: NOTHING }

/** False: documents may be lost with their names, or what was deleted may come back, or the store's own rows are lost. */
export function canBeMarked(spans: readonly KeySpan[]): boolean {
  if (reaches(spans, kind.global) || reaches(spans, kind.tombstone)) return false
  return !(reaches(spans, kind.name) && reaches(spans, kind.head))
}

export function isNothing({ spans, noted, touched }: LostRows): boolean {
  const rows = spans.length + noted.keys.size + noted.rows.length
  return rows + touched.keys.size + touched.names.size === 0
}

/** Durable when it resolves. */
export async function noteLost(folder: string, { spans, noted, touched }: LostRows): Promise<void> {
  const before = await lostRowsIn(folder)
  const all = joined([before.touched, touched])
  const { keys, rows } = joinedRows([before.noted, noted])
  const lines = [
    ...Array.from(keys, (key) => `held ${key}`),
    ...rows.map(({ key, value }) => `row ${hexOf(key)} ${hexOf(value)}`),
    ...[...before.spans, ...spans].map(({ from, to }) => `${hexOf(from)} ${hexOf(to)}`),
    ...Array.from(all.keys, (key) => `document ${key}`),
    ...Array.from(all.names, ([documentId, key = '']) => `name ${documentId} ${key}`),
  ]
  const text = lines.map((line) => `${line}\n`).join('')
  await replaceFile(join(folder, LOST_ROWS_FILE), new TextEncoder().encode(text))
}

/** What was lost and is not marked yet. */
export async function lostRowsIn(folder: string): Promise<LostRows> {
  const text = await readFile(join(folder, LOST_ROWS_FILE), 'utf8').catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return ''
    throw cause
  })
  const spans: KeySpan[] = []
  const held = new Set<string>()
  const rows: BlockEntry[] = []
  const keys = new Set<string>()
  const names = new Map<string, string | undefined>()
  for (const line of text.split('\n').filter((words) => words !== '')) {
    const [first = '', second = '', third = ''] = line.split(' ')
    if (first === 'document') keys.add(second)
    else if (first === 'name') names.set(second, third === '' ? undefined : third)
    else if (first === 'held') held.add(second)
    else if (first === 'row') rows.push({ key: Buffer.from(second, 'hex'), value: Buffer.from(third, 'hex') })
    else spans.push({ from: Buffer.from(first, 'hex'), to: Buffer.from(second, 'hex') })
  }
  return { spans, noted: { keys: held, rows }, touched: { keys, names } }
}

/** Everything is marked, and noted elsewhere. */
export async function forgetLost(folder: string): Promise<void> {
  await rm(join(folder, LOST_ROWS_FILE), { force: true })
  await syncFolder(folder)
}

/** Whether a key of this kind may lie in one of the spans. */
export function reaches(spans: readonly KeySpan[], first: number): boolean {
  return spans.some(({ from, to }) => (from[0] ?? 0) <= first && (to[0] ?? 0) >= first)
}
