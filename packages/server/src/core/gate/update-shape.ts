/**
 * Walks a Yjs update (format v1) without building it: which clocks it brings, what it deletes, what it builds on.
 * Allocates nothing by a declared count, so a hostile update costs no more than its own bytes. Knows no document.
 * Format: yjs 13.6, `UpdateEncoderV1` and `Item.write`.
 */
import { ByteReader, CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import { BuildOrder } from './build-order.ts'
import { isJoined, joined } from './flat-ranges.ts'
import type { FlatRanges } from './flat-ranges.ts'
import { utf16Length } from './utf8.ts'

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
}

/** The next clock of a client in the document; 0 for one that is not known there. */
type ClockOf = (client: number) => number

const NOTHING_KNOWN: ClockOf = () => 0

type Bounds = Pick<
  Limits,
  'updateItems' | 'jsonParts' | 'crossings' | 'updateClients' | 'anyDepth' | 'collectedClocks' | 'keyBytes'
> & {
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
}

/** Throws MALFORMED_UPDATE or UPDATE_TOO_COMPLEX; then nothing of the update is good. */
export function shapeOfUpdate(
  update: Uint8Array,
  bounds: Bounds,
  clockOf: ClockOf = NOTHING_KNOWN,
): UpdateShape {
  try {
    const walk = new Walk(new ByteReader(update), bounds, clockOf)
    return walk.run()
  } catch (cause) {
    if (cause instanceof CometpadError && cause.code === 'MALFORMED_MESSAGE')
      throw new CometpadError('MALFORMED_UPDATE', { cause })
    throw cause
  }
}

// Flags of the first byte of a struct; its low five bits name the content.
const HAS_ORIGIN = 0x80
const HAS_RIGHT_ORIGIN = 0x40
const HAS_PARENT_KEY = 0x20
const CONTENT = 0x1f
// Structs without content: what its author deleted and Yjs has forgotten, and what is missing in a merged update.
const COLLECTED = 0
const HOLE = 10

// Yjs types whose encoding carries a name.
const XML_ELEMENT = 3
const XML_HOOK = 5
const LAST_TYPE = 6

const [QUOTE, BACKSLASH, COMMA, BRACKET, BRACE] = [0x22, 0x5c, 0x2c, 0x5b, 0x7b]

/** So many stand in a plain list, which is made faster; more in one without a word for each number. */
const FEW_RANGES = 64

// As keys of a plain object these are not what they seem to be.
const TREACHEROUS_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

class Walk {
  readonly #reader: ByteReader
  readonly #bounds: Bounds
  readonly #clockOf: ClockOf
  readonly #needs = new Map<number, number>()
  readonly #order = new BuildOrder()
  /** The struct that is being read. */
  #client = 0
  #clock = 0
  #items = 0
  #collected = 0
  #parts = 0
  #holes = false
  #straddles = false
  /** Made once: one for each item would be most of what a walk takes of memory. */
  readonly #readJsonValue = (): void => this.#json('undefined')
  readonly #readAnyValue = (): void => this.#any(0)

  constructor(reader: ByteReader, bounds: Bounds, clockOf: ClockOf) {
    this.#reader = reader
    this.#bounds = bounds
    this.#clockOf = clockOf
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
    return { structs, deletes, needs: this.#needs, holes: this.#holes, straddles: this.#straddles }
  }

  #structs(): ClockRange[] {
    const ranges: ClockRange[] = []
    const seen = new Set<number>()
    const clients = this.#clients()
    for (let n = 0; n < clients; n += 1) {
      const count = this.#reader.varUint()
      const client = this.#reader.varUint()
      const from = this.#reader.varUint()
      if (seen.has(client)) throw malformed('A client appears twice.')
      seen.add(client)
      this.#client = client
      this.#clock = from
      const next = this.#clockOf(client)
      for (let index = 0; index < count; index += 1) {
        const start = this.#clock
        const isItem = this.#structAt()
        if (isItem && start < next && next < this.#clock) this.#straddles = true
      }
      if (this.#clock > from) ranges.push({ client, from, to: this.#clock })
    }
    return ranges
  }

  /** Reads one struct and goes on by its clocks. Gives whether it is an item, and no clocks without content. */
  #structAt(): boolean {
    this.#count()
    const info = this.#reader.uint8()
    const content = info & CONTENT
    const length = this.#struct(info, content)
    this.#clock = safeSum(this.#clock, length)
    return content !== COLLECTED && content !== HOLE
  }

  /** Gives how many clocks it takes. */
  #struct(info: number, content: number): number {
    const reader = this.#reader
    if (content === COLLECTED) return this.#collect()
    if (content === HOLE) {
      this.#holes = true
      return positive(reader.varUint())
    }
    if ((info & HAS_ORIGIN) !== 0) this.#need()
    if ((info & HAS_RIGHT_ORIGIN) !== 0) this.#need()
    if ((info & (HAS_ORIGIN | HAS_RIGHT_ORIGIN)) === 0) {
      if (reader.varUint() === 1) this.#text()
      else this.#need()
      if ((info & HAS_PARENT_KEY) !== 0) this.#key()
    }
    return this.#content(content)
  }

  #content(kind: number): number {
    const reader = this.#reader
    switch (kind) {
      case 1: // deleted
        return this.#collect()
      case 2: // JSON values, or the word "undefined"
        return this.#each(this.#readJsonValue)
      case 3: // binary
        reader.varBytes()
        return 1
      case 4: // string: its length is counted in UTF-16 units
        return positive(this.#text())
      case 5: // embed
        this.#json()
        return 1
      case 6: // format
        this.#key()
        this.#json()
        return 1
      case 7: {
        const type = reader.varUint()
        if (type > LAST_TYPE) throw malformed('An unknown shared type.')
        if (type === XML_ELEMENT || type === XML_HOOK) this.#text()
        return 1
      }
      case 8: // any values
        return this.#each(this.#readAnyValue)
      case 9: // subdocument
        this.#text()
        this.#any(0)
        return 1
      default:
        throw malformed('An unknown kind of content.')
    }
  }

  /** Clocks without content: they cost the sender nothing, and everybody else a jump of that client's clock. */
  #collect(): number {
    const length = positive(this.#reader.varUint())
    this.#collected = safeSum(this.#collected, length)
    if (this.#collected > this.#bounds.collectedClocks) throw new CometpadError('UPDATE_TOO_COMPLEX')
    return length
  }

  /** A text; gives its length in UTF-16 units. */
  #text(): number {
    const length = utf16Length(this.#reader.varBytes())
    if (length === undefined) throw malformed('A text is not valid UTF-8.')
    return length
  }

  #key(): void {
    const bytes = this.#reader.varBytes()
    if (bytes.length > this.#bounds.keyBytes) throw new CometpadError('UPDATE_TOO_COMPLEX')
    if (utf16Length(bytes) === undefined) throw malformed('A name is not valid UTF-8.')
    if (bytes.length <= 11 && TREACHEROUS_KEYS.has(String.fromCharCode(...bytes)))
      throw malformed('A name is one that plain objects keep for themselves.')
  }

  /** Clients parse it when they apply the update, and one that cannot be parsed would break them all. */
  #json(except?: string): void {
    const text = this.#reader.varString()
    if (text === except) return
    this.#parts += partsOfJson(text)
    if (this.#parts > this.#bounds.jsonParts) throw new CometpadError('UPDATE_TOO_COMPLEX')
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (cause) {
      throw new CometpadError('MALFORMED_UPDATE', { detail: 'A value is not JSON.', cause })
    }
    this.#value(value, 0)
  }

  /** What `#any` is for a value that is there already. */
  #value(value: unknown, depth: number): void {
    if (depth > this.#bounds.anyDepth) throw new CometpadError('UPDATE_TOO_COMPLEX')
    if (typeof value !== 'object' || value === null) return
    this.#count()
    for (const key of Object.keys(value))
      if (TREACHEROUS_KEYS.has(key)) throw malformed('A name is one that plain objects keep for themselves.')
    for (const part of Object.values(value)) this.#value(part, depth + 1)
  }

  #each(value: () => void): number {
    const count = positive(this.#reader.varUint())
    for (let n = 0; n < count; n += 1) {
      this.#count()
      value()
    }
    return count
  }

  /** A value of lib0's `writeAny`. */
  #any(depth: number): void {
    if (depth > this.#bounds.anyDepth) throw new CometpadError('UPDATE_TOO_COMPLEX')
    this.#count()
    const reader = this.#reader
    switch (reader.uint8()) {
      case 127: // undefined
      case 126: // null
      case 121: // false
      case 120: // true
        return
      case 125: // whole number: its first byte has a sign, but ends like the others
        while (reader.uint8() >= 0x80);
        return
      case 124: // float32
        reader.take(4)
        return
      case 123: // float64
      case 122: // bigint
        reader.take(8)
        return
      case 119: // string
        this.#text()
        return
      case 116: // bytes
        reader.varBytes()
        return
      case 118: {
        const keys = reader.varUint()
        for (let n = 0; n < keys; n += 1) {
          this.#key()
          this.#any(depth + 1)
        }
        return
      }
      case 117: {
        const values = reader.varUint()
        for (let n = 0; n < values; n += 1) this.#any(depth + 1)
        return
      }
      default:
        throw malformed('An unknown kind of value.')
    }
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
        this.#count()
        const from = this.#reader.varUint()
        bounds[at] = from
        bounds[at + 1] = safeSum(from, positive(this.#reader.varUint()))
      }
      const sorted = isJoined(bounds) ? bounds : joined(bounds)
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

  #need(): void {
    const client = this.#reader.varUint()
    const clock = this.#reader.varUint()
    // Nobody could have written it, and no order of the items could ever apply it.
    if (client === this.#client && clock >= this.#clock) throw malformed('An item builds on a later one.')
    if (client !== this.#client) {
      this.#order.note(this.#client, this.#clock, client, clock)
      if (this.#order.size > this.#bounds.crossings) throw new CometpadError('UPDATE_TOO_COMPLEX')
    }
    this.#needUpTo(client, safeSum(clock, 1))
  }

  #needUpTo(client: number, to: number): void {
    const known = this.#needs.get(client)
    if (known === undefined || known < to) this.#needs.set(client, to)
  }

  #count(): void {
    this.#items += 1
    if (this.#items > this.#bounds.updateItems) throw new CometpadError('UPDATE_TOO_COMPLEX')
  }
}

/** How many values a JSON text may hold, seen before it is parsed: thirty times its own bytes is what those can cost. */
function partsOfJson(text: string): number {
  let parts = 0
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    if (unit === QUOTE) {
      index += 1
      while (index < text.length && text.charCodeAt(index) !== QUOTE)
        index += text.charCodeAt(index) === BACKSLASH ? 2 : 1
    } else if (unit === COMMA || unit === BRACKET || unit === BRACE) parts += 1
  }
  return parts
}

function safeSum(a: number, b: number): number {
  const sum = a + b
  if (!Number.isSafeInteger(sum)) throw malformed('A clock is larger than 2^53 - 1.')
  return sum
}

function positive(length: number): number {
  if (length === 0) throw malformed('A struct of no length.')
  return length
}

function malformed(detail: string): CometpadError {
  return new CometpadError('MALFORMED_UPDATE', { detail })
}
