/**
 * A tab that holds no request: hears the server through the leader, and reads by itself what it finds missing. Believes a
 * position and nothing else: what comes twice, late or not at all changes nothing. Knows no locks; says when it should lead.
 */
import { PRESENCE_HEADER, encodeMessage, clientLimits as limits } from '@cometpad/shared'
import type { Offset } from '@cometpad/shared'
import { ABNORMAL_CLOSE } from '../transport.ts'
import type { Whereabouts } from '../transport.ts'
import type { DownlinkOptions } from '../transports/http/downlink.ts'
import { ExchangeFailure, readMessages } from '../transports/http/exchange.ts'
import type { TabMessage } from './tab-message.ts'

type Batch = Extract<TabMessage, { kind: 'batch' }>

export interface FollowerOptions extends DownlinkOptions {
  readonly kind: 'stream' | 'poll'
  readonly whereabouts: () => Whereabouts
  /** In how long our own token ends; undefined: it does not. */
  readonly tokenEndsInMs: () => number | undefined
  readonly post: (message: TabMessage) => void
  /** The leader has had its time and said nothing. */
  readonly takeOver: () => void
  /** How long the leader has to answer the first time. */
  readonly patienceMs: number
}

/** No timer is set for longer: beyond three weeks browsers ring at once. */
const LONGEST_WAIT_MS = 86_400_000

export class Follower {
  readonly #options: FollowerOptions
  #isOver = false
  /** When the server has answered us for the first time: before, nothing of others is heard. */
  #greetedAt: number | undefined
  #isProved = false
  #reading: AbortController | undefined
  #presence: string | undefined
  /** There is something up to here. */
  #wanted: { readonly generation: string; readonly offset: Offset } | undefined
  /** Since when an answer of the leader is due. */
  #askedAt: number | undefined
  #patienceMs: number
  #stopAsking: () => void = () => undefined
  #stopWatching: () => void = () => undefined

  constructor(options: FollowerOptions) {
    this.#options = options
    this.#patienceMs = options.patienceMs
    this.#ask()
    this.#read()
    this.#watchToken()
  }

  hear(message: TabMessage): void {
    if (message.kind === 'ask') return
    this.#askedAt = undefined
    this.#patienceMs = limits.tabSilentMs
    switch (message.kind) {
      case 'beat':
        if (message.generation !== undefined) this.#miss(message.generation, message.position)
        if (message.isStreamProved) this.#prove()
        return
      case 'batch':
        return this.#take(message)
      case 'aside':
        if (this.#greetedAt !== undefined) this.#options.events.message(message.message)
    }
  }

  /** The page is looked at, or the network is back: it is worth knowing soon. */
  probe(): void {
    this.#patienceMs = limits.probeMs
    this.#askedAt = undefined
    this.#ask()
    this.#read()
  }

  close(): void {
    this.#isOver = true
    this.#stopAsking()
    this.#stopWatching()
    this.#reading?.abort()
  }

  // What the leader tells

  #take({ generation, from, to, messages }: Batch): void {
    const { events, whereabouts } = this.#options
    const where = whereabouts()
    const isNext = where.generation === generation && where.position !== null && where.position >= from
    if (this.#greetedAt === undefined || !isNext) return this.#miss(generation, to)
    // What is there already need not be looked at again.
    if ((where.position ?? 0) < to) for (const message of messages) events.message(message)
    events.message(encodeMessage({ type: 'position', offset: to }))
  }

  /** There is something up to here; what of it is missing is read. */
  #miss(generation: string, offset: Offset): void {
    const isNewer = this.#wanted?.generation !== generation || this.#wanted.offset < offset
    if (isNewer) this.#wanted = { generation, offset }
    const where = this.#options.whereabouts()
    // That there is another history now is for the server to say.
    if (this.#isBehind() || (where.generation !== generation && isNewer)) this.#read()
  }

  /** What the leader has seen of the stream holds for the way of all. */
  #prove(): void {
    const { kind, clock, events } = this.#options
    if (this.#isProved || kind !== 'stream' || this.#greetedAt === undefined) return
    if (clock.now() - this.#greetedAt < limits.tickGapMs) return
    this.#isProved = true
    events.alive()
  }

  // What is read

  #read(): void {
    if (this.#reading === undefined && !this.#isOver) void this.#run()
  }

  async #run(): Promise<void> {
    try {
      for (let isMore = true; isMore;) {
        const before = this.#wanted
        await this.#readOnce()
        if (this.#isOver) return
        isMore = this.#isBehind()
        // Who is asked again and still does not have it has something else.
        if (isMore && this.#wanted === before) throw new ExchangeFailure(ABNORMAL_CLOSE)
      }
    } catch (cause) {
      if (this.#isOver) return
      this.close()
      const failure =
        cause instanceof ExchangeFailure ? cause : new ExchangeFailure(ABNORMAL_CLOSE, { cause })
      this.#options.events.fail(failure)
    }
  }

  async #readOnce(): Promise<void> {
    const { exchange, clock, events } = this.#options
    const reading = new AbortController()
    this.#reading = reading
    const stopTimer = clock.after(limits.requestMs, () => reading.abort())
    try {
      const { signal } = reading
      const response = await exchange.get({ live: undefined, signal, presence: this.#presence })
      await readMessages(response, (message) => {
        if (signal.aborted) return
        const isFirst = this.#greetedAt === undefined
        this.#greetedAt ??= clock.now()
        events.message(message)
        // For the proof that the leader has, or will have soon.
        if (isFirst && !this.#isOver) this.#askIn(this.#waitMs)
      })
      this.#presence = response.headers.get(PRESENCE_HEADER) ?? undefined
    } finally {
      stopTimer()
      this.#reading = undefined
    }
  }

  #isBehind(): boolean {
    const { position, generation } = this.#options.whereabouts()
    const wanted = this.#wanted
    return wanted?.generation === generation && (position ?? 0) < (wanted?.offset ?? 0)
  }

  // What is watched

  #ask(): void {
    const { clock, post } = this.#options
    this.#askedAt ??= clock.now()
    post({ kind: 'ask' })
    this.#askIn(this.#waitMs)
  }

  #askIn(ms: number): void {
    const { clock } = this.#options
    const due = clock.now() + ms
    this.#stopAsking()
    this.#stopAsking = clock.after(ms, () => this.#askAgain(due))
  }

  get #waitMs(): number {
    const { kind, clock } = this.#options
    const provingMs = limits.streamTickMs + limits.tickSlackMs
    const isProving =
      kind === 'stream' &&
      !this.#isProved &&
      this.#greetedAt !== undefined &&
      clock.now() - this.#greetedAt < provingMs
    return isProving ? limits.tickGapMs : Math.min(this.#patienceMs, limits.tabAskMs)
  }

  #askAgain(due: number): void {
    const { clock, takeOver } = this.#options
    const now = clock.now()
    // This page itself has slept, and what was said meanwhile is yet to be heard.
    if (now - due > limits.tabAskMs) this.#askedAt = undefined
    if (this.#askedAt !== undefined && now - this.#askedAt >= this.#patienceMs) takeOver()
    else this.#ask()
  }

  /** The leader may have a newer token of the same person. When ours ends, the server is asked what that means for us. */
  #watchToken(): void {
    const { clock, tokenEndsInMs } = this.#options
    const ms = tokenEndsInMs()
    if (ms === undefined || ms <= 0) return
    this.#stopWatching = clock.after(Math.min(ms, LONGEST_WAIT_MS), () => {
      this.#read()
      this.#watchToken()
    })
  }
}
