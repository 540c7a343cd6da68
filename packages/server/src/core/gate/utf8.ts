/**
 * How many UTF-16 units a text takes, from its UTF-8 bytes, without making the text. Every client refuses a document with
 * a text that is not valid (Unicode 15, table 3-7: nothing overlong, no halves of pairs, nothing beyond U+10FFFF).
 */

/** Undefined when the bytes are not valid UTF-8. */
export function utf16Length(bytes: Uint8Array): number | undefined {
  let units = 0
  let index = 0
  while (index < bytes.length) {
    const lead = bytes[index] ?? 0
    if (lead < 0x80) {
      index += 1
      units += 1
      continue
    }
    const more = following(lead)
    if (more === 0 || !isSecond(lead, bytes[index + 1])) return undefined
    for (let n = 2; n <= more; n += 1) if (!isContinuation(bytes[index + n])) return undefined
    index += more + 1
    units += more === 3 ? 2 : 1
  }
  return units
}

/** How many bytes follow a first byte; 0 when it is none. */
function following(lead: number): number {
  if (lead >= 0xc2 && lead <= 0xdf) return 1
  if (lead >= 0xe0 && lead <= 0xef) return 2
  return lead >= 0xf0 && lead <= 0xf4 ? 3 : 0
}

/** The second byte alone decides whether a text is overlong, half a pair, or too large. */
function isSecond(lead: number, byte: number | undefined): boolean {
  if (!isContinuation(byte)) return false
  switch (lead) {
    case 0xe0:
      return byte >= 0xa0
    case 0xed:
      return byte <= 0x9f
    case 0xf0:
      return byte >= 0x90
    case 0xf4:
      return byte <= 0x8f
    default:
      return true
  }
}

function isContinuation(byte: number | undefined): byte is number {
  return byte !== undefined && (byte & 0xc0) === 0x80
}
