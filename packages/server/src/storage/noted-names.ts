/**
 * What becomes of the rows of a lost table that are no document's: names, what is left of deleted documents, and the first rows of the
 * store. A lost row may have been older or newer than the one that shows now. Where that cannot be told, a document is closed and
 * never opened: what was deleted is not shown again, and what was made is not taken for nothing. Knows no tables.
 */
import { CometpadError } from '@cometpad/shared'
import type { Database, Operation, View } from './database.ts'
import { decodeNumber } from './global-rows.ts'
import { decodeName, hexOf } from './head-row.ts'
import { decodeKey, globalKey, globalRow, headKey, nameKey, remainsKey, tombstoneKey } from './keys.ts'
import { rowKeyOf, suffixOf } from './table-file.ts'
import type { BlockEntry } from './table-file.ts'
import { valueOf } from './table-rows.ts'
import type { TableRows } from './table-rows.ts'

export interface NamesAfterLoss {
  /** Names that have to be written again, with the keys of their documents in hexadecimal. */
  readonly restored: ReadonlyMap<string, string>
  /** The keys of documents, in hexadecimal, that were perhaps deleted, or replaced by others. */
  readonly doubtful: ReadonlySet<string>
  /** Rows that have to be there again. */
  readonly operations: readonly Operation[]
}

/** The newest rows that a lost table had under one name. */
interface Lost {
  name?: BlockEntry
  tombstone?: BlockEntry
}

export async function namesAfterLoss(view: View, noted: TableRows): Promise<NamesAfterLoss> {
  const restored = new Map<string, string>()
  const doubtful = new Set<string>()
  const operations: Operation[] = []
  for (const [documentId, lost] of lostNames(noted)) {
    const shown = await view.get(nameKey(documentId))
    const written = lost.name && valueOf(lost.name)
    const documentKey = written && keyIn(documentId, written)
    if (shown !== undefined) {
      const shownKey = keyIn(documentId, shown)
      const isSure = lost.name === undefined || (shownKey !== undefined && shownKey === documentKey)
      if (!isSure && shownKey !== undefined) doubtful.add(shownKey)
      continue
    }
    const isDeleted = (await view.get(tombstoneKey(documentId))) !== undefined
    const left = lost.tombstone && valueOf(lost.tombstone)
    if (left !== undefined && !isDeleted && !isNewer(lost.name, lost.tombstone))
      operations.push({ type: 'put', key: tombstoneKey(documentId), value: left })
    else if (documentKey !== undefined && (!isDeleted || (await mayBeThere(view, documentKey, noted))))
      restored.set(documentId, documentKey)
    // A damaged row stays one: whoever reads it is refused.
    else if (written !== undefined && documentKey === undefined && !isDeleted)
      operations.push({ type: 'put', key: nameKey(documentId), value: written })
  }
  return { restored, doubtful, operations }
}

/** Documents that are still to be removed. What no name leads to is nobody's, whatever became of it since. */
export function remainsAfterLoss({ rows }: TableRows, named: ReadonlySet<string>): Operation[] {
  return rows.flatMap((row): Operation[] => {
    const key = decodeKey(rowKeyOf(row.key))
    const value = valueOf(row)
    if (key?.kind !== 'remains' || value === undefined || named.has(hexOf(key.documentKey))) return []
    return [{ type: 'put', key: remainsKey(key.documentKey), value }]
  })
}

/** The version of the format and the number of the newest batch only ever grow. To be called before anybody reads them. */
export async function restoreFirstRows(database: Database, { rows }: TableRows): Promise<void> {
  const operations = await database.view(async (view) => {
    const missing: Operation[] = []
    for (const row of rows) {
      const key = decodeKey(rowKeyOf(row.key))
      const value = valueOf(row)
      if (key?.kind !== 'global' || value === undefined) continue
      if (key.row !== globalRow.formatVersion && key.row !== globalRow.batchCounter) continue
      const shown = await view.get(globalKey(key.row))
      const isLess = (numberIn(key.row, shown) ?? -1) < (numberIn(key.row, value) ?? -1)
      if (isLess) missing.push({ type: 'put', key: globalKey(key.row), value })
    }
    return missing
  })
  if (operations.length > 0) await database.write(operations)
}

function lostNames({ rows }: TableRows): Map<string, Lost> {
  const names = new Map<string, Lost>()
  for (const row of rows) {
    const key = decodeKey(rowKeyOf(row.key))
    if (key?.kind !== 'name' && key?.kind !== 'tombstone') continue
    names.set(key.documentId, { ...names.get(key.documentId), [key.kind]: row })
  }
  return names
}

function isNewer(one: BlockEntry | undefined, other: BlockEntry | undefined): boolean {
  return one !== undefined && other !== undefined && suffixOf(one.key) > suffixOf(other.key)
}

/** What is left of a deletion may be that of an older document. It was this one when its head went with it, and was not lost. */
async function mayBeThere(view: View, documentKey: string, { keys }: TableRows): Promise<boolean> {
  return keys.has(documentKey) || (await view.get(headKey(Buffer.from(documentKey, 'hex')))) !== undefined
}

/** Undefined: the row is damaged itself. */
function keyIn(documentId: string, value: Uint8Array): string | undefined {
  return unlessDamaged(() => hexOf(decodeName(documentId, value)))
}

function numberIn(row: number, value: Uint8Array | undefined): number | undefined {
  return value && unlessDamaged(() => decodeNumber(row, value))
}

function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof CometpadError) return undefined
    throw cause
  }
}
