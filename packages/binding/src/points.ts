/** Places: a point of a Lexical selection as a unit of the flow, and back. A unit is the place before it. */
import { $isTableNode } from '@lexical/table'
import { $getNodeByKey, $getRoot, $isElementNode, $isRootNode, $isTextNode } from 'lexical'
import type { ElementNode, LexicalNode, NodeKey, PointType } from 'lexical'
import { blockAt, blockLength, startsOf } from './model.ts'
import { $unitsBefore, $unitsOf } from './read-content.ts'
import type { BlockId, View } from './view.ts'

export interface Place {
  readonly key: NodeKey
  readonly offset: number
  readonly type: 'text' | 'element'
}

/** Undefined when the point lies in nothing that the flow knows. */
export function $unitOfPoint(point: PointType, view: View): number | undefined {
  for (let node: LexicalNode | null = $getNodeByKey(point.key); node !== null; node = node.getParent()) {
    const key = node.getKey()
    const id = view.blockOf.has(key) ? view.blockOf.get(key) : view.tailOf.get(key)
    // A table holds blocks and no text of its own: a point in it lies between them.
    if ($isTableNode(node)) break
    if (id !== undefined && $isElementNode(node)) {
      const before = $unitsBefore(node, point)
      if (before === undefined) return undefined
      return startOf(view, id) + (id === null ? 0 : 1) + before
    }
  }
  return $unitOfOuterPoint(point, view)
}

/** A point between blocks: before the child at its offset. */
function $unitOfOuterPoint(point: PointType, view: View): number | undefined {
  const parent = $getNodeByKey(point.key)
  if (!$isElementNode(parent)) return undefined
  for (let child = parent.getChildAtIndex(point.offset); child !== null;) {
    const id = view.blockOf.get(child.getKey())
    // Before the marker of an object, in front of the text of anything else.
    if (id !== undefined) return startOf(view, id) + ($isElementNode(child) && id !== null ? 1 : 0)
    child = $isElementNode(child) ? child.getFirstChild() : null
  }
  if ($isRootNode(parent)) return startsOf(view.blocks).at(-1)
  // Behind the last of them.
  for (let child = parent.getLastChild(); child !== null;) {
    const id = view.blockOf.get(child.getKey())
    if (id !== undefined && !$isTableNode(child)) return endOf(view, id)
    child = $isElementNode(child) ? child.getLastChild() : null
  }
  return undefined
}

function startOf(view: View, id: BlockId): number {
  let at = 0
  for (const block of view.blocks) {
    if (block.marker === id) return at
    at += blockLength(block)
  }
  return at
}

function endOf(view: View, id: BlockId): number {
  const block = view.blocks.find(({ marker }) => marker === id)
  return block === undefined ? 0 : startOf(view, id) + blockLength(block)
}

/** Where a caret at this unit is shown: behind the character on its left. Null in an editor that shows nothing. */
export function $placeAt(unit: number, view: View): Place | null {
  const starts = startsOf(view.blocks)
  const index = blockAt(starts, Math.max(0, unit - 1))
  const block = view.blocks[index]
  if (block === undefined) return null
  const offset = Math.max(0, unit - (starts[index] ?? 0) - (block.marker === null ? 0 : 1))
  const node = $nodeFor(block.marker, view)
  if (node === null) return null
  if ($isTableNode(node)) return $placeInFirstCell(node)
  if ($isElementNode(node)) return $placeIn(node, Math.min(offset, block.text.length))
  return {
    key: (node.getParent() ?? $getRoot()).getKey(),
    offset: node.getIndexWithinParent() + (unit > (starts[index] ?? 0) ? 1 : 0),
    type: 'element',
  }
}

function $placeInFirstCell(table: ElementNode): Place {
  let node: ElementNode = table
  for (let child = table.getFirstChild(); $isElementNode(child) && !child.isInline();) {
    node = child
    child = child.getFirstChild()
  }
  return $placeIn(node, 0)
}

function $nodeFor(id: BlockId, view: View): LexicalNode | null {
  const key = view.tailKeyOf.get(id) ?? view.keyOf.get(id)
  return key === undefined ? null : $getNodeByKey(key)
}

function $placeIn(element: ElementNode, units: number): Place {
  let left = units
  const $walk = (parent: ElementNode): Place | null => {
    let index = 0
    for (const child of parent.getChildren()) {
      const length = $unitsOf(child)
      if ($isTextNode(child)) {
        if (left <= length) return { key: child.getKey(), offset: left, type: 'text' }
      } else if ($isElementNode(child)) {
        if (left <= length) return $walk(child)
      } else if (left === 0) return { key: parent.getKey(), offset: index, type: 'element' }
      left -= length
      index += 1
    }
    return null
  }
  return $walk(element) ?? { key: element.getKey(), offset: element.getChildrenSize(), type: 'element' }
}
