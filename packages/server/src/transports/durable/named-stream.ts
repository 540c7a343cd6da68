/**
 * A stream of presence with a name of its own: bytes that nobody looks into, the newest of them kept in memory, and those who
 * follow it. Each reader is an offset; one that is slow, or away for long, misses what is not kept. Knows no request.
 */
import { CometpadError, encodeFrames, formatOffset } from '@cometpad/shared'
import type { ErrorCode, Limits, Offset } from '@cometpad/shared'
import { endOf } from '../../core/ports.ts'
import type { FrameFormat, Grant, Progress, ReaderHandle, Sink } from '../../core/ports.ts'
import type { HeldRequest, HeldRequests } from '../held-requests.ts'
import type { StreamKind } from './stream-kind.ts'

const format: FrameFormat = { name: 'named presence', frame: encodeFrames }

export const namedPresence: StreamKind = {
  hearing: 'presence',
  format,
  nextOf: ({ presence: mark }) => mark,
  isUpToDate: ({ isCaughtUp }) => isCaughtUp,
}

interface StreamDeps {
  readonly held: HeldRequests
  readonly limits: Limits
  /** Tells this stream from those that had its name before, and from those of other servers. */
  readonly epoch: number
}

export class NamedStream {
  readonly #deps: StreamDeps
  readonly #readers = new Set<NamedReader>()
  #frames: Uint8Array[] = []
  #bytes = 0
  /** The offset behind the newest frame. */
  #next: Offset = 0
  #touchedAt: number

  constructor(deps: StreamDeps) {
    this.#deps = deps
    this.#touchedAt = deps.held.clock.now()
  }

  get next(): Offset {
    return this.#next
  }

  /** In words that a client can bring back. */
  markOf(offset: Offset): string {
    return `${this.#deps.epoch.toString(16)}.${formatOffset(offset)}`
  }

  /** Somebody has asked for it. */
  touch(): void {
    this.#touchedAt = this.#deps.held.clock.now()
  }

  get isOver(): boolean {
    const { held, limits } = this.#deps
    return this.#readers.size === 0 && held.clock.now() - this.#touchedAt >= limits.presenceStreamIdleMs
  }

  /** Throws MESSAGE_TOO_LARGE when it is more than is kept at all. */
  append(frames: readonly Uint8Array[]): void {
    const { presenceStreamBytes } = this.#deps.limits
    const bytes = frames.reduce((sum, { length }) => sum + length, 0)
    if (bytes > presenceStreamBytes) throw new CometpadError('MESSAGE_TOO_LARGE')
    // Bytes of their own: what is kept must not keep the whole body.
    this.#frames.push(...frames.map((frame) => frame.slice()))
    this.#next += frames.length
    this.#bytes += bytes
    while (this.#bytes > presenceStreamBytes || this.#frames.length > this.#deps.limits.postMessages)
      this.#bytes -= this.#frames.shift()?.length ?? 0
    for (const reader of this.#readers) reader.evaluate()
  }

  /** What is kept behind an offset. */
  after(offset: Offset): Uint8Array[] {
    return this.#frames.slice(Math.max(0, this.#frames.length - (this.#next - offset)))
  }

  /** @param from the mark of an answer, "start" for all that is kept, or "now" for what comes */
  join(sink: Sink, from: string, grant: Grant): ReaderHandle {
    const { held, limits } = this.#deps
    const reader: NamedReader = new NamedReader(this, sink, {
      from: this.#offsetOf(from),
      grant,
      limits,
      now: () => held.clock.now(),
      onLeave: () => {
        this.#readers.delete(reader)
        held.delete(reader)
        this.touch()
      },
    })
    if (this.#readers.size >= limits.readersPerRoom) reader.refuse('OVERLOADED')
    else {
      this.#readers.add(reader)
      held.add(reader)
      reader.evaluate()
    }
    return reader
  }

  /** Sends everybody away. */
  end(code: ErrorCode): void {
    for (const reader of this.#readers) reader.refuse(code)
  }

  /** A mark of another stream says nothing about this one: then it is all that is kept. */
  #offsetOf(from: string): Offset {
    if (from === 'now') return this.#next
    const [epoch, digits] = from.split('.', 2)
    const offset = Number(digits)
    return epoch === this.#deps.epoch.toString(16) && offset <= this.#next ? offset : 0
  }
}

interface ReaderOptions {
  readonly from: Offset
  readonly grant: Grant
  readonly limits: Limits
  readonly now: () => number
  readonly onLeave: () => void
}

class NamedReader implements ReaderHandle, HeldRequest {
  readonly isSettled = true
  readonly #stream: NamedStream
  readonly #sink: Sink
  readonly #options: ReaderOptions
  #offset: Offset
  #hasLeft = false
  #wroteAt: number
  #stalledSince: number | undefined

  constructor(stream: NamedStream, sink: Sink, options: ReaderOptions) {
    this.#stream = stream
    this.#sink = sink
    this.#options = options
    this.#offset = options.from
    this.#wroteAt = options.now()
  }

  get progress(): Progress | undefined {
    if (this.#hasLeft) return undefined
    const { next: head } = this.#stream
    const offset = this.#offset
    return {
      generation: '',
      head,
      offset,
      isCaughtUp: offset >= head,
      presence: this.#stream.markOf(offset),
    }
  }

  evaluate(): void {
    if (this.#hasLeft || !this.#sink.writable) return
    const ended = endOf(this.#options.grant, this.#options.now())
    if (ended !== undefined) return this.refuse(ended)
    const { next } = this.#stream
    if (this.#offset < next) {
      const frames = this.#stream.after(this.#offset)
      this.#offset = next
      this.#wroteAt = this.#options.now()
      this.#sink.write(this.#sink.format.frame(frames), 'presence')
    }
    this.#sink.rest?.()
  }

  receive(): void {
    throw new TypeError('Nobody speaks over a stream that is read')
  }

  refuse(code: ErrorCode): void {
    if (this.#hasLeft) return
    this.#sink.close(code)
    this.leave()
  }

  resume(): void {
    this.#stalledSince = undefined
    this.evaluate()
  }

  tick(): void {
    this.#wroteAt = this.#options.now()
    this.#sink.write(new Uint8Array(), 'sign')
  }

  leave(): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    this.#options.onLeave()
  }

  beat(now: number): void {
    const { grant, limits } = this.#options
    const ended = endOf(grant, now)
    if (ended !== undefined) this.refuse(ended)
    else if (this.#sink.writable) {
      this.#stalledSince = undefined
      if (now - this.#wroteAt >= limits.heartbeatMs) this.tick()
    } else {
      this.#stalledSince ??= now
      if (now - this.#stalledSince >= limits.stalledReaderMs) this.refuse('SLOW_READER')
    }
  }

  cut(): void {
    this.leave()
  }
}
