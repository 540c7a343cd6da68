/**
 * Finds out how the texts of documents begin, for lists: a while after somebody wrote, one document after the other, in the
 * thread. What is not done when the process ends is done after the next edit, or when somebody asks for a list. Never in the
 * way of an edit. Knows no form of a document.
 */
import { CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { Damages } from './damages.ts'
import { readEntries, readHead, readSnapshot } from './document-rows.ts'
import type { Handle } from './handle.ts'
import { encodeHead } from './head-row.ts'
import type { OpenDocument } from './open-documents.ts'
import type { Store } from './store.ts'

export interface FirstLinesOptions {
  readonly store: Store
  readonly damages: Damages
  readonly read: (updates: readonly Uint8Array[]) => Promise<string>
  readonly limits: Pick<Limits, 'firstLineMs' | 'firstLineBytes' | 'waitingFirstLines'>
  readonly failed: (what: string, documentId: string, cause: unknown) => void
}

export class FirstLines {
  readonly #options: FirstLinesOptions
  /** Since the turn before the last one, and since then: who writes all the time waits until that is over. */
  #resting = new Set<string>()
  #changed = new Set<string>()
  #isClosed = false
  #turn: Promise<void> | undefined
  readonly #timer: NodeJS.Timeout

  constructor(options: FirstLinesOptions) {
    this.#options = options
    this.#timer = setInterval(() => {
      this.#turn ??= this.#take().finally(() => (this.#turn = undefined))
    }, options.limits.firstLineMs)
    this.#timer.unref()
  }

  /** The text may begin in another way now; or nobody has looked yet. */
  note(documentId: string): void {
    this.#resting.delete(documentId)
    // Dropped without harm: the next edit asks again.
    if (this.#changed.size < this.#options.limits.waitingFirstLines) this.#changed.add(documentId)
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    await this.#turn
  }

  /** Never rejects. */
  async #take(): Promise<void> {
    const due = this.#resting
    this.#resting = this.#changed
    this.#changed = new Set()
    for (const documentId of due) {
      if (this.#isClosed) return
      try {
        await this.#look(documentId)
      } catch (cause) {
        // A store that is away, and damage, are told by others.
        if (!this.#isClosed && !(cause instanceof CometpadError && TOLD.has(cause.code)))
          this.#options.failed('look how the text begins', documentId, cause)
      }
    }
  }

  #look(documentId: string): Promise<void> {
    const { store, damages, limits } = this.#options
    return store.use((handle) =>
      handle.documents.use(documentId, async (document) => {
        const { logBytes, snapshotBytes } = document.head
        // That of a long text is found when it is compacted.
        if (document.isDeleted === true || logBytes + snapshotBytes > limits.firstLineBytes) return
        const updates = await damages.watch(documentId, () => updatesOf(handle, documentId, document))
        const firstLine = await this.#options.read(updates)
        if (firstLine === document.head.firstLine || Boolean(document.isDeleted)) return
        handle.writer.check()
        const head = { ...document.head, firstLine }
        document.head = head
        await handle.writer.write({
          rows: [],
          newest: { of: document, encode: () => encodeHead(document.documentKey, head) },
        })
      }),
    )
  }
}

const TOLD: ReadonlySet<string> = new Set([
  'STORE_UNAVAILABLE',
  'DOCUMENT_DAMAGED',
  'DOCUMENT_NOT_FOUND',
  'OVERLOADED',
])

function updatesOf(handle: Handle, documentId: string, { documentKey }: OpenDocument): Promise<Uint8Array[]> {
  return handle.view(async (view) => {
    const found = { documentKey, head: await readHead(view, documentId, documentKey) }
    const snapshot = await readSnapshot(view, found)
    const entries = await readEntries(view, found, found.head.snapshotOffset, Infinity)
    const updates = entries.map(({ update }) => update)
    return snapshot === undefined ? updates : [snapshot.update, ...updates]
  })
}
