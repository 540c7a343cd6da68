/**
 * The smallest edit between two sequences of units, placed by the caret and at borders that a reader sees. A unit is a
 * UTF-16 code unit, or a number above 0xFFFF that stands for one certain thing. Pure; knows no document.
 */
import { widen } from './graphemes.ts'
import type { Hunk, Units } from './hunk.ts'
import { myers } from './myers.ts'

/** Hunks in ascending order, parted by at least one kept unit. `caret` is a position in `b`. */
export function diffUnits(a: Units, b: Units, caret?: number): Hunk[] {
  const middle = findMiddle(a.codes, b.codes, caret)
  if (middle === null) return []
  const { oldStart, oldEnd, newStart, newEnd } = middle
  const isPlain = oldStart === oldEnd || newStart === newEnd
  const hunks = isPlain ? [middle] : joinNear(myers(a.codes, b.codes, middle), a.codes, b.codes)
  return widen(a.text, b.text, hunks)
}

/** What is left without the common head and tail. */
function findMiddle(a: readonly number[], b: readonly number[], caret: number | undefined): Hunk | null {
  const free = trim(a, b, b.length)
  if (free === null || caret === undefined) return free
  const placed = trim(a, b, b.length - caret)
  return placed !== null && size(placed) <= size(free) ? placed : free
}

function trim(a: readonly number[], b: readonly number[], tailMost: number): Hunk | null {
  const most = Math.min(a.length, b.length)
  let tail = 0
  while (tail < most && tail < tailMost && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1
  let head = 0
  while (head < most - tail && a[head] === b[head]) head += 1
  // Where the caret cut the tail short, the head may have grown into it.
  while (head + tail < most && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1
  const hunk = { oldStart: head, oldEnd: a.length - tail, newStart: head, newEnd: b.length - tail }
  return hunk.oldStart === hunk.oldEnd && hunk.newStart === hunk.newEnd ? null : hunk
}

function size(hunk: Hunk): number {
  return hunk.oldEnd - hunk.oldStart + hunk.newEnd - hunk.newStart
}

/**
 * A single letter that two replaced words happen to share is not kept: it would tear both words apart for whoever types
 * into them. Markers and things are always kept, and so is what stands between them.
 */
function joinNear(hunks: readonly Hunk[], a: readonly number[], b: readonly number[]): Hunk[] {
  const isReplacedWord = ({ oldStart, oldEnd, newStart, newEnd }: Hunk): boolean =>
    oldEnd > oldStart &&
    newEnd > newStart &&
    a.slice(oldStart, oldEnd).every(isLetter) &&
    b.slice(newStart, newEnd).every(isLetter)
  const joined: Hunk[] = []
  for (const hunk of hunks) {
    const last = joined.at(-1)
    const isNear = last !== undefined && hunk.newStart - last.newEnd === 1 && isLetter(b[last.newEnd])
    if (isNear && isReplacedWord(last) && isReplacedWord(hunk)) {
      joined[joined.length - 1] = { ...last, oldEnd: hunk.oldEnd, newEnd: hunk.newEnd }
    } else joined.push(hunk)
  }
  return joined
}

function isLetter(code: number | undefined): boolean {
  return code !== undefined && code < 0xfdd0
}
