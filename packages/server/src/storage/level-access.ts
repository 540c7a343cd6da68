/**
 * The access to each document as one row beside its log. It goes with its document, and is written in the same way: durable, and
 * verified on every read.
 */
import { CometpadError } from '@cometpad/shared'
import type { AccessRecord, AccessStore } from '../core/ports.ts'
import { decodeAccess, encodeAccess } from './access-rows.ts'
import type { Damages } from './damages.ts'
import { readDocument } from './document-rows.ts'
import { accessKey } from './keys.ts'
import type { Store } from './store.ts'
import { accessAfter, readTombstone } from './tombstone-rows.ts'

export interface LevelAccessOptions {
  readonly store: Store
  readonly damages: Damages
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export class LevelAccess implements AccessStore {
  readonly #options: LevelAccessOptions

  constructor(options: LevelAccessOptions) {
    this.#options = options
  }

  read(documentId: string): Promise<AccessRecord | undefined> {
    const { store, damages } = this.#options
    return damages.watch(documentId, () =>
      store.read((handle) =>
        handle.view(async (view) => {
          const found = await readDocument(view, documentId)
          if (found === undefined) {
            const tombstone = await readTombstone(view, documentId)
            return tombstone && accessAfter(tombstone)
          }
          const key = accessKey(found.documentKey)
          const value = await view.get(key)
          return value && decodeAccess(key, value)
        }),
      ),
    )
  }

  async write(documentId: string, record: AccessRecord): Promise<void> {
    this.#options.damages.check(documentId)
    await this.#put(documentId, record)
  }

  async replace(documentId: string, record: AccessRecord): Promise<void> {
    await this.#put(documentId, record)
    // If it was damaged elsewhere too, that is found again when somebody reads it.
    this.#options.damages.forget(documentId)
  }

  #put(documentId: string, record: AccessRecord): Promise<void> {
    const { store, now } = this.#options
    return store.use((handle) =>
      handle.documents.use(documentId, async ({ documentKey, isDeleted }) => {
        if (isDeleted === true) throw new CometpadError('DOCUMENT_NOT_FOUND')
        handle.writer.check()
        await handle.writer.write({ rows: [encodeAccess(documentKey, record, now())] })
      }),
    )
  }
}
