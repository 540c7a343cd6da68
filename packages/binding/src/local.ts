/**
 * From the editor to the flow: what has to be compared after an edit, the plan of the change, and the view of what
 * stands where afterwards. Writes nothing into the document.
 */
import { $isTableNode } from '@lexical/table'
import { $getNodeByKey, $getRoot, $getSelection, $isElementNode, $isRangeSelection } from 'lexical'
import type { LexicalNode, NodeKey } from 'lexical'
import type { Dirt } from './dirt.ts'
import type { Draft, DraftContext, Drafted, Region } from './draft.ts'
import { $draftNodes } from './flatten.ts'
import { applyDelta } from './apply-delta.ts'
import { blockLength, startsOf } from './model.ts'
import { planRegions } from './plan.ts'
import type { Plan } from './plan.ts'
import { findGaps } from './regions.ts'
import type { Gap } from './regions.ts'
import { $unitsBefore } from './read-content.ts'
import type { Group, View } from './view.ts'

interface Compared {
  readonly gap: Gap
  readonly drafted: readonly Drafted[]
  readonly groups: readonly Group[]
  readonly region: Region
}

/** `othersAt`: units at which other people are. Their blocks stay where they are, if something has to move. */
export function $planLocal(
  dirt: Dirt,
  context: DraftContext,
  othersAt: () => readonly number[],
): { plan: Plan; rebind: () => void } {
  const { view } = context
  // Text that went from one node to another has to be found in both, so they are compared together.
  const mayHaveMoved = dirt.isOrderDirty || dirt.topLevel.size > 1
  const keys = mayHaveMoved ? $getRoot().getChildrenKeys() : view.groups.map(({ key }) => key)
  const comparison = new Comparison(context, dirt.topLevel, othersAt)
  const gaps = mayHaveMoved
    ? findGaps(
        view.groups,
        keys,
        (key) => comparison.$isSame(key),
        (key) => comparison.weigh(key),
      )
    : []
  const compared = withDirty(gaps, view.groups, keys, dirt.topLevel).map((gap) =>
    comparison.$compare(gap, keys),
  )
  const plan = planRegions(compared.map(({ region }) => region))
  return { plan, rebind: () => rebind(view, compared, plan) }
}

/** Every dirty node is compared; so is what it hangs on: a tail with its block, and something for the first marker. */
function withDirty(
  gaps: readonly Gap[],
  groups: readonly Group[],
  keys: readonly NodeKey[],
  dirty: ReadonlySet<NodeKey>,
): Gap[] {
  const all: Gap[] = []
  let oldAt = 0
  let newAt = 0
  const addKept = (until: number): void => {
    for (; oldAt < until; oldAt++, newAt++) {
      const key = keys[newAt]
      if (key !== undefined && dirty.has(key)) {
        all.push({ oldFrom: oldAt, oldTo: oldAt + 1, newFrom: newAt, newTo: newAt + 1 })
      }
    }
  }
  for (const gap of gaps) {
    addKept(gap.oldFrom)
    all.push(gap)
    oldAt = gap.oldTo
    newAt = gap.newTo
  }
  addKept(groups.length)
  return joinGaps(all.map((gap) => widenGap(gap, groups)))
}

function widenGap(gap: Gap, groups: readonly Group[]): Gap {
  let { oldFrom, oldTo, newFrom, newTo } = gap
  const isTail = (at: number): boolean => groups[at]?.count === 0
  while (oldFrom > 0 && newFrom > 0 && (isTail(oldFrom) || isTail(oldFrom - 1))) {
    oldFrom -= 1
    newFrom -= 1
  }
  const takesFirst = oldFrom === 0 && (oldTo === 0 || newTo === newFrom)
  if (takesFirst && oldTo < groups.length) {
    oldTo += 1
    newTo += 1
  }
  while (isTail(oldTo)) {
    oldTo += 1
    newTo += 1
  }
  return { oldFrom, oldTo, newFrom, newTo }
}

function joinGaps(gaps: readonly Gap[]): Gap[] {
  const joined: Gap[] = []
  for (const gap of gaps) {
    const last = joined.at(-1)
    if (last !== undefined && gap.oldFrom < last.oldTo) {
      const behind = Math.max(0, gap.oldTo - last.oldTo)
      const oldTo = last.oldTo + behind
      joined[joined.length - 1] = { ...last, oldTo, newTo: Math.max(last.newTo + behind, gap.newTo) }
    } else joined.push(gap)
  }
  return joined
}

class Comparison {
  readonly #context: DraftContext
  readonly #view: View
  readonly #dirty: ReadonlySet<NodeKey>
  readonly #othersAt: () => readonly number[]
  /** The first block of each group, and the end. */
  readonly #firstBlock: number[] = []
  readonly #starts: number[]
  #groupOf: Map<NodeKey, number> | null = null
  #others: readonly number[] | null = null

  constructor(context: DraftContext, dirty: ReadonlySet<NodeKey>, othersAt: () => readonly number[]) {
    const { view } = context
    this.#context = context
    this.#view = view
    this.#dirty = dirty
    this.#othersAt = othersAt
    this.#starts = startsOf(view.blocks)
    let block = 0
    for (const group of view.groups) {
      this.#firstBlock.push(block)
      block += group.count
    }
    this.#firstBlock.push(block)
  }

  /** Does this node still hold the same text in the same blocks? */
  $isSame(key: NodeKey): boolean {
    if (!this.#dirty.has(key)) return true
    const node = $getNodeByKey(key)
    const range = this.#rangeOf(key)
    if (node === null || range === null) return false
    const { drafted } = $draftNodes([node], this.#context)
    const blocks = this.#view.blocks.slice(range.from, range.to)
    return (
      drafted.length === blocks.length &&
      drafted.every(({ draft }, i) => draft.text === blocks[i]?.text && draft.marker === blocks[i]?.marker)
    )
  }

  weigh(key: NodeKey): number {
    const range = this.#rangeOf(key)
    if (range === null) return 1
    this.#others ??= this.#othersAt()
    const from = this.#starts[range.from] ?? 0
    const to = this.#starts[range.to] ?? 0
    const people = this.#others.filter((unit) => unit > from && unit <= to).length
    // Somebody's caret weighs more than any text; of two texts the shorter one moves.
    return 1 + (to - from) / (1 + (this.#starts.at(-1) ?? 0)) + people * (1 + this.#view.blocks.length)
  }

  $compare(gap: Gap, keys: readonly NodeKey[]): Compared {
    const nodes = keys
      .slice(gap.newFrom, gap.newTo)
      .map((key) => $getNodeByKey(key))
      .filter((node): node is LexicalNode => node !== null)
    const from = this.#firstBlock[gap.oldFrom] ?? 0
    const to = this.#firstBlock[gap.oldTo] ?? from
    const { drafted, groups } = $draftNodes(nodes, this.#context)
    const at = this.#starts[from] ?? 0
    const old = this.#view.blocks.slice(from, to)
    // The first marker stays, even where nothing else does.
    const needsOne = drafted.length === 0 && old[0]?.marker != null && at === 0
    const drafts = needsOne ? [EMPTY_DRAFT] : drafted.map(({ draft }) => draft)
    const starts = this.#starts.slice(from, to)
    const region = { old, starts, at, drafts, caret: $caretIn(drafted) }
    return { gap: { ...gap, oldFrom: gap.oldFrom, oldTo: gap.oldTo }, drafted, groups, region }
  }

  #rangeOf(key: NodeKey): { from: number; to: number } | null {
    this.#groupOf ??= new Map(this.#view.groups.map((group, i) => [group.key, i]))
    const group = this.#groupOf.get(key)
    const from = group === undefined ? undefined : this.#firstBlock[group]
    const to = group === undefined ? undefined : this.#firstBlock[group + 1]
    return from === undefined || to === undefined ? null : { from, to }
  }
}

const EMPTY_DRAFT: Draft = {
  marker: null,
  keys: '',
  names: [],
  isThing: false,
  text: '',
  runs: [],
  objects: [],
}

/** The caret as a unit of the drafts. */
function $caretIn(drafted: readonly Drafted[]): number | undefined {
  const selection = $getSelection()
  if (!$isRangeSelection(selection)) return undefined
  let at = 0
  for (const { key, draft, tail } of drafted) {
    for (const place of tail === null ? [{ key, from: 0 }] : [{ key, from: 0 }, tail]) {
      const element = place.key === null ? null : $getNodeByKey(place.key)
      const units =
        $isElementNode(element) && !$isTableNode(element) ? $unitsBefore(element, selection.focus) : undefined
      if (units !== undefined) return at + 1 + place.from + units
    }
    at += 1 + draft.text.length
  }
  return undefined
}

/** Carries the plan over to the blocks, and says anew which element shows which of them. */
function rebind(view: View, compared: readonly Compared[], plan: Plan): void {
  const before = view.blocks
  const blocks = applyDelta(before, plan.delta)
  const groups: Group[] = []
  let groupAt = 0
  let shift = 0
  const gone = new Set(compared.flatMap(({ region }) => region.old.map(({ marker }) => marker)))
  const bound: { id: Drafted['draft']['marker']; drafted: Drafted }[] = []
  for (const { gap, drafted, groups: made, region } of compared) {
    for (; groupAt < gap.oldFrom; groupAt++) groups.push(view.groups[groupAt] as Group)
    groups.push(...made)
    groupAt = gap.oldTo
    const first = region.at + shift
    let index = indexAt(blocks, first)
    for (const one of drafted) {
      const block = blocks[index++]
      if (block === undefined) break
      gone.delete(block.marker)
      bound.push({ id: block.marker, drafted: one })
    }
    if (drafted.length === 0 && region.drafts.length > 0) {
      gone.delete(blocks[index]?.marker ?? null)
      view.unsure.add(blocks[index]?.marker ?? null)
    }
    shift += region.drafts.reduce((sum, draft) => sum + draft.text.length + 1, 0)
    shift -= region.old.reduce((sum, block) => sum + blockLength(block), 0)
  }
  for (; groupAt < view.groups.length; groupAt++) groups.push(view.groups[groupAt] as Group)
  for (const id of gone) view.drop(id)
  for (const { id, drafted } of bound) {
    if (drafted.key === null) view.drop(id)
    else view.bind(id, drafted.key)
    view.doubt(id)
    if (drafted.parts !== undefined) view.bindParts(id, drafted.parts)
    if (drafted.tail === null) view.unbindTail(id)
    else view.bindTail(id, drafted.tail.key)
  }
  view.blocks = blocks
  view.groups = groups
}

function indexAt(blocks: readonly { marker: unknown; text: string }[], unit: number): number {
  let at = 0
  for (let i = 0; i < blocks.length; i++) {
    if (at >= unit) return i
    at += (blocks[i]?.text.length ?? 0) + (blocks[i]?.marker === null ? 0 : 1)
  }
  return blocks.length
}
