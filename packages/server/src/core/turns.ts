/** Who writes the same thing waits for those before, and not too many wait in all. Knows nothing of what is written. */
import { CometpadError } from '@cometpad/shared'

interface TurnsBounds {
  /** Of one thing, the one whose turn it is included... */
  readonly each: number
  /** ...and of all things. */
  readonly all: number
}

export class Turns {
  readonly #lines = new Map<string, { last: Promise<unknown>; length: number }>()
  readonly #most: TurnsBounds
  #length = 0

  constructor(most: TurnsBounds) {
    this.#most = most
  }

  /** Rejects with OVERLOADED when too many wait, else as `work` does. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(key) ?? { last: Promise.resolve(), length: 0 }
    if (line.length >= this.#most.each || this.#length >= this.#most.all)
      throw new CometpadError('OVERLOADED')
    this.#lines.set(key, line)
    line.length += 1
    this.#length += 1
    const mine = line.last.then(work)
    // The next one does not care how this one ended.
    line.last = mine.catch(() => undefined)
    try {
      return await mine
    } finally {
      line.length -= 1
      this.#length -= 1
      if (line.length === 0) this.#lines.delete(key)
    }
  }
}
