/**
 * HTML of any kind as blocks, tag by tag and without a tree: what is nested deeply costs no stack, broken tags are no error, and
 * nothing of it is ever run. Scripts, styles and what else is no text are passed over.
 */
import { CometpadError } from '@cometpad/shared'
import { Parser } from 'htmlparser2'
import { BlockBuilder } from '../blocks.ts'
import type { Attrs, Block } from '../blocks.ts'
import { containerKind } from './format.ts'
import type { Bounds } from './format.ts'
import { OpenTable } from './html-table.ts'
import { attrsOfTag, keysOfTag } from './html-tags.ts'

export function readHtml(text: string, bounds: Bounds): Block[] {
  const builder = new BlockBuilder(bounds)
  readHtmlInto(text, builder, bounds)
  return builder.build()
}

/** Adds the blocks to those that are there. */
export function readHtmlInto(text: string, builder: BlockBuilder, bounds: Bounds): void {
  const reader = new HtmlReader(builder, bounds)
  const parser = new Parser(
    {
      onopentag: (name, attributes) => reader.open(name, attributes),
      ontext: (part) => reader.text(part),
      onclosetag: (name) => reader.close(name),
    },
    { decodeEntities: true },
  )
  parser.end(text)
  reader.end()
}

const IGNORED: ReadonlySet<string> = new Set(
  'script style head title template noscript iframe object svg math audio video canvas select textarea'.split(
    ' ',
  ),
)
const BLOCKS: ReadonlySet<string> = new Set(
  'address article aside blockquote body dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header html li main nav ol p pre section table tbody tfoot thead tr ul caption summary details'.split(
    ' ',
  ),
)

/** Tags that are a block even when they are empty. */
const OWN_BLOCKS = /^(?:h[1-6]|p|blockquote|li|pre|aside)$/

interface OpenTag {
  readonly name: string
  /** Of the text within. */
  readonly attrs: Attrs
  /** Of a block that begins within. */
  readonly keys: Attrs
  readonly isPreserving: boolean
  /** All blocks within are one, the item. */
  readonly isInItem: boolean
  /** How many blocks there were before it. */
  readonly before: number
  /** The containers around it. */
  readonly within: readonly string[]
}

interface OpenList {
  readonly isOrdered: boolean
  start: number
}

class HtmlReader {
  readonly #builder: BlockBuilder
  readonly #bounds: Bounds
  readonly #tags: OpenTag[] = []
  readonly #lists: OpenList[] = []
  #ignored = 0
  #table: OpenTable | undefined
  /** How many tables are open that are no tables here. */
  #inner = 0
  /** The block that text goes into was begun; a block tag ends it. */
  #isOpen = false
  /** White space between two words that has not been written yet, as the attributes of where it stands. */
  #space: Attrs | undefined
  /** Soft breaks, as attributes, that become text only when text follows: at the end of a block they show nothing. */
  #breaks: Attrs[] = []

  constructor(builder: BlockBuilder, bounds: Bounds) {
    this.#builder = builder
    this.#bounds = bounds
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (IGNORED.has(name)) this.#ignored += 1
    if (this.#ignored > 0) return
    if (this.#tags.length >= this.#bounds.contentDepth) throw new CometpadError('CONTENT_TOO_COMPLEX')
    const outer = this.#tags.at(-1)
    const isList = name === 'ul' || name === 'ol'
    if (isList || name === 'li') this.#endBlock()
    else if (BLOCKS.has(name)) this.#border(outer)
    if (isList) {
      const start = Number(attributes['start'] ?? 1)
      this.#lists.push({ isOrdered: name === 'ol', start: Number.isSafeInteger(start) ? start : 1 })
    }
    const itemKeys = name === 'li' ? this.#itemKeys(attributes) : {}
    const cellKeys = this.#openTable(name, attributes, outer)
    const keys = keysOfTag(name, attributes)
    // In an item code is a line like any other, and outside of a block of code it has no language.
    const isInCode = outer?.keys['T'] === 'code'
    if (outer?.isInItem === true && name === 'pre') delete keys['T']
    if (!isInCode && keys['T'] !== 'code') delete keys['L']
    const tag: OpenTag = {
      name,
      attrs: isInCode && name === 'code' ? outer.attrs : attrsOfTag(outer?.attrs ?? {}, name, attributes),
      keys: { ...outer?.keys, ...keys, ...itemKeys, ...cellKeys },
      isPreserving: outer?.isPreserving === true || name === 'pre',
      isInItem: name === 'li' || (outer?.isInItem === true && !isList),
      before: this.#builder.count,
      within: this.#builder.within,
    }
    this.#tags.push(tag)
    if (name === 'aside' && !tag.isInItem)
      this.#builder.enter(containerKind(attributes['data-kind']) ?? 'note')
    if (isInCode && name === 'code' && !this.#isOpen) this.#begin()
    if (name === 'br') this.#break(tag)
    else if (name === 'hr') this.#rule()
    else if (name === 'input' && attributes['type'] === 'checkbox') this.#check('checked' in attributes)
    else if (name === 'img') this.#put(attributes['alt'] ?? '', { ...tag.attrs, a: attributes['src'] })
    else if ((name === 'td' || name === 'th') && cellKeys === undefined && this.#isOpen) this.#put('\t', {})
  }

  text(text: string): void {
    if (this.#ignored > 0) return
    const tag = this.#tags.at(-1)
    if (tag?.isPreserving === true) {
      for (const part of text.split(/(\r\n?|\n)/)) {
        if (!/^[\r\n]/.test(part)) this.#put(part, tag.attrs)
        // No line is empty at the ends of a block.
        else if (this.#isOpen && !this.#builder.isEmpty) this.#breaks.push(tag.attrs)
      }
      return
    }
    for (const part of text.split(/([ \t\r\n\f]+)/)) {
      if (part === '') continue
      if (/^[ \t\r\n\f]/.test(part)) this.#space ??= tag?.attrs ?? {}
      else this.#put(part, tag?.attrs ?? {})
    }
  }

  close(name: string): void {
    if (IGNORED.has(name)) {
      this.#ignored = Math.max(0, this.#ignored - 1)
      return
    }
    if (this.#ignored > 0) return
    const at = this.#tags.findLastIndex((tag) => tag.name === name)
    const tag = this.#tags[at]
    if (tag === undefined) return
    const outer = this.#tags[at - 1]
    // A block of its own stands there even when nothing is in it.
    const isOwn = OWN_BLOCKS.test(name) && (name === 'li' || outer?.isInItem !== true)
    if (isOwn && this.#builder.count === tag.before) this.#begin()
    this.#tags.length = at
    this.#builder.within = tag.within
    if (name === 'table') this.#closeTable()
    else if ((name === 'td' || name === 'th') && this.#table !== undefined && this.#inner === 0)
      this.#endBlock()
    if (name === 'ul' || name === 'ol') this.#lists.pop()
    if (name === 'ul' || name === 'ol' || name === 'li') this.#endBlock()
    else if (BLOCKS.has(name)) this.#border(outer)
  }

  end(): void {
    this.#endBlock()
    this.#table?.finish()
  }

  /** What a cell says of the blocks in it. A table within another one, or within an item, is text like any. */
  #openTable(
    name: string,
    attributes: Readonly<Record<string, string>>,
    outer: OpenTag | undefined,
  ): Attrs | undefined {
    if (name === 'table') {
      const isText = this.#table !== undefined || outer?.isInItem === true || outer?.keys['T'] === 'code'
      if (isText) this.#inner += 1
      else this.#table = new OpenTable()
    }
    const table = this.#table
    if (table === undefined || this.#inner > 0) return undefined
    if (name === 'tr') table.row()
    if (name !== 'td' && name !== 'th') return undefined
    this.#endBlock()
    if (table.label === undefined) {
      this.#builder.begin({ T: 'table' })
      // The very ones that were begun with: what they say is known only in the end.
      table.keys = this.#builder.last?.keys ?? {}
    }
    return { X: table.cell(name === 'th', attributes) }
  }

  #closeTable(): void {
    if (this.#inner > 0) this.#inner -= 1
    else {
      this.#endBlock()
      this.#table?.finish()
      this.#table = undefined
    }
  }

  #itemKeys(attributes: Readonly<Record<string, string>>): Attrs {
    const list = this.#lists.at(-1)
    const isOrdered = list?.isOrdered === true
    const level = Math.max(0, this.#lists.length - 1)
    const isCheck = attributes['role'] === 'checkbox'
    const start = { S: isOrdered && list.start !== 1 ? list.start : undefined }
    if (list !== undefined) list.start = 1
    return {
      T: isCheck ? 'cl' : isOrdered ? 'ol' : 'ul',
      ...(level > 0 ? { I: level } : { I: undefined }),
      ...(isCheck && attributes['aria-checked'] === 'true' ? { C: 1 } : { C: undefined }),
      ...(isCheck ? { S: undefined } : start),
    }
  }

  #begin(): void {
    // What stands in a table and in no cell goes on in the last one.
    const keys: Attrs = { X: this.#table?.label, ...this.#tags.at(-1)?.keys }
    this.#builder.begin(Object.fromEntries(Object.entries(keys).filter(([, value]) => value !== undefined)))
    this.#isOpen = true
    this.#space = undefined
    this.#breaks = []
  }

  /** Where a block begins or ends: within an item that is a line of its own. */
  #border(outer: OpenTag | undefined): void {
    if (outer?.isInItem !== true || !this.#isOpen) this.#endBlock()
    else if (!this.#builder.isEmpty && this.#breaks.length === 0) this.#breaks.push({})
  }

  #endBlock(): void {
    this.#isOpen = false
    this.#space = undefined
    this.#breaks = []
  }

  #put(text: string, attrs: Attrs): void {
    if (text === '') return
    if (!this.#isOpen) this.#begin()
    for (const link of this.#breaks) this.#builder.text('\n', link)
    if (this.#breaks.length > 0) this.#space = undefined
    if (this.#space !== undefined && !this.#builder.isEmpty) this.#builder.text(' ', this.#space)
    this.#space = undefined
    this.#breaks = []
    this.#builder.text(text, attrs)
  }

  /** In an item it stands for its text, when there is none. */
  #break({ attrs, isInItem }: OpenTag): void {
    if (isInItem && !this.#isOpen) this.#begin()
    else this.#breaks.push(attrs)
  }

  #rule(): void {
    this.#endBlock()
    const cell = this.#tags.at(-1)?.keys['X'] ?? this.#table?.label
    this.#builder.begin({ T: 'rule', ...(cell === undefined ? {} : { X: cell }) })
  }

  /** A box at the beginning of an item makes it one of a list of checks. */
  #check(isChecked: boolean): void {
    if (this.#tags.at(-1)?.isInItem !== true) return
    if (!this.#isOpen) this.#begin()
    if (!this.#builder.isEmpty) return
    const keys = this.#builder.last?.keys
    if (keys === undefined || (keys['T'] !== 'ul' && keys['T'] !== 'ol')) return
    const { S: _start, C: _checked, ...others } = keys
    this.#builder.drop()
    this.#builder.begin({ ...others, T: 'cl', ...(isChecked ? { C: 1 } : {}) })
  }
}
