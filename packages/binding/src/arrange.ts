/** The children of an element made to be certain nodes in a certain order, touching only what lies between. */
import type { ElementNode, LexicalNode } from 'lexical'
import type { Pen } from './pen.ts'

/** `from` and `count` limit it to some of the children. */
export function $arrange(
  parent: ElementNode,
  nodes: readonly LexicalNode[],
  pen: Pen,
  children: readonly LexicalNode[] = parent.getChildren(),
  from = 0,
): void {
  let head = 0
  const most = Math.min(children.length, nodes.length)
  while (head < most && children[head]?.getKey() === nodes[head]?.getKey()) head += 1
  let tail = 0
  while (tail < most - head && children.at(-1 - tail)?.getKey() === nodes.at(-1 - tail)?.getKey()) tail += 1
  const removed = children.length - head - tail
  const added = nodes.slice(head, nodes.length - tail)
  if ((removed > 0 || added.length > 0) && pen.may()) parent.splice(from + head, removed, added)
}
