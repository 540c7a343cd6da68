/**
 * Puts a snapshot in the place of a log's older entries: reads both, has a thread make one update of them, and swaps in
 * one batch. Entries that are appended meanwhile stay. At most one compaction of a document at a time and a bounded
 * number of all; whatever goes wrong is reported and leaves the document as it was.
 */
import { CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { DocumentHead, LogEntry } from '../core/ports.ts'
import { isCompactionDue } from './compaction-policy.ts'
import type { Compacted } from './compaction-work.ts'
import type { Damages } from './damages.ts'
import type { Operation, View } from './database.ts'
import { readEntries, readHead, readSnapshot } from './document-rows.ts'
import { damaged } from './envelope.ts'
import { faultPoint } from './fault-point.ts'
import { encodeHead, hexOf } from './head-row.ts'
import { allSnapshotsRange, entryRange } from './keys.ts'
import type { OpenDocument } from './open-documents.ts'
import { encodeSnapshot } from './snapshot-rows.ts'
import type { Handle } from './handle.ts'

export interface CompactorOptions {
  readonly damages: Damages
  readonly use: (work: (handle: Handle) => Promise<void>) => Promise<void>
  readonly compact: (updates: readonly Uint8Array[]) => Promise<Compacted>
  readonly limits: Limits
  readonly failed: (what: string, documentId: string, cause: unknown) => void
}

interface Source {
  readonly head: DocumentHead
  readonly updates: readonly Uint8Array[]
  /** Everything up to here is in `updates`. */
  readonly offset: number
  readonly logBytes: number
}

export class Compactor {
  readonly #options: CompactorOptions
  /** What is going on, or waits, for each document. */
  readonly #running = new Map<string, Promise<void>>()
  readonly #waiting = new Set<string>()
  #isClosed = false

  constructor(options: CompactorOptions) {
    this.#options = options
  }

  /** Called after each append. */
  consider(documentId: string, { head, compactionFactor }: OpenDocument): void {
    // The end of the one that is going on asks again.
    if (this.#running.has(documentId)) return
    if (isCompactionDue(head, this.#options.limits, compactionFactor)) this.#queue(documentId)
    this.#startNext()
  }

  /** Compacts what is there now, whether it is due or not. Rejects when the document could not be compacted. */
  compact(documentId: string): Promise<void> {
    return this.exclusively(documentId, () => this.#compact(documentId))
  }

  /** Works on a document while it is not compacted. Whoever asked for the work gets its result, or its error. */
  async exclusively<T>(documentId: string, work: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new CometpadError('STORE_UNAVAILABLE', { detail: 'The store is closed.' })
    // One at a time; its error belongs to who asked for it.
    for (
      let other = this.#running.get(documentId);
      other !== undefined;
      other = this.#running.get(documentId)
    )
      await other.catch(() => undefined)
    return this.#hold(documentId, work())
  }

  /** Starts nothing more and waits for what is going on. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#waiting.clear()
    await Promise.allSettled(this.#running.values())
  }

  #queue(documentId: string): void {
    // Dropped without harm: the next append asks again.
    if (this.#waiting.size < this.#options.limits.waitingCompactions) this.#waiting.add(documentId)
  }

  #startNext(): void {
    if (this.#isClosed) return
    for (const documentId of this.#waiting) {
      if (this.#running.size >= this.#options.limits.compactionsAtOnce) return
      if (this.#running.has(documentId)) continue
      this.#waiting.delete(documentId)
      this.#hold(documentId, this.#compact(documentId)).catch((cause: unknown) => {
        if (!this.#isClosed) this.#options.failed('compact', documentId, cause)
      })
    }
  }

  #hold<T>(documentId: string, work: Promise<T>): Promise<T> {
    const held = work.finally(() => {
      this.#running.delete(documentId)
      this.#startNext()
    })
    this.#running.set(
      documentId,
      held.then(
        () => undefined,
        () => undefined,
      ),
    )
    return held
  }

  #compact(documentId: string): Promise<void> {
    return this.#options.use((handle) =>
      handle.documents.use(documentId, async (document) => {
        try {
          await this.#replace(handle, documentId, document)
          document.compactionFactor = 1
          // What was appended meanwhile may be enough for the next one.
          if (isCompactionDue(document.head, this.#options.limits)) this.#queue(documentId)
        } catch (cause) {
          document.compactionFactor *= 2
          throw cause
        }
      }),
    )
  }

  async #replace(handle: Handle, documentId: string, document: OpenDocument): Promise<void> {
    const source = await this.#options.damages.watch(documentId, () =>
      handle.view((view) => this.#read(view, documentId, document.documentKey)),
    )
    faultPoint('compaction/after-read')
    if (source === undefined) return
    const compacted = await this.#options.compact(source.updates)
    faultPoint('compaction/after-work')
    switch (compacted.state) {
      case 'compacted':
        return this.#swap(handle, document, source, compacted)
      case 'pending':
        throw damaged('The log holds edits that build on others which are missing. It was not compacted.')
      case 'different':
        throw new Error(`A compaction would have changed the document: ${compacted.what}`)
    }
  }

  /** The snapshot and the entries behind it; undefined when there is nothing to compact. */
  async #read(view: View, documentId: string, documentKey: Uint8Array): Promise<Source | undefined> {
    const head = await readHead(view, documentId, documentKey)
    const found = { documentKey, head }
    const snapshot = await readSnapshot(view, found)
    const { compactionReadBytes } = this.#options.limits
    const entries: LogEntry[] = await readEntries(view, found, head.snapshotOffset, compactionReadBytes)
    const last = entries.at(-1)
    if (last === undefined) return undefined
    const updates = entries.map(({ update }) => update)
    return {
      head,
      updates: snapshot === undefined ? updates : [snapshot.update, ...updates],
      offset: last.offset,
      logBytes: updates.reduce((bytes, { length }) => bytes + length, 0),
    }
  }

  async #swap(
    handle: Handle,
    document: OpenDocument,
    source: Source,
    { update, firstLine }: Pick<Extract<Compacted, { state: 'compacted' }>, 'update' | 'firstLine'>,
  ): Promise<void> {
    const { limits } = this.#options
    const { documentKey } = document
    const { offset } = source
    const parts = encodeSnapshot(documentKey, { offset, update }, limits.chunkBytes)
    const obsolete = await handle.view((view) => obsoleteRows(view, documentKey, offset, parts))
    // The parts first, one by one: nobody reads them before the head names them, and no commit gets long.
    for (const part of parts) {
      faultPoint('compaction/before-part')
      await handle.writer.write({ rows: [part] })
      faultPoint('compaction/after-part')
    }
    const first = obsolete.slice(0, limits.commitRows)
    // The head as it is now: others may have appended meanwhile.
    const head: DocumentHead = {
      ...document.head,
      snapshotOffset: offset,
      snapshotBytes: update.length,
      firstLine,
      logBytes: document.head.logBytes - source.logBytes,
    }
    handle.writer.check()
    document.head = head
    faultPoint('compaction/before-swap')
    await handle.writer.write({
      rows: first,
      newest: { of: document, encode: () => encodeHead(documentKey, head) },
    })
    faultPoint('compaction/after-swap')
    // A crash here leaves rows that nobody reads; the next compaction removes them.
    for (let from = limits.commitRows; from < obsolete.length; from += limits.commitRows) {
      await handle.writer.write({ rows: obsolete.slice(from, from + limits.commitRows) })
      faultPoint('compaction/after-removal')
    }
  }
}

/**
 * What a snapshot at `offset` replaces: all entries up to it, and all parts of other snapshots. A compaction that a
 * crash cut short may have left parts at this very offset: those with the keys of ours are overwritten, the rest goes.
 */
export async function obsoleteRows(
  view: View,
  documentKey: Uint8Array,
  offset: number,
  parts: readonly Operation[],
): Promise<Operation[]> {
  const ours = new Set(parts.map(({ key }) => hexOf(key)))
  const others = (await view.keys(allSnapshotsRange(documentKey))).filter((key) => !ours.has(hexOf(key)))
  const entries = await view.keys(entryRange(documentKey, 0, offset))
  return [...others, ...entries].map((key) => ({ type: 'del', key }))
}
