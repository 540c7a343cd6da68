/**
 * The part that bodies which are written while they are read have in common: what there is to say at once goes out in one piece
 * behind the head, a refusal before that is told by its status, and a network that takes nothing makes the reader wait. Who
 * extends it says how the bytes are dressed. Knows nothing of what they mean.
 */
import { CometpadError } from '@cometpad/shared'
import type { ErrorCode, Limits } from '@cometpad/shared'
import type { FastifyReply } from 'fastify'
import type { Dialect, FrameFormat, News, Progress, ReaderHandle, Sink } from '../core/ports.ts'
import { beginBody, setGeneration } from './framed-answer.ts'
import type { HeldRequest, HeldRequests } from './held-requests.ts'

type State =
  /** Nothing was sent: a refusal can still be told by its status. */
  | { readonly state: 'waiting'; readonly chunks: Uint8Array[]; readonly settle: Settle }
  | { readonly state: 'open' }
  | { readonly state: 'ended' }

interface Settle {
  readonly resolve: () => void
  readonly reject: (error: CometpadError) => void
}

export interface OpenAnswerOptions {
  readonly held: HeldRequests
  readonly limits: Limits
}

export abstract class OpenAnswer implements Sink, HeldRequest {
  abstract readonly dialect: Dialect
  abstract readonly format: FrameFormat
  protected readonly reply: FastifyReply
  readonly #held: HeldRequests
  readonly #limits: Limits
  #state: State = { state: 'ended' }
  #reader: ReaderHandle | undefined
  /** Calls off the cut that follows an end which nobody takes. */
  #endGoodbye: (() => void) | undefined

  constructor(reply: FastifyReply, { held, limits }: OpenAnswerOptions) {
    this.reply = reply
    this.#held = held
    this.#limits = limits
  }

  /** Resolves when the body has begun. Rejects with what there is to answer instead. */
  open(join: (sink: Sink) => ReaderHandle): Promise<void> {
    if (this.reply.raw.destroyed) {
      // Gone while rights were looked at, and says so no more.
      this.reply.hijack()
      return Promise.resolve()
    }
    return new Promise<void>((resolve, reject) => {
      this.#state = { state: 'waiting', chunks: [], settle: { resolve, reject } }
      this.#held.add(this)
      this.reply.raw.on('close', () => this.#gone())
      this.#reader = join(this)
    })
  }

  // For the reader

  get writable(): boolean {
    return this.reply.raw.writableLength < this.#limits.readerBufferBytes
  }

  abstract write(bytes: Uint8Array, news: News): void

  abstract rest(): void

  close(code: ErrorCode, generation?: string, retryAfterMs?: number): void {
    if (this.#state.state === 'waiting') {
      const { settle } = this.#state
      this.#state = { state: 'ended' }
      setGeneration(this.reply, generation)
      settle.reject(new CometpadError(code, { retryAfterMs }))
    } else this.finish(code === 'SLOW_READER' ? this.#limits.goodbyeMs : undefined)
  }

  // For the wheel

  abstract beat(now: number): void

  cut(): void {
    this.reply.raw.destroy()
  }

  // For those who extend it

  protected get state(): State['state'] {
    return this.#state.state
  }

  protected get reader(): ReaderHandle | undefined {
    return this.#reader
  }

  /** Sets the headers, just before the body begins. */
  protected abstract setHead(progress: Progress): void

  /** Says what there was to say at once; no chunks: nothing. */
  protected abstract sayFirst(chunks: readonly Uint8Array[]): void

  /** Keeps bytes for the beginning of the body. */
  protected gather(bytes: Uint8Array): void {
    if (this.#state.state === 'waiting' && this.#state.chunks.push(bytes) === 1) this.beginSoon()
  }

  /** In the next turn: what there is to say at once goes out in one piece, and by then the reader is known. */
  protected beginSoon(): void {
    queueMicrotask(() => this.#begin())
  }

  protected finish(graceMs = this.#limits.stalledReaderMs): void {
    if (this.#state.state !== 'open') return
    this.#state = { state: 'ended' }
    this.reply.raw.end()
    this.#endGoodbye = this.#held.clock.after(graceMs, () => this.cut())
    this.#reader?.leave()
  }

  #begin(): void {
    const progress = this.#reader?.progress
    if (this.#state.state !== 'waiting' || progress === undefined) return
    const { chunks, settle } = this.#state
    this.setHead(progress)
    beginBody(this.reply)
    this.reply.raw.on('drain', () => this.#reader?.resume())
    this.#state = { state: 'open' }
    settle.resolve()
    this.sayFirst(chunks)
  }

  /** The last byte was taken, or the client has gone. */
  #gone(): void {
    this.#endGoodbye?.()
    if (this.#state.state === 'waiting') {
      // Nobody is there any more to be answered.
      this.reply.hijack()
      this.#state.settle.resolve()
    }
    this.#state = { state: 'ended' }
    this.#held.delete(this)
    this.#reader?.leave()
  }
}
