/**
 * What a document holds, as far as one can tell without its content: the next clock of every client, and what is
 * deleted. Answers "does this update bring anything new?" and "does it build on something missing?".
 */
import * as encoding from 'lib0/encoding'
import { ByteReader, CometpadError } from '@cometpad/shared'
import { joined } from './flat-ranges.ts'
import type { FlatRanges } from './flat-ranges.ts'
import type { UpdateShape } from './update-shape.ts'

/** What is deleted of one client. */
interface Deleted {
  /** Sorted, and never touching each other. */
  bounds: FlatRanges
  /** The same list, when it is ours alone and may be changed; undefined: it is that of an update, and somebody else may hold it too. */
  own: number[] | undefined
}

/** So many ranges are put in one by one. Each may move all that are there, so more are joined with them in one go. */
const FEW = 16

export class Known {
  readonly #clocks = new Map<number, number>()
  readonly #deleted = new Map<number, Deleted>()

  /** Takes in what an update brings. */
  add(shape: UpdateShape): void {
    for (const { client, to } of shape.structs) {
      if (to > this.clock(client)) this.#clocks.set(client, to)
    }
    for (const { client, bounds } of shape.deletes) {
      if (bounds.length > 2 * FEW) this.#deleteMany(client, bounds)
      else
        for (let at = 0; at < bounds.length; at += 2)
          this.#delete(client, bounds[at] ?? 0, bounds[at + 1] ?? 0)
    }
  }

  /** The next clock of a client; 0 for one that was never seen. */
  clock(client: number): number {
    return this.#clocks.get(client) ?? 0
  }

  /** True when the update brings nothing that is not here. */
  covers(shape: UpdateShape): boolean {
    return (
      shape.structs.every(({ client, to }) => to <= this.clock(client)) &&
      shape.deletes.every(({ client, bounds }) => this.#areDeleted(client, bounds))
    )
  }

  /** True when the update begins behind a hole, or builds on items that are not here. */
  lacks(shape: UpdateShape): boolean {
    if (shape.holes || shape.structs.some(({ client, from }) => from > this.clock(client))) return true
    for (const [client, need] of shape.needs) if (need > this.clock(client)) return true
    return false
  }

  /** True when a holder of this state vector has every item that is here (deletions are another matter). */
  vectorCoveredBy(vector: ReadonlyMap<number, number>): boolean {
    for (const [client, clock] of this.#clocks) if ((vector.get(client) ?? 0) < clock) return false
    return true
  }

  /** The Yjs state vector; of these clients alone, if some are named. */
  encodeVector(clients?: readonly number[]): Uint8Array {
    const clocks = clients?.map((client) => [client, this.clock(client)] as const) ?? [...this.#clocks]
    return encoding.encode((encoder) => {
      encoding.writeVarUint(encoder, clocks.length)
      for (const [client, clock] of clocks) {
        encoding.writeVarUint(encoder, client)
        encoding.writeVarUint(encoder, clock)
      }
    })
  }

  /** A Yjs update of no items that deletes everything that is deleted here. */
  encodeDeletes(): Uint8Array {
    return encoding.encode((encoder) => {
      encoding.writeVarUint(encoder, 0)
      encoding.writeVarUint(encoder, this.#deleted.size)
      for (const [client, { bounds }] of this.#deleted) {
        encoding.writeVarUint(encoder, client)
        encoding.writeVarUint(encoder, bounds.length / 2)
        for (let at = 0; at < bounds.length; at += 2) {
          const from = bounds[at] ?? 0
          encoding.writeVarUint(encoder, from)
          encoding.writeVarUint(encoder, (bounds[at + 1] ?? 0) - from)
        }
      }
    })
  }

  #delete(client: number, from: number, to: number): void {
    const deleted = this.#deleted.get(client)
    if (deleted === undefined) {
      const own = [from, to]
      this.#deleted.set(client, { bounds: own, own })
      return
    }
    const own = (deleted.own ??= Array.from(deleted.bounds))
    deleted.bounds = own
    // The first range that touches the new one or lies behind it, and the first that does not touch it any more.
    const first = firstEndingAt(own, from)
    let last = first
    while ((own[last] ?? Infinity) <= to) last += 2
    const start = last === first ? from : Math.min(from, own[first] ?? from)
    const end = last === first ? to : Math.max(to, own[last - 1] ?? to)
    own.splice(first, last - first, start, end)
  }

  #deleteMany(client: number, fresh: FlatRanges): void {
    const before = this.#deleted.get(client)
    if (before === undefined) this.#deleted.set(client, { bounds: fresh, own: undefined })
    else {
      const own = joined(before.bounds, fresh)
      this.#deleted.set(client, { bounds: own, own })
    }
  }

  #areDeleted(client: number, ranges: FlatRanges): boolean {
    const bounds = this.#deleted.get(client)?.bounds
    if (bounds === undefined) return false
    for (let at = 0; at < ranges.length; at += 2) {
      const from = bounds[firstEndingAt(bounds, ranges[at + 1] ?? 0)]
      if (from === undefined || from > (ranges[at] ?? 0)) return false
    }
    return true
  }
}

/** Where the first range begins whose end is at or behind `clock`, by bisection. */
function firstEndingAt(bounds: FlatRanges, clock: number): number {
  let low = 0
  let high = bounds.length / 2
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((bounds[2 * middle + 1] ?? Infinity) < clock) low = middle + 1
    else high = middle
  }
  return 2 * low
}

/** A Yjs state vector as a map. Throws MALFORMED_MESSAGE or UPDATE_TOO_COMPLEX. */
export function readVector(vector: Uint8Array, maxClients: number): Map<number, number> {
  const reader = new ByteReader(vector)
  const clocks = new Map<number, number>()
  const count = reader.varUint()
  if (count > maxClients) throw new CometpadError('UPDATE_TOO_COMPLEX')
  for (let n = 0; n < count; n += 1) clocks.set(reader.varUint(), reader.varUint())
  reader.end()
  return clocks
}
