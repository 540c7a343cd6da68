/** Letters of which every single one is used once in a session, so that each can be found again. Some are surrogate pairs. */

const PLANE_0 = 0x4e00
const PLANE_2 = 0x20000
const LETTERS = 20_000

/** The letter of this number. Every fourth is outside of the basic plane. */
export function letter(number: number): string {
  if (number >= LETTERS) throw new RangeError('A session has no more letters.')
  return String.fromCodePoint((number % 4 === 3 ? PLANE_2 : PLANE_0) + number)
}

/** The letters in a text, in order. */
export function lettersIn(text: string): string[] {
  return Array.from(text).filter((character) => {
    const code = character.codePointAt(0) ?? 0
    return (code >= PLANE_0 && code < PLANE_0 + LETTERS) || (code >= PLANE_2 && code < PLANE_2 + LETTERS)
  })
}
