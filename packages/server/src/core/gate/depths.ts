/**
 * In how many shared types, one in another, the items of a document stand. Yjs goes down them by calling itself, when one is deleted or
 * read as a whole: in a chain of thousands that fails, in every client. Knows no bytes.
 */

/** Of one client: from (included), to (excluded), depth, and so on; sorted. What stands in no type but a root is left out. */
export type DepthRuns = readonly number[]

export class Depths {
  readonly #runs = new Map<number, number[]>()

  at(client: number, clock: number): number {
    return depthIn(this.#runs.get(client), clock)
  }

  /** @param clockOf the next clock of a client before that: what lies below is here already */
  add(fresh: ReadonlyMap<number, DepthRuns>, clockOf: (client: number) => number): void {
    for (const [client, runs] of fresh) {
      const known = clockOf(client)
      let own = this.#runs.get(client)
      for (let at = 0; at < runs.length; at += 3) {
        const to = runs[at + 1] ?? 0
        if (to <= known) continue
        if (own === undefined) this.#runs.set(client, (own = []))
        addRun(own, Math.max(runs[at] ?? 0, known), to, runs[at + 2] ?? 0)
      }
    }
  }
}

/** Behind all that are there. */
export function addRun(runs: number[], from: number, to: number, depth: number): void {
  if (runs.at(-2) === from && runs.at(-1) === depth) runs[runs.length - 2] = to
  else runs.push(from, to, depth)
}

export function depthIn(runs: DepthRuns | undefined, clock: number): number {
  if (runs === undefined) return 0
  // The first run that ends behind the clock, by bisection.
  let low = 0
  let high = runs.length / 3
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((runs[3 * middle + 1] ?? Infinity) <= clock) low = middle + 1
    else high = middle
  }
  const from = runs[3 * low]
  return from !== undefined && from <= clock ? (runs[3 * low + 2] ?? 0) : 0
}
