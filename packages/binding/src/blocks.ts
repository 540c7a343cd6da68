/**
 * One block and its element in the editor: which class, which of the block's keys the element can say, and how the
 * element is made to say them. Knows no text, no lists' nesting, no positions.
 */
import { $isListItemNode, $isListNode } from '@lexical/list'
import type { ListItemNode } from '@lexical/list'
import { $createHeadingNode, $createQuoteNode, $isHeadingNode, $isQuoteNode } from '@lexical/rich-text'
import type { HeadingTagType } from '@lexical/rich-text'
import { $createParagraphNode, $isElementNode, $isParagraphNode } from 'lexical'
import type { ElementFormatType, ElementNode, LexicalNode } from 'lexical'
import { CODE, TABLE, attrsOf, canonical, cleanText } from './form.ts'
import type { Attrs, Canonical, ListType } from './form.ts'
import { $createCodeNode, $isCodeNode } from './code-node.ts'
import { listTypeOf } from './outline.ts'
import { keysOfKind } from './objects.ts'
import type { ObjectKinds } from './objects.ts'
import { $isUnknownNode, UnknownBlockNode } from './unknown-nodes.ts'
import type { Pen } from './pen.ts'
import { tableOf } from './table-form.ts'

const HEADINGS: ReadonlySet<unknown> = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6'])
const ALIGNMENTS: ReadonlySet<unknown> = new Set(['left', 'start', 'center', 'right', 'end', 'justify'])
const LIST_TYPE = { bullet: 'ul', number: 'ol', check: 'cl' } as const

/** Has this block no place for text? So has every type that this version does not know. */
export function isVoid(keys: Attrs): boolean {
  return !isTextType(keys)
}

function isTextType(keys: Attrs): boolean {
  const type = keys['T']
  if (type === TABLE) return tableOf(keys) === null
  if (type === undefined || type === 'q' || type === CODE) return true
  return HEADINGS.has(type) || listTypeOf(keys) !== null
}

export function $matchesBlock(node: LexicalNode, keys: Attrs, objects: ObjectKinds): boolean {
  if (listTypeOf(keys) !== null) return $isListItemNode(node)
  if (HEADINGS.has(keys['T'])) return $isHeadingNode(node)
  if (keys['T'] === 'q') return $isQuoteNode(node)
  if (keys['T'] === CODE) return $isCodeNode(node)
  if (isTextType(keys)) return $isParagraphNode(node)
  const kind = objects.block(keys['T'])
  return kind === undefined ? node instanceof UnknownBlockNode : node.getType() === kind.node.getType()
}

/** Items of lists are made with their list. */
export function $createBlock(keys: Attrs, objects: ObjectKinds): LexicalNode {
  const type = keys['T']
  if (HEADINGS.has(type)) return $createHeadingNode(type as HeadingTagType)
  if (type === 'q') return $createQuoteNode()
  if (type === CODE) return $createCodeNode()
  if (isTextType(keys)) return $createParagraphNode()
  const kind = objects.block(type)
  return kind === undefined ? new UnknownBlockNode(ownKeys(keys)) : kind.create(keys)
}

/** The keys that a node says, but for the cell that it is in. What it has no word for is taken from `before`: a check mark outlives a change of kind. */
export function $readKeys(node: LexicalNode, before: Canonical, objects: ObjectKinds): Canonical {
  if ($isUnknownNode(node)) return before === '' ? node.getKeys() : before
  const kind = objects.of(node)
  const old = attrsOf(before)
  if (kind !== undefined) {
    const own = Object.fromEntries(kind.keys.map((name) => [name, null]))
    return canonical({ ...old, ...own, ...kind.read(node), T: kind.type })
  }
  const keys: Record<string, unknown> = {}
  for (const name of ['C', 'S', 'L']) keys[name] = old[name]
  if ($isHeadingNode(node)) keys['T'] = node.getTag()
  else if ($isQuoteNode(node)) keys['T'] = 'q'
  else if ($isCodeNode(node)) {
    keys['T'] = CODE
    const language = cleanText(node.getLanguage())
    if (language !== languageOf(old)) keys['L'] = language === '' ? undefined : language
  } else if ($isListItemNode(node)) $readItem(node, keys)
  if ($isElementNode(node)) {
    const format = node.getFormatType()
    if (format !== '') keys['A'] = format
    const direction = node.getDirection()
    if (direction !== null) keys['D'] = direction
    if (!$isListItemNode(node) && node.getIndent() > 0) keys['I'] = node.getIndent()
  }
  return canonical(keys)
}

function $readItem(item: ListItemNode, keys: Record<string, unknown>): void {
  const list = item.getParent()
  keys['T'] = $isListNode(list) ? LIST_TYPE[list.getListType()] : 'ul'
  const level = $levelOf(item)
  if (level > 0) keys['I'] = level
  if (keys['T'] === 'cl') keys['C'] = item.getChecked() === true ? 1 : undefined
  if (keys['T'] !== 'ol' || !$isListNode(list)) return
  const first = list
    .getChildren()
    .find((child) => $isListItemNode(child) && !$isListNode(child.getFirstChild()))
  if (item.is(first)) keys['S'] = list.getStart() === 1 ? undefined : list.getStart()
}

function $levelOf(item: ListItemNode): number {
  let level = -1
  for (let node: ElementNode | null = item; node !== null; node = node.getParent())
    if ($isListNode(node)) level += 1
  return Math.max(0, level)
}

/** Makes the element say the block's keys, all but a list item's place. */
export function $writeKeys(node: LexicalNode, keys: Attrs, objects: ObjectKinds, pen: Pen): void {
  if (node instanceof UnknownBlockNode) {
    const all = ownKeys(keys)
    if (node.getKeys() !== all && pen.may()) node.setKeys(all)
    return
  }
  const kind = objects.of(node)
  if (kind !== undefined) {
    const own = keysOfKind(kind, keys)
    if (canonical(kind.read(node)) !== canonical(own) && pen.may()) kind.update(node, own)
    return
  }
  if (!$isElementNode(node)) return
  if ($isHeadingNode(node) && node.getTag() !== keys['T'] && pen.may())
    node.setTag(keys['T'] as HeadingTagType)
  if ($isCodeNode(node) && node.getLanguage() !== languageOf(keys) && pen.may())
    node.setLanguage(languageOf(keys))
  const format = (ALIGNMENTS.has(keys['A']) ? keys['A'] : '') as ElementFormatType
  if (node.getFormatType() !== format && pen.may()) node.setFormat(format)
  const direction = keys['D'] === 'rtl' || keys['D'] === 'ltr' ? keys['D'] : null
  if (node.getDirection() !== direction && pen.may()) node.setDirection(direction)
  if ($isListItemNode(node)) return
  const indent = keys['I']
  const level = typeof indent === 'number' && indent > 0 ? Math.min(Math.floor(indent), 32) : 0
  if (node.getIndent() !== level && pen.may()) node.setIndent(level)
}

/** Where it stands is not its own to say. */
function ownKeys(keys: Attrs): Canonical {
  return canonical({ ...keys, W: null })
}

function languageOf(keys: Attrs): string {
  return typeof keys['L'] === 'string' ? keys['L'] : ''
}

export function lexicalListType(type: ListType): 'bullet' | 'number' | 'check' {
  return type === 'ul' ? 'bullet' : type === 'ol' ? 'number' : 'check'
}
