/** What somebody does with containers, within an update. Only what is dragged from elsewhere may be written anew. */
import { $getRoot, $isElementNode, $isRootNode } from 'lexical'
import type { ElementNode, LexicalNode } from 'lexical'
import { CONTAINER_KINDS } from '../../src/container-form.ts'
import { $createContainerNode, $isContainerNode } from '../../src/container-node.ts'
import type { ContainerNode } from '../../src/container-node.ts'
import { $caret, $textBlocks, choose } from './places.ts'
import type { ActStep, ContainerAct } from './script.ts'

export function $performWithContainers(step: ActStep & { does: ContainerAct }, block: ElementNode): void {
  acts[step.does](block, step)
}

const acts: Record<ContainerAct, (block: ElementNode, step: ActStep) => void> = {
  /** A block and up to two behind it. */
  wrap(block, { to, pick }) {
    const first = block.getTopLevelElementOrThrow()
    const container = $createContainerNode(choose(CONTAINER_KINDS, pick))
    const inside = [first, ...first.getNextSiblings().slice(0, Math.floor(to * 3))]
    first.insertBefore(container)
    container.append(...inside)
  },
  unwrap(block) {
    const container = $containerOf(block)
    if (container === null) return
    for (const child of container.getChildren()) container.insertBefore(child)
    container.remove()
  },
  /** What was around it stays two containers. */
  moveOut(block) {
    const container = $containerOf(block)
    if (container === null) return
    // A table comes out as a whole: what is taken out of a cell is written anew.
    const moved = [block, ...block.getParents()].find((node) => container.is(node.getParent()))
    if (moved === undefined) return
    const behind = moved.getNextSiblings()
    container.insertAfter(moved)
    if (behind.length > 0) {
      const second = $createContainerNode(container.getKind())
      moved.insertAfter(second)
      second.append(...behind)
    }
    if (container.isEmpty()) container.remove()
  },
  moveIn(block, { to, pick }) {
    const container = choose($containers($getRoot()), to)
    const moved = block.getTopLevelElementOrThrow()
    if (container === undefined) return
    const source = moved.getParent()
    if (pick < 0.3) container.getFirstChild()?.insertBefore(moved)
    else container.append(moved)
    if ($isContainerNode(source) && source.isEmpty()) source.remove()
  },
  dragContainer(block, { to, pick }) {
    const container = $containerOf(block)
    const target = choose($getRoot().getChildren(), to)
    if (container === null || target === undefined || target.is(container) || target.isParentOf(container))
      return
    if (pick < 0.5) target.insertBefore(container)
    else target.insertAfter(container)
  },
  typeInContainer(_, { at, to, text }) {
    const container = choose($containers($getRoot()), at)
    const block = container === undefined ? undefined : choose($textBlocks(container), to)
    if (block !== undefined) $caret(block, to).insertText(text)
  },
}

function $containerOf(block: ElementNode): ContainerNode | null {
  for (let node: ElementNode | null = block; node !== null && !$isRootNode(node); node = node.getParent())
    if ($isContainerNode(node)) return node
  return null
}

function $containers(parent: ElementNode): ContainerNode[] {
  return parent.getChildren().flatMap((child: LexicalNode) => {
    if (!$isElementNode(child)) return []
    return $isContainerNode(child) ? [child, ...$containers(child)] : $containers(child)
  })
}
