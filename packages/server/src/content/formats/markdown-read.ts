/** Markdown as blocks. What the document form has no place for becomes text; raw HTML is read as HTML, and never kept. */
import { CometpadError } from '@cometpad/shared'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmStrikethroughFromMarkdown } from 'mdast-util-gfm-strikethrough'
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table'
import { gfmTaskListItemFromMarkdown } from 'mdast-util-gfm-task-list-item'
import { gfmStrikethrough } from 'micromark-extension-gfm-strikethrough'
import { gfmTable } from 'micromark-extension-gfm-table'
import { gfmTaskListItem } from 'micromark-extension-gfm-task-list-item'
import { BlockBuilder } from '../blocks.ts'
import type { Attrs, Block } from '../blocks.ts'
import { blocksOfTable, plainCell } from '../tables.ts'
import { LANGUAGE, containerKind } from './format.ts'
import type { Bounds } from './format.ts'
import { readHtmlInto } from './html-read.ts'
import type { Blockquote, List, MarkdownTable, PhrasingContent, Root, RootContent } from './markdown-tree.ts'

export function readMarkdown(text: string, bounds: Bounds): Block[] {
  const root = fromMarkdown(text, {
    extensions: [gfmStrikethrough(), gfmTaskListItem(), gfmTable()],
    mdastExtensions: [gfmStrikethroughFromMarkdown(), gfmTaskListItemFromMarkdown(), gfmTableFromMarkdown()],
  })
  const reader = new MarkdownReader(bounds, definitionsIn(root))
  for (const child of root.children) reader.block(child, {}, 1)
  return reader.builder.build()
}

function definitionsIn(root: Root): ReadonlyMap<string, string> {
  const definitions = root.children.filter((node) => node.type === 'definition')
  // The first one of a name counts.
  return new Map(definitions.toReversed().map(({ identifier, url }) => [identifier, url]))
}

class MarkdownReader {
  readonly builder: BlockBuilder
  readonly #bounds: Bounds
  readonly #definitions: ReadonlyMap<string, string>

  constructor(bounds: Bounds, definitions: ReadonlyMap<string, string>) {
    this.builder = new BlockBuilder(bounds)
    this.#bounds = bounds
    this.#definitions = definitions
  }

  /** `keys`: of the quote that this stands in. */
  block(node: RootContent, keys: Attrs, depth: number): void {
    this.#look(depth)
    // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- definitions were read before, and the rest is not in this Markdown
    switch (node.type) {
      case 'paragraph':
        this.builder.begin(keys)
        this.#phrasing(node.children, {}, depth)
        return
      case 'heading':
        this.builder.begin({ T: `h${node.depth}` })
        this.#phrasing(node.children, {}, depth)
        return
      case 'code':
        this.builder.begin({ T: 'code', ...(node.lang && LANGUAGE.test(node.lang) ? { L: node.lang } : {}) })
        this.builder.text(node.value)
        return
      case 'thematicBreak':
        this.builder.begin({ T: 'rule' })
        return
      case 'blockquote':
        if (this.#container(node, depth)) return
        if (node.children.length === 0) this.builder.begin({ T: 'q' })
        for (const child of node.children) this.block(child, { T: 'q' }, depth + 1)
        return
      case 'list':
        this.#list(node, 0, depth)
        return
      case 'table':
        this.#table(node, depth)
        return
      case 'html':
        readHtmlInto(node.value, this.builder, this.#bounds)
    }
  }

  /** A quote whose first line is "[!NOTE]" or the like is a container. */
  #container({ children }: Blockquote, depth: number): boolean {
    const [first, ...others] = children
    const [start, ...more] = first?.type === 'paragraph' ? first.children : []
    const match = start?.type === 'text' ? /^\[!(\w+)\][ \t]*(?:\n|$)/.exec(start.value) : null
    const kind = containerKind(match?.[1])
    if (match === null || kind === undefined || first?.type !== 'paragraph' || start?.type !== 'text')
      return false
    const { count, within } = this.builder
    this.builder.enter(kind)
    const rest = start.value.slice(match[0].length)
    const line = rest === '' ? more : [{ ...start, value: rest }, ...more]
    if (line.length > 0) this.block({ ...first, children: line }, {}, depth + 1)
    for (const child of others) this.block(child, {}, depth + 1)
    if (this.builder.count === count) this.builder.begin({})
    this.builder.within = within
    return true
  }

  #table({ children }: MarkdownTable, depth: number): void {
    const width = Math.max(...children.map((row) => row.children.length))
    const cells = children.map((row) => Array.from({ length: width }, (_, column) => row.children[column]))
    const [marker, ...blocks] = blocksOfTable({
      rows: cells.map((row, at) => row.map(() => plainCell([], at === 0 ? 1 : 0))),
    })
    if (marker === undefined) return
    this.builder.begin(marker.keys)
    cells.flat().forEach((cell, at) => {
      this.builder.begin(blocks[at]?.keys ?? {})
      this.#phrasing(cell?.children ?? [], {}, depth + 1)
    })
  }

  #list({ ordered, start: number, children }: List, level: number, depth: number): void {
    this.#look(depth)
    let isFirst = true
    for (const item of children) {
      const isCheck = typeof item.checked === 'boolean'
      const keys: Attrs = {
        T: isCheck ? 'cl' : ordered === true ? 'ol' : 'ul',
        ...(level > 0 ? { I: level } : {}),
        ...(item.checked === true ? { C: 1 } : {}),
      }
      const first =
        isFirst && keys['T'] === 'ol' && typeof number === 'number' && number !== 1 ? { S: number } : {}
      isFirst = false
      let isOpen = false
      const [start] = item.children
      if (start === undefined || start.type === 'list') this.builder.begin({ ...keys, ...first })
      for (const child of item.children) {
        if (child.type === 'list') {
          this.#list(child, level + 1, depth + 1)
          isOpen = false
          continue
        }
        // One item is one block: what else stands in it follows on a line of its own.
        if (isOpen) this.builder.text('\n')
        else this.builder.begin({ ...keys, ...first })
        isOpen = true
        this.#inItem(child, depth + 1)
      }
    }
  }

  #inItem(node: RootContent, depth: number): void {
    this.#look(depth)
    if (node.type === 'code') this.#code(node.value)
    else if (node.type === 'paragraph' || node.type === 'heading') this.#phrasing(node.children, {}, depth)
    else if (node.type === 'table') {
      node.children.forEach((row, at) => {
        if (at > 0) this.builder.text('\n')
        row.children.forEach((cell, column) => {
          if (column > 0) this.builder.text('\t')
          this.#phrasing(cell.children, {}, depth + 1)
        })
      })
    } else if (node.type === 'blockquote' || node.type === 'list' || node.type === 'listItem') {
      let isFirst = true
      for (const child of node.children) {
        if (!isFirst) this.builder.text('\n')
        isFirst = false
        this.#inItem(child, depth + 1)
      }
    }
  }

  #code(value: string): void {
    value.split('\n').forEach((line, at) => {
      if (at > 0) this.builder.text('\n')
      this.builder.text(line, { k: 1 })
    })
  }

  #phrasing(nodes: readonly PhrasingContent[], attrs: Attrs, depth: number): void {
    this.#look(depth)
    for (const node of nodes) {
      // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- footnotes are not in this Markdown
      switch (node.type) {
        case 'text':
          // The line ends here in the source, not in the text.
          this.builder.text(node.value.replaceAll(/ *(?:\r\n?|\n) */g, ' '), attrs)
          break
        case 'break':
          this.builder.text('\n', attrs)
          break
        case 'inlineCode':
          this.builder.text(node.value, { ...attrs, k: 1 })
          break
        case 'strong':
          this.#phrasing(node.children, { ...attrs, b: 1 }, depth + 1)
          break
        case 'emphasis':
          this.#phrasing(node.children, { ...attrs, i: 1 }, depth + 1)
          break
        case 'delete':
          this.#phrasing(node.children, { ...attrs, s: 1 }, depth + 1)
          break
        case 'link':
          this.#phrasing(node.children, { ...attrs, a: node.url }, depth + 1)
          break
        case 'linkReference':
          this.#phrasing(node.children, { ...attrs, a: this.#definitions.get(node.identifier) }, depth + 1)
          break
        case 'image':
          this.builder.text(node.alt ?? '', { ...attrs, a: node.url })
          break
        case 'imageReference':
          this.builder.text(node.alt ?? '', { ...attrs, a: this.#definitions.get(node.identifier) })
          break
        case 'html':
          if (/^<br\b/i.test(node.value)) this.builder.text('\n', attrs)
      }
    }
  }

  #look(depth: number): void {
    if (depth > this.#bounds.contentDepth) throw new CometpadError('CONTENT_TOO_COMPLEX')
  }
}
