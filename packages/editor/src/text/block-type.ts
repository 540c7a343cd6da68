/** The kinds of blocks that a person chooses among: reading the kind at the selection and setting it. */
import { $createCodeNode, $isCodeNode } from '@cometpad/binding'
import { $createHeadingNode, $createQuoteNode, $isHeadingNode, $isQuoteNode } from '@lexical/rich-text'
import { $insertList, $isListNode, $removeList } from '@lexical/list'
import type { ListType } from '@lexical/list'
import { $setBlocksType } from '@lexical/selection'
import {
  $createLineBreakNode,
  $createParagraphNode,
  $findMatchingParent,
  $getSelection,
  $isRangeSelection,
} from 'lexical'
import type { ElementNode } from 'lexical'

export const blockTypes = [
  'paragraph',
  'h1',
  'h2',
  'h3',
  'bullet',
  'number',
  'check',
  'quote',
  'code',
] as const

export type BlockType = (typeof blockTypes)[number]

/** The kind of the block in which the selection begins. */
export function $blockType(): BlockType {
  const selection = $getSelection()
  if (!$isRangeSelection(selection)) return 'paragraph'
  const block = $findMatchingParent(
    selection.anchor.getNode(),
    (node) => $isListNode(node) || $isHeadingNode(node) || $isQuoteNode(node) || $isCodeNode(node),
  )
  if ($isListNode(block)) return block.getListType()
  if ($isQuoteNode(block)) return 'quote'
  if ($isCodeNode(block)) return 'code'
  if ($isHeadingNode(block)) {
    const tag = block.getTag()
    return tag === 'h1' || tag === 'h2' ? tag : 'h3'
  }
  return 'paragraph'
}

/** Makes the selected blocks that kind; what they are already becomes a paragraph again. */
export function $toggleBlockType(type: BlockType): void {
  $setBlockType($blockType() === type ? 'paragraph' : type)
}

export function $setBlockType(type: BlockType): void {
  if (isList(type)) {
    $insertList(type)
    return
  }
  // A list item is not a block to $setBlocksType's callers: the list goes first.
  if (isList($blockType())) $removeList()
  const made: ElementNode[] = []
  $setBlocksType($getSelection(), () => {
    const block = $createBlock(type)
    made.push(block)
    return block
  })
  if (type === 'code') $joinLines(made)
}

/** Paragraphs that become code together are lines of one block. */
function $joinLines(blocks: readonly ElementNode[]): void {
  let last: ElementNode | undefined
  for (const block of blocks) {
    if (last === undefined || block.getPreviousSibling()?.is(last) !== true) last = block
    else {
      last.append($createLineBreakNode(), ...block.getChildren())
      block.remove()
    }
  }
}

function isList(type: BlockType): type is ListType {
  return type === 'bullet' || type === 'number' || type === 'check'
}

function $createBlock(type: Exclude<BlockType, ListType>): ElementNode {
  switch (type) {
    case 'paragraph':
      return $createParagraphNode()
    case 'quote':
      return $createQuoteNode()
    case 'code':
      return $createCodeNode()
    case 'h1':
    case 'h2':
    case 'h3':
      return $createHeadingNode(type)
  }
}
