/** The chooser without anything around it: events in, what it asks for and where it stands out. */
import { expect } from 'vitest'
import type {
  ChooserEffect,
  ChooserEvent,
  ChooserPlan,
  ChooserState,
  Memory,
} from '../../src/chooser-state.ts'
import { deadline } from '../../src/chooser-deadlines.ts'
import { choose, firstState } from '../../src/chooser.ts'
import { transportStateOf } from '../../src/transport-state-of.ts'
import type { TransportName } from '../../src/transport-state.ts'

export const AUTO: ChooserPlan = { transports: ['ws', 'stream', 'poll'], reason: 'best', canRefresh: false }
export const only = (transport: TransportName): ChooserPlan => ({
  transports: [transport],
  reason: 'chosen',
  canRefresh: false,
})

function inWords(effect: ChooserEffect): string {
  return 'transport' in effect ? `${effect.effect} ${effect.transport}` : effect.effect
}

/** Plays events to a chooser, on a clock of its own. Chance is always one half. */
export class Play {
  readonly plan: ChooserPlan
  now = 0
  state: ChooserState
  isEmpty: boolean
  /** What was asked for since it was last looked at. */
  #asked: string[] = []

  constructor(
    plan: ChooserPlan = AUTO,
    { memory, isEmpty = false }: { memory?: Memory; isEmpty?: boolean } = {},
  ) {
    this.plan = plan
    this.isEmpty = isEmpty
    this.state = firstState(memory)
  }

  tell(event: ChooserEvent): this {
    const { now, isEmpty } = this
    const choice = choose(this.plan, this.state, event, { now, random: 0.5, isEmpty })
    this.state = choice.state
    this.#asked.push(...choice.effects.map(inWords))
    return this
  }

  connect(): this {
    return this.tell({ event: 'connect' })
  }

  greeted(transport: TransportName): this {
    return this.tell({ event: 'greeted', transport })
  }

  heard(transport: TransportName): this {
    return this.tell({ event: 'heard', transport })
  }

  closed(transport: TransportName, code = 1006, retryAfterMs?: number): this {
    return this.tell({ event: 'closed', transport, code, retryAfterMs })
  }

  /** Lets time pass; what is due on the way is told in its time. */
  pass(ms: number): this {
    const until = this.now + ms
    for (let n = 0; ; n += 1) {
      expect(n, 'what is due at once, again and again').toBeLessThan(1_000)
      const due = deadline(this.plan, this.state)
      if (due === undefined || due > until) break
      this.now = Math.max(this.now, due)
      this.tell({ event: 'due' })
    }
    this.now = until
    return this
  }

  /** Lets time pass until everything is tried again. */
  passWait(): this {
    const until = this.state.state === 'waiting' ? (deadline(this.plan, this.state) ?? this.now) : this.now
    return this.pass(until - this.now)
  }

  get asked(): string[] {
    const asked = this.#asked
    this.#asked = []
    return asked
  }

  get via(): string {
    const { transport, reason } = transportStateOf(this.plan, this.state)
    return `${transport ?? 'none'}: ${reason}`
  }
}
