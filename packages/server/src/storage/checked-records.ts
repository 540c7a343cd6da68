/**
 * A file that is only appended to, as records: length(4) · checksum(4) · payload, big endian. What follows a record that is not whole
 * is not believed: it may have been written over something else. Knows no payload.
 */
import { crc32c } from './crc32c.ts'

const HEADER = 8

export function encodeRecord(payload: Uint8Array): Uint8Array {
  const record = Buffer.alloc(HEADER + payload.length)
  record.writeUInt32BE(payload.length, 0)
  record.writeUInt32BE(crc32c(payload), 4)
  record.set(payload, HEADER)
  return record
}

/** Views into the file. */
export function* payloadsIn(file: Uint8Array): Generator<Uint8Array> {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length)
  for (let at = 0; at + HEADER <= bytes.length;) {
    const end = at + HEADER + bytes.readUInt32BE(at)
    const payload = bytes.subarray(at + HEADER, end)
    if (end > bytes.length || crc32c(payload) !== bytes.readUInt32BE(at + 4)) return
    yield payload
    at = end
  }
}
