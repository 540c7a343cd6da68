/** Inline nodes as units with attributes, and places in it as numbers of units. Reads only. */
import { $isLinkNode } from '@lexical/link'
import { $isElementNode, $isLineBreakNode, $isTextNode } from 'lexical'
import type { ElementNode, LexicalNode, NodeKey, PointType } from 'lexical'
import type { DraftObject } from './draft.ts'
import { OBJECT_TYPE, canonical, cleanText } from './form.ts'
import { ContentBuilder, keysOf } from './model.ts'
import type { Content } from './model.ts'
import type { ObjectKinds } from './objects.ts'
import { attrsFor } from './text-format.ts'
import { $isUnknownNode } from './unknown-nodes.ts'
import * as Y from 'yjs'

export interface ContentReader {
  readonly objects: ObjectKinds
  /** What an object in the text is in the document. */
  readonly embedOf: ReadonlyMap<NodeKey, unknown>
}

export function $readContent(
  children: readonly LexicalNode[],
  reader: ContentReader,
): Content & { objects: DraftObject[] } {
  const builder = new ContentBuilder()
  $read(children, '', builder, reader)
  return builder.build() as Content & { objects: DraftObject[] }
}

function $read(
  children: readonly LexicalNode[],
  url: string,
  builder: ContentBuilder,
  reader: ContentReader,
): void {
  for (const child of children) {
    if ($isTextNode(child))
      builder.addText(cleanText(child.getTextContent()), attrsFor(child.getFormat(), url))
    else if ($isLineBreakNode(child)) builder.addText('\n', attrsFor(0, url))
    else if ($isElementNode(child)) {
      // A block inside a block has no place in a flow; its text has.
      if (!child.isInline() && !builder.isEmpty) builder.addText('\n', '')
      $read(child.getChildren(), $isLinkNode(child) ? cleanText(child.getURL()) : url, builder, reader)
    } else {
      const object = $readObject(child, reader)
      if (object !== null) builder.addObject(object, attrsFor(0, url))
    }
  }
}

function $readObject(node: LexicalNode, reader: ContentReader): DraftObject | null {
  const embed = reader.embedOf.get(node.getKey()) ?? null
  if ($isUnknownNode(node)) {
    return { embed, keys: embed instanceof Y.Map ? keysOf(embed) : node.getKeys(), names: [] }
  }
  const kind = reader.objects.of(node)
  if (kind === undefined || !kind.isInline) return null
  return { embed, keys: canonical({ ...kind.read(node), [OBJECT_TYPE]: kind.type }), names: kind.keys }
}

/** Units before a point inside an element; undefined when the point lies elsewhere. */
export function $unitsBefore(element: ElementNode, point: PointType): number | undefined {
  let units = 0
  const $walk = (parent: ElementNode): number | undefined => {
    if (point.type === 'element' && parent.getKey() === point.key) {
      return units + $sum(parent.getChildren().slice(0, point.offset))
    }
    for (const child of parent.getChildren()) {
      if (child.getKey() === point.key && $isTextNode(child)) {
        return units + cleanText(child.getTextContent().slice(0, point.offset)).length
      }
      if ($isElementNode(child)) {
        const found = $walk(child)
        if (found !== undefined) return found
      } else units += $unitsOf(child)
    }
    return undefined
  }
  return $walk(element)
}

/** How many units of the flow a node is. */
export function $unitsOf(node: LexicalNode): number {
  if ($isTextNode(node)) return cleanText(node.getTextContent()).length
  return $isElementNode(node) ? $sum(node.getChildren()) : 1
}

function $sum(nodes: readonly LexicalNode[]): number {
  return nodes.reduce((sum, node) => sum + $unitsOf(node), 0)
}
