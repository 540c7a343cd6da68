/**
 * A read that stays open as server-sent events: `data` with the bytes in base64, and after each a `control` that says where to
 * read on. Knows nothing of what the bytes hold.
 */
import type { FastifyReply } from 'fastify'
import type { FrameFormat, News, Progress } from '../../core/ports.ts'
import { OpenAnswer } from '../open-answer.ts'
import type { OpenAnswerOptions } from '../open-answer.ts'
import type { StreamKind } from './stream-kind.ts'
import { setStreamHeaders } from './words.ts'

export interface EventStreamOptions extends OpenAnswerOptions {
  readonly kind: StreamKind
  readonly cursor: string
}

export class EventStream extends OpenAnswer {
  readonly dialect = 'yjs'
  readonly format: FrameFormat
  readonly #kind: StreamKind
  readonly #cursor: string
  readonly #endAt: number
  /** The last control event said that there was more. */
  #isBehind = false

  constructor(reply: FastifyReply, options: EventStreamOptions) {
    super(reply, options)
    const { held, limits, kind, cursor } = options
    this.format = kind.format
    this.#kind = kind
    this.#cursor = cursor
    this.#endAt = held.clock.now() + limits.eventStreamMs
  }

  write(bytes: Uint8Array, news: News): void {
    if (news === 'sign') {
      if (this.state === 'open') this.reply.raw.write(':\n\n')
    } else if (bytes.length > 0) {
      if (this.state === 'open') this.#say(bytes)
      else this.gather(bytes)
    }
  }

  rest(): void {
    if (this.state === 'waiting') this.beginSoon()
    else if (this.#isBehind && this.state === 'open') this.#say(undefined)
  }

  beat(now: number): void {
    if (this.state === 'open' && now >= this.#endAt && this.writable) this.finish()
  }

  protected setHead(progress: Progress): void {
    setStreamHeaders(this.reply, { next: this.#kind.nextOf(progress), cursor: this.#cursor })
    void this.reply.type('text/event-stream').header('stream-sse-data-encoding', 'base64')
  }

  protected sayFirst(chunks: readonly Uint8Array[]): void {
    this.#say(chunks.length === 0 ? undefined : Buffer.concat(chunks))
  }

  /** Bytes, if there are any, and up to where they reach. */
  #say(bytes: Uint8Array | undefined): void {
    const progress = this.reader?.progress
    if (progress === undefined) return
    const data = bytes === undefined ? '' : `event: data\ndata: ${toBase64(bytes)}\n\n`
    this.reply.raw.write(`${data}event: control\ndata: ${JSON.stringify(this.#control(progress))}\n\n`)
  }

  #control(progress: Progress): Record<string, unknown> {
    const upToDate = this.#kind.isUpToDate(progress)
    this.#isBehind = !upToDate
    const place = { streamNextOffset: this.#kind.nextOf(progress), streamCursor: this.#cursor }
    return upToDate ? { ...place, upToDate } : place
  }
}

function toBase64({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64')
}
