/**
 * Reads bytes that somebody else wrote. Every length is checked against what is left before it is used, so a
 * hostile length costs nothing, and nothing outside the given view is ever seen (a view may lie in a shared pool).
 * Knows no message.
 */
import { decodeUtf8 } from 'lib0/string'
import { CometpadError } from './errors.ts'

export class ByteReader {
  readonly #bytes: Uint8Array
  #position = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get position(): number {
    return this.#position
  }

  get left(): number {
    return this.#bytes.length - this.#position
  }

  uint8(): number {
    const byte = this.#bytes[this.#position]
    if (byte === undefined) throw malformed('The bytes end too early.')
    this.#position += 1
    return byte
  }

  /** An unsigned integer in groups of seven bits, lowest first, of at most 2^53 - 1. */
  varUint(): number {
    let value = 0
    let factor = 1
    for (;;) {
      const byte = this.uint8()
      value += (byte & 0x7f) * factor
      if (value > Number.MAX_SAFE_INTEGER) throw malformed('A number is larger than 2^53 - 1.')
      if (byte < 0x80) return value
      factor *= 128
      if (factor > Number.MAX_SAFE_INTEGER) throw malformed('A number is longer than eight bytes.')
    }
  }

  /** A view, not a copy, of the next `length` bytes. */
  take(length: number): Uint8Array {
    if (length > this.left) throw malformed('A length reaches beyond the end.')
    const from = this.#position
    this.#position += length
    return this.#bytes.subarray(from, this.#position)
  }

  varBytes(): Uint8Array {
    return this.take(this.varUint())
  }

  varString(): string {
    try {
      return decodeUtf8(this.varBytes())
    } catch (cause) {
      if (cause instanceof CometpadError) throw cause
      throw malformed('A text is not valid UTF-8.', cause)
    }
  }

  rest(): Uint8Array {
    return this.take(this.left)
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.left > 0) throw malformed('There are bytes after the end.')
  }
}

function malformed(detail: string, cause?: unknown): CometpadError {
  return new CometpadError('MALFORMED_MESSAGE', { detail, cause })
}
