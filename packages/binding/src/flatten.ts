/** Top-level nodes of the editor as drafts of blocks: lists lose their nesting, blocks say in which containers
 * they stand, tails go back into their block. */
import { $isListItemNode, $isListNode } from '@lexical/list'
import type { ListItemNode, ListNode } from '@lexical/list'
import { $isTableNode } from '@lexical/table'
import type { TableNode } from '@lexical/table'
import { $isDecoratorNode, $isElementNode } from 'lexical'
import type { LexicalNode } from 'lexical'
import { $readKeys } from './blocks.ts'
import type { Draft, DraftContext, Drafted } from './draft.ts'
import { DEEPEST_CONTAINER, besideIn } from './container-form.ts'
import { $isContainerNode } from './container-node.ts'
import type { ContainerNode } from './container-node.ts'
import { attrsOf, canonical } from './form.ts'
import type { Canonical } from './form.ts'
import { ContentBuilder } from './model.ts'
import type { Content } from './model.ts'
import { isVoid } from './blocks.ts'
import { $readContent } from './read-content.ts'
import { $draftTable } from './table-draft.ts'
import type { Group, View } from './view.ts'

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
    else if ($isContainerNode(node)) drafted.push(...$draftContainer(node, context))
    else if ($isTableNode(node)) $draftTableNode(node, drafted, context)
    else if (!$joinTail(node, drafted, context)) drafted.push($draftBlock(node, context))
    groups.push({ key: node.getKey(), count: drafted.length - before })
  }
  return { drafted: besideEachOther(drafted, context.view), groups }
}

/** What is new comes into the containers that are not shown as well, if the block before it is in them. */
function besideEachOther(drafted: readonly Drafted[], { shown }: View): readonly Drafted[] {
  let before: Canonical = ''
  return drafted.map((one) => {
    const known = shown.get(one.draft.marker)?.keys
    const isNew = one.draft.marker === null && before.includes('"W"')
    const keys = isNew ? canonical(besideIn(attrsOf(one.draft.keys), attrsOf(before))) : one.draft.keys
    before = known ?? keys
    return keys === one.draft.keys ? one : { ...one, draft: { ...one.draft, keys } }
  })
}

/** Within a table, and where it would be too deep, a container is only its blocks. One that was emptied has an empty line. */
function $draftContainer(node: ContainerNode, context: DraftContext): readonly Drafted[] {
  const { view, within, newName } = context
  const outer = within === null || within === '' ? [] : within.split('/')
  if (within === null || outer.length >= DEEPEST_CONTAINER)
    return $draftNodes(node.getChildren(), context).drafted
  const name = view.containerOf.get(node.getKey()) ?? newName()
  view.containerOf.set(node.getKey(), name)
  const inside = { ...context, within: [...outer, `${node.getKind()}:${name}`].join('/') }
  if (!node.isEmpty()) return $draftNodes(node.getChildren(), inside).drafted
  const keys = canonical({ W: inside.within })
  return [
    {
      key: null,
      draft: { marker: null, keys, names: [], isThing: false, ...EMPTY, objects: [] },
      tail: null,
    },
  ]
}

function $draftTableNode(node: TableNode, drafted: Drafted[], context: DraftContext): void {
  const inside = { ...context, within: null }
  const [table, ...cells] = $draftTable(node, context, (nodes) => $draftNodes(nodes, inside).drafted)
  if (table === undefined) return
  const keys = placed(table.draft.keys, context)
  drafted.push({ ...table, draft: { ...table.draft, keys } }, ...cells)
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
  const keys = placed($readKeys(node, before, objects), context)
  const content = $isElementNode(node) ? $contentOf(children, context) : $textOf(node)
  const names = objects.of(node)?.keys ?? []
  const draft = { marker, keys, names, isThing: isVoid(attrsOf(keys)), ...content } as Draft
  return { key, draft, tail: null }
}

/** In which cell it is, the table says. */
function placed(keys: Canonical, { within }: DraftContext): Canonical {
  const wanted = within === '' || within === null ? null : within
  const { X, W } = attrsOf(keys)
  return X === undefined && (W ?? null) === wanted
    ? keys
    : canonical({ ...attrsOf(keys), X: null, W: wanted })
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
