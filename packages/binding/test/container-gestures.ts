/** What people do with containers. Blocks are numbers, as in gestures.ts. */
import type { ElementNode } from 'lexical'
import type { ContainerKind } from '../src/container-form.ts'
import { containersOf } from '../src/container-form.ts'
import { $createContainerNode, $isContainerNode } from '../src/container-node.ts'
import { attrsOf } from '../src/form.ts'
import { $blockNode } from './gestures.ts'
import { show } from './show.ts'
import type { Writer } from './writer.ts'

/** Puts these blocks, which are neighbours, into a new container. */
export function wrap(writer: Writer, from: number, to = from, kind: ContainerKind = 'note'): void {
  writer.edit(() => {
    const first = $blockNode(writer, from).getTopLevelElementOrThrow()
    const last = $blockNode(writer, to).getTopLevelElementOrThrow()
    const container = $createContainerNode(kind)
    const inside: ElementNode[] = []
    for (let node: ElementNode | null = first; node !== null; node = node.getNextSibling<ElementNode>()) {
      inside.push(node)
      if (node.is(last)) break
    }
    first.insertBefore(container)
    container.append(...inside)
  })
}

/** Takes away the innermost container around a block. */
export function unwrap(writer: Writer, block: number): void {
  writer.edit(() => {
    const container = $blockNode(writer, block).getParents().find($isContainerNode)
    if (container === undefined) return
    for (const child of container.getChildren()) container.insertBefore(child)
    container.remove()
  })
}

/** Takes the last block of a container out of it. */
export function leave(writer: Writer, block: number): void {
  writer.edit(() => {
    const moved = $blockNode(writer, block).getTopLevelElementOrThrow()
    const container = moved.getParents().find($isContainerNode)
    container?.insertAfter(moved)
    if (container?.isEmpty() === true) container.remove()
  })
}

/** Blocks as in show.ts, each behind the kinds of the containers in which it stands; where another one begins, with a bar. */
export function showContained(writer: Writer): string[] {
  const lines = show(writer)
  let before = ''
  return writer.binding.view.blocks.map(({ keys }, i) => {
    const path = containersOf(attrsOf(keys))
    const is = path.join('/')
    const kinds = path.map((one) => `${one.split(':')[0] ?? ''} `).join('')
    const bar = is !== before && is !== '' ? '|' : ''
    before = is
    return `${bar}${kinds}${lines[i] ?? ''}`
  })
}
