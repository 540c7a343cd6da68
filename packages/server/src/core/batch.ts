/**
 * A stretch of a room's log as messages. Every reader at the same offset gets the same bytes, except that nobody gets
 * back what it sent itself.
 */
import { encodeMessage } from '@cometpad/shared'
import type { Offset } from '@cometpad/shared'
import { Parcel } from './parcel.ts'
import type { Dialect } from './ports.ts'

/** A message of the log and who sent it. */
export interface Line {
  readonly message: Uint8Array
  /** Stands for the connection that sent it; undefined when it came from the store. */
  readonly author: object | undefined
}

export class Batch {
  /** A reader that has this batch has everything up to here. */
  readonly to: Offset
  readonly #lines: readonly Line[]
  readonly #authors = new Set<object>()
  readonly #parcels = new Map<Dialect, Parcel>()

  constructor(lines: readonly Line[], to: Offset) {
    this.#lines = lines
    this.to = to
    for (const { author } of lines) if (author !== undefined) this.#authors.add(author)
  }

  /** True when nothing in here comes from this author: it can take the bytes that all others take. */
  isForeignTo(author: object): boolean {
    return !this.#authors.has(author)
  }

  /** What everybody gets in this dialect. */
  shared(dialect: Dialect): Parcel {
    let parcel = this.#parcels.get(dialect)
    if (parcel === undefined) {
      const messages = this.#lines.map((line) => line.message)
      if (dialect === 'cometpad') messages.push(positionMessage(this.to))
      parcel = new Parcel(messages)
      this.#parcels.set(dialect, parcel)
    }
    return parcel
  }

  /** The messages that this author did not send itself. */
  messagesFor(author: object): Uint8Array[] {
    const messages: Uint8Array[] = []
    for (const line of this.#lines) if (line.author !== author) messages.push(line.message)
    return messages
  }
}

export function positionMessage(offset: Offset): Uint8Array {
  return encodeMessage({ type: 'position', offset })
}
