/**
 * Ranges in flat lists (from, to, from, to, and so on) put together: sorted, and joined where they touch. In time that does not depend
 * on their order, and without an object for each: one update may bring hundreds of thousands. Knows no document.
 */

/** A list of numbers that is only read: from (included), to (excluded), from, to, and so on. */
export type FlatRanges = Readonly<ArrayLike<number>>

/** Are they sorted, and does none touch the next? */
export function isJoined(bounds: FlatRanges): boolean {
  for (let at = 1; at < bounds.length; at += 1) if ((bounds[at - 1] ?? 0) >= (bounds[at] ?? 0)) return false
  return true
}

export function joined(some: FlatRanges, others: FlatRanges = []): number[] {
  const count = (some.length + others.length) / 2
  // Sorted apart from each other: where as many have ended as have begun, a joined one ends.
  const [begins, ends] = [new Float64Array(count), new Float64Array(count)]
  let filled = 0
  for (const bounds of [some, others])
    for (let at = 0; at < bounds.length; at += 2) {
      begins[filled] = bounds[at] ?? 0
      ends[filled] = bounds[at + 1] ?? 0
      filled += 1
    }
  begins.sort()
  ends.sort()
  const all: number[] = []
  let begun = 0
  for (let ended = 0; ended < count; ended += 1) {
    if (begun === ended) {
      all.push(begins[begun] ?? 0)
      begun += 1
    }
    const end = ends[ended] ?? 0
    while (begun < count && (begins[begun] ?? 0) <= end) begun += 1
    if (begun === ended + 1) all.push(end)
  }
  return all
}
