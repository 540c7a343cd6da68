/**
 * What becomes of documents when a part of a table or of a log is lost: whose keys lay in it is marked as damaged, whether or not
 * anything of it seems to be missing, since an older row may show in the place of a lost one. Names are written anew, as notes, the
 * heads or the ledger tell them. Knows no tables and no logs.
 */
import { randomBytes } from 'node:crypto'
import { CometpadError } from '@cometpad/shared'
import type { Database, Operation, View } from './database.ts'
import { decodeName, documentIdIn, encodeDamagedHead, encodeName, hexOf } from './head-row.ts'
import { ALL_HEADS, ALL_NAMES, DOCUMENT_KEY_BYTES, decodeKey, headKey, kind, tombstoneKey } from './keys.ts'
import { isNothing, reaches } from './lost-rows.ts'
import type { LostRows } from './lost-rows.ts'
import { namesAfterLoss, remainsAfterLoss } from './noted-names.ts'
import { isDocumentIn } from './table-rows.ts'
import { NOTHING, joined, touchedBy } from './touched.ts'
import type { Touched } from './touched.ts'

/** Marks in one batch. */
const STRIDE = 1_000

export interface Marked {
  /** The names of the documents that are damaged. */
  readonly harmed: readonly string[]
  /** What was written for that. */
  readonly touched: Touched
}

/** Marks the documents whose rows are lost. Done again it does the same. */
export async function markDamaged(database: Database, lost: LostRows): Promise<Marked> {
  const { operations, marked } = await database.view((view) => marksFor(view, lost))
  for (let from = 0; from < operations.length; from += STRIDE)
    await database.write(operations.slice(from, from + STRIDE))
  return marked
}

interface Found {
  readonly documentId: string
  readonly documentKey: Uint8Array
}

async function marksFor(
  view: View,
  lost: LostRows,
): Promise<{ readonly operations: readonly Operation[]; readonly marked: Marked }> {
  if (isNothing(lost)) return { operations: [], marked: { harmed: [], touched: NOTHING } }
  const { spans, noted, touched } = lost
  const documents = await namedDocuments(view)
  const rewritten = new Map<string, Found>()
  const { restored, doubtful, operations: again } = await namesAfterLoss(view, noted)
  const operations: Operation[] = [...again]
  for (const [documentId, hex] of restored) {
    const found = { documentId, documentKey: Buffer.from(hex, 'hex') }
    documents.set(hex, found)
    rewritten.set(documentId, found)
  }
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
      // One that leads where it was said to lead is there; of its document the keys tell.
      if (key !== hexOf(found.documentKey)) namesOfLog.add(hexOf(found.documentKey))
      continue
    }
    if (key === undefined && (await view.get(tombstoneKey(documentId))) !== undefined) continue
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
    const isOfTable = isDocumentIn(spans, documentKey) || noted.keys.has(hex) || doubtful.has(hex)
    if (!isOfTable && !touched.keys.has(hex) && !namesOfLog.has(hex)) continue
    keys.add(hex)
    const where = isOfTable ? 'table' : 'log'
    const mark = encodeDamagedHead(documentKey, `A part of the ${where} of ${documentId} cannot be read.`)
    // It was marked before, and said.
    if (Buffer.compare((await view.get(mark.key)) ?? new Uint8Array(), mark.value) === 0) continue
    harmed.push(documentId)
    operations.push(mark)
  }
  operations.push(
    ...(await marksOfNameless(view, noted, documents)),
    ...remainsAfterLoss(noted, new Set(documents.keys())),
  )
  const names = new Map(
    Array.from(rewritten.values(), ({ documentId, documentKey }) => [documentId, hexOf(documentKey)]),
  )
  return { operations, marked: { harmed, touched: joined([{ keys, names }, touchedBy(operations)]) } }
}

/** An older head that shows again must not be taken for that of a document which has lost its name. */
async function marksOfNameless(
  view: View,
  { keys }: LostRows['noted'],
  documents: ReadonlyMap<string, Found>,
): Promise<readonly Operation[]> {
  const marks: Operation[] = []
  for (const hex of keys) {
    const documentKey = Buffer.from(hex, 'hex')
    if (documents.has(hex) || (await view.get(headKey(documentKey))) === undefined) continue
    marks.push(encodeDamagedHead(documentKey, 'A part of its table cannot be read.'))
  }
  return marks
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

/** Undefined: the row of the name is damaged itself, and refused wherever it is read. */
function keyIn(documentId: string, value: Uint8Array): Uint8Array | undefined {
  try {
    return decodeName(documentId, value)
  } catch (cause) {
    if (cause instanceof CometpadError) return undefined
    throw cause
  }
}
