/** An order in which the items of one update can be put in: found where there is one, as Yjs finds it. */
import { SeededRandom } from '@cometpad/shared/testing'
import { expect, test } from 'vitest'
import { BuildOrder } from '../../src/core/gate/build-order.ts'

interface Item {
  readonly client: number
  readonly clock: number
  readonly on: { readonly client: number; readonly clock: number } | undefined
}

/** Puts in what can be put in until nothing more can be. */
function isPossibleByTrying(items: readonly Item[]): boolean {
  const left = new Set(items)
  const next = new Map<number, number>()
  for (let size = -1; size !== left.size;) {
    size = left.size
    for (const item of left) {
      const isNext = (next.get(item.client) ?? 0) === item.clock
      if (!isNext || (item.on !== undefined && item.on.clock >= (next.get(item.on.client) ?? 0))) continue
      left.delete(item)
      next.set(item.client, item.clock + 1)
    }
  }
  return left.size === 0
}

test('[GA1, GA7] is found exactly where trying finds one', () => {
  const seen = { possible: 0, impossible: 0 }
  for (let seed = 1; seed <= 3_000; seed += 1) {
    const random = new SeededRandom(seed)
    const clients = 2 + random.below(4)
    const length = 1 + random.below(5)
    const items: Item[] = []
    for (let client = 0; client < clients; client += 1)
      for (let clock = 0; clock < length; clock += 1) {
        const other = random.below(clients)
        const waits = other !== client && random.next() < 0.35
        items.push({ client, clock, on: waits ? { client: other, clock: random.below(length) } : undefined })
      }
    const order = new BuildOrder()
    for (const { client, clock, on } of items)
      if (on !== undefined) order.note(client, clock, on.client, on.clock)
    const ranges = Array.from({ length: clients }, (_, client) => ({ client, from: 0, to: length }))
    const expected = isPossibleByTrying(items)
    expect(order.isPossible(ranges), `seed ${seed}`).toBe(expected)
    seen[expected ? 'possible' : 'impossible'] += 1
  }
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(300)
})
