/**
 * How long a commit waits so that it carries more. A quiet store commits at once; a busy one spaces its commits, so that
 * one sync, and one write to each reader, serve several edits. A bucket of allowances: pure, the time is given to it.
 */
import type { Limits } from '@cometpad/shared'

type Bounds = Pick<Limits, 'commitsPerSecond' | 'commitBurst'>

export class Gathering {
  readonly #bounds: Bounds
  #allowance: number
  #at = 0

  constructor(bounds: Bounds) {
    this.#bounds = bounds
    this.#allowance = bounds.commitBurst
  }

  /** A commit is about to begin: milliseconds that it has to wait, mostly 0, never more than one space. */
  next(now: number): number {
    const { commitsPerSecond, commitBurst } = this.#bounds
    const grown = (Math.max(0, now - this.#at) * commitsPerSecond) / 1_000
    this.#allowance = Math.min(commitBurst, this.#allowance + grown)
    this.#at = now
    const wait = Math.max(0, ((1 - this.#allowance) * 1_000) / commitsPerSecond)
    this.#allowance -= 1
    return wait
  }
}
