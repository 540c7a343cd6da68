/**
 * Reads the rows of one document and trusts none of them: each is unsealed, entries must follow each other without a
 * gap up to the head, parts must make up the snapshot. Everything here throws DOCUMENT_DAMAGED.
 */
import type { Offset } from '@cometpad/shared'
import type { DocumentHead, LogEntry, Snapshot } from '../core/ports.ts'
import type { StoredRow, View } from './database.ts'
import { damaged, unseal } from './envelope.ts'
import { decodeHead, decodeName } from './head-row.ts'
import { entriesBehind, entryKey, entryRange, headKey, nameKey, snapshotRange } from './keys.ts'
import { decodeSnapshot } from './snapshot-rows.ts'

export interface FoundDocument {
  readonly documentKey: Uint8Array
  readonly head: DocumentHead
}

/** As `readDocument`, for whoever is going to work on it: a head that is older than the log behind it is a damaged one. */
export async function readWholeDocument(view: View, documentId: string): Promise<FoundDocument | undefined> {
  const found = await readDocument(view, documentId)
  if (found === undefined) return undefined
  const behind = await view.keys({ ...entriesBehind(found.documentKey, found.head.head), limit: 1 })
  if (behind.length > 0) throw damaged(`The log goes on behind its head ${found.head.head}.`)
  return found
}

export async function readDocument(view: View, documentId: string): Promise<FoundDocument | undefined> {
  const name = await view.get(nameKey(documentId))
  if (name === undefined) return undefined
  const documentKey = decodeName(documentId, name)
  return { documentKey, head: await readHead(view, documentId, documentKey) }
}

export async function readHead(
  view: View,
  documentId: string,
  documentKey: Uint8Array,
): Promise<DocumentHead> {
  return decodeHead(documentId, documentKey, await view.get(headKey(documentKey)))
}

/** Entries behind `after`, as many as fit into `maxBytes`, but at least one if there is any. */
export async function readEntries(
  view: View,
  { documentKey, head }: FoundDocument,
  after: Offset,
  maxBytes: number,
): Promise<LogEntry[]> {
  const entries: LogEntry[] = []
  let offset = after
  let bytes = 0
  let isFull = false
  if (after >= head.head) return entries
  await view.scan(entryRange(documentKey, after + 1, head.head), ({ key, value }) => {
    const expected = entryKey(documentKey, offset + 1)
    if (Buffer.compare(key, expected) !== 0) throw damaged(`Entry ${offset + 1} of the log is missing.`)
    const update = ownBytes(unseal(key, value).payload)
    bytes += update.length
    isFull = entries.length > 0 && bytes > maxBytes
    if (isFull) return false
    offset += 1
    entries.push({ offset, update })
    return true
  })
  if (!isFull && offset !== head.head) throw damaged(`Entry ${offset + 1} of the log is missing.`)
  return entries
}

export async function readSnapshot(
  view: View,
  { documentKey, head }: FoundDocument,
): Promise<Snapshot | undefined> {
  if (head.snapshotOffset === 0) return undefined
  const rows: StoredRow[] = []
  await view.scan(snapshotRange(documentKey, head.snapshotOffset), (row) => rows.push(row) > 0)
  return decodeSnapshot(documentKey, head.snapshotOffset, rows, head.snapshotBytes)
}

/** A plain array of its own memory: what is kept of a row must not keep the row. */
function ownBytes(view: Uint8Array): Uint8Array {
  return new Uint8Array(view)
}
