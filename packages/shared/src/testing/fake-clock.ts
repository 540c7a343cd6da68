/** A clock that stands still until a test moves it. Timers run in the order of their times, ties in the order set. */
import type { Clock } from '../clock.ts'

interface Waiting {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

export class FakeClock implements Clock {
  #now = 0
  #order = 0
  #waiting: Waiting[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, run }
    this.#waiting.push(timer)
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== timer)
    }
  }

  /** Timers that have not run yet. A test that ends with some has a leak. */
  get timers(): number {
    return this.#waiting.length
  }

  /** Moves the time on and runs what is due, including what that sets. */
  advance(ms: number): void {
    const until = this.#now + ms
    for (;;) {
      const next = this.#earliest()
      if (next === undefined || next.at > until) break
      this.#now = Math.max(this.#now, next.at)
      this.#waiting = this.#waiting.filter((other) => other !== next)
      next.run()
    }
    this.#now = until
  }

  #earliest(): Waiting | undefined {
    let first: Waiting | undefined
    for (const timer of this.#waiting) {
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer
    }
    return first
  }
}
