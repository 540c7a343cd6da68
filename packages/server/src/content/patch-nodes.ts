/**
 * Makes the children of a Lexical node show others, and touches none that shows the right thing already: the binding compares, and
 * writes, what was touched. Tables and containers are changed from within, because they and their parts have names that live in their nodes.
 */
import { $isElementNode, $parseSerializedNode } from 'lexical'
import type { ElementNode, LexicalNode, SerializedElementNode, SerializedLexicalNode } from 'lexical'
import { align } from './align.ts'

type Children = SerializedElementNode['children']

/** `before`: what the children are now. */
export function $patchChildren(parent: ElementNode, before: Children, after: Children): void {
  const pairs = align(before.map(textOf), after.map(textOf))
  const nodes = parent.getChildren()
  const wanted: LexicalNode[] = []
  let [at, newAt] = [0, 0]
  for (const [to, newTo] of [...pairs, [before.length, after.length] as const]) {
    wanted.push(...$patchStretch(nodes.slice(at, to), before.slice(at, to), after.slice(newAt, newTo)))
    const kept = nodes[to]
    if (kept !== undefined) wanted.push(kept)
    at = to + 1
    newAt = newTo + 1
  }
  // Only the middle that differs is given to Lexical, which takes whatever it is given for touched.
  let head = 0
  while (head < nodes.length && nodes[head] === wanted[head]) head += 1
  const most = Math.min(nodes.length, wanted.length) - head
  let tail = 0
  while (tail < most && nodes.at(-1 - tail) === wanted.at(-1 - tail)) tail += 1
  if (head + tail < Math.max(nodes.length, wanted.length))
    parent.splice(head, nodes.length - head - tail, wanted.slice(head, wanted.length - tail))
}

/** Nothing here is equal: containers and parts of tables are patched, the rest is made anew. */
function $patchStretch(nodes: readonly LexicalNode[], before: Children, after: Children): LexicalNode[] {
  let at = 0
  return after.map((wanted) => {
    const found = before.findIndex((old, index) => index >= at && isSamePart(old, wanted))
    const node = nodes[found]
    if (node === undefined || !$isElementNode(node)) return $parseSerializedNode(wanted)
    $patchChildren(node, childrenOf(before[found]), childrenOf(wanted))
    at = found + 1
    return node
  })
}

const PARTS: ReadonlySet<string> = new Set(['table', 'tablerow', 'tablecell', 'cometpad-container'])

function isSamePart(old: SerializedLexicalNode, wanted: SerializedLexicalNode): boolean {
  return PARTS.has(old.type) && textOf({ ...old, children: [] }) === textOf({ ...wanted, children: [] })
}

function childrenOf(node: SerializedLexicalNode | undefined): Children {
  return node !== undefined && 'children' in node ? (node.children as Children) : []
}

function textOf(node: object): string {
  return JSON.stringify(node)
}
