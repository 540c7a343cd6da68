/**
 * What is to be thought of a round at one moment: whether a transport is wanted, doubted, better than another, or refused for good.
 * Pure: changes nothing and opens nothing. What it keeps to: SPEC.md, section CH.
 */
import { errorOfClose, clientLimits as limits } from '@cometpad/shared'
import type { ErrorCode } from '@cometpad/shared'
import { proofDeadline } from './chooser-deadlines.ts'
import type { ChooserPlan, ChooserState, Findings, Links, Live, Memory, Round } from './chooser-state.ts'
import type { TransportName } from './transport-state.ts'

/** The codes that say "not in this way" and nothing of the document or its reader. */
const ABOUT_THE_WAY: readonly (ErrorCode | undefined)[] = [
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'UNSUPPORTED_MEDIA_TYPE',
  'UPGRADE_REQUIRED',
]

export class Judge {
  readonly #plan: ChooserPlan
  readonly #now: number

  constructor(plan: ChooserPlan, now: number) {
    this.#plan = plan
    this.#now = now
  }

  /** What a round begins with. */
  knownBefore({ memory, shortLives }: ChooserState): Findings {
    const isRemembered =
      memory !== undefined &&
      memory.until > this.#now &&
      this.#plan.transports.slice(1).includes(memory.transport)
    const isUnstable = shortLives >= limits.shortLives && this.#plan.transports.length > 1
    return {
      ws: isRemembered ? 'remembered' : isUnstable ? 'ws-unstable' : undefined,
      stream: isRemembered && memory.transport === 'poll' ? 'remembered' : undefined,
      http: 'unknown',
      isReading: false,
    }
  }

  /** What is remembered now that a WebSocket has failed while HTTP works. */
  toRemember({ memory, via }: Live): Memory {
    if (memory !== undefined && memory.until > this.#now) return memory
    const spanMs =
      memory === undefined ? limits.fallbackMs : Math.min(2 * memory.spanMs, limits.fallbackCeilingMs)
    return { transport: via, until: this.#now + spanMs, spanMs }
  }

  /** Is a connection of this kind to be opened now? */
  wants(transport: TransportName, round: Round): boolean {
    const { findings, links } = round
    if (round.state === 'live') {
      if (transport === 'ws') return round.climbAt !== undefined && this.#now >= round.climbAt
      return transport === 'poll' && round.via === 'stream' && this.isStreamBad(round)
    }
    switch (transport) {
      case 'ws':
        return findings.ws === undefined && (!findings.isReading || this.isLate(round.since))
      case 'stream':
        return findings.stream === undefined && findings.http !== 'fails' && this.isWsBad(findings, links)
      case 'poll':
        return findings.http !== 'fails' && this.isWsBad(findings, links) && this.isStreamBad(round)
    }
  }

  /** Is it time for something else than ws? */
  isWsBad(findings: Findings, links: Links): boolean {
    return (
      !this.allows('ws') ||
      findings.ws !== undefined ||
      (links.ws !== undefined && this.isLate(links.ws.openedAt))
    )
  }

  /** Is a stream not to be had, or may it be held back on its way? */
  isStreamBad({ findings, links: { stream } }: Round): boolean {
    if (!this.allows('stream') || findings.stream !== undefined) return true
    return stream !== undefined && this.#now >= proofDeadline(stream)
  }

  /** Has what began then had its time to say hello? */
  isLate(since: number): boolean {
    return this.#now >= since + limits.provingMs
  }

  /** When ws is tried again after something else was taken. */
  firstClimb(via: TransportName, links: Links, findings: Findings): number | undefined {
    if (via === 'ws' || !this.allows('ws') || links.ws !== undefined) return undefined
    if (findings.ws === 'remembered') return this.#now + limits.climbFirstMs
    return findings.ws === 'ws-unstable' ? this.#now + limits.climbMs : this.#now
  }

  /** Has a WebSocket broken so soon that it may be for what lies between? Not if the server has said why it ends it. */
  isShortLife(live: Live, code: number | undefined): boolean {
    const isTold = code !== undefined && errorOfClose(code) !== undefined
    const isWs = live.via === 'ws' && this.#plan.transports.length > 1
    return isWs && !isTold && this.#now - live.liveSince < limits.shortLifeMs
  }

  /** WebSockets of a short life in a row, now that this round is over. A last one counts once HTTP is known to work. */
  shortLivesAfter(round: Round): number {
    // A server that is down breaks everything, and that says nothing of WebSockets.
    if (round.state !== 'live') return round.findings.http === 'fails' ? 0 : round.shortLives
    return round.via === 'ws' && this.#now - round.liveSince >= limits.shortLifeMs ? 0 : round.shortLives
  }

  /** Until when the server wants not to be tried. */
  notBefore(round: Round, retryAfterMs: number | undefined, random: number): number {
    if (retryAfterMs === undefined) return round.notBefore
    const bounded = Math.min(retryAfterMs, limits.retryAfterMs)
    return Math.max(round.notBefore, this.#now + bounded + random * limits.backoffStepMs)
  }

  /** Would another try end the same? */
  isFinal(transport: TransportName, code: number): boolean {
    // The band of y-websocket.
    if (code < 4400 || code >= 4500) return false
    const hasOther = transport !== 'ws' && this.#plan.transports.length > 1
    return !(hasOther && ABOUT_THE_WAY.includes(errorOfClose(code)))
  }

  /** Is a transport that has just said hello better than the one in use? */
  prefers(transport: TransportName, live: Live): boolean {
    if (transport === 'ws') return true
    return transport === 'poll' && live.via === 'stream' && live.links.stream?.isProved !== true
  }

  allows(transport: TransportName): boolean {
    return this.#plan.transports.includes(transport)
  }
}
