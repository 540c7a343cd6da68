/**
 * What LevelDB puts into its log, as bytes and back: a batch is sequence(8) · count(4) · operations, all little endian, and lies
 * in one record or in several, so that none crosses the border of a block. Knows no rows.
 */
import { crc32c } from './crc32c.ts'
import type { Operation } from './database.ts'
import { BATCH_HEADER, BLOCK, FIRST, FULL, HEADER, LAST, MIDDLE, masked } from './log-file.ts'
import { varintAt, varintOf } from './varint.ts'

const DELETION = 0
const VALUE = 1

/** What a batch says of itself. */
export function numbersOf(batch: Uint8Array): { sequence: bigint; count: number } | undefined {
  if (batch.length < BATCH_HEADER) return undefined
  const view = new DataView(batch.buffer, batch.byteOffset, batch.length)
  return { sequence: view.getBigUint64(0, true), count: view.getUint32(8, true) }
}

/** The operations of a batch, or undefined when its bytes make up no such number of them. The rows are views into it. */
export function operationsIn(batch: Uint8Array): Operation[] | undefined {
  const numbers = numbersOf(batch)
  if (numbers === undefined) return undefined
  const operations: Operation[] = []
  let at = BATCH_HEADER
  while (at < batch.length) {
    const tag = batch[at]
    at += 1
    const key = piece()
    if (key === undefined) return undefined
    if (tag === DELETION) operations.push({ type: 'del', key })
    else if (tag === VALUE) {
      const value = piece()
      if (value === undefined) return undefined
      operations.push({ type: 'put', key, value })
    } else return undefined
  }
  return operations.length === numbers.count ? operations : undefined

  /** length · bytes */
  function piece(): Uint8Array | undefined {
    const length = varintAt(batch, at)
    if (length === undefined || length.end + length.value > batch.length) return undefined
    at = length.end + length.value
    return batch.subarray(length.end, at)
  }
}

export function encodeBatch(sequence: bigint, operations: readonly Operation[]): Uint8Array {
  const header = Buffer.alloc(BATCH_HEADER)
  header.writeBigUInt64LE(sequence, 0)
  header.writeUInt32LE(operations.length, 8)
  const parts: Uint8Array[] = [header]
  for (const operation of operations) {
    parts.push(Uint8Array.of(operation.type === 'put' ? VALUE : DELETION))
    parts.push(lengthOf(operation.key), operation.key)
    if (operation.type === 'put') parts.push(lengthOf(operation.value), operation.value)
  }
  return Buffer.concat(parts)
}

/** A whole log. */
export function encodeLog(batches: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = []
  let position = 0
  const push = (part: Uint8Array): void => {
    parts.push(part)
    position += part.length
  }
  for (const batch of batches) {
    for (let from = 0; from < batch.length;) {
      const room = BLOCK - (position % BLOCK)
      if (room < HEADER) push(new Uint8Array(room))
      else {
        const to = Math.min(batch.length, from + room - HEADER)
        const type = from === 0 ? (to === batch.length ? FULL : FIRST) : to === batch.length ? LAST : MIDDLE
        push(encodeRecord(type, batch.subarray(from, to)))
        from = to
      }
    }
  }
  return Buffer.concat(parts)
}

function encodeRecord(type: number, payload: Uint8Array): Uint8Array {
  const record = Buffer.alloc(HEADER + payload.length)
  record.writeUInt16LE(payload.length, 4)
  record.writeUInt8(type, 6)
  record.set(payload, HEADER)
  record.writeUInt32LE(masked(crc32c(record.subarray(6))), 0)
  return record
}

function lengthOf(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(varintOf(bytes.length))
}
