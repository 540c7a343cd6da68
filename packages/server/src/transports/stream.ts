/**
 * A body of frames that is written while it is read: open for more (`stream`), or up to the head (`catch-up`). Gives a sign of
 * life a second after the first, by which the client sees that nobody buffers. Knows nothing of what the messages mean.
 */
import type { FastifyReply } from 'fastify'
import type { FrameFormat, Progress } from '../core/ports.ts'
import { setFramedHeaders } from './framed-answer.ts'
import { httpFrames } from './http-frames.ts'
import { OpenAnswer } from './open-answer.ts'
import type { OpenAnswerOptions } from './open-answer.ts'

export interface StreamOptions extends OpenAnswerOptions {
  readonly ends: 'at the head' | 'late'
  /** A number in [0, 1). */
  readonly random: number
}

export class StreamAnswer extends OpenAnswer {
  readonly dialect = 'cometpad'
  readonly format: FrameFormat = httpFrames
  readonly #ends: StreamOptions['ends']
  #tickAt: number
  readonly #endAt: number

  constructor(reply: FastifyReply, options: StreamOptions) {
    super(reply, options)
    const { held, limits, random, ends } = options
    const now = held.clock.now()
    this.#ends = ends
    this.#tickAt = ends === 'late' ? now + limits.streamTickMs : Infinity
    this.#endAt = now + limits.streamMs * (1 + random)
  }

  write(bytes: Uint8Array): void {
    if (this.state === 'open') this.reply.raw.write(bytes)
    else this.gather(bytes)
  }

  rest(): void {
    if (this.#ends === 'at the head') queueMicrotask(() => this.#endAtHead())
  }

  beat(now: number): void {
    if (this.state !== 'open') return
    if (now >= this.#tickAt) {
      this.#tickAt = Infinity
      this.reader?.tick()
    }
    if (now >= this.#endAt && this.writable) this.finish()
  }

  protected setHead({ generation, head: position, presence }: Progress): void {
    const seen = this.#ends === 'late' ? undefined : presence
    setFramedHeaders(this.reply, { generation, position, presence: seen })
  }

  protected sayFirst(chunks: readonly Uint8Array[]): void {
    this.reply.raw.write(Buffer.concat(chunks))
  }

  #endAtHead(): void {
    if (this.reader?.progress?.isCaughtUp === true) this.finish()
  }
}
