/**
 * The tree of the editor made to be the one that stands for the blocks, keeping every node that can be kept. With a dry
 * pen nothing is written and the pen tells whether there was something to write.
 */
import { $createListItemNode, $createListNode, $isListItemNode, $isListNode } from '@lexical/list'
import type { ListItemNode, ListNode } from '@lexical/list'
import { $createParagraphNode, $getNodeByKey, $isElementNode, $isParagraphNode } from 'lexical'
import type { ElementNode, LexicalNode } from 'lexical'
import { $arrange } from './arrange.ts'
import { containerIn } from './container-form.ts'
import { $createContainerNode, $isContainerNode } from './container-node.ts'
import type { ContainerNode } from './container-node.ts'
import { $createBlock, $matchesBlock, $writeKeys, isVoid, lexicalListType } from './blocks.ts'
import { attrsOf } from './form.ts'
import type { Block } from './model.ts'
import { outline } from './outline.ts'
import type { ContainerShape, ItemShape, ListShape, Shape } from './outline.ts'
import { piecesOf } from './pieces.ts'
import type { RenderContext } from './render-context.ts'
import { $renderTable } from './table-render.ts'
import { $writeContent } from './write-content.ts'

/** The top-level nodes for these shapes; with a dry pen those that exist. */
export function $renderShapes(shapes: readonly Shape[], context: RenderContext): LexicalNode[] {
  return shapes.flatMap((shape) => $renderShape(shape, context) ?? [])
}

function $renderShape(shape: Shape, context: RenderContext): LexicalNode | null {
  switch (shape.kind) {
    case 'block':
      return $renderBlock(shape.block, context)
    case 'tail':
      return $renderTail(shape.block, context)
    case 'list':
      return $renderList(shape, 0, context)
    case 'container':
      return $renderContainer(shape, context)
    case 'table':
      return $renderTable(shape, context, {
        $renderBlocks: (blocks) => $renderShapes(outline(blocks, isVoid), context),
        $renderTail: (block) => $renderTail(block, context),
      })
  }
}

function $renderContainer(shape: ContainerShape, context: RenderContext): LexicalNode | null {
  const { view, pen, taken } = context
  const is = containerIn(shape.container)
  if (is === null) return null
  let node = $containerFor(shape, context)
  if (node === null) {
    if (!pen.may()) return null
    node = $createContainerNode(is.kind)
    view.containerOf.set(node.getKey(), is.name)
  }
  taken.add(node.getKey())
  if (node.getFormatType() !== '' && pen.may()) node.setFormat('')
  if (node.getDirection() !== null && pen.may()) node.setDirection(null)
  if (node.getIndent() !== 0 && pen.may()) node.setIndent(0)
  $arrange(node, $renderShapes(shape.inside, context), pen)
  return node
}

/** The container that held one of these blocks under this name, if nothing else uses it yet. */
function $containerFor({ container, blocks }: ContainerShape, context: RenderContext): ContainerNode | null {
  const { view, taken } = context
  for (const { marker } of blocks) {
    let node: LexicalNode | null = $getNodeByKey(view.keyOf.get(marker) ?? '')
    for (; node !== null; node = node.getParent()) {
      if (!$isContainerNode(node) || taken.has(node.getKey())) continue
      if (`${node.getKind()}:${view.containerOf.get(node.getKey()) ?? ''}` === container) return node
    }
  }
  return null
}

function $renderBlock(block: Block, context: RenderContext): LexicalNode | null {
  const { view, writer, pen } = context
  const keys = attrsOf(block.keys)
  const current = $nodeOf(block, context)
  let node = current
  if (node === null || !$matchesBlock(node, keys, writer.objects)) {
    if (!pen.may()) return null
    node = $createBlock(keys, writer.objects)
    // Children are moved and not made anew: a caret in them stays.
    $takeChildren(current, node)
  }
  $finishBlock(block, node, context)
  if (block.text === '' || !isVoid(keys)) view.unbindTail(block.marker)
  return node
}

function $takeChildren(from: LexicalNode | null, to: LexicalNode): void {
  if (!$isElementNode(from) || !$isElementNode(to)) return
  to.splice(
    0,
    0,
    from.getChildren().filter((child) => !$isElementNode(child) || child.isInline()),
  )
}

function $finishBlock(block: Block, node: LexicalNode, { view, writer, pen, taken }: RenderContext): void {
  taken.add(node.getKey())
  const isShown = view.shown.get(block.marker) === block && view.keyOf.get(block.marker) === node.getKey()
  if (isShown) return
  $writeKeys(node, attrsOf(block.keys), writer.objects, pen)
  if ($isElementNode(node)) $writeContent(node, piecesOf(block), writer, pen)
  if (pen.isWet || !pen.isUsed) {
    view.bind(block.marker, node.getKey())
    view.show(block)
  }
}

function $renderTail(block: Block, { view, writer, pen, taken }: RenderContext): LexicalNode | null {
  const key = view.tailKeyOf.get(block.marker)
  let node = key === undefined ? null : $getNodeByKey(key)
  if (!$isParagraphNode(node) || taken.has(node.getKey())) {
    if (!pen.may()) return null
    node = $createParagraphNode()
    view.bindTail(block.marker, node.getKey())
  }
  taken.add(node.getKey())
  $writeContent(node as ElementNode, piecesOf(block), writer, pen)
  return node
}

function $renderList(shape: ListShape, level: number, context: RenderContext): ListNode | null {
  const { pen, taken } = context
  const type = lexicalListType(shape.type)
  let list = $listFor(shape, level, context)
  if (list === null) {
    if (!pen.may()) return null
    list = $createListNode(type, shape.start)
  }
  taken.add(list.getKey())
  if (list.getListType() !== type && pen.may()) list.setListType(type)
  if (list.getStart() !== shape.start && pen.may()) list.setStart(shape.start)
  const items: LexicalNode[] = []
  for (const item of shape.items) {
    const node = $renderItem(item, level, list, context)
    if (node !== null) items.push(node)
  }
  $arrange(list, items, pen)
  return list
}

/** The list at this level that held one of these items, if nothing else uses it yet. */
function $listFor(shape: ListShape, level: number, context: RenderContext): ListNode | null {
  for (const item of shape.items) {
    if (item.block === null) continue
    const list = $nodeOf(item.block, context)?.getParent()
    if ($isListNode(list) && $depthOf(list) === level && !context.taken.has(list.getKey())) return list
  }
  for (const item of shape.items) {
    if (item.nested === null) continue
    const list = $listFor(item.nested, level + 1, context)
      ?.getParent()
      ?.getParent()
    if ($isListNode(list) && !context.taken.has(list.getKey())) return list
  }
  return null
}

function $depthOf(list: ListNode): number {
  let depth = 0
  for (let node = list.getParent(); node !== null; node = node.getParent()) if ($isListNode(node)) depth += 1
  return depth
}

function $renderItem(
  item: ItemShape,
  level: number,
  list: ListNode,
  context: RenderContext,
): ListItemNode | null {
  const node =
    item.nested === null ? $renderOwnItem(item.block, context) : $renderWrapper(item.nested, level, context)
  if (node === null) return null
  const { pen } = context
  if (node.getLatest().__value !== item.value && pen.may()) node.setValue(item.value)
  const isChecked = item.nested === null && item.isChecked ? true : undefined
  // Lexical itself writes false or nothing for an item that is not checked.
  if ((node.getLatest().__checked ?? false) !== (isChecked ?? false) && pen.may()) {
    node.setChecked(isChecked ?? (list.getListType() === 'check' ? false : undefined))
  }
  return node
}

function $renderOwnItem(block: Block, context: RenderContext): ListItemNode | null {
  const current = $nodeOf(block, context)
  let node = $isListItemNode(current) ? current : null
  if (node === null) {
    if (!context.pen.may()) return null
    node = $createListItemNode()
    $takeChildren(current, node)
  }
  $finishBlock(block, node, context)
  return node
}

function $renderWrapper(nested: ListShape, level: number, context: RenderContext): ListItemNode | null {
  const { pen, taken, view } = context
  const inner = $renderList(nested, level + 1, context)
  if (inner === null) return null
  const parent = inner.getParent()
  const isFree = $isListItemNode(parent) && !taken.has(parent.getKey()) && !view.blockOf.has(parent.getKey())
  let wrapper = isFree ? parent : null
  if (wrapper === null) {
    if (!pen.may()) return null
    wrapper = $createListItemNode()
  }
  taken.add(wrapper.getKey())
  if (wrapper.getFormatType() !== '' && pen.may()) wrapper.setFormat('')
  if (wrapper.getDirection() !== null && pen.may()) wrapper.setDirection(null)
  $arrange(wrapper, [inner], pen)
  return wrapper
}

/** The node that shows a block, unless something else took it. */
function $nodeOf(block: Block, { view, taken }: RenderContext): LexicalNode | null {
  const key = view.keyOf.get(block.marker)
  return key === undefined || taken.has(key) ? null : $getNodeByKey(key)
}
