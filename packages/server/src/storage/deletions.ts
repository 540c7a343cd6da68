/**
 * Deletes documents. One batch takes name and head away, leaves a tombstone under the name, and notes the rows that remain:
 * from then on nobody finds any of them, whatever happens. They are removed after that, a bounded number at a time; what a
 * crash leaves of that is done when the store is opened again.
 */
import { CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { Compactor } from './compactor.ts'
import type { Damages } from './damages.ts'
import type { Operation } from './database.ts'
import { faultPoint } from './fault-point.ts'
import type { Handle } from './handle.ts'
import { ALL_REMAINS, decodeKey, headKey, nameKey, rangesOfDocument } from './keys.ts'
import type { Store } from './store.ts'
import { encodeRemains, encodeTombstone } from './tombstone-rows.ts'

export interface DeletionsOptions {
  readonly store: Store
  readonly compactor: Compactor
  readonly damages: Damages
  readonly limits: Pick<Limits, 'commitRows'>
  /** Its rows are being removed. */
  readonly deleted?: (documentKey: Uint8Array) => void
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly failed: (what: string, documentId: string, cause: unknown) => void
}

export class Deletions {
  readonly #options: DeletionsOptions
  #state: 'idle' | 'removing' | 'asked again' | 'closed' = 'idle'
  #removing: Promise<void> = Promise.resolve()

  constructor(options: DeletionsOptions) {
    this.#options = options
  }

  /** Resolves when it is durable. Rejects with DOCUMENT_NOT_FOUND, DOCUMENT_DAMAGED, OVERLOADED or STORE_UNAVAILABLE. */
  async delete(documentId: string, by: string): Promise<void> {
    const { store, compactor, damages } = this.#options
    await compactor.exclusively(documentId, () =>
      store.use((handle) =>
        damages.watch(documentId, () => {
          damages.check(documentId)
          return this.#delete(handle, documentId, by)
        }),
      ),
    )
    this.removeRemains()
  }

  /** Begins to remove what is left of documents that were deleted. */
  removeRemains(): void {
    if (this.#state === 'removing') this.#state = 'asked again'
    if (this.#state !== 'idle') return
    this.#state = 'removing'
    this.#removing = this.#removeAll()
  }

  /** Resolves when nothing is left of them. */
  async removed(): Promise<void> {
    await this.#removing
  }

  /** Stops between two batches; the rest is removed when the store is opened again. */
  async close(): Promise<void> {
    this.#state = 'closed'
    await this.#removing
  }

  #delete(handle: Handle, documentId: string, by: string): Promise<void> {
    return handle.documents.use(documentId, async (document) => {
      if (document.isDeleted) throw new CometpadError('DOCUMENT_NOT_FOUND')
      const { documentKey, head } = document
      const time = this.#options.now()
      handle.writer.check()
      // From here on nobody changes it: what was accepted before stands in this batch or an earlier one.
      document.isDeleted = true
      faultPoint('delete/before-batch')
      await handle.writer.write({
        rows: [
          { type: 'del', key: nameKey(documentId) },
          encodeTombstone(documentId, { head: head.head, by, at: time }),
          encodeRemains(documentKey, time),
        ],
        // In the place of what an earlier change in the same batch would write.
        newest: { of: document, encode: () => ({ type: 'del', key: headKey(documentKey) }) },
      })
      handle.documents.forget(documentId)
      this.#options.deleted?.(documentKey)
      faultPoint('delete/after-batch')
    })
  }

  /** Never rejects. */
  async #removeAll(): Promise<void> {
    const { store, failed } = this.#options
    try {
      while (await store.use((handle) => this.#removeSome(handle)));
    } catch (cause) {
      // Tried again with the next deletion, and when the store is opened again.
      if (this.#state !== 'closed') failed('remove what was deleted', '', cause)
      this.#state = this.#state === 'closed' ? 'closed' : 'idle'
    }
  }

  /** One batch. False when nothing more is to be done. */
  async #removeSome(handle: Handle): Promise<boolean> {
    if (this.#state === 'closed') return false
    const rows = await handle.view(async (view) => {
      const [remains] = await view.keys({ ...ALL_REMAINS, limit: 1 })
      const decoded = remains && decodeKey(remains)
      if (remains === undefined || decoded?.kind !== 'remains') return []
      const keys: Uint8Array[] = []
      for (const range of rangesOfDocument(decoded.documentKey)) {
        const limit = this.#options.limits.commitRows - keys.length
        if (limit > 0) keys.push(...(await view.keys({ ...range, limit })))
      }
      return keys.length === 0 ? [remains] : keys
    })
    if (rows.length === 0) return this.#isAskedAgain()
    await handle.writer.write({ rows: rows.map((key): Operation => ({ type: 'del', key })) })
    faultPoint('delete/after-removal')
    return true
  }

  #isAskedAgain(): boolean {
    const isAsked = this.#state === 'asked again'
    if (this.#state !== 'closed') this.#state = isAsked ? 'removing' : 'idle'
    return isAsked
  }
}
