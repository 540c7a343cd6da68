/**
 * The part that answers in one piece have in common: what the reader says is gathered, and the answer is what was gathered, a
 * refusal, or nothing when the client has gone. Who extends it decides when. Knows nothing of what the messages mean.
 */
import { CometpadError } from '@cometpad/shared'
import type { ErrorCode } from '@cometpad/shared'
import type { FastifyReply } from 'fastify'
import type { Dialect, FrameFormat, News, ReaderHandle, Sink } from '../core/ports.ts'
import { setGeneration } from './framed-answer.ts'
import type { HeldRequest, HeldRequests } from './held-requests.ts'
import { httpFrames } from './http-frames.ts'

/** Which messages are gathered, and as which bytes. */
export interface Wire {
  readonly dialect: Dialect
  readonly format: FrameFormat
}

const OUR_WIRE: Wire = { dialect: 'cometpad', format: httpFrames }

export abstract class GatheredAnswer implements Sink, HeldRequest {
  readonly dialect: Dialect
  readonly format: FrameFormat
  protected readonly reply: FastifyReply
  readonly #held: HeldRequests
  #chunks: Uint8Array[] = []
  #bytes = 0
  #reader: ReaderHandle | undefined
  #settle:
    | {
        readonly resolve: (body: Buffer | undefined) => void
        readonly reject: (error: CometpadError) => void
      }
    | undefined
  #isLooking = false

  constructor(reply: FastifyReply, held: HeldRequests, wire: Wire = OUR_WIRE) {
    this.reply = reply
    this.#held = held
    this.dialect = wire.dialect
    this.format = wire.format
  }

  /** The body, when there is one; undefined: nobody is there any more. Rejects with what there is to answer instead. */
  answered(join: (sink: Sink) => ReaderHandle): Promise<Buffer | undefined> {
    // Who has gone while rights were looked at, or others were served, says so no more.
    if (this.reply.raw.destroyed) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      this.#settle = { resolve, reject }
      this.#held.add(this)
      this.reply.raw.on('close', () => this.#gone())
      this.#reader = join(this)
    })
  }

  // For the reader

  get writable(): boolean {
    return this.#settle !== undefined
  }

  write(bytes: Uint8Array, _news: News): void {
    if (this.#settle === undefined) return
    this.#chunks.push(bytes)
    this.#bytes += bytes.length
  }

  rest(): void {
    this.lookSoon()
  }

  close(code: ErrorCode, generation?: string, retryAfterMs?: number): void {
    if (this.#settle === undefined) return
    setGeneration(this.reply, generation)
    this.#settle.reject(new CometpadError(code, { retryAfterMs }))
    this.#settle = undefined
  }

  // For the wheel

  abstract beat(now: number): void

  cut(): void {
    this.reply.raw.destroy()
  }

  // For those who extend it

  /** Is it time to answer? Asked when the reader has come to rest, and known by then. */
  protected abstract look(): void

  /** In the next turn: several things that happen in one are answered together. */
  protected lookSoon(): void {
    if (this.#isLooking) return
    this.#isLooking = true
    queueMicrotask(() => {
      this.#isLooking = false
      if (this.#settle !== undefined) this.look()
    })
  }

  protected get bytes(): number {
    return this.#bytes
  }

  protected get reader(): ReaderHandle | undefined {
    return this.#reader
  }

  /** What was gathered is the answer. Who extends this has set its headers before. */
  protected answer(): void {
    if (this.#settle === undefined) return
    const { resolve } = this.#settle
    this.#settle = undefined
    resolve(Buffer.concat(this.#chunks))
    this.#chunks = []
    this.#reader?.leave()
  }

  /** The answer was taken, or the client has gone. */
  #gone(): void {
    this.#held.delete(this)
    if (this.#settle === undefined) return
    this.#settle.resolve(undefined)
    this.#settle = undefined
    this.#reader?.leave()
  }
}
