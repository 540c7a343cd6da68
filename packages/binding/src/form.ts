/**
 * The document form, version 1: names of keys and attributes, the canonical writing of both, and the seed with which
 * every document begins (docs/document-format.md). Knows Yjs as a format; knows no editor.
 */
import * as Y from 'yjs'

/** Version of the document form. A client that meets a higher one shows the document and does not write. */
export const FORM_VERSION = 1

/** Name of the root flow. */
export const FLOW = 'flow'

/** Name of the map that holds the version under `v`. */
export const META = 'meta'

/** Attributes of characters that are on or off. On is 1; off is absent. */
export const TEXT_FORMATS = ['b', 'i', 'u', 's', 'k', 'sub', 'sup', 'hl', 'lc', 'uc', 'tc'] as const
export type TextFormat = (typeof TEXT_FORMATS)[number]

/** Attribute of characters that are a link: its address. */
export const LINK = 'a'

/** Keys of every text block's marker. An absent key is the default, and a default is never written. */
const BLOCK_KEYS: ReadonlySet<string> = new Set(['T', 'I', 'A', 'D', 'C', 'S', 'L', 'X', 'W'])

/** Type of a block of code; its language is under `L`. */
export const CODE = 'code'

/** Type of a block that is a table; the keys of its rows, columns and cells (table-form.ts). */
export const TABLE = 'table'
const TABLE_KEY = /^(?:[rcwe]:[^:]+|[shgv]:[^:]+:[^:]+|z|fr|fc)$/

/** Does this version give a meaning to this key of a marker, on any block? If so, it is cleared where it has none. */
export function isBlockKey(name: string): boolean {
  return BLOCK_KEYS.has(name) || TABLE_KEY.test(name)
}

/** Key of an inline object: its type. An embedded map without it is a block marker. */
export const OBJECT_TYPE = 'O'

/** Types of blocks that are items of a list. */
export const LIST_TYPES = ['ul', 'ol', 'cl'] as const
export type ListType = (typeof LIST_TYPES)[number]

/** Stand-ins for a marker and for an embedded object in strings of units. Text that comes in never contains them. */
export const MARKER = '\uFDD0'
export const OBJECT = '\uFDD1'

export type Attrs = Readonly<Record<string, unknown>>

/** Attributes or keys as JSON with sorted names; nothing at all is the empty string. Equal means `===`. */
export type Canonical = string

const NONE: Attrs = Object.freeze({})
/** Parsed forms: a document uses few combinations, over and over. Bounded, because a hostile one uses many. */
const parsed = new Map<Canonical, Attrs>()
const PARSED_MOST = 5_000

export function canonical(attrs: Attrs | null | undefined): Canonical {
  if (attrs === null || attrs === undefined) return ''
  const names = Object.keys(attrs).filter((name) => attrs[name] !== null && attrs[name] !== undefined)
  if (names.length === 0) return ''
  const named =
    names.length === 1 && names[0] !== undefined
      ? { [names[0]]: attrs[names[0]] }
      : Object.fromEntries(names.sort().map((name) => [name, attrs[name]]))
  try {
    return JSON.stringify(named)
  } catch {
    // Only a foreign writer leaves big numbers, which JSON does not say; they are read as words.
    return JSON.stringify(named, (_name, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
  }
}

export function attrsOf(text: Canonical): Attrs {
  if (text === '') return NONE
  let attrs = parsed.get(text)
  if (attrs === undefined) {
    attrs = Object.freeze(JSON.parse(text) as Record<string, unknown>)
    if (parsed.size >= PARSED_MOST) parsed.clear()
    parsed.set(text, attrs)
  }
  return attrs
}

const knownText: ReadonlySet<string> = new Set([...TEXT_FORMATS, LINK])

export function isKnownTextAttr(name: string): boolean {
  return knownText.has(name)
}

/** The attributes that this version understands, with values that it understands. Others stay in the document, unread. */
export const knownAttrs = memo((text) => {
  const known: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(attrsOf(text))) {
    if (name === LINK ? typeof value === 'string' && value !== '' : knownText.has(name)) {
      known[name] = name === LINK ? value : 1
    }
  }
  return canonical(known)
})

/** A soft break carries no format but its link: Lexical has no place for one. */
export const breakAttrs = memo((text) => {
  const kept = Object.entries(attrsOf(text)).filter(([name]) => name === LINK || !knownText.has(name))
  return canonical(Object.fromEntries(kept))
})

function memo(compute: (text: Canonical) => Canonical): (text: Canonical) => Canonical {
  const results = new Map<Canonical, Canonical>([['', '']])
  return (text) => {
    let result = results.get(text)
    if (result === undefined) {
      result = compute(text)
      if (results.size >= PARSED_MOST) results.clear()
      results.set(text, result)
    }
    return result
  }
}

const UNWANTED = /[\uFDD0\uFDD1]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g

/** Text as it may enter a document: no stand-ins and no half of a surrogate pair. */
export function cleanText(text: string): string {
  return text.replace(UNWANTED, '')
}

/** The same for text that lies in a document already, where each unit keeps its place. */
export function readText(text: string): string {
  return text.replace(/[\uFDD0\uFDD1]/g, '\uFFFD')
}

/**
 * The update with which every document begins: one empty marker and the version. Its bytes are frozen; any number of
 * clients may apply it, in any order, and there is still one paragraph.
 */
export const seedUpdate: Uint8Array = Uint8Array.from(
  atob('AQIBAAcBBGZsb3cBKAEEbWV0YQF2AX0BAA=='),
  (character) => character.charCodeAt(0),
)

/** Origin of the transaction that seeds. */
export const SEED_ORIGIN = Symbol('seed')

export function seed(doc: Y.Doc): void {
  Y.applyUpdate(doc, seedUpdate, SEED_ORIGIN)
}

/** The version a document says it has; one that says nothing understandable counts as the first. */
export function versionOf(doc: Y.Doc): number {
  const version: unknown = doc.getMap(META).get('v')
  return typeof version === 'number' && Number.isFinite(version) ? version : FORM_VERSION
}
