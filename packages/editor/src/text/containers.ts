/**
 * Notes: blocks in a frame. Enter on an empty last line leads out of one, Backspace at its start takes the first block out, and behind
 * it takes the block that follows in. No text is moved by any of this, so nobody who types in it loses a word.
 */
import { $createContainerNode, $isCodeNode, $isContainerNode } from '@cometpad/binding'
import {
  $getSelection,
  $isElementNode,
  $isParagraphNode,
  $isRangeSelection,
  $isRootNode,
  COMMAND_PRIORITY_EDITOR,
  COMMAND_PRIORITY_LOW,
  DELETE_CHARACTER_COMMAND,
  INSERT_PARAGRAPH_COMMAND,
  mergeRegister,
} from 'lexical'
import type { ElementNode, LexicalEditor, LexicalNode } from 'lexical'
import { TOGGLE_NOTE_COMMAND } from './notes.ts'

type Container = NonNullable<ReturnType<typeof $containerOf>>

export function registerContainers(editor: LexicalEditor): () => void {
  return mergeRegister(
    editor.registerCommand(TOGGLE_NOTE_COMMAND, $toggleNote, COMMAND_PRIORITY_EDITOR),
    editor.registerCommand(INSERT_PARAGRAPH_COMMAND, $leave, COMMAND_PRIORITY_LOW),
    editor.registerCommand(
      DELETE_CHARACTER_COMMAND,
      (isBackward) => isBackward && $passBorder(),
      COMMAND_PRIORITY_LOW,
    ),
  )
}

function $toggleNote(): boolean {
  const selection = $getSelection()
  if (!$isRangeSelection(selection)) return false
  const ends = selection.isBackward()
    ? [selection.focus, selection.anchor]
    : [selection.anchor, selection.focus]
  const container = $containerOf(selection.anchor.getNode())
  if (container !== undefined) {
    for (const child of container.getChildren()) container.insertBefore(child)
    container.remove()
    return true
  }
  const [first, last] = ends.map((point) => $outermost(point.getNode()))
  if (first === undefined || last === undefined) return false
  const inside = [first]
  for (
    let next = first.is(last) ? null : first.getNextSibling();
    next !== null;
    next = next.getNextSibling()
  ) {
    inside.push(next)
    if (next.is(last)) break
  }
  const note = $createContainerNode()
  first.insertBefore(note)
  note.append(...inside)
  return true
}

function $leave(): boolean {
  const { container, block } = $caretAtStart() ?? {}
  if (container === undefined || !$isParagraphNode(block) || !block.isEmpty()) return false
  if (block.getNextSibling() !== null) return false
  $takeOut(container, block, 'behind')
  return true
}

function $passBorder(): boolean {
  const { container, block } = $caretAtStart() ?? {}
  // Where code begins Backspace ends the code first.
  if (block === undefined || $isCodeNode(block)) return false
  const before = block.getPreviousSibling()
  if (before === null && container !== undefined) {
    $takeOut(container, block, 'before')
    return true
  }
  if (!$isContainerNode(before)) return false
  if ($isParagraphNode(block) && block.isEmpty()) {
    block.remove()
    before.selectEnd()
  } else before.append(block)
  return true
}

/** A container that has nothing left goes. */
function $takeOut(container: Container, block: ElementNode, side: 'before' | 'behind'): void {
  if (side === 'before') container.insertBefore(block)
  else container.insertAfter(block)
  if (container.isEmpty()) container.remove()
}

/** The block at whose very start the caret is, and the container that it stands in. What stands in a list or a table is none. */
function $caretAtStart(): { block: ElementNode; container: Container | undefined } | undefined {
  const selection = $getSelection()
  if (!$isRangeSelection(selection) || !selection.isCollapsed() || selection.anchor.offset !== 0)
    return undefined
  let node: LexicalNode = selection.anchor.getNode()
  while (!$isElementNode(node) || node.isInline()) {
    if (node.getPreviousSibling() !== null) return undefined
    node = node.getParentOrThrow()
  }
  const parent = node.getParent()
  if ($isContainerNode(parent)) return { block: node, container: parent }
  return $isRootNode(parent) ? { block: node, container: undefined } : undefined
}

function $containerOf(node: LexicalNode) {
  return [node, ...node.getParents()].find($isContainerNode)
}

function $outermost(node: LexicalNode): LexicalNode | undefined {
  return [node, ...node.getParents()].find((each) => $isRootNode(each.getParent()))
}
