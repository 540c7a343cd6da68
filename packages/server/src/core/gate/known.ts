/**
 * What a document holds, as far as one can tell without its content: the next clock of every client, and what is
 * deleted. Answers "does this update bring anything new?" and "does it build on something missing?".
 */
import * as encoding from 'lib0/encoding'
import { ByteReader, CometpadError } from '@cometpad/shared'
import type { ClockRange, UpdateShape } from './update-shape.ts'

/** `from` included, `to` excluded; of one client, sorted, never touching each other. */
interface Range {
  from: number
  to: number
}

/** So many ranges are put in one by one. Each may move all that are there, so more are joined with them in one go. */
const FEW = 16

export class Known {
  readonly #clocks = new Map<number, number>()
  readonly #deleted = new Map<number, Range[]>()

  /** Takes in what an update brings. */
  add(shape: UpdateShape): void {
    for (const { client, to } of shape.structs) {
      if (to > this.clock(client)) this.#clocks.set(client, to)
    }
    if (shape.deletes.length <= FEW) for (const range of shape.deletes) this.#delete(range)
    else this.#deleteMany(shape.deletes)
  }

  /** The next clock of a client; 0 for one that was never seen. */
  clock(client: number): number {
    return this.#clocks.get(client) ?? 0
  }

  /** True when the update brings nothing that is not here. */
  covers(shape: UpdateShape): boolean {
    return (
      shape.structs.every(({ client, to }) => to <= this.clock(client)) &&
      shape.deletes.every((range) => this.#isDeleted(range))
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
      for (const [client, ranges] of this.#deleted) {
        encoding.writeVarUint(encoder, client)
        encoding.writeVarUint(encoder, ranges.length)
        for (const { from, to } of ranges) {
          encoding.writeVarUint(encoder, from)
          encoding.writeVarUint(encoder, to - from)
        }
      }
    })
  }

  #delete({ client, from, to }: ClockRange): void {
    const ranges = this.#deleted.get(client)
    if (ranges === undefined) {
      this.#deleted.set(client, [{ from, to }])
      return
    }
    // The first range that touches the new one or lies behind it.
    const first = firstEndingAt(ranges, from)
    let last = first
    let start = from
    let end = to
    for (let range = ranges[last]; range !== undefined && range.from <= to; range = ranges[last]) {
      start = Math.min(start, range.from)
      end = Math.max(end, range.to)
      last += 1
    }
    ranges.splice(first, last - first, { from: start, to: end })
  }

  /** In time that does not depend on the order in which somebody has written them down. */
  #deleteMany(ranges: readonly ClockRange[]): void {
    const byClient = new Map<number, Range[]>()
    for (const { client, from, to } of ranges) {
      const own = byClient.get(client)
      if (own === undefined) byClient.set(client, [{ from, to }])
      else own.push({ from, to })
    }
    for (const [client, fresh] of byClient) {
      const all = [...(this.#deleted.get(client) ?? []), ...fresh].sort((one, other) => one.from - other.from)
      const joined: Range[] = []
      let last: Range | undefined
      for (const range of all) {
        if (last !== undefined && range.from <= last.to) last.to = Math.max(last.to, range.to)
        else joined.push((last = range))
      }
      this.#deleted.set(client, joined)
    }
  }

  #isDeleted({ client, from, to }: ClockRange): boolean {
    const ranges = this.#deleted.get(client)
    if (ranges === undefined) return false
    const range = ranges[firstEndingAt(ranges, to)]
    return range !== undefined && range.from <= from
  }
}

/** Index of the first range whose end is at or behind `clock`, by bisection. */
function firstEndingAt(ranges: readonly Range[], clock: number): number {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const range = ranges[middle]
    if (range !== undefined && range.to < clock) low = middle + 1
    else high = middle
  }
  return low
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
