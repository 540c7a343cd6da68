/** All that the log holds of a document at one offset, as bytes. Knows nothing of what they mean. */
import { CometpadError, encodeFrames } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { DocumentHead, Log } from '../core/ports.ts'

export interface DocumentState {
  readonly head: DocumentHead
  /** The updates one after the other, each behind its length. */
  readonly frames: Uint8Array
}

/** Undefined: there is no such document. Rejects with CONTENT_TOO_COMPLEX or DOCUMENT_DAMAGED. */
export async function readState(
  log: Pick<Log, 'find' | 'snapshot' | 'read'>,
  documentId: string,
  limits: Pick<Limits, 'contentStateBytes' | 'pageBytes'>,
): Promise<DocumentState | undefined> {
  for (;;) {
    const head = await log.find(documentId)
    if (head === undefined) return undefined
    if (head.snapshotBytes + head.logBytes > limits.contentStateBytes)
      throw new CometpadError('CONTENT_TOO_COMPLEX', { detail: 'The document is too large.' })
    const updates = await updatesUpTo(log, head, limits.pageBytes)
    // Compacted, or given another history, between two reads: begin again.
    if (updates !== undefined && (await log.find(documentId))?.generation === head.generation)
      return { head, frames: encodeFrames(updates) }
  }
}

async function updatesUpTo(
  log: Pick<Log, 'snapshot' | 'read'>,
  { documentId, head }: DocumentHead,
  pageBytes: number,
): Promise<Uint8Array[] | undefined> {
  const snapshot = await log.snapshot(documentId)
  // A newer snapshot than the head that was read holds more than that offset says.
  if (snapshot !== undefined && snapshot.offset > head) return undefined
  const updates = snapshot === undefined ? [] : [snapshot.update]
  let offset = snapshot?.offset ?? 0
  while (offset < head) {
    const entries = await log.read(documentId, offset, pageBytes)
    if (entries === 'compacted') return undefined
    if (entries.length === 0)
      throw new CometpadError('DOCUMENT_DAMAGED', { detail: 'The log ends too early.' })
    for (const entry of entries) if (entry.offset <= head) updates.push(entry.update)
    offset = entries.at(-1)?.offset ?? offset
  }
  return updates
}
