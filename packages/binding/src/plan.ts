/**
 * From "these blocks shall look like that" to one delta and some changes of keys: the smallest change of the flow. Text
 * that stays is never written anew; the first marker is never deleted and nothing is put before it. Pure.
 */
import * as Y from 'yjs'
import { keepingRest } from './container-form.ts'
import { diffUnits } from './diff.ts'
import type { Draft, Region } from './draft.ts'
import { attrsOf, canonical, isBlockKey, isKnownTextAttr, knownAttrs } from './form.ts'
import type { Attrs, Canonical } from './form.ts'
import type { Hunk, Units } from './hunk.ts'
import { Stranger, keysOf, newMap } from './model.ts'
import type { Block, DeltaOp } from './model.ts'
import { newSide, oldSide } from './sides.ts'
import type { Side, Unit } from './sides.ts'

export interface KeyChange {
  readonly target: Y.Map<unknown>
  /** Null deletes. */
  readonly changes: Attrs
}

export type EditKind = 'none' | 'typing' | 'deleting' | 'format' | 'structure'

export interface Plan {
  readonly delta: readonly DeltaOp[]
  readonly keyChanges: readonly KeyChange[]
  readonly kind: EditKind
}

interface Edit {
  readonly at: number
  readonly insert?: string | Y.Map<unknown>
  readonly delete?: number
  readonly ofStrangers?: true | undefined
  readonly retain?: number
  readonly attributes?: Attrs
}

export function planRegions(regions: readonly Region[]): Plan {
  const edits: Edit[] = []
  const keyChanges: KeyChange[] = []
  for (const region of regions) planRegion(region, edits, keyChanges)
  const ordered = edits.map((edit, index) => ({ edit, index }))
  // At one place insertions come first, in the order in which they were planned.
  ordered.sort((a, b) => a.edit.at - b.edit.at || rank(a.edit) - rank(b.edit) || a.index - b.index)
  const delta = joinEdits(ordered.map(({ edit }) => edit))
  return { delta, keyChanges, kind: kindOf(edits, keyChanges) }
}

function rank(edit: Edit): number {
  return edit.insert === undefined ? 1 : 0
}

function planRegion(region: Region, edits: Edit[], keyChanges: KeyChange[]): void {
  const side = oldSide(region)
  const next = newSide(region)
  const pinned = side.positions[0] === 0 && region.old[0]?.marker != null ? 1 : 0
  const caret = region.caret === undefined ? undefined : Math.max(0, region.caret - pinned)
  const hunks = diffUnits(tail(side.units, pinned), tail(next.units, pinned), caret).map((hunk) =>
    shift(hunk, pinned),
  )
  let oldAt = 0
  let newAt = 0
  for (const hunk of [...hunks, null]) {
    const oldEnd = hunk?.oldStart ?? side.positions.length
    comparePair(side, next, { oldAt, newAt, length: oldEnd - oldAt }, edits, keyChanges)
    if (hunk === null) break
    insertHunk(region, side, next, hunk, edits)
    deletePieces(side, hunk, edits)
    oldAt = hunk.oldEnd
    newAt = hunk.newEnd
  }
}

function tail(units: Units, from: number): Units {
  return from === 0 ? units : { codes: units.codes.slice(from), text: units.text.slice(from) }
}

function shift(hunk: Hunk, by: number): Hunk {
  if (by === 0) return hunk
  const { oldStart, oldEnd, newStart, newEnd } = hunk
  return { oldStart: oldStart + by, oldEnd: oldEnd + by, newStart: newStart + by, newEnd: newEnd + by }
}

/** Units that stay: their attributes, and the keys of markers and objects among them. */
function comparePair(
  side: Side<Block>,
  next: Side<Draft>,
  pair: { oldAt: number; newAt: number; length: number },
  edits: Edit[],
  keyChanges: KeyChange[],
): void {
  let open: { at: number; retain: number; from: Canonical; to: Canonical; attributes: Attrs } | null = null
  for (let i = 0; i < pair.length; i++) {
    const was = side.unit[pair.oldAt + i]
    const is = next.unit[pair.newAt + i]
    const at = side.positions[pair.oldAt + i]
    if (was === undefined || is === undefined || at === undefined) break
    if (was.thing !== null) compareKeys(side, next, was, is, keyChanges)
    if (was.thing === -1) continue
    if (open !== null && open.from === was.attrs && open.to === is.attrs && open.at + open.retain === at) {
      open.retain += 1
      continue
    }
    if (open !== null) edits.push(open)
    open = null
    const attributes = changeOf(was.attrs, is.attrs)
    if (attributes !== null) open = { at, retain: 1, from: was.attrs, to: is.attrs, attributes }
  }
  if (open !== null) edits.push(open)
}

/** Only what this version understands is compared, and only that is cleared. */
function changeOf(was: Canonical, is: Canonical): Attrs | null {
  const known = knownAttrs(was)
  if (known === is) return null
  const from = attrsOf(known)
  const to = attrsOf(is)
  const change: Record<string, unknown> = {}
  for (const name of Object.keys(from)) if (!(name in to)) change[name] = null
  for (const [name, value] of Object.entries(to)) if (from[name] !== value) change[name] = value
  return change
}

function compareKeys(
  side: Side<Block>,
  next: Side<Draft>,
  was: Unit,
  is: Unit,
  keyChanges: KeyChange[],
): void {
  const block = side.blocks[was.block]
  const draft = next.blocks[is.block]
  if (block === undefined || draft === undefined || was.thing === null || is.thing === null) return
  const object = was.thing === -1 ? undefined : draft.objects[is.thing]
  const target = was.thing === -1 ? block.marker : object?.embed
  if (!(target instanceof Y.Map)) return
  const from = was.thing === -1 ? attrsOf(block.keys) : (target.toJSON() as Attrs)
  const to = object === undefined ? keepingRest(attrsOf(draft.keys), from) : attrsOf(object.keys)
  const changes: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(to)) {
    if (canonical({ v: from[name] }) !== canonical({ v: value })) changes[name] = value ?? null
  }
  const names = object === undefined ? draft.names : object.names
  for (const name of Object.keys(from)) {
    const isKnown = names.includes(name) || (object === undefined && isBlockKey(name))
    if (isKnown && to[name] === undefined) changes[name] = null
  }
  if (Object.keys(changes).length > 0) keyChanges.push({ target: target as Y.Map<unknown>, changes })
}

function insertHunk(region: Region, side: Side<Block>, next: Side<Draft>, hunk: Hunk, edits: Edit[]): void {
  if (hunk.newStart === hunk.newEnd) return
  const before = side.positions[hunk.oldStart - 1]
  const at = before === undefined ? (side.positions[hunk.oldStart] ?? region.at) : before + 1
  const foreign = sharedForeign(side.unit[hunk.oldStart - 1]?.attrs, side.unit[hunk.oldEnd]?.attrs)
  let left = side.unit[hunk.oldStart - 1]?.attrs ?? ''
  for (let i = hunk.newStart; i < hunk.newEnd;) {
    const unit = next.unit[i]
    const draft = unit === undefined ? undefined : next.blocks[unit.block]
    if (unit === undefined || draft === undefined) break
    if (unit.thing !== null) {
      const isBlock = unit.thing === -1
      // A marker takes the attributes on its left, or Enter in bold text would close the bold and open it again.
      if (!isBlock) left = canonical({ ...foreign, ...attrsOf(unit.attrs) })
      const insert = isBlock
        ? newMarker(draft.isThing ? draft.marker : null, draft.keys)
        : newObject(draft, unit.thing)
      edits.push({ at, insert, attributes: attrsOf(left) })
      i += 1
      continue
    }
    let end = i + 1
    while (end < hunk.newEnd && next.unit[end] === unit) end += 1
    left = canonical({ ...foreign, ...attrsOf(unit.attrs) })
    edits.push({ at, insert: next.units.text.slice(i, end), attributes: attrsOf(left) })
    i = end
  }
}

/** What this version does not understand goes on in text that is typed inside it. */
function sharedForeign(left: Canonical | undefined, right: Canonical | undefined): Attrs {
  const shared: Record<string, unknown> = {}
  if (left === undefined || right === undefined) return shared
  const other = attrsOf(right)
  for (const [name, value] of Object.entries(attrsOf(left))) {
    if (!isKnownTextAttr(name) && canonical({ v: other[name] }) === canonical({ v: value }))
      shared[name] = value
  }
  return shared
}

/** Yjs cannot move: what stood elsewhere is copied with all it holds. */
function newMarker(source: Y.Map<unknown> | null, keys: Canonical): Y.Map<unknown> {
  const before = source === null ? null : attrsOf(keysOf(source))
  const wanted: Record<string, unknown> = {
    ...(before === null ? attrsOf(keys) : keepingRest(attrsOf(keys), before)),
  }
  if (before !== null) {
    for (const name of Object.keys(before)) if (isBlockKey(name)) wanted[name] ??= null
  }
  return newMap(source, wanted)
}

function newObject(draft: Draft, thing: number): Y.Map<unknown> {
  const object = draft.objects[thing]
  return newMarker(
    object?.embed instanceof Y.Map ? (object.embed as Y.Map<unknown>) : null,
    object?.keys ?? '',
  )
}

function deletePieces(side: Side<Block>, hunk: Hunk, edits: Edit[]): void {
  for (let i = hunk.oldStart; i < hunk.oldEnd;) {
    const at = side.positions[i]
    if (at === undefined) break
    const ofStrangers = isStranger(side, i)
    let end = i + 1
    while (end < hunk.oldEnd && side.positions[end] === at + end - i && isStranger(side, end) === ofStrangers)
      end += 1
    edits.push({ at, delete: end - i, ofStrangers })
    i = end
  }
}

function isStranger({ unit, blocks }: Side<Block>, index: number): true | undefined {
  const { thing, block } = unit[index] ?? {}
  return blocks[block ?? 0]?.objects[thing ?? -1] instanceof Stranger || undefined
}

function joinEdits(edits: readonly Edit[]): DeltaOp[] {
  const delta: DeltaOp[] = []
  let at = 0
  // Copies, because Yjs adds to the attributes it is given.
  for (const edit of edits) {
    if (edit.at > at) delta.push({ retain: edit.at - at })
    at = edit.at
    if (edit.insert !== undefined) delta.push({ insert: edit.insert, attributes: { ...edit.attributes } })
    else if (edit.delete !== undefined) {
      delta.push({ delete: edit.delete, ofStrangers: edit.ofStrangers })
      at += edit.delete
    } else {
      delta.push({ retain: edit.retain ?? 0, attributes: { ...edit.attributes } })
      at += edit.retain ?? 0
    }
  }
  return delta
}

function kindOf(edits: readonly Edit[], keyChanges: readonly KeyChange[]): EditKind {
  if (keyChanges.length > 0) return 'structure'
  let kind = 'none' as EditKind
  for (const edit of edits) {
    if (edit.insert !== undefined && typeof edit.insert !== 'string') return 'structure'
    if (edit.retain !== undefined) kind = 'format'
    else if (kind !== 'format') kind = edit.insert === undefined && kind !== 'typing' ? 'deleting' : 'typing'
  }
  return kind
}
