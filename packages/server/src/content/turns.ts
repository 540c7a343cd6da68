/** Who writes the same thing waits for those before. Knows nothing of what is written. */
import { CometpadError } from '@cometpad/shared'

export class Turns {
  readonly #lines = new Map<string, { last: Promise<unknown>; length: number }>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** Rejects with OVERLOADED when too many wait, else as `work` does. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const line = this.#lines.get(key) ?? { last: Promise.resolve(), length: 0 }
    if (line.length >= this.#most) throw new CometpadError('OVERLOADED')
    this.#lines.set(key, line)
    line.length += 1
    const mine = line.last.then(work)
    // The next one does not care how this one ended.
    line.last = mine.catch(() => undefined)
    try {
      return await mine
    } finally {
      line.length -= 1
      if (line.length === 0) this.#lines.delete(key)
    }
  }
}
