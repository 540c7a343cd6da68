/**
 * The drafts of a table in the order in which they lie in the document. It is not that of the page: a cell that was
 * merged and a row that was moved leave their text where it is. Pure.
 */
import { longestOrder } from './regions.ts'

interface Anchor<T> {
  readonly old: number
  readonly before: readonly T[]
  readonly item: T
  readonly behind: T[]
}

/**
 * What is there already stays in its place as far as the order within its cell allows, and the rest of such a cell
 * stands beside it. New cells come before everything, right behind the table's marker: anywhere else they would come
 * behind a text, and what somebody types at its end in this moment could get into them. `placeOf`: the place in the
 * document, undefined for what is new.
 */
export function orderByFlow<T>(
  cells: readonly (readonly T[])[],
  placeOf: (item: T) => number | undefined,
): T[] {
  const fresh: T[] = []
  const anchors: Anchor<T>[] = []
  for (const cell of cells) {
    const known = cell.flatMap((item) => {
      const old = placeOf(item)
      return old === undefined ? [] : [{ old, item }]
    })
    const staying = new Map(longestOrder(known).map(({ old, item }) => [item, old]))
    let beside: T[] = staying.size === 0 ? fresh : []
    let isLed = true
    for (const item of cell) {
      const old = staying.get(item)
      if (old === undefined) {
        beside.push(item)
        continue
      }
      const anchor = { old, before: isLed ? beside : [], item, behind: [] }
      anchors.push(anchor)
      beside = anchor.behind
      isLed = false
    }
  }
  anchors.sort((a, b) => a.old - b.old)
  return [...fresh, ...anchors.flatMap(({ before, item, behind }) => [...before, item, ...behind])]
}
