/** What people do to a text, as functions of an editor update. Places are block numbers and offsets, as one reads them. */
import { $toggleLink } from '@lexical/link'
import { $insertList, $isListItemNode, $removeList } from '@lexical/list'
import type { ListType } from '@lexical/list'
import { $createHeadingNode, $createQuoteNode } from '@lexical/rich-text'
import type { HeadingTagType } from '@lexical/rich-text'
import { $setBlocksType } from '@lexical/selection'
import {
  $createParagraphNode,
  $createRangeSelection,
  $getNodeByKey,
  $getSelection,
  $isElementNode,
  $setSelection,
} from 'lexical'
import type { ElementNode, RangeSelection, TextFormatType } from 'lexical'
import { $createCodeNode } from '../src/code-node.ts'
import { $placeAt } from '../src/points.ts'
import { startsOf } from '../src/model.ts'
import type { Writer } from './writer.ts'

/** A block, and an offset in its text. */
export type Spot = readonly [block: number, offset: number]

export function unitAt(writer: Writer, [block, offset]: Spot): number {
  const { blocks } = writer.binding.view
  return (startsOf(blocks)[block] ?? 0) + (blocks[block]?.marker == null ? 0 : 1) + offset
}

/** Selects from one spot to another, or puts the caret there. */
export function $select(writer: Writer, from: Spot, to: Spot = from): RangeSelection {
  const selection = $createRangeSelection()
  const anchor = $placeAt(unitAt(writer, from), writer.binding.view)
  const focus = $placeAt(unitAt(writer, to), writer.binding.view)
  if (anchor === null || focus === null) throw new Error(`there is no ${JSON.stringify([from, to])}`)
  selection.anchor.set(anchor.key, anchor.offset, anchor.type)
  selection.focus.set(focus.key, focus.offset, focus.type)
  $setSelection(selection)
  return selection
}

export function type(writer: Writer, at: Spot, text: string): void {
  writer.edit(() => $select(writer, at).insertText(text))
}

export function replace(writer: Writer, from: Spot, to: Spot, text: string): void {
  writer.edit(() => $select(writer, from, to).insertText(text))
}

export function erase(writer: Writer, from: Spot, to: Spot): void {
  writer.edit(() => $select(writer, from, to).removeText())
}

export function enter(writer: Writer, at: Spot): void {
  writer.edit(() => void $select(writer, at).insertParagraph())
}

/** Backspace at the start of a block: it joins the one before. */
export function mergeIntoPrevious(writer: Writer, block: number): void {
  const before = writer.binding.view.blocks[block - 1]
  if (before === undefined) return
  writer.edit(() => $select(writer, [block - 1, before.text.length], [block, 0]).removeText())
}

export function format(writer: Writer, from: Spot, to: Spot, kind: TextFormatType): void {
  writer.edit(() => $select(writer, from, to).formatText(kind))
}

export function link(writer: Writer, from: Spot, to: Spot, url: string | null): void {
  writer.edit(() => {
    $select(writer, from, to)
    $toggleLink(url)
  })
}

export function makeBlock(
  writer: Writer,
  at: Spot,
  kind: HeadingTagType | 'quote' | 'code' | 'paragraph',
  to: Spot = at,
): void {
  writer.edit(() => {
    const selection = $select(writer, at, to)
    if (
      selection.anchor.getNode().getParents().some($isListItemNode) ||
      $isListItemNode(selection.anchor.getNode())
    ) {
      $removeList()
    }
    $setBlocksType($getSelection(), () => {
      if (kind === 'quote') return $createQuoteNode()
      if (kind === 'code') return $createCodeNode()
      return kind === 'paragraph' ? $createParagraphNode() : $createHeadingNode(kind)
    })
  })
}

export function makeList(writer: Writer, from: Spot, to: Spot, kind: ListType): void {
  writer.edit(() => {
    $select(writer, from, to)
    $insertList(kind)
  })
}

/** Drags a block before or behind another, both at the top level. */
export function drag(writer: Writer, block: number, target: number, where: 'before' | 'after'): void {
  writer.edit(() => {
    const moved = $blockNode(writer, block).getTopLevelElementOrThrow()
    const other = $blockNode(writer, target).getTopLevelElementOrThrow()
    if (moved.is(other)) return
    if (where === 'before') other.insertBefore(moved)
    else other.insertAfter(moved)
  })
}

export function $blockNode(writer: Writer, block: number): ElementNode {
  const marker = writer.binding.view.blocks[block]?.marker ?? null
  const node = $getNodeByKey(writer.binding.view.keyOf.get(marker) ?? '')
  if (!$isElementNode(node)) throw new Error(`block ${block} is no element`)
  return node
}
