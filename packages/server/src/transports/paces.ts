/**
 * The pace of those who say things in single requests. Remembers the latest `paces` of them. Knows nothing of HTTP: whoever is
 * too fast gets RATE_LIMITED, and nothing of what it said is taken in.
 */
import { CometpadError } from '@cometpad/shared'
import type { Clock, Limits } from '@cometpad/shared'
import { Pace } from './pace.ts'

export class Paces {
  readonly #limits: Limits
  readonly #clock: Clock
  /** In the order in which they were last heard. */
  readonly #paces = new Map<string, Pace>()

  constructor(limits: Limits, clock: Clock) {
    this.#limits = limits
    this.#clock = clock
  }

  /** @param client what tells them apart. Throws RATE_LIMITED while it owes time. */
  take(client: string, messages: readonly Uint8Array[]): void {
    const now = this.#clock.now()
    const pace = this.#paces.get(client) ?? new Pace(this.#limits, now)
    this.#paces.delete(client)
    this.#paces.set(client, pace)
    if (this.#paces.size > this.#limits.paces) this.#forgetOldest()
    const retryAfterMs = pace.owedMs(now)
    if (retryAfterMs > 0) throw new CometpadError('RATE_LIMITED', { retryAfterMs })
    for (const message of messages) pace.take(message, now)
  }

  #forgetOldest(): void {
    for (const client of this.#paces.keys()) {
      this.#paces.delete(client)
      return
    }
  }
}
