/**
 * What every value of the store is wrapped in: version(1) · flags(1) · CRC-32C(4) · [time] · [subject] · payload. The
 * checksum covers the key too, so that a row which turns up under another key is a damaged row. Knows no payload.
 */
import * as encoding from 'lib0/encoding'
import { ByteReader, CometpadError } from '@cometpad/shared'
import { crc32c } from './crc32c.ts'

const VERSION = 1
const CHECKSUM_AT = 2
const HEADER_BYTES = 6

const flag = { time: 1, subject: 2, damage: 4 } as const
const KNOWN_FLAGS = flag.time | flag.subject | flag.damage

export interface Envelope {
  readonly payload: Uint8Array
  /** When the row was written, in milliseconds since 1970. */
  readonly time?: number
  /** Who caused it. */
  readonly subject?: string
}

export interface Sealing extends Envelope {
  /** The row stands for one that is damaged, and the payload says in UTF-8 what was found. */
  readonly isDamage?: boolean
}

export function seal(key: Uint8Array, { payload, time, subject, isDamage = false }: Sealing): Uint8Array {
  const value = encoding.encode((encoder) => {
    encoding.writeUint8(encoder, VERSION)
    encoding.writeUint8(
      encoder,
      (time === undefined ? 0 : flag.time) |
        (subject === undefined ? 0 : flag.subject) |
        (isDamage ? flag.damage : 0),
    )
    encoding.writeUint8Array(encoder, new Uint8Array(HEADER_BYTES - CHECKSUM_AT))
    if (time !== undefined) encoding.writeVarUint(encoder, time)
    if (subject !== undefined) encoding.writeVarString(encoder, subject)
    encoding.writeUint8Array(encoder, payload)
  })
  new DataView(value.buffer, value.byteOffset).setUint32(CHECKSUM_AT, checksum(key, value))
  return value
}

/** What was sealed under this key. Throws DOCUMENT_DAMAGED. The payload is a view into `value`. */
export function unseal(key: Uint8Array, value: Uint8Array): Envelope {
  if (value.length < HEADER_BYTES) throw damaged('A row is too short.')
  const stored = new DataView(value.buffer, value.byteOffset).getUint32(CHECKSUM_AT)
  if (stored !== checksum(key, value)) throw damaged('The checksum of a row is wrong.')
  const version = value[0]
  const flags = value[1] ?? 0
  if (version !== VERSION || (flags & ~KNOWN_FLAGS) !== 0) throw damaged(`A row has the form ${version}.`)
  if ((flags & flag.damage) !== 0) throw damaged(new TextDecoder().decode(value.subarray(HEADER_BYTES)))
  return decode(value.subarray(HEADER_BYTES), (reader) => {
    const time = (flags & flag.time) === 0 ? {} : { time: reader.varUint() }
    const subject = (flags & flag.subject) === 0 ? {} : { subject: reader.varString() }
    return { payload: reader.rest(), ...time, ...subject }
  })
}

/** Reads bytes to their end. Whatever does not fit is damage: nobody but the store writes them. */
export function decode<T>(bytes: Uint8Array, read: (reader: ByteReader) => T): T {
  const reader = new ByteReader(bytes)
  try {
    const value = read(reader)
    reader.end()
    return value
  } catch (cause) {
    throw damaged('A row cannot be read.', cause)
  }
}

export function damaged(detail: string, cause?: unknown): CometpadError {
  return new CometpadError('DOCUMENT_DAMAGED', { detail, cause })
}

/** Over the key and everything of the value but the checksum itself. */
function checksum(key: Uint8Array, value: Uint8Array): number {
  return crc32c(value.subarray(HEADER_BYTES), crc32c(value.subarray(0, CHECKSUM_AT), crc32c(key)))
}
