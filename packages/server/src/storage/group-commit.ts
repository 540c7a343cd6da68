/**
 * The one writer of the store. While a batch is being synced, everything that arrives gathers for the next, so that the
 * edits of many documents share one fsync. Knows rows, not what they mean.
 *
 * The first failed batch ends it: LevelDB can lose what it acknowledges after a failed append, so nothing is ever written
 * to the same handle again. The owner opens the store anew and makes a new writer.
 */
import { setImmediate as turn, setTimeout as after } from 'node:timers/promises'
import { CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { Operation } from './database.ts'
import { encodeCounter } from './global-rows.ts'

/** Rows that become durable together. */
export interface Write {
  readonly rows: readonly Operation[]
  /** A row that changes with every write: only the newest of one batch is encoded and stored. */
  readonly newest?: { readonly of: object; readonly encode: () => Operation }
}

export interface GroupCommitOptions {
  readonly commit: (operations: readonly Operation[]) => Promise<void>
  /** The number of the last batch in the store. */
  readonly counter: number
  readonly limits: Pick<Limits, 'commitRows' | 'commitBytes' | 'waitingCommitBytes'>
  /** Milliseconds that the commit about to begin has to wait, so that it carries more. Default: none. */
  readonly gather?: () => number
  /** Called once, before anybody who waits is told. */
  readonly onFailure: (cause: unknown) => void
}

interface Waiting {
  readonly write: Write
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class GroupCommit {
  readonly #options: GroupCommitOptions
  #counter: number
  #waiting: Waiting[] = []
  #waitingBytes = 0
  #state: 'idle' | 'committing' | 'failed' = 'idle'
  #whenIdle: (() => void)[] = []

  constructor(options: GroupCommitOptions) {
    this.#options = options
    this.#counter = options.counter
  }

  /** The number of the last batch that is durable. */
  get counter(): number {
    return this.#counter
  }

  /** Throws OVERLOADED or STORE_UNAVAILABLE when a write would be refused now. */
  check(): void {
    if (this.#state === 'failed') throw new CometpadError('STORE_UNAVAILABLE')
    if (this.#waitingBytes > this.#options.limits.waitingCommitBytes) throw new CometpadError('OVERLOADED')
  }

  /** Resolves when the rows are durable. Rejects with STORE_UNAVAILABLE, and then they may or may not be. */
  write(write: Write): Promise<void> {
    return new Promise((resolve, reject) => {
      this.check()
      const bytes = bytesOf(write.rows)
      this.#waiting.push({ write, bytes, resolve, reject })
      this.#waitingBytes += bytes
      if (this.#state !== 'idle') return
      this.#state = 'committing'
      void this.#commitAll()
    })
  }

  /** Resolves when nothing waits any more. */
  idle(): Promise<void> {
    if (this.#state !== 'committing') return Promise.resolve()
    return new Promise((resolve) => this.#whenIdle.push(resolve))
  }

  /** Never rejects: whoever waits is told. */
  async #commitAll(): Promise<void> {
    // After this turn of the event loop: what many sockets have brought in it goes into one batch.
    await turn()
    while (this.#waiting.length > 0) {
      const wait = this.#options.gather?.() ?? 0
      if (wait >= 1) await after(wait)
      const batch = this.#nextBatch()
      try {
        await this.#options.commit(this.#operations(batch))
      } catch (cause) {
        this.#fail(batch, cause)
        return
      }
      this.#counter += 1
      for (const { resolve } of batch) resolve()
      // Whoever appends as an answer to this gets into the next batch.
      await turn()
    }
    this.#become('idle')
  }

  #nextBatch(): Waiting[] {
    const { commitRows, commitBytes } = this.#options.limits
    let count = 0
    let rows = 0
    let bytes = 0
    for (const { write, bytes: more } of this.#waiting) {
      if (count > 0 && (rows + write.rows.length > commitRows || bytes + more > commitBytes)) break
      count += 1
      rows += write.rows.length
      bytes += more
    }
    this.#waitingBytes -= bytes
    return this.#waiting.splice(0, count)
  }

  #operations(batch: readonly Waiting[]): Operation[] {
    const newest = new Map<object, () => Operation>()
    const operations: Operation[] = []
    for (const { write } of batch) {
      for (const row of write.rows) operations.push(row)
      if (write.newest !== undefined) newest.set(write.newest.of, write.newest.encode)
    }
    for (const encode of newest.values()) operations.push(encode())
    operations.push(encodeCounter(this.#counter + 1))
    return operations
  }

  #fail(batch: readonly Waiting[], cause: unknown): void {
    const lost = [...batch, ...this.#waiting]
    this.#waiting = []
    this.#waitingBytes = 0
    this.#options.onFailure(cause)
    this.#become('failed')
    for (const { reject } of lost) reject(new CometpadError('STORE_UNAVAILABLE', { cause }))
  }

  #become(state: 'idle' | 'failed'): void {
    this.#state = state
    const waiting = this.#whenIdle
    this.#whenIdle = []
    for (const resolve of waiting) resolve()
  }
}

function bytesOf(rows: readonly Operation[]): number {
  let bytes = 0
  for (const row of rows) bytes += row.key.length + (row.type === 'put' ? row.value.length : 0)
  return bytes
}
