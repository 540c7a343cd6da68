/**
 * Reads LevelDB's newest log as bytes, without LevelDB: it drops whatever it cannot read and opens as if nothing had
 * been there. Tells a torn tail, which a crash leaves, from damage in the middle, which nothing explains. Knows no rows.
 */
import { crc32c } from './crc32c.ts'

/** A log is cut into blocks; no record crosses the border of one. */
export const BLOCK = 32_768
/** checksum(4, little endian) · length(2) · type(1) */
export const HEADER = 7
export const FULL = 1
export const FIRST = 2
export const MIDDLE = 3
export const LAST = 4
/** sequence(8) · count(4) begin every batch. */
export const BATCH_HEADER = 12
/** The least that an operation takes in a batch: what it is, and a key of one byte with its length. */
const OPERATION = 3

export interface LogScan {
  /** Whole batches. */
  readonly batches: number
  /** Bytes at the end that make up no whole batch: what was being written when the process or the machine died. */
  readonly tornBytes: number
  /** Places with whole batches behind them that cannot be read. */
  readonly damage: readonly LogDamage[]
  /** The number that the next row has; undefined when there is nothing to tell it by. */
  readonly next: number | undefined
}

export interface LogDamage {
  readonly at: number
  /** Rows that are missing for certain, by LevelDB's own count; undefined when the count cannot be told. */
  readonly rows: number | undefined
}

export interface LogRecord {
  readonly type: number
  readonly payload: Uint8Array
  readonly end: number
}

/** @param first the number of the first row, where the log before tells it */
export function scanLog(bytes: Uint8Array, first?: number): LogScan {
  const scan = new Scan(first)
  let position = 0
  while (position < bytes.length) {
    const left = BLOCK - (position % BLOCK)
    if (left < HEADER) {
      // The rest of a block that is too short for a header is filled with zeros.
      position += left
      continue
    }
    const record = recordAt(bytes, position)
    if (record === undefined) {
      scan.unreadable(position)
      position = nextRecord(bytes, position + 1, (found, at) => scan.mayBegin(found, at))
    } else {
      scan.take(record, position)
      position = record.end
    }
  }
  return scan.result(bytes.length)
}

class Scan {
  #batches = 0
  readonly #damage: LogDamage[] = []
  /** Where something began that is not whole yet: a batch in several records, or bytes that cannot be read. */
  #openSince: number | undefined
  #fragments: Uint8Array[] = []
  #isBroken = false
  #sequence: number | undefined

  constructor(first: number | undefined) {
    this.#sequence = first
  }

  /**
   * Whether what looks like a record among bytes that cannot be read is the begin of a batch. A document holds whatever its author
   * has put into it, which may look like one; but no more rows can be lost than there is room for.
   */
  mayBegin({ type, payload, end }: LogRecord, at: number): boolean {
    if (type !== FULL && type !== FIRST) return false
    if (payload.length < BATCH_HEADER) return type === FIRST && end % BLOCK === 0
    if (this.#sequence === undefined) return true
    const missing = sequenceOf(payload) - this.#sequence
    return missing > 0 && missing <= (at - (this.#openSince ?? at)) / OPERATION
  }

  unreadable(at: number): void {
    this.#openSince ??= at
    this.#isBroken = true
    this.#fragments = []
  }

  take({ type, payload }: LogRecord, at: number): void {
    const continues = type === MIDDLE || type === LAST
    if (continues !== this.#fragments.length > 0) {
      this.unreadable(at)
      // The end of a batch whose beginning is lost is no beginning.
      if (continues) return
    }
    if (type === FULL) this.#batch(payload, at)
    else {
      this.#fragments.push(payload)
      if (type === FIRST && !this.#isBroken) this.#openSince = at
      if (type === LAST) this.#batch(Buffer.concat(this.#fragments), at)
    }
  }

  result(length: number): LogScan {
    const tornBytes = this.#openSince === undefined ? 0 : length - this.#openSince
    return { batches: this.#batches, tornBytes, damage: this.#damage, next: this.#sequence }
  }

  #batch(batch: Uint8Array, at: number): void {
    const view = new DataView(batch.buffer, batch.byteOffset, batch.length)
    const isWhole = batch.length >= BATCH_HEADER
    const sequence = isWhole ? sequenceOf(batch) : undefined
    const missing =
      sequence === undefined || this.#sequence === undefined ? undefined : sequence - this.#sequence
    // Batches are numbered by their rows: a gap is a loss even where no byte is wrong.
    if (this.#isBroken || (missing !== undefined && missing !== 0))
      this.#damage.push({ at: this.#openSince ?? at, rows: missing })
    this.#sequence = sequence === undefined ? undefined : sequence + view.getUint32(8, true)
    this.#batches += 1
    this.#openSince = undefined
    this.#isBroken = false
    this.#fragments = []
  }
}

function sequenceOf(batch: Uint8Array): number {
  return Number(new DataView(batch.buffer, batch.byteOffset, batch.length).getBigUint64(0, true))
}

/** The record at this place, if its checksum says that there is one. */
export function recordAt(bytes: Uint8Array, position: number): LogRecord | undefined {
  const body = position + HEADER
  if (body > bytes.length || BLOCK - (position % BLOCK) < HEADER) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset + position, HEADER)
  const length = view.getUint16(4, true)
  const type = view.getUint8(6)
  const end = body + length
  const blockEnd = position - (position % BLOCK) + BLOCK
  if (type < FULL || type > LAST || end > bytes.length || end > blockEnd) return undefined
  if (view.getUint32(0, true) !== masked(crc32c(bytes.subarray(position + 6, end)))) return undefined
  return { type, payload: bytes.subarray(body, end), end }
}

/** Where reading can go on: the next place in this block where a record is whole, and meant, or the begin of the next one. */
export function nextRecord(
  bytes: Uint8Array,
  from: number,
  isMeant: (record: LogRecord, at: number) => boolean = () => true,
): number {
  const blockEnd = from - (from % BLOCK) + BLOCK
  for (let at = from; at + HEADER <= Math.min(blockEnd, bytes.length); at += 1) {
    const record = recordAt(bytes, at)
    if (record !== undefined && isMeant(record, at)) return at
  }
  return from % BLOCK === 0 ? from : blockEnd
}

/** LevelDB stores checksums changed, so that the checksum of bytes that hold checksums is none of them. */
export function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

/** The checksum that was stored as this. */
export function unmasked(stored: number): number {
  const rotated = (stored - 0xa282ead8) >>> 0
  return ((rotated >>> 17) | (rotated << 15)) >>> 0
}
