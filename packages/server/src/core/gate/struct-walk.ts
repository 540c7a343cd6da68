/**
 * Reads the structs of a Yjs update (format v1) one after the other without building them: what each builds on, and how many clocks it
 * takes. Allocates nothing by a declared count. Knows no document, and nothing of what the structs are read for.
 * Format: yjs 13.6, `UpdateEncoderV1` and `Item.write`.
 */
import { CometpadError } from '@cometpad/shared'
import type { ByteReader, Limits } from '@cometpad/shared'
import { utf16Length } from './utf8.ts'

export type StructBounds = Pick<
  Limits,
  'updateItems' | 'jsonParts' | 'anyDepth' | 'collectedClocks' | 'keyBytes'
>

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

// As keys of a plain object these are not what they seem to be.
const TREACHEROUS_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

/** What a struct can build on: the item on its left, the one on its right, and the shared type that it stands in. */
const [LEFT, RIGHT, PARENT] = [0, 1, 2]

type Reference = (client: number, clock: number, isParent: boolean) => boolean

export class StructWalk {
  readonly reader: ByteReader
  readonly #bounds: StructBounds
  /** The struct that is being read. */
  client = 0
  clock = 0
  holes = false
  #kind = COLLECTED
  readonly #clients = [0, 0, 0]
  /** Of what it builds on; -1: not on that. */
  readonly #clocks = [-1, -1, -1]
  #items = 0
  #collected = 0
  #parts = 0
  /** Made once: one for each item would be most of what a walk takes of memory. */
  readonly #readJsonValue = (): void => this.#json('undefined')
  readonly #readAnyValue = (): void => this.#any(0)

  constructor(reader: ByteReader, bounds: StructBounds) {
    this.reader = reader
    this.#bounds = bounds
  }

  /** What comes now are structs of this client. */
  begin(client: number, clock: number): void {
    this.client = client
    this.clock = clock
  }

  /** Reads what the next struct builds on. */
  head(): void {
    this.count()
    const { reader } = this
    const info = reader.uint8()
    this.#kind = info & CONTENT
    this.#clocks.fill(-1)
    if (this.#kind === COLLECTED || this.#kind === HOLE) return
    if ((info & HAS_ORIGIN) !== 0) this.#reference(LEFT)
    if ((info & HAS_RIGHT_ORIGIN) !== 0) this.#reference(RIGHT)
    if ((info & (HAS_ORIGIN | HAS_RIGHT_ORIGIN)) !== 0) return
    if (reader.varUint() === 1) this.#text()
    else this.#reference(PARENT)
    if ((info & HAS_PARENT_KEY) !== 0) this.#key()
  }

  /** Calls for each item that the struct builds on until one call gives false; gives whether none did. */
  each(reference: Reference): boolean {
    // Without a list of the three: there may be hundreds of thousands of structs.
    return this.#isSo(LEFT, reference) && this.#isSo(RIGHT, reference) && this.#isSo(PARENT, reference)
  }

  /** Reads the rest of the struct and goes on by its clocks. Gives whether it is an item, and no clocks without content. */
  body(): boolean {
    const length = this.#length()
    this.clock = safeSum(this.clock, length)
    return this.#kind !== COLLECTED && this.#kind !== HOLE
  }

  /** Throws UPDATE_TOO_COMPLEX when it is one too many. */
  count(): void {
    this.#items += 1
    if (this.#items > this.#bounds.updateItems) throw new CometpadError('UPDATE_TOO_COMPLEX')
  }

  #isSo(at: number, reference: Reference): boolean {
    const clock = this.#clocks[at] ?? -1
    return clock < 0 || reference(this.#clients[at] ?? 0, clock, at === PARENT)
  }

  #reference(at: number): void {
    this.#clients[at] = this.reader.varUint()
    this.#clocks[at] = this.reader.varUint()
  }

  /** Gives how many clocks it takes. */
  #length(): number {
    if (this.#kind === COLLECTED) return this.#collect()
    if (this.#kind !== HOLE) return this.#content(this.#kind)
    this.holes = true
    return positive(this.reader.varUint())
  }

  #content(kind: number): number {
    const reader = this.reader
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
    const length = positive(this.reader.varUint())
    this.#collected = safeSum(this.#collected, length)
    if (this.#collected > this.#bounds.collectedClocks) throw new CometpadError('UPDATE_TOO_COMPLEX')
    return length
  }

  /** A text; gives its length in UTF-16 units. */
  #text(): number {
    const length = utf16Length(this.reader.varBytes())
    if (length === undefined) throw malformed('A text is not valid UTF-8.')
    return length
  }

  #key(): void {
    const bytes = this.reader.varBytes()
    if (bytes.length > this.#bounds.keyBytes) throw new CometpadError('UPDATE_TOO_COMPLEX')
    if (utf16Length(bytes) === undefined) throw malformed('A name is not valid UTF-8.')
    if (bytes.length <= 11 && TREACHEROUS_KEYS.has(String.fromCharCode(...bytes)))
      throw malformed('A name is one that plain objects keep for themselves.')
  }

  /** Clients parse it when they apply the update, and one that cannot be parsed would break them all. */
  #json(except?: string): void {
    const text = this.reader.varString()
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
    this.count()
    for (const key of Object.keys(value))
      if (TREACHEROUS_KEYS.has(key)) throw malformed('A name is one that plain objects keep for themselves.')
    for (const part of Object.values(value)) this.#value(part, depth + 1)
  }

  #each(value: () => void): number {
    const count = positive(this.reader.varUint())
    for (let n = 0; n < count; n += 1) {
      this.count()
      value()
    }
    return count
  }

  /** A value of lib0's `writeAny`. */
  #any(depth: number): void {
    if (depth > this.#bounds.anyDepth) throw new CometpadError('UPDATE_TOO_COMPLEX')
    this.count()
    const reader = this.reader
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

export function safeSum(a: number, b: number): number {
  const sum = a + b
  if (!Number.isSafeInteger(sum)) throw malformed('A clock is larger than 2^53 - 1.')
  return sum
}

export function positive(length: number): number {
  if (length === 0) throw malformed('A struct of no length.')
  return length
}

export function malformed(detail: string): CometpadError {
  return new CometpadError('MALFORMED_UPDATE', { detail })
}
