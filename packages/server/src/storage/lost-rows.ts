/**
 * What becomes of documents when a part of a table is lost: whose keys lie in it is marked as damaged, whether or not anything of
 * it seems to be missing, since an older row may show in the place of a lost one. Names are written anew, as the heads tell them.
 * Knows no tables.
 */
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CometpadError } from '@cometpad/shared'
import { decodeName, documentIdIn, encodeDamagedHead, encodeName, hexOf } from './head-row.ts'
import type { Database, Operation, View } from './database.ts'
import { ALL_HEADS, ALL_NAMES, decodeKey, kind, rangesOfDocument, tombstoneKey } from './keys.ts'
import { replaceFile } from './replace-file.ts'
import { syncFolder } from './sync-folder.ts'
import type { KeySpan } from './table-mending.ts'

/** In the data folder, from before a table is put together again until the last of its documents is marked. */
export const LOST_ROWS_FILE = 'lost-rows'
/** Marks in one batch. */
const STRIDE = 1_000

/** False: documents may be lost with their names, or what was deleted may come back, or the store's own rows are lost. */
export function canBeMarked(spans: readonly KeySpan[]): boolean {
  if (reaches(spans, kind.global) || reaches(spans, kind.tombstone)) return false
  return !(reaches(spans, kind.name) && reaches(spans, kind.head))
}

/** Durable when it resolves. */
export async function noteLost(folder: string, spans: readonly KeySpan[]): Promise<void> {
  const lines = [...(await lostRowsIn(folder)), ...spans].map(
    ({ from, to }) => `${hexOf(from)} ${hexOf(to)}\n`,
  )
  await replaceFile(join(folder, LOST_ROWS_FILE), new TextEncoder().encode(lines.join('')))
}

/** What was lost and is not marked yet. */
export async function lostRowsIn(folder: string): Promise<readonly KeySpan[]> {
  const text = await readFile(join(folder, LOST_ROWS_FILE), 'utf8').catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return ''
    throw cause
  })
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [from = '', to = ''] = line.split(' ')
      return { from: Buffer.from(from, 'hex'), to: Buffer.from(to, 'hex') }
    })
}

/** Marks the documents that have keys in these spans. Gives their names. Done again it does the same. */
export async function markDamaged(
  database: Database,
  folder: string,
  spans: readonly KeySpan[],
): Promise<readonly string[]> {
  const { operations, harmed } = await database.view((view) => marksFor(view, spans))
  for (let from = 0; from < operations.length; from += STRIDE)
    await database.write(operations.slice(from, from + STRIDE))
  await rm(join(folder, LOST_ROWS_FILE), { force: true })
  await syncFolder(folder)
  return harmed
}

async function marksFor(
  view: View,
  spans: readonly KeySpan[],
): Promise<{ readonly operations: readonly Operation[]; readonly harmed: readonly string[] }> {
  const operations: Operation[] = []
  const harmed: string[] = []
  const documents = new Map<string, { readonly documentId: string; readonly documentKey: Uint8Array }>()
  await view.scan(ALL_NAMES, ({ key, value }) => {
    const name = decodeKey(key)
    if (name?.kind !== 'name') return true
    const documentKey = keyIn(name.documentId, value)
    if (documentKey !== undefined)
      documents.set(hexOf(documentKey), { documentId: name.documentId, documentKey })
    return true
  })
  if (reaches(spans, kind.name)) {
    const nameless: { readonly documentId: string; readonly documentKey: Uint8Array }[] = []
    await view.scan(ALL_HEADS, ({ key, value }) => {
      const found = documentIdIn({ type: 'put', key: key.slice(), value: value.slice() })
      if (found !== undefined && !documents.has(hexOf(found.documentKey))) nameless.push(found)
      return true
    })
    for (const found of nameless) {
      // What was deleted stays deleted.
      if ((await view.get(tombstoneKey(found.documentId))) !== undefined) continue
      documents.set(hexOf(found.documentKey), found)
      operations.push(encodeName(found.documentId, found.documentKey))
    }
  }
  for (const { documentId, documentKey } of documents.values()) {
    const isHarmed = rangesOfDocument(documentKey).some(({ gte, lte }) =>
      spans.some(({ from, to }) => Buffer.compare(lte, from) > 0 && Buffer.compare(gte, to) <= 0),
    )
    if (!isHarmed) continue
    harmed.push(documentId)
    operations.push(encodeDamagedHead(documentKey, `A part of the table of ${documentId} cannot be read.`))
  }
  return { operations, harmed }
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
