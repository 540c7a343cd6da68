/**
 * Whether the items of one update can be put in at all: items of several clients that wait for each other in a circle never
 * are, and every client that applied the update would keep them as pending for good. Knows no bytes.
 */

/** What the update brings of one client: its clocks `from` (included) to `to` (excluded). */
interface Brought {
  readonly client: number
  readonly from: number
  readonly to: number
}

/** The item at `clock` builds on one of another client. */
interface Wait {
  readonly client: number
  readonly clock: number
  readonly onClient: number
  readonly onClock: number
  isOver: boolean
}

/** The items of one client. */
interface Line {
  readonly to: number
  /** Those of its own, and those of others for it, by the clock that they are for. */
  readonly waits: readonly Wait[]
  readonly waiters: readonly Wait[]
  waitsOver: number
  waitersTold: number
}

export class BuildOrder {
  readonly #waits: Wait[] = []

  /** How often an item builds on one of another client. */
  get size(): number {
    return this.#waits.length
  }

  /** Called in the order of the clocks of each client. */
  note(client: number, clock: number, onClient: number, onClock: number): void {
    this.#waits.push({ client, clock, onClient, onClock, isOver: false })
  }

  /** @param ranges what the update brings; what it builds on besides is somebody else's question */
  isPossible(ranges: readonly Brought[]): boolean {
    if (ranges.length < 2 || this.#waits.length < 2) return true
    const lines = this.#lines(ranges)
    const ready = [...lines.values()]
    for (let line = ready.pop(); line !== undefined; line = ready.pop()) {
      while (line.waits[line.waitsOver]?.isOver === true) line.waitsOver += 1
      const clock = line.waits[line.waitsOver]?.clock ?? line.to
      // Each wait ends once, so the loop does.
      for (let waiter = line.waiters[line.waitersTold]; waiter !== undefined && waiter.onClock < clock;) {
        waiter.isOver = true
        const waiting = lines.get(waiter.client)
        if (waiting !== undefined) ready.push(waiting)
        line.waitersTold += 1
        waiter = line.waiters[line.waitersTold]
      }
    }
    return [...lines.values()].every(({ waits, waitsOver }) => waitsOver === waits.length)
  }

  #lines(ranges: readonly Brought[]): Map<number, Line> {
    const byClient = new Map(
      ranges.map(({ client, from, to }) => [
        client,
        { from, to, waits: [] as Wait[], waiters: [] as Wait[] },
      ]),
    )
    for (const wait of this.#waits) {
      const own = byClient.get(wait.client)
      const other = byClient.get(wait.onClient)
      if (own === undefined || other === undefined) continue
      if (wait.onClock < other.from || wait.onClock >= other.to) continue
      own.waits.push(wait)
      other.waiters.push(wait)
    }
    const lines = new Map<number, Line>()
    for (const [client, { to, waits, waiters }] of byClient) {
      waiters.sort((one, another) => one.onClock - another.onClock)
      lines.set(client, { to, waits, waiters, waitsOver: 0, waitersTold: 0 })
    }
    return lines
  }
}
