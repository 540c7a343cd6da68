/**
 * Which of a connection's updates are durable. Updates are counted in the order in which they came, and "the first n are
 * saved" is said only when it is true of every one of them. Knows no message.
 */
import type { Offset } from '@cometpad/shared'

export interface Saved {
  readonly count: number
  readonly offset: Offset
}

interface Waiting {
  /** So many updates of this connection... */
  count: number
  /** ...are durable when the head is here; undefined: not stored, waits for an answer that covers it. */
  offset: Offset | undefined
}

export class Acks {
  #received = 0
  #waiting: Waiting[] = []

  /** Nothing waits for the store. What was refused waits for nothing but the client. */
  isSettled(head: Offset): boolean {
    return this.#waiting.every(({ offset }) => offset === undefined || offset <= head)
  }

  /**
   * An update is, or will be, part of the log at `offset`.
   * @param isAnswer it carries everything the client has, so it covers what was refused before for lack of something
   */
  accepted(offset: Offset, isAnswer: boolean): void {
    this.#received += 1
    if (isAnswer) for (const waiting of this.#waiting) waiting.offset ??= offset
    const last = this.#waiting.at(-1)
    if (last !== undefined && last.offset === offset) last.count = this.#received
    else this.#waiting.push({ count: this.#received, offset })
  }

  /** An update was not stored. Nothing from it on is saved until an answer has covered it. */
  refused(): void {
    this.#received += 1
    const last = this.#waiting.at(-1)
    if (last !== undefined && last.offset === undefined) last.count = this.#received
    else this.#waiting.push({ count: this.#received, offset: undefined })
  }

  /** What can be said as saved now that the head has come so far; undefined when it is nothing new. */
  settle(head: Offset): Saved | undefined {
    let saved: Saved | undefined
    let done = 0
    for (const { count, offset } of this.#waiting) {
      if (offset === undefined || offset > head) break
      saved = { count, offset }
      done += 1
    }
    if (done > 0) this.#waiting = this.#waiting.slice(done)
    return saved
  }
}
