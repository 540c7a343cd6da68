/**
 * A change of the flow carried over to the blocks that are remembered of it. Blocks that nothing touches are passed
 * through by reference, so that "changed" is object identity. Pure; knows no editor.
 */
import type * as Y from 'yjs'
import { attrsOf, canonical, readText } from './form.ts'
import type { Attrs, Canonical } from './form.ts'
import { ContentBuilder, blockLength, isMarker, keysOf } from './model.ts'
import type { Block, Delta } from './model.ts'

/** `delta` in units of the flow before it, as Yjs reports it: attributes of a retain are changes, null clears. */
export function applyDelta(blocks: readonly Block[], delta: Delta): Block[] {
  const writer = new BlockWriter()
  const reader = new BlockReader(blocks, writer)
  for (const op of delta) {
    if (op.retain !== undefined) reader.take(op.retain, op.attributes)
    else if (op.delete !== undefined) reader.skip(op.delete)
    else if (op.insert !== undefined) writer.add(op.insert, canonical(op.attributes))
  }
  reader.take(Infinity, undefined)
  return writer.finish()
}

/** Reads the plain values of these markers anew. A block in whose text one of them lies counts as changed. */
export function refreshKeys(blocks: readonly Block[], changed: ReadonlySet<unknown>): Block[] {
  if (changed.size === 0) return [...blocks]
  return blocks.map((block) => {
    if (block.objects.some((object) => changed.has(object))) return { ...block }
    if (block.marker === null || !changed.has(block.marker)) return block
    const keys = keysOf(block.marker)
    return keys === block.keys ? block : { ...block, keys }
  })
}

/** What a change of attributes makes of them. */
export function changedAttrs(attrs: Canonical, change: Attrs | undefined): Canonical {
  return change === undefined ? attrs : canonical({ ...attrsOf(attrs), ...change })
}

/**
 * Whether a change leaves attributes as they are. Yjs reports the end of a format as a change of everything behind it, up to
 * the end of the document.
 */
function leavesAttrs(change: Attrs | undefined): (attrs: Canonical) => boolean {
  if (change === undefined) return () => true
  const known = new Map<Canonical, boolean>()
  return (attrs) => {
    const found = known.get(attrs)
    if (found !== undefined) return found
    const leaves = changedAttrs(attrs, change) === attrs
    known.set(attrs, leaves)
    return leaves
  }
}

class BlockReader {
  readonly #blocks: readonly Block[]
  readonly #writer: BlockWriter
  #index = 0
  /** Units of the current block that are read already. */
  #offset = 0

  constructor(blocks: readonly Block[], writer: BlockWriter) {
    this.#blocks = blocks
    this.#writer = writer
  }

  take(units: number, change: Attrs | undefined): void {
    const left = change === undefined ? units - this.#passWhole(units) : units
    const leaves = leavesAttrs(change)
    this.#advance(left, (block, from, to) => {
      const isWhole = from === 0 && to === blockLength(block)
      if (isWhole && leaves(block.own) && block.runs.every(({ attrs }) => leaves(attrs)))
        this.#writer.pass(block)
      else this.#writer.addUnits(block, from, to, change)
    })
  }

  skip(units: number): void {
    this.#advance(units, () => undefined)
  }

  /** Passes the blocks that lie in so many units as a whole: usually nearly all there are. Gives their units. */
  #passWhole(units: number): number {
    let passed = 0
    while (this.#offset === 0) {
      const block = this.#blocks[this.#index]
      if (block === undefined || passed + blockLength(block) > units) break
      passed += blockLength(block)
      this.#writer.pass(block)
      this.#index += 1
    }
    return passed
  }

  #advance(units: number, use: (block: Block, from: number, to: number) => void): void {
    let left = units
    while (left > 0) {
      const block = this.#blocks[this.#index]
      if (block === undefined) return
      const length = blockLength(block)
      const to = Math.min(length, this.#offset + left)
      use(block, this.#offset, to)
      left -= to - this.#offset
      this.#offset = to
      if (to === length) {
        this.#index += 1
        this.#offset = 0
      }
    }
  }
}

/** Puts blocks together from units. */
export class BlockWriter {
  readonly #done: Block[] = []
  /** The last block of `#done` as long as it may still be passed through; its copy once something is added. */
  #content: ContentBuilder | null = null
  #head: Pick<Block, 'marker' | 'keys' | 'own'> | null = null

  pass(block: Block): void {
    if (block.marker === null) {
      this.addUnits(block, 0, block.text.length, undefined)
      return
    }
    this.#close()
    this.#done.push(block)
  }

  /** Text, a marker, or an object. */
  add(insert: unknown, attrs: Canonical): void {
    if (typeof insert === 'string') {
      if (insert !== '') this.#reopen().addText(readText(insert), attrs)
    } else if (isMarker(insert)) this.#open(insert, keysOf(insert), attrs)
    else this.#reopen().addObject(insert, attrs)
  }

  addUnits(block: Block, from: number, to: number, change: Attrs | undefined): void {
    const lead = block.marker === null ? 0 : 1
    if (block.marker !== null && from === 0 && to > 0) {
      this.#open(block.marker, block.keys, changedAttrs(block.own, change))
    }
    const start = Math.max(0, from - lead)
    const end = to - lead
    if (end <= start) return
    const content = this.#reopen()
    if (change === undefined) {
      content.addSlice(block, start, end)
      return
    }
    const slice = new ContentBuilder()
    slice.addSlice(block, start, end)
    const { text, runs, objects } = slice.build()
    let at = 0
    let object = 0
    for (const run of runs) {
      const attrs = changedAttrs(run.attrs, change)
      for (const part of text.slice(at, at + run.length).split(/(\uFDD1)/)) {
        if (part === '\uFDD1') content.addObject(objects[object++], attrs)
        else if (part !== '') content.addText(part, attrs)
      }
      at += run.length
    }
  }

  finish(): Block[] {
    this.#close()
    return this.#done
  }

  #open(marker: Y.Map<unknown>, keys: Canonical, own: Canonical): void {
    this.#close()
    this.#head = { marker, keys, own }
    this.#content = new ContentBuilder()
  }

  #reopen(): ContentBuilder {
    if (this.#content !== null) return this.#content
    const last = this.#done.pop()
    this.#head = last ?? { marker: null, keys: '', own: '' }
    this.#content = new ContentBuilder()
    if (last !== undefined) this.#content.addSlice(last, 0, last.text.length)
    return this.#content
  }

  #close(): void {
    if (this.#content === null) return
    const { marker, keys, own } = this.#head ?? { marker: null, keys: '', own: '' }
    if (marker !== null || !this.#content.isEmpty)
      this.#done.push({ marker, keys, own, ...this.#content.build() })
    this.#content = null
    this.#head = null
  }
}
