/**
 * A request that is answered in one piece: as soon as there is news, at the latest when its time has come. News of presence alone
 * can wait a little. Knows nothing of what the messages mean.
 */
import type { Limits } from '@cometpad/shared'
import type { FastifyReply } from 'fastify'
import type { News } from '../core/ports.ts'
import { setFramedHeaders } from './framed-answer.ts'
import { GatheredAnswer } from './gathered-answer.ts'
import type { HeldRequests } from './held-requests.ts'

export interface PollOptions {
  readonly held: HeldRequests
  readonly limits: Limits
  /** What the client has asked for. */
  readonly holdMs: number | undefined
  /** The client knows nothing yet: a hello is news to it. */
  readonly isFirst: boolean
  /** A number in [0, 1). */
  readonly random: number
}

export class PollAnswer extends GatheredAnswer {
  readonly #limits: Limits
  readonly #now: () => number
  /** When it is answered, whatever there is. Moves forward with the news. */
  #answerAt: number
  #isDue: boolean
  #isEnding = false

  constructor(reply: FastifyReply, { held, limits, holdMs, isFirst, random }: PollOptions) {
    super(reply, held)
    this.#limits = limits
    this.#now = () => held.clock.now()
    this.#answerAt = this.#now() + (holdMs ?? limits.pollHoldMs - random * limits.pollSpreadMs)
    this.#isDue = isFirst
  }

  override get writable(): boolean {
    return super.writable && this.bytes < this.#limits.pollBytes
  }

  override write(bytes: Uint8Array, news: News): void {
    // Its own end is the sign of life that a poll gives.
    if (news === 'sign' && this.bytes > 0 && !this.#isEnding) return
    super.write(bytes, news)
    if (news === 'content') {
      this.#isDue = true
      this.lookSoon()
    }
    if (news === 'presence')
      this.#answerAt = Math.min(this.#answerAt, this.#now() + this.#limits.pollPresenceMs)
  }

  beat(now: number): void {
    if (now < this.#answerAt) return
    this.#isDue = true
    this.lookSoon()
  }

  protected look(): void {
    const progress = this.reader?.progress
    if (!this.#isDue || progress === undefined) return
    if (!progress.isCaughtUp && this.writable) return
    // Also says, to who looks at the body alone, how far it reaches.
    this.#isEnding = true
    this.reader?.tick()
    const { generation, offset: position, presence } = progress
    setFramedHeaders(this.reply, { generation, position, presence })
    this.answer()
  }
}
