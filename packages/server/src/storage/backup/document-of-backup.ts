/**
 * One document out of a chain of backups: its title and the updates that make it up, verified row by row as the store does.
 */
import { CometpadError } from '@cometpad/shared'
import type { Block } from './backup-blocks.ts'
import type { BackupFile } from './read-backup.ts'
import { rowsOf } from './read-backup.ts'
import { MapView } from './map-view.ts'
import { readDocument, readEntries, readSnapshot } from '../document-rows.ts'
import { hexOf } from '../head-row.ts'
import { decodeKey } from '../keys.ts'
import type { View } from '../database.ts'

export interface DocumentContent {
  readonly title: string
  /** In the order of the log; the snapshot, if there is one, first. */
  readonly updates: readonly Uint8Array[]
}

/** Rejects with DOCUMENT_NOT_FOUND or DOCUMENT_DAMAGED. */
export async function documentOfBackup(
  files: readonly BackupFile[],
  documentId: string,
): Promise<DocumentContent> {
  const documentKey = files.at(-1)?.names.get(documentId)
  if (files.at(-1)?.names.has(documentId) !== true)
    throw new CometpadError('DOCUMENT_NOT_FOUND', { detail: `"${documentId}" is not in the backup.` })
  const view = new MapView()
  for await (const rows of rowsOf(files))
    for (const row of rows) {
      const key = decodeKey(row.key)
      const isOurs =
        key?.kind === 'name'
          ? key.documentId === documentId
          : key !== undefined && 'documentKey' in key && hexOf(key.documentKey) === documentKey
      if (isOurs) view.put(row)
    }
  return contentOf(view, documentId)
}

/** The same from the blocks of an export of this one document. */
export async function contentOfBlocks(
  blocks: AsyncIterable<Block>,
  documentId: string,
): Promise<DocumentContent> {
  const view = new MapView()
  for await (const block of blocks) if (block.type === 'rows') for (const row of block.rows) view.put(row)
  return contentOf(view, documentId)
}

/** Rejects with DOCUMENT_NOT_FOUND or DOCUMENT_DAMAGED. */
export async function contentOf(view: View, documentId: string): Promise<DocumentContent> {
  const found = await readDocument(view, documentId)
  if (found === undefined) throw new CometpadError('DOCUMENT_NOT_FOUND', { detail: `"${documentId}":` })
  const snapshot = await readSnapshot(view, found)
  const entries = await readEntries(view, found, found.head.snapshotOffset, Infinity)
  const updates = entries.map(({ update }) => update)
  return {
    title: found.head.title,
    updates: snapshot === undefined ? updates : [snapshot.update, ...updates],
  }
}
