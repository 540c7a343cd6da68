/**
 * The database while it is open, and what happens when it breaks: after the first failed write the handle is never
 * written again. What was durable can be read from it until the disk has space; then it is closed, and the database opened
 * and checked anew, without anybody asking. Knows no documents' rows.
 */
import { CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { OpenedFolder } from './data-folder.ts'
import type { Operation } from './database.ts'
import { faultPoint } from './fault-point.ts'
import { Handle } from './handle.ts'

/** The data folder as the store sees it. */
export interface StoreFolder {
  open(acknowledged: number): Promise<OpenedFolder>
  beat(acknowledged: number): Promise<boolean>
  /** A batch is durable. */
  wrote(counter: number, operations: readonly Operation[]): void
  release(acknowledged?: number): Promise<void>
}

export interface StoreOptions {
  readonly folder: StoreFolder
  readonly limits: Limits
  readonly failed: (what: string, documentId: string, cause: unknown) => void
  /** Milliseconds of a clock that never goes back. */
  readonly clock: () => number
  /** What keeps the database from being opened anew now; undefined: nothing. */
  readonly obstacle: () => Promise<unknown>
}

type State =
  | { readonly state: 'open'; readonly handle: Handle }
  /** A write has failed. The handle is good for reading. */
  | { readonly state: 'broken'; readonly handle: Handle }
  | { readonly state: 'reopening'; readonly opened: Promise<Handle> }
  /** Could not be opened anew. */
  | { readonly state: 'shut' }
  /** The folder belongs to another process now. */
  | { readonly state: 'lost' }
  | { readonly state: 'closed' }

export class Store {
  readonly #options: StoreOptions
  #state: State
  /** The newest batch that was ever acknowledged: a store that has less has lost something. */
  #acknowledged = 0
  #wasReopened = false
  /** Operations that are going on. */
  #users = 0
  /** A write has failed while the store was being closed: it may have left half of itself, which no stop in peace does. */
  #brokeAtTheEnd = false
  #whenUnused: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #recovery: Promise<void> = Promise.resolve()
  #lastAttempt = -Infinity
  readonly #beat: NodeJS.Timeout
  #beating: Promise<void> | undefined

  private constructor(options: StoreOptions, opened: OpenedFolder) {
    this.#options = options
    this.#acknowledged = opened.counter
    this.#state = { state: 'open', handle: this.#handle(opened) }
    this.#beat = setInterval(() => void (this.#beating ??= this.#onBeat()), options.limits.highWaterMs)
    this.#beat.unref()
  }

  /** Rejects with DATA_UNUSABLE, DATA_LOCKED or DATA_DAMAGED. */
  static async open(options: StoreOptions): Promise<Store> {
    try {
      return new Store(options, await options.folder.open(0))
    } catch (cause) {
      await options.folder.release()
      throw cause
    }
  }

  /** False: whatever is written now would be refused. What is durable may still be read. */
  get isWritable(): boolean {
    return this.#state.state === 'open'
  }

  /**
   * The store broke and was opened anew since the process began: whoever read a head before may have missed a batch that
   * failed and is there in spite of it.
   */
  get wasReopened(): boolean {
    return this.#wasReopened
  }

  /** Works on the store; waits while it is opened anew. Rejects with STORE_UNAVAILABLE. */
  async use<T>(work: (handle: Handle) => Promise<T>): Promise<T> {
    this.#users += 1
    try {
      return await work(await this.#usable())
    } finally {
      this.#users -= 1
      if (this.#users === 0) this.#whenUnused?.()
    }
  }

  /** As `use`, for what only reads: it is repeated when its handle was closed under it. */
  read<T>(work: (handle: Handle) => Promise<T>): Promise<T> {
    return this.use(async (handle) => {
      try {
        return await work(handle)
      } catch (cause) {
        if (!handle.isRetired) throw cause
        return work(await this.#usable())
      }
    })
  }

  /** Takes no more work, waits for what is going on, then lets go of the folder. Idempotent. */
  async close(): Promise<void> {
    const before = this.#state
    if (before.state === 'closed') return
    this.#state = { state: 'closed' }
    clearInterval(this.#beat)
    clearTimeout(this.#timer)
    if (this.#users > 0) await new Promise<void>((resolve) => (this.#whenUnused = resolve))
    await this.#beating
    await this.#recovery
    if (before.state === 'open' || before.state === 'broken') {
      await before.handle.retire()
      faultPoint('close/after-leveldb')
    }
    const isWhole = before.state === 'open' && !this.#brokeAtTheEnd
    await this.#options.folder.release(isWhole ? this.#acknowledged : undefined)
  }

  async #usable(): Promise<Handle> {
    const now = this.#state
    switch (now.state) {
      case 'open':
      case 'broken':
        return now.handle
      case 'reopening':
        return now.opened
      case 'closed':
        throw new CometpadError('STORE_UNAVAILABLE', { detail: 'The store is closed.' })
      case 'shut':
      case 'lost':
        throw new CometpadError('STORE_UNAVAILABLE')
    }
  }

  #handle({ database, counter }: OpenedFolder): Handle {
    const handle: Handle = new Handle({
      database,
      counter,
      limits: this.#options.limits,
      committed: (operations) => {
        this.#acknowledged += 1
        this.#options.folder.wrote(this.#acknowledged, operations)
      },
      broke: (cause) => this.#break(handle, cause),
    })
    return handle
  }

  #break(handle: Handle, cause: unknown): void {
    this.#options.failed('write to the store', '', cause)
    if (this.#state.state === 'closed') this.#brokeAtTheEnd = true
    if (this.#state.state !== 'open' || this.#state.handle !== handle) return
    this.#state = { state: 'broken', handle }
    this.#scheduleRecovery()
  }

  /** At once, unless the last attempt was made just now: a disk that fails every write must not keep the process busy. */
  #scheduleRecovery(): void {
    const { clock, limits } = this.#options
    const wait = Math.max(0, this.#lastAttempt + limits.reopenMs - clock())
    this.#timer = setTimeout(() => void (this.#recovery = this.#recover()), wait)
    this.#timer.unref()
  }

  /** Never rejects. */
  async #recover(): Promise<void> {
    const { obstacle, clock, failed } = this.#options
    this.#lastAttempt = clock()
    const inTheWay = await obstacle()
    const before = this.#state
    if (before.state !== 'broken' && before.state !== 'shut') return
    if (inTheWay !== undefined) {
      failed('reopen the store', '', inTheWay)
      this.#scheduleRecovery()
      return
    }
    const opened = this.#reopen(before.state === 'broken' ? before.handle : undefined)
    this.#state = { state: 'reopening', opened }
    try {
      const handle = await opened
      // Closed meanwhile: nobody else knows of it.
      if (this.#hasEnded()) await handle.retire()
      else this.#state = { state: 'open', handle }
    } catch (cause) {
      failed('reopen the store', '', cause)
      if (this.#hasEnded()) return
      this.#state = { state: 'shut' }
      this.#scheduleRecovery()
    }
  }

  async #reopen(broken: Handle | undefined): Promise<Handle> {
    try {
      faultPoint('reopen/before-close')
      await broken?.retire()
      faultPoint('reopen/after-close')
      const opened = await this.#options.folder.open(this.#acknowledged)
      faultPoint('reopen/after-open')
      // A batch that failed may be there in spite of it: nobody was told, and it is as good as any other.
      this.#acknowledged = opened.counter
      this.#wasReopened = true
      return this.#handle(opened)
    } catch (cause) {
      throw new CometpadError('STORE_UNAVAILABLE', { cause })
    }
  }

  #hasEnded(): boolean {
    return this.#state.state === 'closed' || this.#state.state === 'lost'
  }

  /** Never rejects. */
  async #onBeat(): Promise<void> {
    const { folder, failed } = this.#options
    try {
      if (!(await folder.beat(this.#acknowledged)) && this.#state.state !== 'closed') {
        failed(
          'keep the data folder: another process has taken it. Nothing is written any more.',
          '',
          undefined,
        )
        const before = this.#state
        this.#state = { state: 'lost' }
        clearInterval(this.#beat)
        if (before.state === 'open' || before.state === 'broken') await before.handle.retire()
      }
    } catch (cause) {
      failed('write the high-water mark', '', cause)
    } finally {
      this.#beating = undefined
    }
  }
}
