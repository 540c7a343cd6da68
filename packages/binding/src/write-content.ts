/**
 * An element's inline children made to show the content of a block. Nodes that show the right thing already stay what
 * they are; others are reused in order, so that a caret in them and a composition live on.
 */
import { $createLinkNode, $isLinkNode } from '@lexical/link'
import type { LinkNode } from '@lexical/link'
import {
  $createLineBreakNode,
  $createTabNode,
  $createTextNode,
  $isLineBreakNode,
  $isTabNode,
  $isTextNode,
} from 'lexical'
import type { ElementNode, LexicalNode, NodeKey, TextNode } from 'lexical'
import * as Y from 'yjs'
import { $arrange } from './arrange.ts'
import { OBJECT_TYPE, canonical } from './form.ts'
import type { Attrs } from './form.ts'
import { keysOfKind } from './objects.ts'
import type { ObjectKinds } from './objects.ts'
import type { Pen } from './pen.ts'
import type { Inline } from './pieces.ts'
import { UnknownInlineNode } from './unknown-nodes.ts'

export interface LinkAttributes {
  readonly rel: string | null
  readonly target: string | null
}

export interface ContentWriter {
  readonly objects: ObjectKinds
  readonly link: LinkAttributes
  readonly embedOf: Map<NodeKey, unknown>
}

export function $writeContent(
  element: ElementNode,
  wanted: readonly Inline[],
  writer: ContentWriter,
  pen: Pen,
): void {
  const children = element.getChildren()
  const kept = children.length === 0 ? [] : $match(children, wanted, writer)
  const nodes = wanted.flatMap((inline, i) => $show(kept[i] ?? null, inline, writer, pen) ?? [])
  $arrange(element, nodes, pen, children)
}

/** For each piece the node that will show it: equal ones at both ends, then the next of the same kind. */
function $match(
  children: readonly LexicalNode[],
  wanted: readonly Inline[],
  writer: ContentWriter,
): (LexicalNode | undefined)[] {
  const kept: (LexicalNode | undefined)[] = Array.from({ length: wanted.length })
  const most = Math.min(children.length, wanted.length)
  const $equal = (child: LexicalNode | undefined, inline: Inline | undefined): boolean =>
    child !== undefined && inline !== undefined && $shows(child, inline, writer)
  let head = 0
  while (head < most && $equal(children[head], wanted[head])) {
    kept[head] = children[head]
    head += 1
  }
  let tail = 0
  while (tail < most - head && $equal(children.at(-1 - tail), wanted.at(-1 - tail))) {
    kept[wanted.length - 1 - tail] = children.at(-1 - tail)
    tail += 1
  }
  let next = head
  for (let i = head; i < wanted.length - tail; i++) {
    const inline = wanted[i]
    if (inline === undefined) continue
    for (let j = next; j < children.length - tail; j++) {
      const child = children[j]
      if (child === undefined || !$canShow(child, inline, writer)) continue
      kept[i] = child
      next = j + 1
      break
    }
  }
  return kept
}

function $shows(node: LexicalNode, inline: Inline, writer: ContentWriter): boolean {
  if (!$canShow(node, inline, writer)) return false
  switch (inline.kind) {
    case 'text':
      return (
        (node as TextNode).getTextContent() === inline.text &&
        (node as TextNode).getFormat() === inline.format
      )
    case 'tab':
      return (node as TextNode).getFormat() === inline.format
    case 'break':
    case 'object':
      return true
    case 'link': {
      const children = (node as LinkNode).getChildren()
      const { url, pieces } = inline
      return (
        (node as LinkNode).getURL() === url &&
        children.length === pieces.length &&
        pieces.every((piece, i) => $shows(children[i] as LexicalNode, piece, writer))
      )
    }
  }
}

function $canShow(node: LexicalNode, inline: Inline, writer: ContentWriter): boolean {
  switch (inline.kind) {
    case 'text':
      // A style, a mode or a detail has no place in the document, so such a node is not canonical.
      return $isTextNode(node) && node.isSimpleText() && node.getStyle() === '' && !node.isDirectionless()
    case 'tab':
      return $isTabNode(node)
    case 'break':
      return $isLineBreakNode(node)
    case 'object':
      return (
        writer.embedOf.get(node.getKey()) === inline.embed && node.getType() === $typeOf(inline.embed, writer)
      )
    case 'link':
      return $isLinkNode(node) && node.getType() === 'link'
  }
}

function $show(
  node: LexicalNode | null,
  inline: Inline,
  writer: ContentWriter,
  pen: Pen,
): LexicalNode | null {
  if (node === null) {
    if (!pen.may()) return null
    const made = $create(inline, writer)
    if (inline.kind === 'object') writer.embedOf.set(made.getKey(), inline.embed)
    if (inline.kind === 'link') $writeContent(made as LinkNode, inline.pieces, writer, pen)
    return made
  }
  switch (inline.kind) {
    case 'text': {
      const text = node as TextNode
      if (text.getTextContent() !== inline.text && pen.may()) text.setTextContent(inline.text)
      if (text.getFormat() !== inline.format && pen.may()) text.setFormat(inline.format)
      break
    }
    case 'tab':
      if ((node as TextNode).getFormat() !== inline.format && pen.may())
        (node as TextNode).setFormat(inline.format)
      break
    case 'break':
      break
    case 'object':
      $writeObject(node, inline.embed, writer, pen)
      break
    case 'link': {
      const link = node as LinkNode
      if (link.getURL() !== inline.url && pen.may()) link.setURL(inline.url)
      if (link.getRel() !== writer.link.rel && pen.may()) link.setRel(writer.link.rel)
      if (link.getTarget() !== writer.link.target && pen.may()) link.setTarget(writer.link.target)
      if (link.getTitle() !== null && pen.may()) link.setTitle(null)
      $writeContent(link, inline.pieces, writer, pen)
    }
  }
  return node
}

function $create(inline: Inline, writer: ContentWriter): LexicalNode {
  switch (inline.kind) {
    case 'text':
      return $createTextNode(inline.text).setFormat(inline.format)
    case 'tab':
      return $createTabNode().setFormat(inline.format)
    case 'break':
      return $createLineBreakNode()
    case 'object': {
      const keys = keysOfEmbed(inline.embed)
      const kind = writer.objects.inline(keys[OBJECT_TYPE])
      return kind === undefined ? new UnknownInlineNode(canonical(keys)) : kind.create(keysOfKind(kind, keys))
    }
    case 'link':
      return $createLinkNode(inline.url, writer.link)
  }
}

function $writeObject(node: LexicalNode, embed: unknown, writer: ContentWriter, pen: Pen): void {
  const keys = keysOfEmbed(embed)
  if (node instanceof UnknownInlineNode) {
    const all = canonical(keys)
    if (node.getKeys() !== all && pen.may()) node.setKeys(all)
    return
  }
  const kind = writer.objects.of(node)
  if (kind === undefined) return
  const own = keysOfKind(kind, keys)
  if (canonical(kind.read(node)) !== canonical(own) && pen.may()) kind.update(node, own)
}

function $typeOf(embed: unknown, writer: ContentWriter): string {
  return (writer.objects.inline(keysOfEmbed(embed)[OBJECT_TYPE])?.node ?? UnknownInlineNode).getType()
}

function keysOfEmbed(embed: unknown): Attrs {
  if (embed instanceof Y.Map) return embed.toJSON()
  if (embed instanceof Y.AbstractType || typeof embed !== 'object' || embed === null) return {}
  return embed as Attrs
}
