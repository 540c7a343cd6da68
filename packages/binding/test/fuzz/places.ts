/** Places in whatever text is there: blocks in the order of the page, and borders of characters in them. */
import { $isListItemNode, $isListNode } from '@lexical/list'
import {
  $createRangeSelection,
  $getRoot,
  $isElementNode,
  $isLineBreakNode,
  $isTextNode,
  $setSelection,
} from 'lexical'
import type { ElementNode, LexicalNode, PointType, RangeSelection } from 'lexical'

/** Elements that hold text, without wrappers. */
export function $textBlocks(parent: ElementNode = $getRoot()): ElementNode[] {
  return parent.getChildren().flatMap((child) => {
    if (!$isElementNode(child)) return []
    const isWrapper = $isListItemNode(child) && child.getChildren().some($isListNode)
    const holdsBlocks = child.getChildren().some((inner) => $isElementNode(inner) && !inner.isInline())
    return holdsBlocks || isWrapper || $isListNode(child) || child.isShadowRoot()
      ? $textBlocks(child)
      : [child]
  })
}

export function choose<T>(items: readonly T[], fraction: number): T | undefined {
  return items[Math.min(items.length - 1, Math.floor(fraction * items.length))]
}

type Border = readonly [node: LexicalNode, offset: number, type: 'text' | 'element']

/** Every place in a block where a caret can stand. */
function $borders(block: ElementNode): Border[] {
  const borders: Border[] = []
  const $walk = (parent: ElementNode): void => {
    const children = parent.getChildren()
    if (children.length === 0) borders.push([parent, 0, 'element'])
    children.forEach((child, index) => {
      if ($isTextNode(child)) {
        let offset = 0
        for (const character of [...Array.from(child.getTextContent()), '']) {
          borders.push([child, offset, 'text'])
          offset += character.length
        }
      } else if ($isElementNode(child)) $walk(child)
      else if ($isLineBreakNode(child) || !$isTextNode(children[index + 1]))
        borders.push([parent, index + 1, 'element'])
    })
  }
  $walk(block)
  return borders
}

function setPoint(point: PointType, [node, offset, type]: Border): void {
  point.set(node.getKey(), offset, type)
}

export function $caret(block: ElementNode, fraction: number): RangeSelection {
  const selection = $createRangeSelection()
  const border = choose($borders(block), fraction)
  if (border !== undefined) {
    setPoint(selection.anchor, border)
    setPoint(selection.focus, border)
  }
  $setSelection(selection)
  return selection
}

/** From somewhere in one block to somewhere in another, forwards. */
export function $range(from: ElementNode, at: number, into: ElementNode, to: number): RangeSelection {
  const [low, high] = from.is(into) && at > to ? [to, at] : [at, to]
  const selection = $caret(into, high)
  const border = choose($borders(from), low)
  if (border !== undefined) setPoint(selection.anchor, border)
  return selection
}
