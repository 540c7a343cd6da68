/**
 * Takes a log of LevelDB apart into its records, the damaged ones as well: one wrong bit is put right, and what cannot be put
 * right is doubtful. Batches and the edits of a MANIFEST come in such logs. Knows neither.
 */
import { crc32c, wrongBit } from './crc32c.ts'
import {
  BLOCK,
  FIRST,
  FULL,
  HEADER,
  LAST,
  MIDDLE,
  masked,
  nextRecord,
  recordAt,
  unmasked,
} from './log-file.ts'
import type { LogRecord } from './log-file.ts'

export interface Piece extends LogRecord {
  readonly state: 'whole' | 'corrected' | 'doubtful'
}

export interface Batch {
  readonly payload: Uint8Array
  readonly isDoubtful: boolean
}

export function piecesIn(bytes: Uint8Array, mayBeTorn: boolean): Piece[] | undefined {
  const pieces: Piece[] = []
  for (let position = 0; position < bytes.length;) {
    const left = BLOCK - (position % BLOCK)
    if (left < HEADER) position += left
    else {
      const piece = pieceAt(bytes, position)
      const isEnd = piece?.state !== 'whole' && hasNoRecord(bytes, piece?.end ?? position + 1)
      if (isEnd && mayBeTorn && piece?.state !== 'corrected') return pieces
      if (piece === undefined) return undefined
      pieces.push(piece)
      position = piece.end
    }
  }
  return pieces
}

function pieceAt(bytes: Uint8Array, position: number): Piece | undefined {
  const certain = certainPieceAt(bytes, position)
  if (certain !== undefined || position + HEADER > bytes.length) return certain
  const { next, told } = endsOf(bytes, position)
  const type = bytes[position + 6] ?? 0
  const isPlausible = type >= FULL && type <= LAST && told <= next && next - told < HEADER
  return isPlausible
    ? { type, payload: bytes.subarray(position + HEADER, told), end: told, state: 'doubtful' }
    : undefined
}

/** The record that begins here, if it is whole, or would be but for a single bit, which is put right. */
export function certainPieceAt(bytes: Uint8Array, position: number): Piece | undefined {
  const record = recordAt(bytes, position)
  if (record !== undefined) return { ...record, state: 'whole' }
  if (position + HEADER > bytes.length) return undefined
  const { next, told } = endsOf(bytes, position)
  // Where its length is wrong it ends where the next begins; the end of a block may be filled up with zeros.
  const ends = [told, ...Array.from({ length: HEADER }, (_, zeros) => next - zeros)]
  for (const end of ends.filter((candidate) => candidate >= position + HEADER && candidate <= next)) {
    const corrected = correctedAt(bytes, position, end)
    if (corrected !== undefined) return corrected
  }
  return undefined
}

/** Where the record ends, as it says itself, and as the next one does. */
function endsOf(bytes: Uint8Array, position: number): { readonly next: number; readonly told: number } {
  const length = new DataView(bytes.buffer, bytes.byteOffset + position).getUint16(4, true)
  return {
    next: Math.min(nextRecord(bytes, position + 1), bytes.length),
    told: position + HEADER + length,
  }
}

/** The record from here to `end`, if a single bit of it is wrong and no more. */
function correctedAt(bytes: Uint8Array, position: number, end: number): Piece | undefined {
  // Not as `slice`: of a Buffer that is no copy.
  const body = Uint8Array.from(bytes.subarray(position + 6, end))
  const stored = new DataView(bytes.buffer, bytes.byteOffset + position).getUint32(0, true)
  // The wrong bit may be one of the length, or of the checksum itself.
  const difference = (stored ^ masked(crc32c(body))) >>> 0
  if (difference !== 0 && (difference & (difference - 1)) !== 0) {
    const bit = wrongBit(body, unmasked(stored))
    if (bit === undefined) return undefined
    const byte = Math.floor(bit / 8)
    body[byte] = (body[byte] ?? 0) ^ (1 << (bit % 8))
  }
  const type = body[0] ?? 0
  return type >= FULL && type <= LAST
    ? { type, payload: body.subarray(1), end, state: 'corrected' }
    : undefined
}

function hasNoRecord(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < bytes.length;) {
    at = nextRecord(bytes, at)
    if (recordAt(bytes, at) !== undefined) return false
    at += 1
  }
  return true
}

export function batchesIn(pieces: readonly Piece[], mayBeTorn: boolean): Batch[] | undefined {
  const batches: Batch[] = []
  let open: Piece[] = []
  for (const piece of pieces) {
    const continues = piece.type === MIDDLE || piece.type === LAST
    if (continues !== open.length > 0) return undefined
    open.push(piece)
    if (piece.type === FIRST || piece.type === MIDDLE) continue
    const payload = Buffer.concat(open.map((part) => part.payload))
    batches.push({ payload, isDoubtful: open.some(({ state }) => state === 'doubtful') })
    open = []
  }
  return open.length > 0 && !mayBeTorn ? undefined : batches
}
