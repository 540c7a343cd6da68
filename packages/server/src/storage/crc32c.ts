/**
 * CRC-32C (Castagnoli), the checksum of every row. Finds any error burst of up to 32 bits for certain and everything else
 * with a chance of 1 in 4 billion to miss. Eight bytes a step: a snapshot is checked on the thread that serves everybody.
 */

/** The polynomial 0x1EDC6F41, bits reversed. */
const POLYNOMIAL = 0x82f63b78

const STEP = 8

/** `TABLE[256 · n + b]` is the checksum of byte b followed by n zero bytes. */
const TABLE = makeTable()

function makeTable(): Int32Array {
  const table = new Int32Array(256 * STEP)
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    table[byte] = crc
  }
  for (let index = 256; index < table.length; index += 1) {
    const shorter = at(table, index - 256)
    table[index] = (shorter >>> 8) ^ at(table, shorter & 0xff)
  }
  return table
}

function at(array: ArrayLike<number>, index: number): number {
  // Inside the bounds by construction; the zero is for the compiler, and costs nothing.
  return array[index] ?? 0
}

/**
 * The checksum of `bytes`, or of what `before` is the checksum of followed by `bytes`.
 * @returns an unsigned 32-bit number
 */
export function crc32c(bytes: Uint8Array, before = 0): number {
  let crc = ~before
  let index = 0
  for (const end = bytes.length - STEP; index <= end; index += STEP) {
    const low =
      crc ^
      (at(bytes, index) |
        (at(bytes, index + 1) << 8) |
        (at(bytes, index + 2) << 16) |
        (at(bytes, index + 3) << 24))
    crc =
      at(TABLE, 1792 + (low & 0xff)) ^
      at(TABLE, 1536 + ((low >>> 8) & 0xff)) ^
      at(TABLE, 1280 + ((low >>> 16) & 0xff)) ^
      at(TABLE, 1024 + (low >>> 24)) ^
      at(TABLE, 768 + at(bytes, index + 4)) ^
      at(TABLE, 512 + at(bytes, index + 5)) ^
      at(TABLE, 256 + at(bytes, index + 6)) ^
      at(TABLE, at(bytes, index + 7))
  }
  for (; index < bytes.length; index += 1) crc = at(TABLE, (crc ^ at(bytes, index)) & 0xff) ^ (crc >>> 8)
  return ~crc >>> 0
}

/**
 * The one bit whose change gives these bytes that checksum, counted from the lowest bit of the first byte; undefined when it
 * is more than one. The checksum is linear: what a wrong bit does to it depends on its distance from the end alone.
 */
export function wrongBit(bytes: Uint8Array, checksum: number): number | undefined {
  const difference = (crc32c(bytes) ^ checksum) >>> 0
  const changes = Array.from({ length: 8 }, (_, bit) => at(TABLE, 1 << bit))
  for (let byte = bytes.length - 1; byte >= 0; byte -= 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const change = at(changes, bit)
      if (change >>> 0 === difference) return byte * 8 + bit
      changes[bit] = at(TABLE, change & 0xff) ^ (change >>> 8)
    }
  }
  return undefined
}
