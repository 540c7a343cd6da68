/**
 * Which blocks of the document have to be compared with which nodes of the editor after an edit: the gaps between the
 * top-level nodes that certainly stayed what they were. Where blocks changed places, the heaviest order of those that
 * kept theirs stays. Pure.
 */
import type { NodeKey } from 'lexical'
import type { Group } from './view.ts'

/** Groups `[oldFrom, oldTo)` became the nodes `[newFrom, newTo)`. */
export interface Gap {
  readonly oldFrom: number
  readonly oldTo: number
  readonly newFrom: number
  readonly newTo: number
}

/** Above this many blocks that changed places, weights are left out: their comparison grows with the square. */
const MOST_WEIGHED = 400

/**
 * `isSame` says that a node shows what its blocks say; only those are anchors. `weigh` gives the reluctance to move.
 */
export function findGaps(
  groups: readonly Group[],
  keys: readonly NodeKey[],
  isSame: (key: NodeKey) => boolean,
  weigh: (key: NodeKey) => number,
): Gap[] {
  let head = 0
  const most = Math.min(groups.length, keys.length)
  const same = (i: number, j: number): boolean => {
    const key = keys[j]
    return key !== undefined && groups[i]?.key === key && isSame(key)
  }
  while (head < most && same(head, head)) head += 1
  let tail = 0
  while (tail < most - head && same(groups.length - 1 - tail, keys.length - 1 - tail)) tail += 1
  const oldEnd = groups.length - tail
  const newEnd = keys.length - tail
  const places = new Map<NodeKey, number>()
  for (let i = head; i < oldEnd; i++) places.set(groups[i]?.key ?? '', i)
  const candidates: { old: number; next: number; weight: number }[] = []
  for (let j = head; j < newEnd; j++) {
    const key = keys[j] ?? ''
    const old = places.get(key)
    if (old !== undefined && isSame(key)) candidates.push({ old, next: j, weight: weigh(key) })
  }
  const gaps: Gap[] = []
  let oldFrom = head
  let newFrom = head
  for (const anchor of [...heaviestOrder(candidates), { old: oldEnd, next: newEnd }]) {
    if (anchor.old > oldFrom || anchor.next > newFrom) {
      gaps.push({ oldFrom, oldTo: anchor.old, newFrom, newTo: anchor.next })
    }
    oldFrom = anchor.old + 1
    newFrom = anchor.next + 1
  }
  return gaps
}

/** The heaviest subsequence in which the old order holds. */
function heaviestOrder<T extends { old: number; weight: number }>(items: readonly T[]): T[] {
  if (items.every((item, i) => i === 0 || item.old > (items[i - 1]?.old ?? 0))) return [...items]
  if (items.length > MOST_WEIGHED) return longestOrder(items)
  const best: { weight: number; before: number }[] = []
  let last = -1
  items.forEach((item, i) => {
    let before = -1
    for (let j = 0; j < i; j++) {
      if ((items[j]?.old ?? 0) < item.old && (best[j]?.weight ?? 0) > (best[before]?.weight ?? 0)) before = j
    }
    best.push({ weight: item.weight + (best[before]?.weight ?? 0), before })
    if ((best[i]?.weight ?? 0) > (best[last]?.weight ?? 0)) last = i
  })
  return follow(items, last, (i) => best[i]?.before ?? -1)
}

/** The longest one; of equals only one. */
export function longestOrder<T extends { old: number }>(items: readonly T[]): T[] {
  const ends: number[] = []
  const before: number[] = []
  items.forEach((item, i) => {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((items[ends[middle] ?? 0]?.old ?? 0) < item.old) low = middle + 1
      else high = middle
    }
    before.push(low === 0 ? -1 : (ends[low - 1] ?? -1))
    ends[low] = i
  })
  return follow(items, ends.at(-1) ?? -1, (i) => before[i] ?? -1)
}

function follow<T>(items: readonly T[], last: number, before: (i: number) => number): T[] {
  const chain: T[] = []
  for (let i = last; i >= 0; i = before(i)) {
    const item = items[i]
    if (item !== undefined) chain.push(item)
  }
  return chain.toReversed()
}
