/** Shortest edit script by Myers' greedy algorithm, given up for one single replacement when it would take too long. */
import type { Hunk } from './hunk.ts'

/** Differences beyond this many units are one replacement: the work grows with their square (1,000: about 10 ms). */
const MOST_DIFFERENCES = 1_000

/** Hunks between the two ranges of `area`, in order. */
export function myers(a: readonly number[], b: readonly number[], area: Hunk): Hunk[] {
  const trace = search(a, b, area)
  return trace === null ? [area] : walkBack(trace, area)
}

/** The furthest reach on each diagonal, per number of differences. */
function search(a: readonly number[], b: readonly number[], area: Hunk): Int32Array[] | null {
  const n = area.oldEnd - area.oldStart
  const m = area.newEnd - area.newStart
  const most = Math.min(n + m, MOST_DIFFERENCES)
  const trace: Int32Array[] = []
  let reach = new Int32Array(3)
  for (let d = 0; d <= most; d++) {
    const next = new Int32Array(2 * d + 3)
    for (let k = -d; k <= d; k += 2) {
      // Index of diagonal k is k + d + 1; in the row before it is k + d.
      let x = 0
      if (d > 0) {
        const below = k === -d ? -1 : (reach[k - 1 + d] ?? -1)
        const right = k === d ? -1 : (reach[k + 1 + d] ?? -1)
        x = k === -d || (k !== d && below < right) ? right : below + 1
      }
      let y = x - k
      while (x < n && y < m && a[area.oldStart + x] === b[area.newStart + y]) {
        x += 1
        y += 1
      }
      next[k + d + 1] = x
      if (x >= n && y >= m) {
        trace.push(next)
        return trace
      }
    }
    trace.push(next)
    reach = next
  }
  return null
}

function walkBack(trace: readonly Int32Array[], area: Hunk): Hunk[] {
  const hunks: Hunk[] = []
  let x = area.oldEnd - area.oldStart
  let y = area.newEnd - area.newStart
  let open: { oldStart: number; oldEnd: number; newStart: number; newEnd: number } | null = null
  for (let d = trace.length - 1; d > 0; d--) {
    const reach = trace[d - 1] ?? new Int32Array()
    const k = x - y
    const below = k === -d ? -1 : (reach[k - 1 + d] ?? -1)
    const right = k === d ? -1 : (reach[k + 1 + d] ?? -1)
    const isInsert = k === -d || (k !== d && below < right)
    const fromX = isInsert ? right : below
    const fromY = isInsert ? fromX - (k + 1) : fromX - (k - 1)
    const afterX = isInsert ? fromX : fromX + 1
    const afterY = isInsert ? fromY + 1 : fromY
    // Between (afterX, afterY) and (x, y) everything is kept.
    if (open === null || afterX !== open.oldStart || afterY !== open.newStart) {
      if (open !== null) hunks.push(open)
      open = { oldStart: fromX, oldEnd: afterX, newStart: fromY, newEnd: afterY }
    } else {
      open.oldStart = fromX
      open.newStart = fromY
    }
    x = fromX
    y = fromY
  }
  if (open !== null) hunks.push(open)
  return hunks.toReversed().map((hunk) => ({
    oldStart: hunk.oldStart + area.oldStart,
    oldEnd: hunk.oldEnd + area.oldStart,
    newStart: hunk.newStart + area.newStart,
    newEnd: hunk.newEnd + area.newStart,
  }))
}
