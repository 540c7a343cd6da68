/** Top-level nodes of the editor as drafts of blocks: lists lose their nesting, tails go back into their block. */
import { $isListItemNode, $isListNode } from '@lexical/list'
import type { ListItemNode, ListNode } from '@lexical/list'
import { $isDecoratorNode, $isElementNode } from 'lexical'
import type { LexicalNode, NodeKey } from 'lexical'
import { $readKeys } from './blocks.ts'
import type { Draft } from './draft.ts'
import { attrsOf } from './form.ts'
import { ContentBuilder } from './model.ts'
import type { Content } from './model.ts'
import { isVoid } from './blocks.ts'
import type { ObjectKinds } from './objects.ts'
import { $readContent } from './read-content.ts'
import type { Group, View } from './view.ts'

/** A draft and the element that it was read from. */
export interface Drafted {
  /** Null when the element is another draft's already. */
  readonly key: NodeKey | null
  readonly draft: Draft
  /** The tail behind it, if it has one, and the units of text before the tail's own. */
  readonly tail: { readonly key: NodeKey; readonly from: number } | null
}

const EMPTY: Content = { text: '', runs: [], objects: [] }

export interface DraftedNodes {
  readonly drafted: readonly Drafted[]
  /** The nodes with the number of blocks that each is. */
  readonly groups: readonly Group[]
}

/** The nodes are neighbours, in order. */
export function $draftNodes(nodes: readonly LexicalNode[], view: View, objects: ObjectKinds): DraftedNodes {
  const drafted: Drafted[] = []
  const groups: Group[] = []
  for (const node of nodes) {
    const before = drafted.length
    if ($isListNode(node)) $draftList(node, drafted, view, objects)
    else if (!$joinTail(node, drafted, view, objects)) drafted.push($draftBlock(node, view, objects))
    groups.push({ key: node.getKey(), count: drafted.length - before })
  }
  return { drafted, groups }
}

function $draftList(list: ListNode, drafted: Drafted[], view: View, objects: ObjectKinds): void {
  for (const child of list.getChildren()) {
    if ($isListItemNode(child)) $draftItem(child, drafted, view, objects)
    else drafted.push($draftBlock(child, view, objects))
  }
}

/** Text and nested lists in one item, as a paste leaves them: each text is a block, in the order in which they stand. */
function $draftItem(item: ListItemNode, drafted: Drafted[], view: View, objects: ObjectKinds): void {
  const children = item.getChildren()
  if (!children.some($isListNode)) {
    drafted.push($draftBlock(item, view, objects))
    return
  }
  let text: LexicalNode[] = []
  let isFirst = true
  const flush = (): void => {
    if (text.length === 0) return
    const { key, draft } = $draftBlock(item, view, objects, text)
    drafted.push(
      isFirst ? { key, draft, tail: null } : { key: null, draft: { ...draft, marker: null }, tail: null },
    )
    isFirst = false
    text = []
  }
  for (const child of children) {
    if ($isListNode(child)) {
      flush()
      $draftList(child, drafted, view, objects)
    } else text.push(child)
  }
  flush()
}

function $draftBlock(
  node: LexicalNode,
  view: View,
  objects: ObjectKinds,
  children: readonly LexicalNode[] = $isElementNode(node) ? node.getChildren() : [],
): Drafted {
  const key = node.getKey()
  const marker = view.blockOf.get(key) ?? null
  const before = view.blockOf.has(key) ? (view.shown.get(marker)?.keys ?? '') : ''
  const keys = $readKeys(node, before, objects)
  const content = $isElementNode(node) ? $contentOf(children, view, objects) : $textOf(node)
  const names = objects.of(node)?.keys ?? []
  const draft = { marker, keys, names, isThing: isVoid(attrsOf(keys)), ...content } as Draft
  return { key, draft, tail: null }
}

function $contentOf(nodes: readonly LexicalNode[], view: View, objects: ObjectKinds): Content {
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
function $joinTail(node: LexicalNode, drafted: Drafted[], view: View, objects: ObjectKinds): boolean {
  const key = node.getKey()
  const last = drafted.at(-1)
  if (last === undefined || !view.tailOf.has(key) || !$isElementNode(node)) return false
  if (last.draft.marker !== view.tailOf.get(key) || !last.draft.isThing || last.tail !== null) return false
  const builder = new ContentBuilder()
  builder.addSlice(last.draft, 0, last.draft.text.length)
  const own = $contentOf(node.getChildren(), view, objects)
  builder.addSlice(own, 0, own.text.length)
  const draft = { ...last.draft, ...builder.build() } as Draft
  drafted[drafted.length - 1] = { ...last, draft, tail: { key, from: last.draft.text.length } }
  return true
}
