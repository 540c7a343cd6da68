/**
 * A read that is answered in one piece: what there is at once, or, held as a long-poll, what comes first. Knows nothing of what
 * the bytes hold.
 */
import type { Limits } from '@cometpad/shared'
import type { FastifyReply } from 'fastify'
import type { News } from '../../core/ports.ts'
import { GatheredAnswer } from '../gathered-answer.ts'
import type { HeldRequests } from '../held-requests.ts'
import type { StreamKind } from './stream-kind.ts'
import { setStreamHeaders } from './words.ts'

export interface ReadOptions {
  readonly held: HeldRequests
  readonly limits: Limits
  readonly kind: StreamKind
  /** Undefined: answered at once. */
  readonly cursor: string | undefined
  /** Names the answer for caches; undefined: it has no name. */
  readonly tag: ((next: string) => string) | undefined
  /** A number in [0, 1). */
  readonly random: number
}

export class ReadAnswer extends GatheredAnswer {
  readonly #options: ReadOptions
  readonly #answerAt: number
  #isOver = false

  constructor(reply: FastifyReply, options: ReadOptions) {
    const { held, limits, kind, random, cursor } = options
    super(reply, held, { dialect: 'yjs', format: kind.format })
    this.#options = options
    const hold = cursor === undefined ? 0 : limits.pollHoldMs - random * limits.pollSpreadMs
    this.#answerAt = held.clock.now() + hold
    this.#isOver = cursor === undefined
  }

  override get writable(): boolean {
    return super.writable && this.bytes < this.#options.limits.pollBytes
  }

  override write(bytes: Uint8Array, news: News): void {
    // The answer itself is the sign of life.
    if (news === 'sign' || bytes.length === 0) return
    super.write(bytes, news)
    // A reader that has to wait for us does not come to rest.
    if (!this.writable) this.lookSoon()
  }

  beat(now: number): void {
    if (now < this.#answerAt) return
    this.#isOver = true
    this.lookSoon()
  }

  protected look(): void {
    const progress = this.reader?.progress
    if (progress === undefined) return
    const { kind, cursor, tag } = this.#options
    const upToDate = kind.isUpToDate(progress)
    const isDue = this.bytes > 0 || this.#isOver
    if (!isDue || (!upToDate && this.writable)) return
    const next = kind.nextOf(progress)
    setStreamHeaders(this.reply, { next, upToDate, cursor })
    if (tag !== undefined) void this.reply.header('etag', tag(next))
    if (cursor !== undefined && this.bytes === 0) void this.reply.code(204)
    this.answer()
  }
}
