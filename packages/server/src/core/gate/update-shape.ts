/**
 * Walks a Yjs update (format v1) without building it: which clocks it brings, what it deletes, what it builds on.
 * Allocates nothing by a declared count, so a hostile update costs no more than its own bytes. Knows no document.
 * Format: yjs 13.6, `UpdateEncoderV1` and `Item.write`.
 */
import { ByteReader, CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import { BuildOrder } from './build-order.ts'
import type { DepthRuns } from './depths.ts'
import { isJoined, joined } from './flat-ranges.ts'
import type { FlatRanges } from './flat-ranges.ts'
import { NOTHING_HELD, Nesting, nestingInOrder } from './nesting.ts'
import type { Held, Section } from './nesting.ts'
import { StructWalk, malformed, positive, safeSum } from './struct-walk.ts'
import type { StructBounds } from './struct-walk.ts'

/** Clocks `from` (included) to `to` (excluded) of one Yjs client. */
export interface ClockRange {
  readonly client: number
  readonly from: number
  readonly to: number
}

/** Clocks of one client in one flat list, since there may be very many: sorted, and none touches the next. */
export interface ClientRanges {
  readonly client: number
  readonly bounds: FlatRanges
}

export interface UpdateShape {
  /** What the update brings, one range per client, in the order of the update. */
  readonly structs: readonly ClockRange[]
  /** What it marks as deleted. Nobody changes the lists, so that they can be kept as they are. */
  readonly deletes: readonly ClientRanges[]
  /** For each client: items of it up to this clock (excluded) have to be known before. */
  readonly needs: ReadonlyMap<number, number>
  /** True when clocks are missing inside a range: Yjs merged what it could not apply itself. */
  readonly holes: boolean
  /** True when an item begins before the next clock of its client and ends behind it. */
  readonly straddles: boolean
  /** In how many shared types what it brings stands. */
  readonly depths: ReadonlyMap<number, DepthRuns>
}

type Bounds = StructBounds &
  Pick<Limits, 'crossings' | 'updateClients' | 'typeDepth' | 'unsortedDeletes'> & {
    readonly isTrusted?: boolean
  }

/** For updates out of our own store, which were looked at when they came. */
export const UNBOUNDED: Bounds = {
  isTrusted: true,
  updateItems: Infinity,
  jsonParts: Infinity,
  crossings: Infinity,
  updateClients: Infinity,
  anyDepth: 1_000,
  collectedClocks: Infinity,
  keyBytes: Infinity,
  typeDepth: Infinity,
  unsortedDeletes: Infinity,
}

/**
 * Throws MALFORMED_UPDATE or UPDATE_TOO_COMPLEX; then nothing of the update is good.
 * @param held what the document holds already
 */
export function shapeOfUpdate(update: Uint8Array, bounds: Bounds, held: Held = NOTHING_HELD): UpdateShape {
  try {
    return new Walk(update, bounds, held).run()
  } catch (cause) {
    if (cause instanceof CometpadError && cause.code === 'MALFORMED_MESSAGE')
      throw new CometpadError('MALFORMED_UPDATE', { cause })
    throw cause
  }
}

/** So many stand in a plain list, which is made faster; more in one without a word for each number. */
const FEW_RANGES = 64

class Walk {
  readonly #update: Uint8Array
  readonly #reader: ByteReader
  readonly #bounds: Bounds
  readonly #held: Held
  readonly #walk: StructWalk
  readonly #nesting: Nesting
  readonly #needs = new Map<number, number>()
  readonly #order = new BuildOrder()
  readonly #sections: Section[] = []
  #straddles = false

  constructor(update: Uint8Array, bounds: Bounds, held: Held) {
    this.#update = update
    this.#reader = new ByteReader(update)
    this.#bounds = bounds
    this.#held = held
    this.#walk = new StructWalk(this.#reader, bounds)
    this.#nesting = new Nesting(held)
  }

  run(): UpdateShape {
    const structs = this.#structs()
    const deletes = this.#deletes()
    this.#reader.end()
    if (this.#bounds.isTrusted !== true && !this.#order.isPossible(structs))
      throw malformed('Items build on each other in a circle.')
    // What the update itself brings is no need of it.
    for (const { client, to, from } of structs) {
      const need = this.#needs.get(client)
      if (need !== undefined && need > from && need <= to) this.#needs.set(client, from)
    }
    return {
      structs,
      deletes,
      needs: this.#needs,
      holes: this.#walk.holes,
      straddles: this.#straddles,
      depths: this.#depths(),
    }
  }

  #structs(): ClockRange[] {
    const ranges: ClockRange[] = []
    const seen = new Set<number>()
    const clients = this.#clients()
    const walk = this.#walk
    const note = this.#note.bind(this)
    for (let n = 0; n < clients; n += 1) {
      const count = this.#reader.varUint()
      const client = this.#reader.varUint()
      const from = this.#reader.varUint()
      if (seen.has(client)) throw malformed('A client appears twice.')
      seen.add(client)
      this.#sections.push({ client, from, count, position: this.#reader.position })
      walk.begin(client, from)
      this.#nesting.begin(client, from)
      const next = this.#held.clockOf(client)
      for (let index = 0; index < count; index += 1) {
        const start = walk.clock
        walk.head()
        walk.each(note)
        const isItem = walk.body()
        this.#nesting.end(start, walk.clock)
        if (isItem && start < next && next < walk.clock) this.#straddles = true
      }
      if (walk.clock > from) ranges.push({ client, from, to: walk.clock })
    }
    return ranges
  }

  /** Throws UPDATE_TOO_COMPLEX where types stand in each other too deep. */
  #depths(): ReadonlyMap<number, DepthRuns> {
    const nesting = this.#nesting.isOpen
      ? nestingInOrder(this.#update, this.#sections, this.#held, UNBOUNDED)
      : this.#nesting
    if (nesting.deepest > this.#bounds.typeDepth) throw new CometpadError('UPDATE_TOO_COMPLEX')
    return nesting.runs
  }

  #deletes(): ClientRanges[] {
    const deletes: ClientRanges[] = []
    const clients = this.#clients()
    for (let n = 0; n < clients; n += 1) {
      const client = this.#reader.varUint()
      const count = this.#reader.varUint()
      // Each takes two bytes at the least: what is made room for is there.
      if (count > this.#reader.left / 2) throw malformed('A length reaches beyond the end.')
      if (count === 0) continue
      const bounds = count > FEW_RANGES ? new Float64Array(2 * count) : ([] as number[])
      for (let at = 0; at < 2 * count; at += 2) {
        this.#walk.count()
        const from = this.#reader.varUint()
        bounds[at] = from
        bounds[at + 1] = safeSum(from, positive(this.#reader.varUint()))
      }
      const isSorted = isJoined(bounds)
      // Every writer of Yjs updates sorts them; to do it for one that does not may take long.
      if (!isSorted && count > this.#bounds.unsortedDeletes) throw new CometpadError('UPDATE_TOO_COMPLEX')
      const sorted = isSorted ? bounds : joined(bounds)
      deletes.push({ client, bounds: sorted })
      this.#needUpTo(client, sorted[sorted.length - 1] ?? 0)
    }
    return deletes
  }

  #clients(): number {
    const clients = this.#reader.varUint()
    if (clients > this.#bounds.updateClients) throw new CometpadError('UPDATE_TOO_COMPLEX')
    return clients
  }

  /** The struct builds on this item. */
  #note(client: number, clock: number, isParent: boolean): true {
    const { client: own, clock: at } = this.#walk
    // Nobody could have written it, and no order of the items could ever apply it.
    if (client === own && clock >= at) throw malformed('An item builds on a later one.')
    if (client !== own) {
      this.#order.note(own, at, client, clock)
      if (this.#order.size > this.#bounds.crossings) throw new CometpadError('UPDATE_TOO_COMPLEX')
    }
    this.#needUpTo(client, safeSum(clock, 1))
    this.#nesting.on(client, clock, isParent)
    return true
  }

  #needUpTo(client: number, to: number): void {
    const known = this.#needs.get(client)
    if (known === undefined || known < to) this.#needs.set(client, to)
  }
}
