/**
 * All streams of presence with names of their own, by document. Bounded for each document and altogether; one that nobody has
 * asked for in a long time is forgotten. Knows no request.
 */
import { CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { HeldRequests } from '../held-requests.ts'
import { NamedStream } from './named-stream.ts'

interface Deps {
  readonly held: HeldRequests
  readonly limits: Limits
  /** A number in [0, 1). */
  readonly random: () => number
}

export class NamedStreams {
  readonly #deps: Deps
  /** By the generation of the document, and by name. */
  readonly #documents = new Map<string, Map<string, NamedStream>>()
  #isDraining = false

  constructor(deps: Deps) {
    this.#deps = deps
  }

  /** Undefined: there is none, or it is over. */
  find(generation: string, name: string): NamedStream | undefined {
    const streams = this.#documents.get(generation)
    const stream = streams?.get(name)
    if (stream?.isOver === true) {
      this.#forget(generation, name)
      return undefined
    }
    stream?.touch()
    return stream
  }

  /** Throws OVERLOADED when there are too many, and DRAINING. */
  make(generation: string, name: string): NamedStream {
    if (this.#isDraining) throw new CometpadError('DRAINING')
    const { held, limits, random } = this.#deps
    if (this.#isFull(generation)) this.#forgetOver()
    if (this.#isFull(generation)) throw new CometpadError('OVERLOADED')
    const stream = new NamedStream({ held, limits, epoch: Math.floor(random() * 2 ** 32) })
    const streams = this.#documents.get(generation) ?? new Map<string, NamedStream>()
    this.#documents.set(generation, streams.set(name, stream))
    return stream
  }

  /** Rejects with STREAM_NOT_FOUND. */
  remove(generation: string, name: string): void {
    const stream = this.find(generation, name)
    if (stream === undefined) throw new CometpadError('STREAM_NOT_FOUND')
    this.#forget(generation, name)
    stream.end('STREAM_NOT_FOUND')
  }

  /** The document is not there any more. */
  removeAllOf(generation: string): void {
    const streams = this.#documents.get(generation)
    this.#documents.delete(generation)
    for (const stream of streams?.values() ?? []) stream.end('DOCUMENT_NOT_FOUND')
  }

  /** Sends everybody away, and makes none any more. */
  drain(): void {
    this.#isDraining = true
    for (const streams of this.#documents.values())
      for (const stream of streams.values()) stream.end('DRAINING')
  }

  #isFull(generation: string): boolean {
    const { presenceStreams, presenceStreamsPerDocument } = this.#deps.limits
    let all = 0
    for (const { size } of this.#documents.values()) all += size
    const ofThis = this.#documents.get(generation)?.size ?? 0
    return all >= presenceStreams || ofThis >= presenceStreamsPerDocument
  }

  #forgetOver(): void {
    for (const [generation, streams] of this.#documents)
      for (const [name, stream] of streams) if (stream.isOver) this.#forget(generation, name)
  }

  #forget(generation: string, name: string): void {
    const streams = this.#documents.get(generation)
    streams?.delete(name)
    if (streams?.size === 0) this.#documents.delete(generation)
  }
}
