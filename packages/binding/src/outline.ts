/**
 * The one tree that stands for a flow: nested lists out of flat items, containers around neighbours that say so, and the
 * text of blocks that have no place for text. The same blocks always give the same tree, on every client. Pure; knows no editor.
 */
import { LIST_TYPES, attrsOf } from './form.ts'
import type { Attrs, ListType } from './form.ts'
import type { Block } from './model.ts'
import { containersOf } from './container-form.ts'
import { isCellBlock, tableOf } from './table-form.ts'

export type Shape = BlockShape | TailShape | ListShape | TableShape | ContainerShape

/** A table and the blocks in its cells, as they lie in the document. Text of its own is a line in its first cell. */
export interface TableShape {
  readonly kind: 'table'
  readonly block: Block
  readonly inside: readonly Block[]
}

export interface ContainerShape {
  readonly kind: 'container'
  /** As `kind:name`. */
  readonly container: string
  readonly blocks: readonly Block[]
  readonly inside: readonly Shape[]
}

export interface BlockShape {
  readonly kind: 'block'
  readonly block: Block
}

/** Text that lies in a block which cannot show it, such as a rule: shown as a paragraph behind it, so that it is not lost. */
export interface TailShape {
  readonly kind: 'tail'
  readonly block: Block
}

export interface ListShape {
  readonly kind: 'list'
  readonly type: ListType
  readonly start: number
  readonly items: readonly ItemShape[]
}

export type ItemShape =
  | { readonly block: Block; readonly value: number; readonly isChecked: boolean; readonly nested: null }
  | { readonly block: null; readonly value: number; readonly nested: ListShape }

/** Deeper levels are shown at this one: a document may claim any number. */
export const DEEPEST_LEVEL = 32

const listTypes: ReadonlySet<unknown> = new Set(LIST_TYPES)

export function listTypeOf(keys: Attrs): ListType | null {
  return listTypes.has(keys['T']) ? (keys['T'] as ListType) : null
}

export function levelOf(keys: Attrs): number {
  const level = keys['I']
  return typeof level === 'number' && level > 0 ? Math.min(Math.floor(level), DEEPEST_LEVEL) : 0
}

/** `isVoid` says which blocks have no place for text. All blocks stand in the same `depth` containers. */
export function outline(blocks: readonly Block[], isVoid: (keys: Attrs) => boolean, depth = 0): Shape[] {
  const shapes: Shape[] = []
  let lists: ListBuilder | null = null
  for (let i = 0; i < blocks.length; i++) {
    const block = blocks[i] as Block
    const keys = attrsOf(block.keys)
    const container = containersOf(keys)[depth]
    if (container !== undefined) {
      const inside = blocks.slice(i, endOfContainer(blocks, i, container, depth))
      shapes.push({
        kind: 'container',
        container,
        blocks: inside,
        inside: outline(inside, isVoid, depth + 1),
      })
      lists = null
      i += inside.length - 1
      continue
    }
    if (tableOf(keys) !== null) {
      const end = endOfTable(blocks, i)
      shapes.push({ kind: 'table', block, inside: blocks.slice(i + 1, end) })
      lists = null
      i = end - 1
      continue
    }
    const type = listTypeOf(keys)
    if (type !== null) {
      lists ??= new ListBuilder(shapes)
      lists.add(block, type, levelOf(keys), keys)
      continue
    }
    lists = null
    shapes.push({ kind: 'block', block })
    if (block.text !== '' && isVoid(keys)) shapes.push({ kind: 'tail', block })
  }
  return shapes
}

/** A table goes on as long as blocks say that they are in a cell. */
export function endOfTable(blocks: readonly Block[], table: number): number {
  let end = table + 1
  while (end < blocks.length && isCellBlock(attrsOf(blocks[end]?.keys ?? ''))) end += 1
  return end
}

/** A container goes on as long as blocks say that they are in it; what is in a table goes with the table. */
function endOfContainer(blocks: readonly Block[], first: number, container: string, depth: number): number {
  let end = first
  for (let keys = attrsOf(blocks[end]?.keys ?? ''); containersOf(keys)[depth] === container;) {
    end = tableOf(keys) === null ? end + 1 : endOfTable(blocks, end)
    keys = attrsOf(blocks[end]?.keys ?? '')
  }
  return end
}

interface OpenList {
  readonly kind: 'list'
  readonly type: ListType
  start: number
  hasOwn: boolean
  value: number
  readonly items: ItemShape[]
}

class ListBuilder {
  readonly #shapes: Shape[]
  /** The list open at each level. */
  readonly #open: OpenList[] = []

  constructor(shapes: Shape[]) {
    this.#shapes = shapes
  }

  add(block: Block, type: ListType, level: number, keys: Attrs): void {
    this.#open.length = Math.min(this.#open.length, level + 1)
    if (this.#open.length === level + 1 && this.#open[level]?.type !== type) this.#open.length = level
    while (this.#open.length <= level) this.#push(type)
    const list = this.#open[level]
    if (list === undefined) return
    const start = keys['S']
    if (!list.hasOwn && type === 'ol' && typeof start === 'number' && Number.isSafeInteger(start)) {
      list.start = start
      list.value = start
      // Wrappers before the first item bear the number of the item that follows them.
      list.items.forEach((item, i) => (list.items[i] = { ...item, value: start }))
    }
    list.hasOwn = true
    list.items.push({ block, value: list.value, isChecked: type === 'cl' && keys['C'] === 1, nested: null })
    list.value += 1
  }

  /** A missing level is filled with a list of the item's own kind. */
  #push(type: ListType): void {
    const list: OpenList = { kind: 'list', type, start: 1, hasOwn: false, value: 1, items: [] }
    const parent = this.#open.at(-1)
    if (parent === undefined) this.#shapes.push(list)
    else parent.items.push({ block: null, value: parent.value, nested: list })
    this.#open.push(list)
  }
}

/** How many blocks a shape stands for. */
export function countBlocks(shape: Shape): number {
  if (shape.kind === 'tail') return 0
  if (shape.kind === 'block') return 1
  if (shape.kind === 'table') return 1 + shape.inside.length
  if (shape.kind === 'container') return shape.blocks.length
  return shape.items.reduce((sum, item) => sum + (item.nested === null ? 1 : countBlocks(item.nested)), 0)
}
