/**
 * In how many shared types what one update brings stands, reckoned from what each struct builds on: it stands where its neighbours do, or
 * one deeper than the type that it names. Knows no content.
 * Where the parent of an item comes from: yjs 13.6, `Item.getMissing`.
 */
import { ByteReader } from '@cometpad/shared'
import { addRun, depthIn } from './depths.ts'
import type { DepthRuns } from './depths.ts'
import { StructWalk } from './struct-walk.ts'
import type { StructBounds } from './struct-walk.ts'

/** What the document holds without the update. */
export interface Held {
  /** The next clock of a client; 0 for one that is not known. */
  readonly clockOf: (client: number) => number
  /** In how many types this item of it stands. */
  readonly depthOf: (client: number, clock: number) => number
}

export const NOTHING_HELD: Held = { clockOf: () => 0, depthOf: () => 0 }

/** Where the structs of one client stand in the update. */
export interface Section {
  readonly client: number
  readonly from: number
  readonly count: number
  readonly position: number
}

/** The structs of an update as they come. */
export class Nesting {
  readonly runs = new Map<number, number[]>()
  deepest = 0
  /** Something builds on what comes later in the update, so that not everything here is right. */
  isOpen = false
  readonly #held: Held
  /** Of each client: how far its structs have come. */
  readonly #reached = new Map<number, { readonly from: number; to: number }>()
  #now = { from: 0, to: 0 }
  #client = 0
  /** Of the struct that is being read. */
  #depth = 0

  constructor(held: Held) {
    this.#held = held
  }

  /** What comes now are structs of this client; it may have begun before. */
  begin(client: number, from: number): void {
    this.#client = client
    this.#now = this.#reached.get(client) ?? { from, to: from }
    this.#reached.set(client, this.#now)
    this.#depth = 0
  }

  /** The struct builds on this item. Gives false when it has not come yet. */
  on(client: number, clock: number, isParent: boolean): boolean {
    const depth = this.#depthOf(client, clock)
    if (depth === undefined) {
      this.isOpen = true
      return false
    }
    this.#depth = Math.max(this.#depth, isParent ? depth + 1 : depth)
    return true
  }

  /** The struct has these clocks. */
  end(from: number, to: number): void {
    if (this.#depth > 0 && to > from) {
      let own = this.runs.get(this.#client)
      if (own === undefined) this.runs.set(this.#client, (own = []))
      addRun(own, from, to, this.#depth)
      this.deepest = Math.max(this.deepest, this.#depth)
      this.#depth = 0
    }
    this.#now.to = to
  }

  #depthOf(client: number, clock: number): number | undefined {
    if (clock < this.#held.clockOf(client)) return this.#held.depthOf(client, clock)
    const reached = client === this.#client ? this.#now : this.#reached.get(client)
    if (reached === undefined || clock < reached.from || clock >= reached.to) return undefined
    return depthIn(this.runs.get(client), clock)
  }
}

/** The structs of one client, as far as they have been read. */
interface Line {
  readonly section: Section
  readonly walk: StructWalk
  left: number
  /** What the next struct builds on has been read. */
  isBegun: boolean
  /** It waits for another one, or is read just now. */
  isOnStack: boolean
}

/**
 * Reads the structs once more, each after those that it builds on, as Yjs puts them in.
 * @param update one that has been read to its end without a fault
 */
export function nestingInOrder(
  update: Uint8Array,
  sections: readonly Section[],
  held: Held,
  bounds: StructBounds,
): { readonly runs: ReadonlyMap<number, DepthRuns>; readonly deepest: number } {
  const nesting = new Nesting(held)
  const lines = new Map(sections.map((section) => [section.client, lineOf(update, section, bounds)]))
  for (const line of lines.values()) {
    /** Lines that wait for the next one, each up to the clock that the one before it needs. */
    const stack = [{ line, target: Infinity }]
    line.isOnStack = true
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      if (top.line.left === 0 || top.line.walk.clock > top.target) {
        stack.pop()
        top.line.isOnStack = false
      } else {
        const needed = step(top.line, nesting)
        if (needed === undefined) continue
        const other = lines.get(needed.client)
        // What is nowhere is a gap, and a circle cannot be: both are refused elsewhere, and must not hold anybody here.
        const comes = other !== undefined && other.left > 0 && other.walk.clock <= needed.clock
        if (!comes || other.isOnStack) finish(top.line, nesting)
        else {
          other.isOnStack = true
          stack.push({ line: other, target: needed.clock })
        }
      }
    }
  }
  return nesting
}

function lineOf(update: Uint8Array, section: Section, bounds: StructBounds): Line {
  const walk = new StructWalk(new ByteReader(update.subarray(section.position)), bounds)
  walk.begin(section.client, section.from)
  return { section, walk, left: section.count, isBegun: false, isOnStack: false }
}

/** Reads the next struct of a line, or gives what has to come before it. */
function step(line: Line, nesting: Nesting): { readonly client: number; readonly clock: number } | undefined {
  const { walk, section } = line
  if (!line.isBegun) walk.head()
  line.isBegun = true
  nesting.begin(section.client, section.from)
  let needed: { readonly client: number; readonly clock: number } | undefined
  walk.each((client, clock, isParent) => {
    const isThere = nesting.on(client, clock, isParent)
    if (!isThere) needed = { client, clock }
    return isThere
  })
  if (needed === undefined) finish(line, nesting)
  return needed
}

function finish(line: Line, nesting: Nesting): void {
  const { walk } = line
  const from = walk.clock
  walk.body()
  nesting.end(from, walk.clock)
  line.left -= 1
  line.isBegun = false
}
