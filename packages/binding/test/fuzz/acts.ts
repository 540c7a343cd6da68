/** What somebody does in an editor, within an update. */
import { $createLinkNode, $isLinkNode } from '@lexical/link'
import {
  $createListItemNode,
  $createListNode,
  $insertList,
  $isListItemNode,
  $removeList,
} from '@lexical/list'
import { $createHeadingNode, $createQuoteNode } from '@lexical/rich-text'
import { $setBlocksType } from '@lexical/selection'
import {
  $createParagraphNode,
  $createTextNode,
  $getEditor,
  $getRoot,
  $getSelection,
  $isElementNode,
  $isRangeSelection,
  $isTextNode,
  FORMAT_ELEMENT_COMMAND,
  INDENT_CONTENT_COMMAND,
  INSERT_LINE_BREAK_COMMAND,
  INSERT_PARAGRAPH_COMMAND,
  OUTDENT_CONTENT_COMMAND,
} from 'lexical'
import type { ElementNode, RangeSelection } from 'lexical'
import { $createCodeNode } from '../../src/code-node.ts'
import { $caret, $range, $textBlocks, choose } from './places.ts'
import { $performWithContainers } from './container-acts.ts'
import { CONTAINER_ACTS, TABLE_ACTS } from './script.ts'
import type { Act, ActStep, ContainerAct, TableAct } from './script.ts'
import { $performInTable } from './table-acts.ts'

/** Acts on the text; undo, redo and composition are the session's. */
export type TextAct = Exclude<Act, 'undo' | 'redo' | 'compose'>

export function $perform(step: ActStep & { does: TextAct }): void {
  const blocks = $textBlocks()
  const block = choose(blocks, step.at)
  if (block === undefined) return
  const { does } = step
  if (isTableAct(does)) $performInTable({ ...step, does }, block)
  else if (isContainerAct(does)) $performWithContainers({ ...step, does }, block)
  else acts[does](block, step, blocks)
}

function isTableAct(act: Act): act is TableAct {
  return act in TABLE_ACTS
}

function isContainerAct(act: Act): act is ContainerAct {
  return act in CONTAINER_ACTS
}

type Performed = (block: ElementNode, step: ActStep, blocks: readonly ElementNode[]) => void

const acts: Record<Exclude<TextAct, TableAct | ContainerAct>, Performed> = {
  type(block, { to, pick, text }) {
    const selection = $getSelection()
    const goesOn = pick < 0.5 && $isRangeSelection(selection) ? selection : $caret(block, to)
    goesOn.insertText(text)
  },
  erase(block, step, blocks) {
    $someRange(block, step, blocks).removeText()
  },
  replace(block, step, blocks) {
    $someRange(block, step, blocks).insertText(step.text)
  },
  enter(block, { to }) {
    $caret(block, to)
    $getEditor().dispatchCommand(INSERT_PARAGRAPH_COMMAND, undefined)
  },
  softBreak(block, { to }) {
    $caret(block, to)
    $getEditor().dispatchCommand(INSERT_LINE_BREAK_COMMAND, false)
  },
  /** Backspace at the start. */
  merge(block, { pick }, blocks) {
    const before = blocks[blocks.indexOf(block) - 1]
    if (pick < 0.2) block.collapseAtStart($caret(block, 0))
    else if (before !== undefined && $areTogether(before, block)) $range(before, 1, block, 0).removeText()
  },
  format(block, step, blocks) {
    $someRange(block, step, blocks).formatText(step.to < 0.5 ? 'bold' : step.pick < 0.3 ? 'code' : 'italic')
  },
  block(block, step) {
    $caret(block, step.to)
    if ($isListItemNode(block)) $removeList()
    $setBlocksType($getSelection(), () => {
      if (step.pick < 0.25) return $createParagraphNode()
      if (step.pick < 0.5) return $createQuoteNode()
      if (step.pick < 0.9) return $createHeadingNode(step.pick < 0.75 ? 'h1' : 'h2')
      return $createCodeNode(step.pick < 0.95 ? '' : 'js')
    })
  },
  list(block, step, blocks) {
    $someRange(block, step, blocks)
    if (step.pick < 0.15) $removeList()
    else $insertList(step.pick < 0.5 ? 'bullet' : step.pick < 0.8 ? 'number' : 'check')
  },
  indent(block, { to }) {
    $caret(block, to)
    $getEditor().dispatchCommand(INDENT_CONTENT_COMMAND, undefined)
  },
  outdent(block, { to }) {
    $caret(block, to)
    $getEditor().dispatchCommand(OUTDENT_CONTENT_COMMAND, undefined)
  },
  check(block) {
    if ($isListItemNode(block)) block.toggleChecked()
  },
  align(block, { to, pick }) {
    $caret(block, to)
    if (pick < 0.3) block.setDirection(pick < 0.15 ? 'rtl' : null)
    else $getEditor().dispatchCommand(FORMAT_ELEMENT_COMMAND, pick < 0.6 ? 'center' : '')
  },
  link(block, { to, pick }) {
    $setLink($range(block, to, block, pick), pick < 0.5 ? 'https://example.org/a' : 'https://example.org/b')
  },
  unlink(block, { to, pick }) {
    $setLink($range(block, to, block, pick), null)
  },
  paste(block, { to, text }) {
    const selection = $caret(block, to)
    const [a = '', b = '', c = '', d = '', e = '', f = ''] = text.match(/./gu) ?? []
    const list = $createListNode('bullet').append(
      $createListItemNode().append($createTextNode(c)),
      $createListItemNode().append($createTextNode(d).setFormat('bold')),
    )
    selection.insertNodes([
      $createParagraphNode().append($createTextNode(a), $createTextNode(b).setFormat('italic')),
      list,
      $createHeadingNode('h3').append($createTextNode(e)),
      $createParagraphNode().append($createTextNode(f)),
    ])
  },
  drag(block, { to, pick }) {
    const moved = block.getTopLevelElementOrThrow()
    const target = choose($getRoot().getChildren(), to)
    if (target === undefined || moved.is(target)) return
    if (pick < 0.5) target.insertBefore(moved)
    else target.insertAfter(moved)
  },
}

/** From somewhere in the block to somewhere in one of the next few. */
function $someRange(
  block: ElementNode,
  { to, pick }: ActStep,
  blocks: readonly ElementNode[],
): RangeSelection {
  const index = blocks.indexOf(block)
  const reach = pick < 0.6 ? 0 : pick < 0.85 ? 1 : 3
  const near = blocks.slice(index, index + reach + 1).filter((other) => $areTogether(block, other))
  const last = near.at(-1) ?? block
  return $range(block, to, last, last.is(block) ? Math.min(1, to + pick / 2) : pick)
}

/** In the same flow: both outside of tables, or both in one cell. */
function $areTogether(a: ElementNode, b: ElementNode): boolean {
  const $flowOf = (node: ElementNode): string | undefined =>
    node
      .getParents()
      .find((parent) => $isElementNode(parent) && parent.isShadowRoot())
      ?.getKey()
  return $flowOf(a) === $flowOf(b)
}

/** Lexical's own command throws on some selections that begin or end in a link. */
function $setLink(selection: RangeSelection, url: string | null): void {
  if (selection.isCollapsed()) return
  for (const node of selection.extract()) {
    if (!$isTextNode(node)) continue
    const link = node.getParent()
    if ($isLinkNode(link)) {
      const behind = $createLinkNode(link.getURL())
      behind.append(...node.getNextSiblings())
      link.insertAfter(behind)
      link.insertAfter(node)
      for (const part of [link, behind]) if (part.isEmpty()) part.remove()
    }
    if (url === null) continue
    const made = $createLinkNode(url)
    node.insertBefore(made)
    made.append(node)
  }
}
