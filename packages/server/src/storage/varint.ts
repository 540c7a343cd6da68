/** Numbers as LevelDB writes them: seven bits a byte, the lowest first. */

export function varintOf(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80)
    rest = Math.floor(rest / 0x80)
  }
  return [...bytes, rest]
}

/** Undefined when the bytes end first, or the number is larger than any in a file of LevelDB. */
export function varintAt(bytes: Uint8Array, from: number): { value: number; end: number } | undefined {
  let value = 0
  for (let index = 0; index < 8; index += 1) {
    const byte = bytes[from + index]
    if (byte === undefined) return undefined
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return Number.isSafeInteger(value) ? { value, end: from + index + 1 } : undefined
  }
  return undefined
}
