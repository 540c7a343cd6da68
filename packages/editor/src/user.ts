/** Who somebody is, as the others see it. What comes from others is made harmless here before anything shows it. */

export interface EditorUser {
  /** Stable across tabs and connections, if the embedding page knows one. */
  readonly id?: string
  readonly name: string
  /** A CSS hex colour (#rrggbb). Left out: one is chosen by the name. */
  readonly color?: string
}

/** Legible under white text and visible on a white and on a near-black page (4.5:1 and 3:1). */
export const userColors = [
  '#c2410c',
  '#b4530a',
  '#8a6508',
  '#4d7c0f',
  '#15803d',
  '#0f766e',
  '#0e7490',
  '#0670b0',
  '#4263eb',
  '#7048e8',
  '#a335c9',
  '#c2257a',
  '#d1244b',
] as const

const NAME_LENGTH = 60
const HEX = /^#[0-9a-f]{6}$/i

/** A name that can be shown: one line, bounded, without control or direction characters. */
export function cleanName(name: unknown, fallback: string): string {
  if (typeof name !== 'string') return fallback
  const clean = name.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
  return clean === '' ? fallback : Array.from(clean).slice(0, NAME_LENGTH).join('')
}

/** The colour itself when it is a plain hex colour, else one that belongs to the key. */
export function cleanColor(color: unknown, key: string): string {
  return typeof color === 'string' && HEX.test(color) ? color : colorOf(key)
}

export function colorOf(key: string): string {
  let hash = 0
  for (const character of key) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0
  return userColors[hash % userColors.length] ?? userColors[0]
}

/** Up to two letters that stand for a name: "Quiet Otter" is QO. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s\-_.]+/u).filter((word) => word !== '')
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined]
    .map((word) => (word === undefined ? '' : (Array.from(word)[0] ?? '')))
    .join('')
  return letters === '' ? '?' : letters.toLocaleUpperCase()
}
