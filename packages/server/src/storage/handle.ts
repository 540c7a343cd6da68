/**
 * One opening of the database, with its writer and the heads that are being worked on. Thrown away as a whole when a write
 * fails; until then, and for as long as the disk is full, what was durable can still be read from it.
 */
import { CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { Database, Operation, View } from './database.ts'
import { readWholeDocument } from './document-rows.ts'
import { damaged } from './envelope.ts'
import { faultPoint } from './fault-point.ts'
import { Gathering } from './gathering.ts'
import { GroupCommit } from './group-commit.ts'
import { OpenDocuments } from './open-documents.ts'

export interface HandleOptions {
  readonly database: Database
  /** The number of the newest batch. */
  readonly counter: number
  readonly limits: Limits
  readonly committed: (operations: readonly Operation[]) => void
  /** Called once, before anybody who waits is told. */
  readonly broke: (cause: unknown) => void
}

export class Handle {
  readonly writer: GroupCommit
  readonly documents: OpenDocuments
  readonly #database: Database
  #reading = 0
  readonly #retirement = new AbortController()
  #whenUnread: (() => void) | undefined

  constructor({ database, counter, limits, committed, broke }: HandleOptions) {
    this.#database = database
    const gathering = new Gathering(limits)
    this.writer = new GroupCommit({
      limits,
      counter,
      gather: () => gathering.next(performance.now()),
      commit: async (operations) => {
        faultPoint('commit/before-write')
        await database.write(operations)
        faultPoint('commit/after-write')
        committed(operations)
      },
      onFailure: broke,
    })
    this.documents = new OpenDocuments((documentId) => this.#load(documentId), limits.openHeads)
  }

  /** Somebody else has to be asked: this one is being closed. */
  get isRetired(): boolean {
    return this.#retirement.signal.aborted
  }

  /** Rejects with DOCUMENT_DAMAGED or STORE_UNAVAILABLE. */
  async view<T>(read: (view: View) => Promise<T>): Promise<T> {
    if (this.isRetired) throw new CometpadError('STORE_UNAVAILABLE')
    this.#reading += 1
    try {
      return await this.#database.view(read)
    } catch (cause) {
      throw readError(cause)
    } finally {
      this.#reading -= 1
      if (this.#reading === 0) this.#whenUnread?.()
    }
  }

  /**
   * Waits, with a view in hand, for somebody outside of the store, who may never come: no longer than until this one is
   * closed. Rejects with STORE_UNAVAILABLE then.
   */
  waitFor<T>(outside: () => Promise<T>): Promise<T> {
    const { signal } = this.#retirement
    return new Promise((resolve, reject) => {
      const end = (): void => reject(new CometpadError('STORE_UNAVAILABLE'))
      if (signal.aborted) return end()
      signal.addEventListener('abort', end)
      outside()
        .then(resolve, reject)
        .finally(() => signal.removeEventListener('abort', end))
    })
  }

  /** Lets nobody read any more, waits for those who do, and closes. To be called once. */
  async retire(): Promise<void> {
    this.#retirement.abort()
    // LevelDB has crashed when it was closed under somebody's reading.
    if (this.#reading > 0) await new Promise<void>((resolve) => (this.#whenUnread = resolve))
    await this.writer.idle()
    await this.#database.close()
  }

  async #load(documentId: string) {
    const found = await this.view((rows) => readWholeDocument(rows, documentId))
    if (found === undefined) throw new CometpadError('DOCUMENT_NOT_FOUND')
    return { ...found, compactionFactor: 1 }
  }
}

function readError(cause: unknown): CometpadError {
  if (cause instanceof CometpadError) return cause
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'LEVEL_CORRUPTION') return damaged('LevelDB cannot read a table.', cause)
  return new CometpadError('STORE_UNAVAILABLE', { cause })
}
