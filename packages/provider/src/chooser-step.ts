/**
 * How one event leads from a state of the chooser to the next: it changes what is known, and then `decide` alone opens what is
 * wanted. What is to be thought of it is asked of the judge. What it keeps to: SPEC.md, section CH.
 */
import { backoffMs, errorOfClose, clientLimits as limits } from '@cometpad/shared'
import type { ErrorCode } from '@cometpad/shared'
import { deadline, linkDeadline } from './chooser-deadlines.ts'
import { Judge } from './chooser-judge.ts'
import { isRound, withFindings } from './chooser-state.ts'
import type {
  ChooserEffect,
  ChooserEvent,
  ChooserPlan,
  ChooserState,
  Circumstances,
  LinkState,
  Live,
  Round,
} from './chooser-state.ts'
import type { TransportName } from './transport-state.ts'

/** One event on its way to the next state. Lives as long as one call of `choose`. */
export class Step {
  state: ChooserState
  readonly effects: ChooserEffect[] = []
  readonly #plan: ChooserPlan
  readonly #now: number
  readonly #random: number
  readonly #isEmpty: boolean
  readonly #judge: Judge

  constructor(plan: ChooserPlan, state: ChooserState, { now, random, isEmpty }: Circumstances) {
    this.#plan = plan
    this.state = state
    this.#now = now
    this.#random = random
    this.#isEmpty = isEmpty
    this.#judge = new Judge(plan, now)
  }

  happen(event: ChooserEvent): void {
    switch (event.event) {
      case 'connect':
        if (this.state.state === 'idle' || this.state.state === 'stopped') this.#begin(0)
        return
      case 'disconnect':
        this.#leave()
        this.state = { state: 'idle', ...this.#common(), attempt: 0 }
        return
      case 'stop':
        return this.#stop(event.code)
      case 'wake':
        return this.#wake(event.isOnline)
      case 'due':
        return this.#due()
      case 'hide':
      case 'distrust':
        if (isRound(this.state)) this.#retry(this.state)
        return
      case 'caughtUp':
      case 'catchUpFailed':
        return this.#caughtUp(event)
      case 'answered':
        return this.#answered(event.works)
      case 'greeted':
        return this.#greeted(event.transport)
      case 'heard':
        return this.#heard(event.transport)
      case 'closed':
        return this.#closed(event.transport, event.code, event.retryAfterMs)
      case 'drain':
        return this.#drain(event.transport, event.delayMs)
    }
  }

  // Events

  #caughtUp(event: Extract<ChooserEvent, { event: 'caughtUp' | 'catchUpFailed' }>): void {
    const { state } = this
    if (!isRound(state) || !state.findings.isReading) return
    const isThere = event.event === 'caughtUp'
    const round = withFindings(state, { http: isThere ? 'works' : 'fails', isReading: false })
    this.state = round
    if (!isThere && this.#judge.isFinal('poll', event.code)) return this.#refused(round, event.code)
    if (!isThere)
      this.state = { ...round, notBefore: this.#judge.notBefore(round, event.retryAfterMs, this.#random) }
    this.#decide()
  }

  #answered(works: boolean): void {
    const { state } = this
    if (state.state !== 'waiting' || state.askedUntil === undefined) return
    // A server that crashes breaks its WebSockets too, and that says nothing of them.
    this.state = { ...state, askedUntil: undefined, shortLives: works ? state.shortLives + 1 : 0 }
    this.#due()
  }

  #greeted(transport: TransportName): void {
    const { state } = this
    if (!isRound(state)) return
    const link = state.links[transport]
    if (link === undefined || link.greetedAt !== undefined) return
    const isBetter = state.state === 'connecting' || this.#judge.prefers(transport, state)
    if (!isBetter) return this.#close(transport)
    const isProved = transport !== 'stream' || !this.#judge.allows('poll')
    this.#setLink(transport, { ...link, greetedAt: this.#now, heardAt: this.#now, isProved })
    if (transport === 'ws' || state.state === 'live') this.#use(transport)
    else this.#httpWorks()
    this.#decide()
  }

  #heard(transport: TransportName): void {
    const { state } = this
    const link = isRound(state) ? state.links[transport] : undefined
    if (!isRound(state) || link === undefined) return
    // Hello and the tick together prove nothing: a proxy has let go of what it had held back.
    const isTick =
      link.greetedAt !== undefined &&
      this.#now - link.greetedAt >= limits.tickGapMs &&
      state.findings.stream === undefined
    const isProved = link.isProved || isTick
    this.#setLink(transport, { ...link, heardAt: this.#now, probedUntil: undefined, isProved })
    if (isProved && !link.isProved) this.#endSlowWs()
  }

  #closed(transport: TransportName, code: number, retryAfterMs: number | undefined): void {
    const { state } = this
    if (!isRound(state) || state.links[transport] === undefined) return
    if (this.#judge.isFinal(transport, code)) return this.#refused(state, code)
    this.state = { ...state, notBefore: this.#judge.notBefore(state, retryAfterMs, this.#random) }
    this.#fail(transport, 'ws-failed', code)
  }

  #drain(transport: TransportName, delayMs: number): void {
    const { state } = this
    if (!isRound(state)) return
    if (state.state === 'live' && state.via !== transport) return this.#fail(transport, 'ws-failed')
    this.#leave()
    this.#wait({ attempt: 0, until: this.#now + delayMs })
  }

  #wake(isOnline: boolean): void {
    // Another network may let through what this one did not.
    if (isOnline && this.state.memory !== undefined) this.#forget()
    if (isOnline) this.state = { ...this.state, shortLives: 0 }
    const { state } = this
    if (state.state === 'waiting') return this.#begin(state.attempt)
    if (state.state !== 'live') return
    if (isOnline && state.climbAt !== undefined) this.state = { ...state, climbAt: this.#now }
    const link = state.links[state.via]
    if (link !== undefined && link.probedUntil === undefined) {
      this.#setLink(state.via, { ...link, probedUntil: this.#now + limits.probeMs })
      this.effects.push({ effect: 'probe', transport: state.via })
    }
    this.#decide()
  }

  #due(): void {
    const { state } = this
    const isOver = this.#now >= (deadline(this.#plan, state) ?? Infinity)
    if (state.state === 'waiting' && isOver) return this.#begin(state.attempt)
    if (!isRound(state)) return
    for (const transport of this.#plan.transports) {
      const link = isRound(this.state) ? this.state.links[transport] : undefined
      if (link !== undefined && this.#now >= linkDeadline(link)) this.#fail(transport, 'ws-silent')
    }
    if (isRound(this.state)) this.#decide()
  }

  // What follows from them

  /** A new round. */
  #begin(attempt: number): void {
    const findings = this.#judge.knownBefore(this.state)
    this.state = {
      state: 'connecting',
      ...this.#common(),
      attempt,
      since: this.#now,
      notBefore: 0,
      links: {},
      findings,
    }
    // What begins with HTTP brings the content by itself.
    if (
      this.#isEmpty &&
      this.#judge.allows('ws') &&
      this.#judge.allows('stream') &&
      findings.ws === undefined
    ) {
      this.state = withFindings(this.state, { isReading: true })
      this.effects.push({ effect: 'catchUp' })
    }
    this.#decide()
  }

  /** Opens what is wanted now, and goes to wait when there is nothing left to wait for. */
  #decide(): void {
    this.#useGreeted()
    if (!isRound(this.state)) return
    for (const transport of this.#plan.transports) {
      if (this.state.links[transport] === undefined && this.#judge.wants(transport, this.state))
        this.#open(transport)
    }
    const { findings, links } = this.state
    const hasStalled = this.#now >= this.state.since + limits.connectMs
    if (Object.keys(links).length === 0 && (!findings.isReading || hasStalled)) this.#retry(this.state)
  }

  #open(transport: TransportName): void {
    const link: LinkState = {
      openedAt: this.#now,
      heardAt: this.#now,
      greetedAt: undefined,
      isProved: false,
      probedUntil: undefined,
    }
    if (isRound(this.state)) {
      // It is for being late that the stream is doubted, from here on whatever comes.
      if (transport === 'poll' && this.state.links.stream !== undefined)
        this.state = withFindings(this.state, { stream: this.state.findings.stream ?? 'stream-buffered' })
      if (transport === 'ws' && this.state.state === 'live')
        this.state = { ...this.state, climbAt: undefined }
    }
    this.#setLink(transport, link)
    this.effects.push({ effect: 'open', transport })
  }

  #use(transport: TransportName): void {
    const { state } = this
    if (!isRound(state)) return
    const isFirst = state.state === 'connecting'
    const { attempt, shortLives, memory, since, notBefore, links, findings } = state
    const climbs = isFirst ? 0 : state.climbs
    this.state = {
      state: 'live',
      attempt,
      shortLives,
      isRefreshing: false,
      memory,
      since,
      notBefore,
      links,
      findings: transport === 'ws' ? findings : { ...findings, http: 'works' },
      via: transport,
      liveSince: isFirst ? this.#now : state.liveSince,
      climbAt: isFirst ? this.#judge.firstClimb(transport, links, findings) : state.climbAt,
      climbs,
    }
    this.effects.push({ effect: 'use', transport })
    if (transport === 'ws') {
      for (const other of this.#plan.transports) if (other !== 'ws') this.#close(other)
      this.state = { ...this.state, climbAt: undefined }
      if (memory !== undefined) this.#forget()
    } else if (transport === 'poll') {
      this.#close('stream')
      this.#endSlowWs()
    }
  }

  /** A ws that failed when nothing was known of HTTP may have met a server that was just starting: it is tried once more. */
  #httpWorks(): void {
    if (!isRound(this.state)) return
    const { ws, http } = this.state.findings
    const isOpen = ws === 'ws-failed' && http === 'unknown'
    this.state = withFindings(this.state, { http: 'works', ws: isOpen ? undefined : ws })
  }

  /** Uses what has said hello, unless ws still has its try. */
  #useGreeted(): void {
    const { state } = this
    if (state.state !== 'connecting' || !this.#judge.isWsBad(state.findings, state.links)) return
    // Where there is a poll as well, the stream is in doubt.
    const greeted = (['poll', 'stream'] as const).find((name) => state.links[name]?.greetedAt !== undefined)
    if (greeted !== undefined) this.#use(greeted)
  }

  /** A better transport has proved itself first: a WebSocket that had its time and said nothing is given up. */
  #endSlowWs(): void {
    const { state } = this
    if (!isRound(state)) return
    const { ws } = state.links
    if (ws !== undefined && ws.greetedAt === undefined && this.#judge.isLate(ws.openedAt))
      this.#fail('ws', 'ws-silent')
  }

  /** A connection is over, or is given up. `code`: what it was closed with. */
  #fail(transport: TransportName, trouble: 'ws-failed' | 'ws-silent', code?: number): void {
    const { state } = this
    if (!isRound(state)) return
    const link = state.links[transport]
    this.#close(transport)
    if (!isRound(this.state)) return
    if (state.state === 'live' && state.via === transport) return this.#lost(state, link, code)
    if (transport === 'ws') {
      this.state = withFindings(this.state, { ws: trouble })
      this.#useGreeted()
      if (this.state.state === 'live') this.#judgeWs(this.state)
    } else if (transport === 'stream') {
      this.state = withFindings(this.state, { stream: this.state.findings.stream ?? 'stream-failed' })
    } else if (this.state.state === 'live') {
      // The stream was doubted, and what should take its place cannot be had.
      return this.#retry(this.state)
    } else {
      this.state = withFindings(this.state, { http: 'fails' })
    }
    this.#decide()
  }

  /** What was in use is gone. */
  #lost(was: Live, link: LinkState | undefined, code: number | undefined): void {
    if (was.via === 'stream' && link?.isProved === false) {
      // HTTP has just worked: another way may do better.
      const { attempt, shortLives, isRefreshing, memory, since, notBefore, findings } = was
      const { stream: _gone, ...links } = was.links
      const found = {
        ...findings,
        ws: findings.ws ?? ('ws-silent' as const),
        stream: 'stream-failed' as const,
      }
      const common = { attempt, shortLives, isRefreshing, memory, since, notBefore, links }
      this.state = { state: 'connecting', ...common, findings: found }
      return this.#decide()
    }
    const isShort = this.#judge.isShortLife(was, code)
    this.#retry(was, isShort ? this.#now + limits.provingMs : undefined)
    if (isShort) this.effects.push({ effect: 'ask' })
  }

  /** A WebSocket has failed while HTTP works. That is remembered. */
  #judgeWs(live: Live): void {
    const climbs = live.climbs + 1
    const laterMs = limits.climbMs * (0.8 + 0.4 * this.#random)
    const climbAt = this.#now + (climbs === 1 ? limits.climbFirstMs : laterMs)
    const memory = this.#judge.toRemember(live)
    this.state = { ...live, climbs, climbAt, memory }
    if (memory !== live.memory) this.effects.push({ effect: 'remember', memory })
  }

  #forget(): void {
    this.state = { ...this.state, memory: undefined }
    this.effects.push({ effect: 'forget' })
  }

  #retry(round: Round, askedUntil?: number): void {
    const isLive = round.state === 'live'
    const attempt = isLive && this.#now - round.liveSince >= limits.provedMs ? 0 : round.attempt
    this.#leave()
    const until = Math.max(this.#now + backoffMs(attempt, this.#random), round.notBefore)
    const shortLives = this.#judge.shortLivesAfter(round)
    this.#wait({ shortLives, attempt: attempt + 1, until, askedUntil })
  }

  /** The server has said that another try would end the same. */
  #refused(round: Round, closeCode: number): void {
    const code = errorOfClose(closeCode) ?? 'FORBIDDEN'
    if (code !== 'UNAUTHORIZED' || !this.#plan.canRefresh || round.isRefreshing) return this.#stop(code)
    this.#leave()
    const until = Math.max(this.#now + limits.backoffBaseMs, round.notBefore)
    this.#wait({ isRefreshing: true, until })
  }

  #wait(how: { until: number } & Partial<Extract<ChooserState, { state: 'waiting' }>>): void {
    this.state = { askedUntil: undefined, ...this.#common(), ...how, state: 'waiting' }
  }

  #stop(code: ErrorCode): void {
    this.#leave()
    this.state = { state: 'stopped', ...this.#common(), code }
  }

  // Small things

  #setLink(transport: TransportName, link: LinkState): void {
    if (isRound(this.state)) this.state = { ...this.state, links: { ...this.state.links, [transport]: link } }
  }

  #close(transport: TransportName): void {
    if (!isRound(this.state) || this.state.links[transport] === undefined) return
    const { [transport]: _gone, ...links } = this.state.links
    this.state = { ...this.state, links }
    this.effects.push({ effect: 'close', transport })
  }

  /** Ends everything that a round has begun. */
  #leave(): void {
    if (!isRound(this.state)) return
    if (this.state.findings.isReading) this.effects.push({ effect: 'abandonCatchUp' })
    for (const transport of this.#plan.transports) this.#close(transport)
  }

  #common(): Pick<ChooserState, 'attempt' | 'shortLives' | 'isRefreshing' | 'memory'> {
    const { attempt, shortLives, isRefreshing, memory } = this.state
    return { attempt, shortLives, isRefreshing, memory }
  }
}
