/** Top-level nodes of the editor as drafts of blocks: lists lose their nesting, tails go back into their block. */
import { $isListItemNode, $isListNode } from '@lexical/list'
import type { ListItemNode, ListNode } from '@lexical/list'
import { $isTableNode } from '@lexical/table'
import { $isDecoratorNode, $isElementNode } from 'lexical'
import type { LexicalNode } from 'lexical'
import { $readKeys } from './blocks.ts'
import type { Draft, DraftContext, Drafted } from './draft.ts'
import { attrsOf, canonical } from './form.ts'
import type { Canonical } from './form.ts'
import { ContentBuilder } from './model.ts'
import type { Content } from './model.ts'
import { isVoid } from './blocks.ts'
import { $readContent } from './read-content.ts'
import { $draftTable } from './table-draft.ts'
import type { Group } from './view.ts'

const EMPTY: Content = { text: '', runs: [], objects: [] }

export interface DraftedNodes {
  readonly drafted: readonly Drafted[]
  /** The nodes with the number of blocks that each is. */
  readonly groups: readonly Group[]
}

/** The nodes are neighbours, in order. */
export function $draftNodes(nodes: readonly LexicalNode[], context: DraftContext): DraftedNodes {
  const drafted: Drafted[] = []
  const groups: Group[] = []
  for (const node of nodes) {
    const before = drafted.length
    if ($isListNode(node)) $draftList(node, drafted, context)
    else if ($isTableNode(node))
      drafted.push(...$draftTable(node, context, (inside) => $draftNodes(inside, context).drafted))
    else if (!$joinTail(node, drafted, context)) drafted.push($draftBlock(node, context))
    groups.push({ key: node.getKey(), count: drafted.length - before })
  }
  return { drafted, groups }
}

function $draftList(list: ListNode, drafted: Drafted[], context: DraftContext): void {
  for (const child of list.getChildren()) {
    if ($isListItemNode(child)) $draftItem(child, drafted, context)
    else drafted.push($draftBlock(child, context))
  }
}

/** Text and nested lists in one item, as a paste leaves them: each text is a block, in the order in which they stand. */
function $draftItem(item: ListItemNode, drafted: Drafted[], context: DraftContext): void {
  const children = item.getChildren()
  if (!children.some($isListNode)) {
    drafted.push($draftBlock(item, context))
    return
  }
  let text: LexicalNode[] = []
  let isFirst = true
  const flush = (): void => {
    if (text.length === 0) return
    const { key, draft } = $draftBlock(item, context, text)
    drafted.push(
      isFirst ? { key, draft, tail: null } : { key: null, draft: { ...draft, marker: null }, tail: null },
    )
    isFirst = false
    text = []
  }
  for (const child of children) {
    if ($isListNode(child)) {
      flush()
      $draftList(child, drafted, context)
    } else text.push(child)
  }
  flush()
}

function $draftBlock(
  node: LexicalNode,
  context: DraftContext,
  children: readonly LexicalNode[] = $isElementNode(node) ? node.getChildren() : [],
): Drafted {
  const { view, objects } = context
  const key = node.getKey()
  const marker = view.blockOf.get(key) ?? null
  const before = view.blockOf.has(key) ? (view.shown.get(marker)?.keys ?? '') : ''
  const keys = outsideOfCells($readKeys(node, before, objects))
  const content = $isElementNode(node) ? $contentOf(children, context) : $textOf(node)
  const names = objects.of(node)?.keys ?? []
  const draft = { marker, keys, names, isThing: isVoid(attrsOf(keys)), ...content } as Draft
  return { key, draft, tail: null }
}

function outsideOfCells(keys: Canonical): Canonical {
  return 'X' in attrsOf(keys) ? canonical({ ...attrsOf(keys), X: null }) : keys
}

function $contentOf(nodes: readonly LexicalNode[], { view, objects }: DraftContext): Content {
  return $readContent(nodes, { objects, embedOf: view.embedOf })
}

/** A decorator of a kind that nobody registered leaves its text. */
function $textOf(node: LexicalNode): Content {
  if ($isDecoratorNode(node)) return EMPTY
  const builder = new ContentBuilder()
  builder.addText(node.getTextContent(), '')
  return builder.build()
}

/** A paragraph that shows the text of the block before it: no block of its own as long as it stands there. */
function $joinTail(node: LexicalNode, drafted: Drafted[], context: DraftContext): boolean {
  const { view } = context
  const key = node.getKey()
  const last = drafted.at(-1)
  if (last === undefined || !view.tailOf.has(key) || !$isElementNode(node)) return false
  if (last.draft.marker !== view.tailOf.get(key) || !last.draft.isThing || last.tail !== null) return false
  const builder = new ContentBuilder()
  builder.addSlice(last.draft, 0, last.draft.text.length)
  const own = $contentOf(node.getChildren(), context)
  builder.addSlice(own, 0, own.text.length)
  const draft = { ...last.draft, ...builder.build() } as Draft
  drafted[drafted.length - 1] = { ...last, draft, tail: { key, from: last.draft.text.length } }
  return true
}
