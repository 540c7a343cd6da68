/**
 * A flow as an array of blocks: what the binding remembers of the document, and what lies at each unit of it. Positions are
 * units of the Y.Text. Knows no editor.
 */
import * as Y from 'yjs'
import { MARKER, OBJECT, OBJECT_TYPE, attrsOf, breakAttrs, canonical } from './form.ts'
import type { Attrs, Canonical } from './form.ts'

/** So many units with the same attributes. Neighbouring runs differ. */
export interface Run {
  readonly length: number
  readonly attrs: Canonical
}

/** What one block holds after its marker. */
export interface Content {
  /** Embedded objects are one unit each, `OBJECT`. */
  readonly text: string
  readonly runs: readonly Run[]
  /** What lies behind the `OBJECT` units, in their order: usually a Y.Map; anything at all from foreign writers. */
  readonly objects: readonly unknown[]
}

export interface Block extends Content {
  /** Null: text before the first marker, which only a foreign writer can leave. */
  readonly marker: Y.Map<unknown> | null
  /** The marker's plain values. */
  readonly keys: Canonical
  /** Text attributes that lie on the marker itself; they mean nothing. */
  readonly own: Canonical
}

export type Delta = readonly DeltaOp[]
export interface DeltaOp {
  readonly insert?: unknown
  readonly retain?: number | undefined
  readonly delete?: number | undefined
  /** What is deleted are strangers, one unit each. */
  readonly ofStrangers?: true | undefined
  readonly attributes?: Readonly<Record<string, unknown>> | undefined
}

/**
 * Stands for one unit that Yjs counts in a text and never shows: a value, bytes or a document, put there by a program that
 * took the flow for a list. What it is stays unread, since no JSON need be able to say it. It is an object of no known type.
 */
export class Stranger {
  readonly [OBJECT_TYPE] = 'stranger'
}

/** What a format makes of the attributes before it. */
export function setFormat(attrs: Map<string, unknown>, { key, value }: Y.ContentFormat): void {
  if (value === null) attrs.delete(key)
  else attrs.set(key, value)
}

/** What an item that is counted holds: its text, or one thing for each of its units. */
export function unitsIn(content: Y.Item['content']): readonly unknown[] {
  if (content instanceof Y.ContentString) return [content.str]
  if (content instanceof Y.ContentType) return [content.type]
  if (content instanceof Y.ContentEmbed && typeof content.embed === 'object' && content.embed !== null)
    return [content.embed]
  return Array.from({ length: content.getLength() }, () => new Stranger())
}

/** Plain values of maps that lie in no document yet: Yjs cannot read those. */
const plannedKeys = new WeakMap<Y.Map<unknown>, Canonical>()

/** A map to be inserted. `source`: what it is a copy of. */
export function newMap(source: Y.Map<unknown> | null, keys: Attrs): Y.Map<unknown> {
  const map = source === null ? new Y.Map<unknown>() : source.clone()
  for (const [name, value] of Object.entries(keys)) {
    if (value === null) map.delete(name)
    else map.set(name, value)
  }
  plannedKeys.set(map, canonical({ ...(source === null ? {} : attrsOf(keysOf(source))), ...keys }))
  return map
}

export function isMarker(embed: unknown): embed is Y.Map<unknown> {
  if (!(embed instanceof Y.Map)) return false
  return embed.doc === null ? !(OBJECT_TYPE in attrsOf(keysOf(embed))) : !embed.has(OBJECT_TYPE)
}

export function keysOf(marker: Y.Map<unknown>): Canonical {
  if (marker.doc === null) return plannedKeys.get(marker) ?? ''
  // Most markers are paragraphs, and an iterator for each of them is dear when a document is opened.
  if (marker._map.size === 0) return ''
  const keys: Record<string, unknown> = {}
  for (const [name, value] of marker) if (!(value instanceof Y.AbstractType)) keys[name] = value
  return canonical(keys)
}

export function blockLength(block: Block): number {
  return block.text.length + (block.marker === null ? 0 : 1)
}

/** The unit at which each block begins, and at the end the length of the flow. */
export function startsOf(blocks: readonly Block[]): number[] {
  const starts: number[] = []
  let at = 0
  for (const block of blocks) {
    starts.push(at)
    at += blockLength(block)
  }
  starts.push(at)
  return starts
}

/** The index of the block that a unit belongs to; beyond the end the last one. */
export function blockAt(starts: readonly number[], unit: number): number {
  let low = 0
  let high = starts.length - 2
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= unit) low = middle
    else high = middle - 1
  }
  return low
}

/** Collects the content of one block, unit after unit. */
export class ContentBuilder {
  #text = ''
  readonly #runs: { length: number; attrs: Canonical }[] = []
  readonly #objects: unknown[] = []

  /** `text` holds no objects. */
  addText(text: string, attrs: Canonical): void {
    if (attrs === '' || !text.includes('\n')) {
      this.#add(text, attrs)
      return
    }
    for (const part of text.split(/(\n)/)) this.#add(part, part === '\n' ? breakAttrs(attrs) : attrs)
  }

  addObject(object: unknown, attrs: Canonical): void {
    this.#objects.push(object)
    this.#add(OBJECT, attrs)
  }

  /** Adds units of another content. */
  addSlice(content: Content, from: number, to: number): void {
    if (from === 0 && to === content.text.length && this.#text === '') {
      this.#text = content.text
      for (const run of content.runs) this.#runs.push({ ...run })
      this.#objects.push(...content.objects)
      return
    }
    let object = 0
    for (let i = content.text.indexOf(OBJECT); i !== -1 && i < to; i = content.text.indexOf(OBJECT, i + 1)) {
      if (i >= from) this.#objects.push(content.objects[object])
      object += 1
    }
    let at = 0
    for (const run of content.runs) {
      const start = Math.max(from, at)
      const end = Math.min(to, at + run.length)
      if (start < end) this.#add(content.text.slice(start, end), run.attrs)
      at += run.length
    }
  }

  get isEmpty(): boolean {
    return this.#text === ''
  }

  build(): Content {
    return { text: this.#text, runs: this.#runs, objects: this.#objects }
  }

  #add(text: string, attrs: Canonical): void {
    if (text === '') return
    this.#text += text
    const last = this.#runs.at(-1)
    if (last?.attrs === attrs) last.length += text.length
    else this.#runs.push({ length: text.length, attrs })
  }
}

/** A block as units with their attributes, for readers that want to see everything: tests and the fuzzer. */
export function describeBlocks(blocks: readonly Block[]): unknown[] {
  return blocks.map(({ marker, keys, own, text, runs, objects }) => ({
    marker: marker !== null,
    keys: attrsOf(keys),
    own,
    text,
    runs: runs.map(({ length, attrs }) => [length, attrs]),
    objects: objects.map((object) =>
      object instanceof Y.AbstractType ? (object.toJSON() as unknown) : object,
    ),
  }))
}

/** The text of a block as one string with its marker in front. */
export function unitsOf(block: Block): string {
  return (block.marker === null ? '' : MARKER) + block.text
}
