/** Which items of two lists are the same, in order: what stayed when one became the other. Pure. */

export type Pair = readonly [before: number, after: number]

/** Above so many comparisons a stretch counts as replaced. */
const MOST_COMPARISONS = 1_000_000

/** Pairs of equal items, ascending on both sides. */
export function align(before: readonly string[], after: readonly string[]): Pair[] {
  const pairs: Pair[] = []
  alignRange(before, after, { from: 0, to: before.length, newFrom: 0, newTo: after.length }, pairs)
  return pairs
}

interface Range {
  readonly from: number
  readonly to: number
  readonly newFrom: number
  readonly newTo: number
}

function alignRange(before: readonly string[], after: readonly string[], range: Range, pairs: Pair[]): void {
  let { from, to, newFrom, newTo } = range
  for (; from < to && newFrom < newTo && before[from] === after[newFrom]; from += 1, newFrom += 1)
    pairs.push([from, newFrom])
  const tail: Pair[] = []
  for (; from < to && newFrom < newTo && before[to - 1] === after[newTo - 1]; to -= 1, newTo -= 1)
    tail.push([to - 1, newTo - 1])
  if (from < to && newFrom < newTo) {
    const inner = { from, to, newFrom, newTo }
    const anchors = anchorsIn(before, after, inner)
    if (anchors.length === 0) compareAll(before, after, inner, pairs)
    let [at, newAt] = [from, newFrom]
    for (const [x, y] of anchors) {
      alignRange(before, after, { from: at, to: x, newFrom: newAt, newTo: y }, pairs)
      pairs.push([x, y])
      at = x + 1
      newAt = y + 1
    }
    if (anchors.length > 0) alignRange(before, after, { from: at, to, newFrom: newAt, newTo }, pairs)
  }
  pairs.push(...tail.toReversed())
}

/** Items that are there once on each side, as many as stand in the same order on both. */
function anchorsIn(before: readonly string[], after: readonly string[], range: Range): Pair[] {
  const old = placesOf(before, range.from, range.to)
  const candidates: Pair[] = []
  for (const [item, newAt] of placesOf(after, range.newFrom, range.newTo)) {
    const at = old.get(item)
    if (at !== undefined && at >= 0 && newAt >= 0) candidates.push([at, newAt])
  }
  candidates.sort(([, a], [, b]) => a - b)
  return longestAscending(candidates)
}

/** Where each item is; -1 for one that is there more than once. */
function placesOf(items: readonly string[], from: number, to: number): Map<string, number> {
  const places = new Map<string, number>()
  for (let at = from; at < to; at += 1) {
    const item = items[at] ?? ''
    places.set(item, places.has(item) ? -1 : at)
  }
  return places
}

function longestAscending(candidates: readonly Pair[]): Pair[] {
  /** The index of the last candidate of the best sequence of each length. */
  const ends: number[] = []
  const previous: number[] = []
  candidates.forEach(([at], index) => {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((candidates[ends[middle] ?? 0]?.[0] ?? 0) < at) low = middle + 1
      else high = middle
    }
    previous[index] = ends[low - 1] ?? -1
    ends[low] = index
  })
  const result: Pair[] = []
  for (let index = ends.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) {
    const candidate = candidates[index]
    if (candidate !== undefined) result.push(candidate)
  }
  return result.toReversed()
}

/** The longest common sequence, by comparing everything with everything. */
function compareAll(before: readonly string[], after: readonly string[], range: Range, pairs: Pair[]): void {
  const height = range.to - range.from
  const width = range.newTo - range.newFrom
  if (height * width > MOST_COMPARISONS) return
  const row = width + 1
  const lengths = new Uint32Array((height + 1) * row)
  for (let i = height - 1; i >= 0; i -= 1)
    for (let j = width - 1; j >= 0; j -= 1)
      lengths[i * row + j] =
        before[range.from + i] === after[range.newFrom + j]
          ? (lengths[(i + 1) * row + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * row + j] ?? 0, lengths[i * row + j + 1] ?? 0)
  for (let i = 0, j = 0; i < height && j < width;) {
    if (before[range.from + i] === after[range.newFrom + j]) {
      pairs.push([range.from + i, range.newFrom + j])
      i += 1
      j += 1
    } else if ((lengths[(i + 1) * row + j] ?? 0) >= (lengths[i * row + j + 1] ?? 0)) i += 1
    else j += 1
  }
}
