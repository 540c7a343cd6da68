/**
 * What becomes of documents when a part of a table or of a log is lost: whose keys lie in it is marked as damaged, whether or not
 * anything of it seems to be missing, since an older row may show in the place of a lost one. Names are written anew, as the heads or
 * the ledger tell them. Knows no tables and no logs.
 */
import { randomBytes } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CometpadError } from '@cometpad/shared'
import { decodeName, documentIdIn, encodeDamagedHead, encodeName, hexOf } from './head-row.ts'
import type { Database, Operation, View } from './database.ts'
import {
  ALL_HEADS,
  ALL_NAMES,
  DOCUMENT_KEY_BYTES,
  decodeKey,
  kind,
  rangesOfDocument,
  tombstoneKey,
} from './keys.ts'
import { replaceFile } from './replace-file.ts'
import { syncFolder } from './sync-folder.ts'
import type { KeySpan } from './table-mending.ts'
import { NOTHING, joined } from './touched.ts'
import type { Touched } from './touched.ts'

/** In the data folder, from before a table or a log is put together again until the last of its documents is marked. */
export const LOST_ROWS_FILE = 'lost-rows'
/** Marks in one batch. */
const STRIDE = 1_000

export interface LostRows {
  /** Of tables. */
  readonly spans: readonly KeySpan[]
  /** What batches had reached of which a row is lost. */
  readonly touched: Touched
}

export interface Marked {
  /** The names of the documents that are damaged. */
  readonly harmed: readonly string[]
  /** What was written for that. */
  readonly touched: Touched
}

/** False: documents may be lost with their names, or what was deleted may come back, or the store's own rows are lost. */
export function canBeMarked(spans: readonly KeySpan[]): boolean {
  if (reaches(spans, kind.global) || reaches(spans, kind.tombstone)) return false
  return !(reaches(spans, kind.name) && reaches(spans, kind.head))
}

export function isNothing({ spans, touched }: LostRows): boolean {
  return spans.length === 0 && touched.keys.size === 0 && touched.names.size === 0
}

/** Durable when it resolves. */
export async function noteLost(folder: string, { spans, touched }: LostRows): Promise<void> {
  const before = await lostRowsIn(folder)
  const all = joined([before.touched, touched])
  const lines = [
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
  const keys = new Set<string>()
  const names = new Map<string, string | undefined>()
  for (const line of text.split('\n').filter((words) => words !== '')) {
    const [first = '', second = '', third = ''] = line.split(' ')
    if (first === 'document') keys.add(second)
    else if (first === 'name') names.set(second, third === '' ? undefined : third)
    else spans.push({ from: Buffer.from(first, 'hex'), to: Buffer.from(second, 'hex') })
  }
  return { spans, touched: { keys, names } }
}

/** Marks the documents whose rows are lost. Done again it does the same. */
export async function markDamaged(database: Database, lost: LostRows): Promise<Marked> {
  const { operations, marked } = await database.view((view) => marksFor(view, lost))
  for (let from = 0; from < operations.length; from += STRIDE)
    await database.write(operations.slice(from, from + STRIDE))
  return marked
}

/** Everything is marked, and noted elsewhere. */
export async function forgetLost(folder: string): Promise<void> {
  await rm(join(folder, LOST_ROWS_FILE), { force: true })
  await syncFolder(folder)
}

interface Found {
  readonly documentId: string
  readonly documentKey: Uint8Array
}

async function marksFor(
  view: View,
  { spans, touched }: LostRows,
): Promise<{ readonly operations: readonly Operation[]; readonly marked: Marked }> {
  if (isNothing({ spans, touched })) return { operations: [], marked: { harmed: [], touched: NOTHING } }
  const operations: Operation[] = []
  const documents = await namedDocuments(view)
  const rewritten = new Map<string, Found>()
  if (reaches(spans, kind.name)) {
    for (const found of await namelessDocuments(view, documents)) {
      // What was deleted stays deleted.
      if ((await view.get(tombstoneKey(found.documentId))) !== undefined) continue
      documents.set(hexOf(found.documentKey), found)
      rewritten.set(found.documentId, found)
    }
  }
  const byName = new Map(Array.from(documents.values(), (found) => [found.documentId, found]))
  const namesOfLog = new Set<string>()
  for (const [documentId, key] of touched.names) {
    const found = byName.get(documentId)
    if (found !== undefined) {
      namesOfLog.add(hexOf(found.documentKey))
      continue
    }
    // It was made, or deleted, and nothing tells of it any more: it must not be made as if there had been nothing.
    const documentKey = key === undefined ? randomBytes(DOCUMENT_KEY_BYTES) : Buffer.from(key, 'hex')
    documents.set(hexOf(documentKey), { documentId, documentKey })
    rewritten.set(documentId, { documentId, documentKey })
    namesOfLog.add(hexOf(documentKey))
  }
  for (const { documentId, documentKey } of rewritten.values())
    operations.push(encodeName(documentId, documentKey))
  const harmed: string[] = []
  const keys = new Set<string>()
  for (const [hex, { documentId, documentKey }] of documents) {
    const isOfTable = isIn(spans, documentKey)
    if (!isOfTable && !touched.keys.has(hex) && !namesOfLog.has(hex)) continue
    keys.add(hex)
    const where = isOfTable ? 'table' : 'log'
    const mark = encodeDamagedHead(documentKey, `A part of the ${where} of ${documentId} cannot be read.`)
    // It was marked before, and said.
    if (Buffer.compare((await view.get(mark.key)) ?? new Uint8Array(), mark.value) === 0) continue
    harmed.push(documentId)
    operations.push(mark)
  }
  const names = new Map(
    Array.from(rewritten.values(), ({ documentId, documentKey }) => [documentId, hexOf(documentKey)]),
  )
  return { operations, marked: { harmed, touched: { keys, names } } }
}

/** By their keys in hexadecimal. */
async function namedDocuments(view: View): Promise<Map<string, Found>> {
  const documents = new Map<string, Found>()
  await view.scan(ALL_NAMES, ({ key, value }) => {
    const name = decodeKey(key)
    if (name?.kind !== 'name') return true
    const documentKey = keyIn(name.documentId, value)
    if (documentKey !== undefined)
      documents.set(hexOf(documentKey), { documentId: name.documentId, documentKey })
    return true
  })
  return documents
}

/** As their heads tell. */
async function namelessDocuments(view: View, named: ReadonlyMap<string, Found>): Promise<readonly Found[]> {
  const nameless: Found[] = []
  await view.scan(ALL_HEADS, ({ key, value }) => {
    const found = documentIdIn({ type: 'put', key: key.slice(), value: value.slice() })
    if (found !== undefined && !named.has(hexOf(found.documentKey))) nameless.push(found)
    return true
  })
  return nameless
}

function isIn(spans: readonly KeySpan[], documentKey: Uint8Array): boolean {
  return rangesOfDocument(documentKey).some(({ gte, lte }) =>
    spans.some(({ from, to }) => Buffer.compare(lte, from) > 0 && Buffer.compare(gte, to) <= 0),
  )
}

/** Undefined: the row of the name is damaged itself, and refused wherever it is read. */
function keyIn(documentId: string, value: Uint8Array): Uint8Array | undefined {
  try {
    return decodeName(documentId, value)
  } catch (cause) {
    if (cause instanceof CometpadError) return undefined
    throw cause
  }
}

/** Whether a key of this kind may lie in one of the spans. */
function reaches(spans: readonly KeySpan[], first: number): boolean {
  return spans.some(({ from, to }) => (from[0] ?? 0) <= first && (to[0] ?? 0) >= first)
}
