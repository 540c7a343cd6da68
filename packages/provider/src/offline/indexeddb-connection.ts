/**
 * The database of a page: its form, how it is opened, and what its failures mean. One connection for each name, opened when
 * it is needed and again after the browser has closed it. Knows no document.
 */
import { CometpadError, clientLimits as limits } from '@cometpad/shared'
import type { Clock, Offset, Role } from '@cometpad/shared'
import { openDB } from 'idb'
import type { DBSchema, IDBPDatabase, IDBPTransaction } from 'idb'

export interface HistoryRecord {
  server: string
  documentId: string
  generation: string
  /** The rows are the whole document, but for what came after `position`. */
  hasState: boolean
  /** Another one since content was dropped: who has not seen that would leave a gap. */
  line: number
  position: Offset | undefined
  title: string
  role: Role | undefined
  isReplaced: boolean
  bytes: number
  /** Milliseconds since 1970. */
  usedAt: number
}

export interface RowRecord {
  /** Given by the database. */
  id?: number
  server: string
  documentId: string
  generation: string
  /** 1: not acknowledged. A number, because an index takes no booleans. */
  unsent: 0 | 1
  edits: number
  update: Uint8Array
  sum: number
  epoch: number
}

export interface Schema extends DBSchema {
  histories: { key: [string, string, string]; value: HistoryRecord }
  rows: {
    key: number
    value: RowRecord
    indexes: { history: [string, string, string, number] }
  }
  meta: { key: string; value: number }
}

/** One transaction. */
export type StepOf<Mode extends IDBTransactionMode> = IDBPTransaction<
  Schema,
  ['histories', 'rows', 'meta'],
  Mode
>
export type Step = StepOf<'readwrite'>
export type Look = StepOf<'readonly'>

/** What the store needs of a database. */
export interface Steps {
  /**
   * Does something in one transaction. Steps follow each other in the order in which they were asked for.
   * @param durability `strict`: on the disk before it is called done, not only with the system
   */
  step<Result>(durability: 'strict' | 'relaxed', run: (step: Step) => Promise<Result>): Promise<Result>
  /** Reads in one transaction, after the steps that were asked for before. */
  look<Result>(run: (look: Look) => Promise<Result>): Promise<Result>
}

const VERSION = 1

export class Connection implements Steps {
  readonly #name: string
  readonly #clock: Clock
  #opening: Promise<IDBPDatabase<Schema>> | undefined

  constructor(name: string, clock: Clock) {
    this.#name = name
    this.#clock = clock
  }

  step<Result>(durability: 'strict' | 'relaxed', run: (step: Step) => Promise<Result>): Promise<Result> {
    return this.#run('readwrite', { durability }, run)
  }

  look<Result>(run: (look: Look) => Promise<Result>): Promise<Result> {
    return this.#run('readonly', {}, run)
  }

  async #run<Mode extends 'readonly' | 'readwrite', Result>(
    mode: Mode,
    options: IDBTransactionOptions,
    run: (step: StepOf<Mode>) => Promise<Result>,
  ): Promise<Result> {
    this.#opening ??= this.#open()
    try {
      const step = (await this.#opening).transaction(['histories', 'rows', 'meta'], mode, options)
      // Both are waited for: when a request fails its transaction fails too, and each failure needs an owner.
      const [result, done] = await Promise.allSettled([attempt(step, run), step.done])
      if (done.status === 'rejected') throw done.reason
      if (result.status === 'rejected') throw result.reason
      return result.value
    } catch (cause) {
      if (cause instanceof Error && cause.name === 'InvalidStateError') this.#opening = undefined
      throw codeOf(cause)
    }
  }

  #open(): Promise<IDBPDatabase<Schema>> {
    const drop = (): void => {
      if (this.#opening === opening) this.#opening = undefined
    }
    const opening = new Promise<IDBPDatabase<Schema>>((resolve, reject) => {
      let isBlocked = false
      const block = (): void => {
        isBlocked = true
        reject(new CometpadError('DEVICE_BLOCKED'))
      }
      const cancel = this.#clock.after(limits.offlineOpenMs, block)
      const asked = openDB<Schema>(this.#name, VERSION, {
        upgrade(db) {
          db.createObjectStore('histories', { keyPath: ['server', 'documentId', 'generation'] })
          const rows = db.createObjectStore('rows', { keyPath: 'id', autoIncrement: true })
          rows.createIndex('history', ['server', 'documentId', 'generation', 'unsent'])
          db.createObjectStore('meta')
        },
        blocked: block,
        // A newer version of the page waits for this one.
        blocking(_, __, event) {
          drop()
          ;(event.target as IDBDatabase).close()
        },
        terminated: drop,
      })
      // One that comes too late is nobody's, and would stand in the way of the next.
      const take = (db: IDBPDatabase<Schema>): void => (isBlocked ? db.close() : resolve(db))
      asked.then(take, reject).finally(cancel)
    })
    // What could not be opened now may be opened at the next step.
    opening.catch(drop)
    return opening
  }
}

/** Half of a step is none. */
async function attempt<Mode extends IDBTransactionMode, Result>(
  step: StepOf<Mode>,
  run: (step: StepOf<Mode>) => Promise<Result>,
): Promise<Result> {
  try {
    return await run(step)
  } catch (cause) {
    // One whose request failed has ended by itself.
    if (step.error === null) step.abort()
    throw cause
  }
}

function codeOf(cause: unknown): CometpadError {
  if (cause instanceof CometpadError) return cause
  switch (cause instanceof Error ? cause.name : '') {
    case 'QuotaExceededError':
      return new CometpadError('DEVICE_FULL', { cause })
    case 'VersionError':
      return new CometpadError('DEVICE_BLOCKED', { cause })
    default:
      return new CometpadError('DEVICE_UNAVAILABLE', { cause })
  }
}
