/**
 * The documents of one full backup as they stream by, each with all its rows in a view of its own. Rows of a document stand
 * together in a file, names and heads before all others. Judges nothing.
 */
import type { Block } from './backup-blocks.ts'
import { unusable } from './backup-blocks.ts'
import { MapView } from './map-view.ts'
import type { StoredRow } from '../database.ts'
import { decodeName, hexOf } from '../head-row.ts'
import { decodeKey } from '../keys.ts'

export type Streamed =
  | { readonly type: 'document'; readonly documentId: string; readonly view: MapView }
  /** A row that is no part of a log, and whose it is. */
  | { readonly type: 'other'; readonly row: StoredRow; readonly documentId: string | undefined }

/** Throws BACKUP_UNUSABLE when the backup continues another one. */
export async function* documentsIn(blocks: AsyncIterable<Block>): AsyncGenerator<Streamed> {
  const names = new Map<string, StoredRow>()
  const idOfKey = new Map<string, string>()
  const heads = new Map<string, StoredRow>()
  let present: { readonly documentKey: string; readonly rows: StoredRow[] } | undefined

  for await (const block of blocks) {
    if (block.type === 'header' && block.header.base !== null)
      throw unusable('It continues another backup, which has to be given before it.')
    if (block.type !== 'rows') continue
    for (const row of block.rows) {
      const key = decodeKey(row.key)
      if (key?.kind === 'name') {
        names.set(key.documentId, row)
        const documentKey = keyIn(key.documentId, row)
        if (documentKey !== undefined) idOfKey.set(documentKey, key.documentId)
      } else if (key?.kind === 'head') {
        heads.set(hexOf(key.documentKey), row)
      } else if (key?.kind === 'entry' || key?.kind === 'snapshot') {
        const documentKey = hexOf(key.documentKey)
        if (present !== undefined && present.documentKey !== documentKey) yield* finished(present)
        if (present?.documentKey !== documentKey) present = { documentKey, rows: [] }
        present.rows.push(row)
      } else {
        const documentId =
          key !== undefined && 'documentKey' in key ? idOfKey.get(hexOf(key.documentKey)) : undefined
        yield { type: 'other', row, documentId }
      }
    }
  }
  if (present !== undefined) yield* finished(present)
  // Those without a row of their own: empty, or their name is damaged.
  for (const [documentId, name] of names) yield document(documentId, name, [])

  function* finished({ documentKey, rows }: { documentKey: string; rows: StoredRow[] }): Generator<Streamed> {
    const documentId = idOfKey.get(documentKey)
    const name = documentId === undefined ? undefined : names.get(documentId)
    if (documentId === undefined || name === undefined) return
    names.delete(documentId)
    yield document(documentId, name, rows)
  }

  function document(documentId: string, name: StoredRow, rows: readonly StoredRow[]): Streamed {
    const view = new MapView()
    view.put(name)
    const head = heads.get(keyIn(documentId, name) ?? '')
    if (head !== undefined) view.put(head)
    for (const row of rows) view.put(row)
    return { type: 'document', documentId, view }
  }
}

function keyIn(documentId: string, name: StoredRow): string | undefined {
  try {
    return hexOf(decodeName(documentId, name.value))
  } catch {
    // Whoever reads the document finds out.
    return undefined
  }
}
