/**
 * Puts another history in the place of a document's: a new generation, whose snapshot stands at the next offset. As in a
 * compaction its parts are written first, where nobody reads them, and one batch with the head makes it the document;
 * what a crash leaves is the old history or the new one. Offsets go on, so that none is ever used twice.
 */
import { randomBytes } from 'node:crypto'
import { CometpadError, checkDocumentId } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { DocumentHead } from '../core/ports.ts'
import type { Compacted } from './compaction-work.ts'
import type { Compactor } from './compactor.ts'
import { obsoleteRows } from './compactor.ts'
import type { Damages } from './damages.ts'
import type { Operation, View } from './database.ts'
import { readWholeDocument } from './document-rows.ts'
import type { FoundDocument } from './document-rows.ts'
import { faultPoint } from './fault-point.ts'
import { encodeHead, encodeName, firstHead } from './head-row.ts'
import { DOCUMENT_KEY_BYTES, clientOwnersRange } from './keys.ts'
import type { OpenDocument } from './open-documents.ts'
import { encodeSnapshot } from './snapshot-rows.ts'
import type { Handle } from './handle.ts'
import type { Store } from './store.ts'
import { readTombstone, rowsAfter } from './tombstone-rows.ts'

/** So often the parts are written again because somebody has appended meanwhile. */
const TRIES = 5

export interface NewHistory {
  /** Undefined: the title stays, or is empty when there was no such document. */
  readonly title?: string | undefined
  /** The whole content as Yjs updates (format v1), in an order in which Yjs can apply them. */
  readonly updates: readonly Uint8Array[]
}

/** The same as one update that was checked. */
interface Checked {
  readonly title: string | undefined
  readonly firstLine: string
  readonly update: Uint8Array
}

export interface ReplacementOptions {
  readonly store: Store
  readonly compactor: Compactor
  readonly damages: Damages
  readonly compact: (updates: readonly Uint8Array[]) => Promise<Compacted>
  readonly limits: Limits
  readonly now: () => number
}

/**
 * Checks the new history, and gives the step that puts it in place: `Rooms.replace` takes it, so that nobody is sent away
 * for a history that cannot be had. Rejects with MALFORMED_UPDATE when Yjs cannot load the update without gaps.
 */
export async function prepareReplacement(
  options: ReplacementOptions,
  documentId: string,
  { title, updates }: NewHistory,
): Promise<() => Promise<DocumentHead>> {
  checkDocumentId(documentId)
  const compacted = await options.compact(updates).catch((cause: unknown) => {
    throw cause instanceof CometpadError && cause.code === 'INTERNAL_ERROR'
      ? new CometpadError('MALFORMED_UPDATE', { cause })
      : cause
  })
  if (compacted.state !== 'compacted')
    throw new CometpadError('MALFORMED_UPDATE', { detail: 'It builds on something that is missing.' })
  const history: Checked = { title, update: compacted.update, firstLine: compacted.firstLine }
  return async () => {
    const head = await options.compactor.exclusively(documentId, () =>
      options.store.use(async (handle) => {
        const found = await handle.view((view) => readIfSound(view, documentId))
        if (found === undefined) return begin(options, handle, documentId, history)
        return handle.documents.use(documentId, (document) => swap(options, handle, document, history))
      }),
    )
    // Whatever was damaged belonged to the history before.
    options.damages.forget(documentId)
    return head
  }
}

/** There is no such document, or none whose head can be trusted: its rows are left alone, and a new key begins. */
async function begin(
  { limits, now }: ReplacementOptions,
  handle: Handle,
  documentId: string,
  { title = '', update, firstLine }: Checked,
): Promise<DocumentHead> {
  const documentKey = randomBytes(DOCUMENT_KEY_BYTES)
  const time = now()
  // After a deletion the offsets go on as well.
  const tombstone = await handle.view((view) => readTombstone(view, documentId))
  const offset = 1 + (tombstone?.head ?? 0)
  const head = firstHead({
    documentId,
    title,
    offset,
    bytes: update.length,
    firstLine,
    createdAt: time,
    updatedAt: time,
  })
  await writeParts(handle, encodeSnapshot(documentKey, { offset, update }, limits.chunkBytes))
  faultPoint('replace/before-swap')
  await handle.writer.write({
    rows: [
      encodeName(documentId, documentKey),
      encodeHead(documentKey, head),
      ...(tombstone === undefined ? [] : rowsAfter(documentId, documentKey, tombstone)),
    ],
  })
  faultPoint('replace/after-swap')
  handle.documents.add(documentId, { documentKey, head, compactionFactor: 1 })
  return head
}

async function swap(
  { limits, now }: ReplacementOptions,
  handle: Handle,
  document: OpenDocument,
  { title, update, firstLine }: Checked,
): Promise<DocumentHead> {
  const { documentKey } = document
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = document.head
    const offset = before.head + 1
    const parts = encodeSnapshot(documentKey, { offset, update }, limits.chunkBytes)
    const obsolete = await handle.view(async (view): Promise<Operation[]> => {
      // Of the history before: they say nothing about the new one.
      const owners = await view.keys(clientOwnersRange(documentKey))
      const rows = await obsoleteRows(view, documentKey, before.head, parts)
      return [...rows, ...owners.map((key) => ({ type: 'del' as const, key }))]
    })
    await writeParts(handle, parts)
    faultPoint('replace/before-swap')
    // Somebody wrote meanwhile: the next offset is another one. Without a room, which is so here, nobody does.
    if (document.head !== before) continue
    const head = firstHead({
      documentId: before.documentId,
      title: title ?? before.title,
      offset,
      bytes: update.length,
      firstLine,
      createdAt: before.createdAt,
      updatedAt: Math.max(now(), before.updatedAt),
    })
    handle.writer.check()
    document.head = head
    await handle.writer.write({
      rows: obsolete.slice(0, limits.commitRows),
      newest: { of: document, encode: () => encodeHead(documentKey, head) },
    })
    faultPoint('replace/after-swap')
    // A crash here leaves rows that nobody reads; the next compaction removes them.
    for (let from = limits.commitRows; from < obsolete.length; from += limits.commitRows) {
      await handle.writer.write({ rows: obsolete.slice(from, from + limits.commitRows) })
      faultPoint('replace/after-removal')
    }
    return head
  }
  throw new CometpadError('OVERLOADED')
}

async function writeParts(handle: Handle, parts: readonly Operation[]): Promise<void> {
  for (const part of parts) {
    await handle.writer.write({ rows: [part] })
    faultPoint('replace/after-part')
  }
}

/** Undefined when the document is not there, or its head cannot be read. */
async function readIfSound(view: View, documentId: string): Promise<FoundDocument | undefined> {
  try {
    return await readWholeDocument(view, documentId)
  } catch (cause) {
    if (cause instanceof CometpadError && cause.code === 'DOCUMENT_DAMAGED') return undefined
    throw cause
  }
}
