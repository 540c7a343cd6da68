/**
 * The text of a document as plain values: blocks with their keys, and runs with their attributes, as docs/document-format.md
 * names them. What every format is read into and written from. Knows no format and no editor.
 */
import { DEEPEST_CONTAINER, FLOW, readFlow, seed } from '@cometpad/binding'
import type { ContainerKind, Block as FlowBlock } from '@cometpad/binding'
import { CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import * as Y from 'yjs'
import { safeLink } from './safe-link.ts'

export type Attrs = Readonly<Record<string, unknown>>

export type Run =
  | { readonly text: string; readonly attrs: Attrs }
  /** An object in the text, as its keys. */
  | { readonly object: Attrs; readonly attrs: Attrs }

export interface Block {
  /** Of the marker; an absent key is the default. */
  readonly keys: Attrs
  readonly runs: readonly Run[]
}

/** Deeper levels of lists are written as this one: a document may claim any number. */
const DEEPEST_LEVEL = 32
const OBJECT = '\uFDD1'
/** What has no place in a text: stand-ins of the binding, and halves of surrogate pairs. */
const UNWANTED = /[\uFDD0\uFDD1]|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g

/** Whatever lies in a document, without links that lead somewhere dangerous. An empty document has no block. */
export function blocksOf(doc: Y.Doc): Block[] {
  return readFlow(doc.getText(FLOW)).map((block) => ({ keys: attrsIn(block.keys), runs: runsOf(block) }))
}

function runsOf({ text, runs, objects }: FlowBlock): Run[] {
  const result: Run[] = []
  let at = 0
  let object = 0
  for (const { length, attrs: canonical } of runs) {
    const attrs = safeAttrs(attrsIn(canonical))
    for (const part of text.slice(at, at + length).split(/(\uFDD1)/)) {
      if (part === '') continue
      if (part === OBJECT) result.push({ object: plainKeys(objects[object++]), attrs })
      else result.push({ text: part, attrs })
    }
    at += length
  }
  return result
}

function attrsIn(canonical: string): Attrs {
  return canonical === '' ? {} : (JSON.parse(canonical) as Attrs)
}

function plainKeys(embed: unknown): Attrs {
  if (!(embed instanceof Y.Map)) return {}
  return Object.fromEntries([...embed].filter(([, value]) => !(value instanceof Y.AbstractType)))
}

function safeAttrs(attrs: Attrs): Attrs {
  if (!('a' in attrs)) return attrs
  const { a, ...others } = attrs
  const link = safeLink(a)
  return link === undefined ? others : { ...others, a: link }
}

/** A new document of these blocks, as any program would write it that begins with the seed. */
export function docOf(blocks: readonly Block[]): Y.Doc {
  const doc = new Y.Doc()
  seed(doc)
  const flow = doc.getText(FLOW)
  const [first, ...others] = blocks
  if (first === undefined) return doc
  doc.transact(() => {
    const marker: unknown = flow.toDelta()[0]?.insert
    if (!(marker instanceof Y.Map)) throw new TypeError('The seed has no marker')
    for (const [name, value] of Object.entries(first.keys)) marker.set(name, value)
    flow.applyDelta([
      { retain: 1 },
      ...first.runs.map(insertOf),
      ...others.flatMap(({ keys, runs }) => [
        { insert: new Y.Map(Object.entries(keys)), attributes: {} },
        ...runs.map(insertOf),
      ]),
    ])
  })
  return doc
}

function insertOf(run: Run): { insert: string | Y.Map<unknown>; attributes: Record<string, unknown> } {
  const insert = 'text' in run ? run.text : new Y.Map(Object.entries(run.object))
  return { insert, attributes: { ...run.attrs } }
}

/**
 * Collects what a format was read into: runs are joined and cleaned, links looked at, and too much of anything refused with
 * CONTENT_TOO_COMPLEX while it is still little.
 */
export class BlockBuilder {
  readonly #bounds: Pick<Limits, 'contentBlocks' | 'contentRuns'>
  readonly #blocks: { keys: Attrs; runs: Run[] }[] = []
  #runs = 0
  #containers = 0
  /** The containers that blocks begin in. */
  within: readonly string[] = []

  constructor(bounds: Pick<Limits, 'contentBlocks' | 'contentRuns'>) {
    this.#bounds = bounds
  }

  /** Blocks stand in a container from now on; deeper ones than an editor shows are left out. */
  enter(kind: ContainerKind): void {
    if (this.within.length < DEEPEST_CONTAINER)
      this.within = [...this.within, `${kind}:${++this.#containers}`]
  }

  /** Begins a block. */
  begin(said: Attrs): void {
    const keys = this.within.length === 0 ? said : { ...said, W: this.within.join('/') }
    if (this.#blocks.length >= this.#bounds.contentBlocks) throw new CometpadError('CONTENT_TOO_COMPLEX')
    const level = keys['I']
    const isDeep = typeof level === 'number' && level > DEEPEST_LEVEL
    this.#blocks.push({ keys: isDeep ? { ...keys, I: DEEPEST_LEVEL } : keys, runs: [] })
  }

  /** Adds to the block that was begun last, or begins a paragraph. */
  text(text: string, attrs: Attrs = {}): void {
    const clean = text.replace(UNWANTED, '')
    if (clean === '') return
    if (this.#blocks.length === 0) this.begin({})
    const runs = this.#blocks.at(-1)?.runs ?? []
    const safe = safeAttrs(attrs)
    // A soft break carries no attribute but its link.
    for (const part of clean.split(/(\n)/))
      if (part !== '') this.#add(runs, part, part === '\n' ? linkOf(safe) : safe)
  }

  object(object: Attrs, attrs: Attrs): void {
    if (this.#blocks.length === 0) this.begin({})
    this.#blocks.at(-1)?.runs.push({ object, attrs: safeAttrs(attrs) })
    this.#count()
  }

  /** Has the last block no text yet? */
  get isEmpty(): boolean {
    return (this.#blocks.at(-1)?.runs.length ?? 0) === 0
  }

  get count(): number {
    return this.#blocks.length
  }

  get last(): Block | undefined {
    return this.#blocks.at(-1)
  }

  /** Takes back the block that was begun last. */
  drop(): void {
    this.#blocks.pop()
  }

  build(): Block[] {
    return this.#blocks
  }

  #add(runs: Run[], text: string, attrs: Attrs): void {
    const last = runs.at(-1)
    if (last !== undefined && 'text' in last && isSame(last.attrs, attrs)) {
      runs[runs.length - 1] = { text: last.text + text, attrs }
      return
    }
    runs.push({ text, attrs })
    this.#count()
  }

  #count(): void {
    this.#runs += 1
    if (this.#runs > this.#bounds.contentRuns) throw new CometpadError('CONTENT_TOO_COMPLEX')
  }
}

export type TextRun = Extract<Run, { text: string }>

/** Neighbours that say the same are one run, and empty ones none. */
export function joined(runs: readonly TextRun[]): TextRun[] {
  const result: TextRun[] = []
  for (const run of runs) {
    const last = result.at(-1)
    if (run.text === '') continue
    if (last !== undefined && isSame(last.attrs, run.attrs))
      result[result.length - 1] = { text: last.text + run.text, attrs: last.attrs }
    else result.push(run)
  }
  return result
}

/** What a soft break carries: no attribute but its link. */
export function linkOf({ a }: Attrs): Attrs {
  return a === undefined ? {} : { a }
}

function isSame(a: Attrs, b: Attrs): boolean {
  return nameOf(a) === nameOf(b)
}

/** Attributes or keys as a text: equal texts say the same. */
export function nameOf(attrs: Attrs): string {
  return JSON.stringify(Object.entries(attrs).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
