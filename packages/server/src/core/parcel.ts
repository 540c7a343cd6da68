/**
 * Messages that many readers get alike, framed at most once for each kind of wire. Knows no socket: how messages are
 * framed is told by the reader's format.
 */
import type { FrameFormat } from './ports.ts'

export class Parcel {
  readonly #messages: readonly Uint8Array[]
  readonly #framed = new Map<FrameFormat, Uint8Array>()

  constructor(messages: readonly Uint8Array[]) {
    this.#messages = messages
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0
  }

  framed(format: FrameFormat): Uint8Array {
    let bytes = this.#framed.get(format)
    if (bytes === undefined) {
      bytes = format.frame(this.#messages)
      this.#framed.set(format, bytes)
    }
    return bytes
  }
}
