/**
 * Borders of an edit that no reader sees a character torn at. Every border lies between code points, so that a half of
 * a surrogate pair never travels; a replacement also lies between graphemes. A pure insertion or deletion does not: an
 * accent typed behind a letter must not write the letter anew, or two people who type one double the letter.
 */
import type { Hunk } from './hunk.ts'

/** Units looked at on each side of a border: the longest emoji in use has about 15. */
const WINDOW = 32

const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' })

interface OpenHunk {
  oldStart: number
  oldEnd: number
  newStart: number
  newEnd: number
}

/** Hunks in ascending order; those that come to touch are joined. */
export function widen(a: string, b: string, hunks: readonly Hunk[]): Hunk[] {
  const wide: OpenHunk[] = []
  hunks.forEach((hunk, index) => {
    const last = wide.at(-1)
    const next = hunks[index + 1]
    const open = slide(a, b, { ...hunk }, last)
    const isBorder = isReplacement(open) ? isGraphemeBorder : isPointBorder
    while (
      open.oldStart > (last?.oldEnd ?? 0) &&
      open.newStart > (last?.newEnd ?? 0) &&
      !(isBorder(a, open.oldStart) && isBorder(b, open.newStart))
    ) {
      open.oldStart -= 1
      open.newStart -= 1
    }
    while (
      open.oldEnd < (next?.oldStart ?? a.length) &&
      open.newEnd < (next?.newStart ?? b.length) &&
      !(isBorder(a, open.oldEnd) && isBorder(b, open.newEnd))
    ) {
      open.oldEnd += 1
      open.newEnd += 1
    }
    if (last !== undefined && last.oldEnd === open.oldStart) {
      last.oldEnd = open.oldEnd
      last.newEnd = open.newEnd
    } else wide.push(open)
  })
  return wide
}

/** An insertion or deletion can lie one unit further left when that unit repeats at its end: 😁 before 😀. */
function slide(a: string, b: string, hunk: OpenHunk, last: OpenHunk | undefined): OpenHunk {
  if (isReplacement(hunk) || (isPointBorder(a, hunk.oldStart) && isPointBorder(b, hunk.newStart))) return hunk
  if (hunk.oldStart <= (last?.oldEnd ?? 0) || hunk.newStart <= (last?.newEnd ?? 0)) return hunk
  const moved = {
    oldStart: hunk.oldStart - 1,
    oldEnd: hunk.oldEnd - 1,
    newStart: hunk.newStart - 1,
    newEnd: hunk.newEnd - 1,
  }
  return a[hunk.oldEnd - 1] === b[hunk.newEnd - 1] ? moved : hunk
}

function isReplacement(hunk: OpenHunk): boolean {
  return hunk.oldEnd > hunk.oldStart && hunk.newEnd > hunk.newStart
}

function isPointBorder(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return true
  return !(isHigh(text.charCodeAt(at - 1)) && isLow(text.charCodeAt(at)))
}

function isGraphemeBorder(text: string, at: number): boolean {
  if (at <= 0 || at >= text.length) return true
  // Below the combining marks every unit stands for itself.
  if (text.charCodeAt(at - 1) < 0x300 && text.charCodeAt(at) < 0x300) return true
  let from = Math.max(0, at - WINDOW)
  if (!isPointBorder(text, from)) from -= 1
  const part = text.slice(from, at + WINDOW)
  return segmenter.segment(part).containing(at - from)?.index === at - from
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff
}
