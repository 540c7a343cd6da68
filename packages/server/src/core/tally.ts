/**
 * How often each source has done something within a while; beyond a bound it has to wait for the end of that while. Remembers the
 * latest `sources` of them. Knows nothing of what is counted.
 */
import type { Clock } from '@cometpad/shared'

export interface TallyBounds {
  readonly most: number
  readonly windowMs: number
  /** Sources that are remembered; above it the one whose while began first is forgotten. */
  readonly sources: number
}

interface While {
  readonly endsAt: number
  count: number
}

export class Tally {
  readonly #bounds: TallyBounds
  readonly #clock: Pick<Clock, 'now'>
  /** In the order in which they began. */
  readonly #whiles = new Map<string, While>()

  constructor(bounds: TallyBounds, clock: Pick<Clock, 'now'>) {
    this.#bounds = bounds
    this.#clock = clock
  }

  /** Counts one more. Gives 0, or the whole milliseconds to wait when it is one too many. */
  count(source: string): number {
    const now = this.#clock.now()
    const known = this.#whiles.get(source)
    const present = known === undefined || known.endsAt <= now ? this.#begin(source, now) : known
    if (present.count >= this.#bounds.most) return Math.ceil(present.endsAt - now)
    present.count += 1
    return 0
  }

  #begin(source: string, now: number): While {
    const begun = { endsAt: now + this.#bounds.windowMs, count: 0 }
    this.#whiles.delete(source)
    for (const oldest of this.#whiles.keys()) {
      if (this.#whiles.size < this.#bounds.sources) break
      this.#whiles.delete(oldest)
    }
    this.#whiles.set(source, begun)
    return begun
  }
}
