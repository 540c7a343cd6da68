/** Tells whether bytes are still those that were written: Adler-32, which is quick and enough against accidents. */
const MODULUS = 65_521
/** So many bytes can be added before the sums have to be reduced. */
const STRIDE = 3_800

export function checksum(bytes: Uint8Array): number {
  let low = 1
  let high = 0
  for (let start = 0; start < bytes.length; start += STRIDE) {
    const end = Math.min(start + STRIDE, bytes.length)
    for (let at = start; at < end; at += 1) {
      low += bytes[at] ?? 0
      high += low
    }
    low %= MODULUS
    high %= MODULUS
  }
  return high * 65_536 + low
}
