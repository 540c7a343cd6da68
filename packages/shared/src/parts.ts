/**
 * Large messages travel in parts, so that the limit on one message can stay small. Knows nothing of what is inside.
 */
import { encodeMessage } from './codec.ts'
import { CometpadError } from './errors.ts'
import type { PartMessage } from './messages.ts'

/** The message itself when it is small enough, else the parts it travels in. */
export function splitIntoParts(
  message: Uint8Array,
  bounds: { messageBytes: number; partBytes: number },
): Uint8Array[] {
  if (message.length <= bounds.messageBytes) return [message]
  if (bounds.partBytes < 1) throw new TypeError('A part has to carry something')
  const parts: Uint8Array[] = []
  for (let from = 0; from < message.length; from += bounds.partBytes) {
    const to = Math.min(from + bounds.partBytes, message.length)
    parts.push(
      encodeMessage({ type: 'part', last: to === message.length, bytes: message.subarray(from, to) }),
    )
  }
  return parts
}

/** Puts parts together again. One per connection; keeps at most `maxBytes`. */
export class PartJoiner {
  readonly #maxBytes: number
  /** One buffer and no list: a million parts of a byte cost a megabyte, and empty ones nothing. */
  #buffer = new Uint8Array(0)
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes kept for the message that is not complete yet. */
  get waiting(): number {
    return this.#bytes
  }

  /** The whole message once its last part has come. Throws MESSAGE_TOO_LARGE. */
  push(part: PartMessage): Uint8Array | undefined {
    const length = this.#bytes + part.bytes.length
    if (length > this.#maxBytes) {
      this.#clear()
      throw new CometpadError('MESSAGE_TOO_LARGE')
    }
    if (length > this.#buffer.length) this.#grow(length)
    // A copy: the transport may reuse its buffer before the last part comes.
    this.#buffer.set(part.bytes, this.#bytes)
    this.#bytes = length
    if (!part.last) return undefined
    const whole = this.#buffer.subarray(0, length)
    this.#clear()
    return whole
  }

  #grow(length: number): void {
    const grown = new Uint8Array(Math.min(this.#maxBytes, Math.max(length, 2 * this.#buffer.length)))
    grown.set(this.#buffer.subarray(0, this.#bytes))
    this.#buffer = grown
  }

  #clear(): void {
    this.#buffer = new Uint8Array(0)
    this.#bytes = 0
  }
}
