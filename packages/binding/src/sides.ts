/**
 * The two sides of a region as sequences of units: the blocks of the document and the drafts of the editor, with what
 * has to be known of each unit to compare and to write it. Pure.
 */
import type * as Y from 'yjs'
import type { Draft, Region } from './draft.ts'
import { MARKER, attrsOf } from './form.ts'
import type { Canonical } from './form.ts'
import type { Units } from './hunk.ts'
import { unitsOf } from './model.ts'
import type { Block, Content } from './model.ts'

export interface Unit {
  /** The whole attributes on the old side, the known ones on the new. */
  readonly attrs: Canonical
  readonly block: number
  /** Index of the object behind this unit; -1 for a marker; null for text. */
  readonly thing: number | null
}

export interface Side<B> {
  readonly blocks: readonly B[]
  readonly units: Units
  readonly unit: readonly Unit[]
  /** The place in the flow; empty on the new side. */
  readonly positions: readonly number[]
}

export function oldSide(region: Region): Side<Block> {
  const side = {
    blocks: region.old,
    codes: [] as number[],
    unit: [] as Unit[],
    positions: [] as number[],
    text: '',
  }
  region.old.forEach((block, index) => {
    const start = region.starts[index] ?? 0
    const from = side.unit.length
    if (block.marker !== null) {
      side.unit.push({ attrs: block.own, block: index, thing: -1 })
      side.codes.push(0)
    }
    pushContent(side, block, index, (object) => codeOf(block.objects[object]))
    side.text += unitsOf(block)
    for (let i = from; i < side.unit.length; i++) side.positions.push(start + i - from)
    if (block.marker === null) return
    side.codes[from] = isThingIn(region, block)
      ? codeOf(block.marker)
      : textMarkerCode(region, attrsOf(block.keys)['X'])
  })
  return { ...side, units: { codes: side.codes, text: side.text } }
}

export function newSide(region: Region): Side<Draft> {
  const side = { blocks: region.drafts, codes: [] as number[], unit: [] as Unit[], text: '' }
  region.drafts.forEach((draft, index) => {
    // Text that has no marker gets none as long as it is a plain paragraph: reading a document never repairs it.
    const isBare = index === 0 && region.at === 0 && draft.keys === '' && region.old[0]?.marker == null
    if (!isBare) {
      side.unit.push({ attrs: '', block: index, thing: -1 })
      side.codes.push(draft.isThing ? codeOf(draft.marker) : textMarkerCode(region, cellOf(region, draft)))
      side.text += MARKER
    }
    pushContent(side, draft, index, (object) => codeOf(draft.objects[object]?.embed))
    side.text += draft.text
  })
  return { ...side, units: { codes: side.codes, text: side.text }, positions: [] }
}

function pushContent(
  side: { codes: number[]; unit: Unit[] },
  content: Content,
  block: number,
  objectCode: (object: number) => number,
): void {
  let at = 0
  let object = 0
  for (const { length, attrs } of content.runs) {
    const plain: Unit = { attrs, block, thing: null }
    for (let i = at; i < at + length; i++) {
      const code = content.text.charCodeAt(i)
      const isObject = code === 0xfdd1
      side.codes.push(isObject ? objectCode(object) : code)
      side.unit.push(isObject ? { attrs, block, thing: object++ } : plain)
    }
    at += length
  }
}

const MARKER_CODE = 0xfdd0
const serials = new WeakMap<object, number>()
let serial = 0x1_0000

/** A number that stands for this thing alone; a new one for what has no place in the document yet. */
function codeOf(thing: unknown): number {
  if (typeof thing !== 'object' || thing === null) return ++serial
  let code = serials.get(thing)
  if (code === undefined) serials.set(thing, (code = ++serial))
  return code
}

/** Markers of text are all alike, but for the cell that they are in: a row is not deleted in place of another. */
function textMarkerCode(region: Region, cell: unknown): number {
  if (typeof cell !== 'string') return MARKER_CODE
  const { cells } = namesOf(region)
  let code = cells.get(cell)
  if (code === undefined) cells.set(cell, (code = ++serial))
  return code
}

/** A block that was there stays itself, though it may have come into another cell. */
function cellOf(region: Region, draft: Draft): unknown {
  const before = draft.marker === null ? undefined : namesOf(region).blocks.get(draft.marker)
  return attrsOf((before ?? draft).keys)['X']
}

/** The document does not say what is a thing; the drafts do, and what they hold no longer is one if it was. */
function isThingIn(region: Region, block: Block): boolean {
  const draft = block.marker === null ? undefined : namesOf(region).drafts.get(block.marker)
  if (draft !== undefined) return draft.isThing
  const type = attrsOf(block.keys)['T']
  return typeof type === 'string' && !TEXT_TYPES.has(type)
}

const TEXT_TYPES = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'q', 'code', 'ul', 'ol', 'cl'])

interface Names {
  readonly blocks: ReadonlyMap<Y.Map<unknown>, Block>
  readonly drafts: ReadonlyMap<Y.Map<unknown>, Draft>
  readonly cells: Map<string, number>
}

const names = new WeakMap<Region, Names>()

function namesOf(region: Region): Names {
  let found = names.get(region)
  if (found === undefined) {
    const { old, drafts } = region
    found = { blocks: byMarker(old), drafts: byMarker(drafts), cells: new Map() }
    names.set(region, found)
  }
  return found
}

function byMarker<B extends Block | Draft>(blocks: readonly B[]): Map<Y.Map<unknown>, B> {
  return new Map(blocks.flatMap((block) => (block.marker === null ? [] : [[block.marker, block]])))
}
