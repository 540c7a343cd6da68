/**
 * From the blocks to the editor: the smallest stretch of top-level nodes that has to be looked at after a change, made
 * canonical with a wet pen or compared with a dry one.
 */
import { $getNodeByKey, $getRoot } from 'lexical'
import type { LexicalNode } from 'lexical'
import { isVoid } from './blocks.ts'
import { containersOf } from './container-form.ts'
import { $arrange } from './arrange.ts'
import { TABLE, attrsOf } from './form.ts'
import type { Block } from './model.ts'
import { countBlocks, listTypeOf, outline } from './outline.ts'
import type { Pen } from './pen.ts'
import { $renderShapes } from './render.ts'
import type { Group, View } from './view.ts'
import type { ContentWriter } from './write-content.ts'

/** Blocks `[from, oldTo)` became `[from, newTo)`. */
export interface Stretch {
  readonly from: number
  readonly oldTo: number
  readonly newTo: number
}

/** Where two states of the blocks differ, or where the editor does not show the block as it is. */
export function findStretch(before: readonly Block[], after: readonly Block[], view: View): Stretch | null {
  const most = Math.min(before.length, after.length)
  const { unsure } = view
  // After a key there is exactly one, and looking it up for every block would cost more than the rest.
  const [only] = unsure.size === 1 ? unsure : [undefined]
  const isUnsure = (block: Block): boolean =>
    only === undefined ? unsure.size > 0 && unsure.has(block.marker) : block.marker === only
  const same = (a: Block | undefined, b: Block | undefined): boolean =>
    a !== undefined && a === b && !isUnsure(a)
  let from = 0
  while (from < most && same(before[from], after[from])) from += 1
  let tail = 0
  while (tail < most - from && same(before.at(-1 - tail), after.at(-1 - tail))) tail += 1
  if (from === before.length && from === after.length) return null
  return { from, oldTo: before.length - tail, newTo: after.length - tail }
}

interface Window {
  readonly groupFrom: number
  readonly groupTo: number
  readonly from: number
  readonly newTo: number
}

/** Whole groups; and the lists and containers beside them, which may become one with them or part. */
function windowOf(stretch: Stretch, after: readonly Block[], groups: readonly Group[]): Window {
  let groupFrom = 0
  let from = 0
  const countAt = (group: number): number => groups[group]?.count ?? 0
  while (groupFrom < groups.length && from + countAt(groupFrom) <= stretch.from) {
    from += countAt(groupFrom)
    groupFrom += 1
  }
  // Also the block before with its tail, and a list, a container or a table before, which may grow.
  let isOneMore = countAt(groupFrom - 1) === 0 || mayJoin(after[from - 1]) || isOfTable(after[from - 1])
  while (groupFrom > 0 && isOneMore) {
    groupFrom -= 1
    from -= countAt(groupFrom)
    isOneMore = countAt(groupFrom) === 0
  }
  let groupTo = groupFrom
  let oldTo = from
  while (groupTo < groups.length && (oldTo < stretch.oldTo || countAt(groupTo) === 0)) {
    oldTo += countAt(groupTo)
    groupTo += 1
  }
  const growth = stretch.newTo - stretch.oldTo
  if (groupTo < groups.length && mayJoin(after[oldTo + growth])) {
    oldTo += countAt(groupTo)
    groupTo += 1
  }
  // Blocks of cells without a table get one, if one comes to stand before them.
  while (groupTo < groups.length && (isOfTable(after[oldTo + growth]) || countAt(groupTo) === 0)) {
    oldTo += countAt(groupTo)
    groupTo += 1
  }
  // An emptied editor shows no group, but the document still has its first block.
  const newTo = groupTo === groups.length ? after.length : oldTo + growth
  return { groupFrom, groupTo, from, newTo }
}

function mayJoin(block: Block | undefined): boolean {
  if (block === undefined || block.keys === '') return false
  const keys = attrsOf(block.keys)
  return listTypeOf(keys) !== null || containersOf(keys).length > 0
}

function isOfTable(block: Block | undefined): boolean {
  if (block === undefined || block.keys === '') return false
  const keys = attrsOf(block.keys)
  return keys['T'] === TABLE || keys['X'] !== undefined
}

/** By their keys: walking through the children of the root costs more than everything else that a key press does. */
function $childrenOf(groups: readonly Group[]): LexicalNode[] {
  return groups.map(({ key }, i) => {
    const node = $getNodeByKey(key)
    const isThere = node?.getParent()?.is($getRoot()) === true
    if (!isThere || (i > 0 && node.getPreviousSibling()?.getKey() !== groups[i - 1]?.key)) {
      throw new Error('The editor holds other blocks than it was said to.')
    }
    return node
  })
}

/**
 * Shows `after` in the stretch. Gives whether the tree is canonical there now; with a dry pen it may not be, and then
 * nothing was written, neither in the tree nor in the view.
 */
export function $renderStretch(
  stretch: Stretch,
  after: readonly Block[],
  view: View,
  writer: ContentWriter,
  pen: Pen,
): boolean {
  const { groupFrom, groupTo, from, newTo } = windowOf(stretch, after, view.groups)
  const children = $childrenOf(view.groups.slice(groupFrom, groupTo))
  const shapes = outline(after.slice(from, newTo), isVoid)
  const nodes = $renderShapes(shapes, { view, writer, pen, taken: new Set() })
  // What came into a cell is no child of the root any more.
  const left = children.filter((child) => child.getLatest().__parent === 'root')
  $arrange($getRoot(), nodes, pen, left, groupFrom)
  if (pen.isUsed && !pen.isWet) return false
  const made = shapes.map((shape, i) => ({ key: nodes[i]?.getKey() ?? '', count: countBlocks(shape) }))
  view.groups = [...view.groups.slice(0, groupFrom), ...made, ...view.groups.slice(groupTo)]
  return true
}
