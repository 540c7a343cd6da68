/**
 * The newest entries of a room's log, kept in memory for the readers that follow it. Bounded by bytes; who is further
 * behind reads from the store.
 */
import { encodeMessage } from '@cometpad/shared'
import type { Offset } from '@cometpad/shared'
import { Batch } from './batch.ts'
import type { Line } from './batch.ts'

export class Tail {
  readonly #maxBytes: number
  /** Lines of the offsets `#start + 1` and on. */
  #lines: Line[] = []
  #start: Offset
  #bytes = 0
  #batches = new Map<Offset, Batch>()

  constructor(start: Offset, maxBytes: number) {
    this.#start = start
    this.#maxBytes = maxBytes
  }

  /** Who has everything up to here, or more, finds the rest in memory. */
  get start(): Offset {
    return this.#start
  }

  get head(): Offset {
    return this.#start + this.#lines.length
  }

  push(update: Uint8Array, author: object | undefined): void {
    const message = encodeMessage({ type: 'update', update })
    this.#lines.push({ message, author })
    this.#bytes += message.length
    this.#batches.clear()
    this.#trim()
  }

  /** Everything after `offset`, which must not lie below `start`. The same object for all readers that ask. */
  after(offset: Offset): Batch {
    let batch = this.#batches.get(offset)
    if (batch === undefined) {
      batch = new Batch(this.#lines.slice(offset - this.#start), this.head)
      this.#batches.set(offset, batch)
    }
    return batch
  }

  /** Drops the older half once the bound is crossed, so that dropping costs nothing per entry. */
  #trim(): void {
    if (this.#bytes <= this.#maxBytes || this.#lines.length < 2) return
    let drop = 0
    while (this.#bytes > this.#maxBytes / 2 && drop < this.#lines.length - 1) {
      this.#bytes -= this.#lines[drop]?.message.length ?? 0
      drop += 1
    }
    this.#lines = this.#lines.slice(drop)
    this.#start += drop
  }
}
