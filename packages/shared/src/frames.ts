/**
 * Frames: messages one after the other in a stream of bytes, each behind its length. Used where the wire has no
 * message borders of its own. Tolerates any split of the stream; refuses a length before it keeps a byte of it.
 */
import * as encoding from 'lib0/encoding'
import { CometpadError } from './errors.ts'

export function encodeFrames(messages: readonly Uint8Array[]): Uint8Array {
  return encoding.encode((encoder) => {
    for (const message of messages) encoding.writeVarUint8Array(encoder, message)
  })
}

/** Takes chunks as they come and gives the complete messages in them. Of no use any more once it has thrown. */
export class FrameDecoder {
  readonly #maxBytes: number
  /** Room for the message that is not complete; the first `#waiting` bytes of it are taken. */
  #kept: Uint8Array = new Uint8Array(0)
  #waiting = 0

  /** @param maxBytes the largest message accepted; a longer one throws MESSAGE_TOO_LARGE */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes of a message that is not complete yet. */
  get waiting(): number {
    return this.#waiting
  }

  /** The messages that this chunk completes. Their bytes are views, some of them into the chunk. */
  push(chunk: Uint8Array): Uint8Array[] {
    const bytes = this.#waiting === 0 ? chunk : this.#append(chunk)
    const messages: Uint8Array[] = []
    let position = 0
    for (;;) {
      const header = readLength(bytes, position)
      if (header === undefined) break
      if (header.length > this.#maxBytes) throw new CometpadError('MESSAGE_TOO_LARGE')
      const end = header.next + header.length
      if (end > bytes.length) break
      messages.push(bytes.subarray(header.next, end))
      position = end
    }
    this.#keep(bytes, position)
    return messages
  }

  /** Throws MALFORMED_MESSAGE when the stream ended inside a message. */
  end(): void {
    if (this.#waiting > 0)
      throw new CometpadError('MALFORMED_MESSAGE', { detail: 'The stream ends inside a message.' })
  }

  /** What is kept and the chunk behind it. Grows by doubling: a message in a million chunks is not copied a million times. */
  #append(chunk: Uint8Array): Uint8Array {
    const length = this.#waiting + chunk.length
    if (length > this.#kept.length) {
      const grown = new Uint8Array(Math.max(length, 2 * this.#kept.length))
      grown.set(this.#kept.subarray(0, this.#waiting))
      this.#kept = grown
    }
    this.#kept.set(chunk, this.#waiting)
    return this.#kept.subarray(0, length)
  }

  #keep(bytes: Uint8Array, from: number): void {
    const isInPlace = from === 0 && this.#waiting > 0
    this.#waiting = bytes.length - from
    // A copy: the caller's chunk may be reused, a view would keep all of it in memory, and what was given out of our own
    // buffer must not be written over.
    if (!isInPlace) this.#kept = bytes.slice(from)
  }
}

/** A message length never needs more: 2^28 - 1 is far above every limit. */
const LENGTH_BYTES = 4

function readLength(bytes: Uint8Array, from: number): { length: number; next: number } | undefined {
  let length = 0
  for (let index = 0; index < LENGTH_BYTES; index += 1) {
    const byte = bytes[from + index]
    if (byte === undefined) return undefined
    length += (byte & 0x7f) * 128 ** index
    if (byte < 0x80) return { length, next: from + index + 1 }
  }
  throw new CometpadError('MESSAGE_TOO_LARGE')
}
