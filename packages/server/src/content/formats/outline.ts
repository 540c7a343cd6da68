/** Flat items of lists as the nested lists that Markdown and HTML have, and containers around their blocks. Bullets and checks are one list, numbers another. */
import { containersOf } from '@cometpad/binding'
import type { Block } from '../blocks.ts'
import { isTable, keysOf } from '../tables.ts'
import type { Part, Table } from '../tables.ts'
import { isListItem } from './format.ts'

export type Shape =
  | { readonly kind: 'block'; readonly block: Block }
  | { readonly kind: 'table'; readonly table: Table }
  | List
  | Container

export interface Container {
  readonly kind: 'container'
  /** Such as `note`. */
  readonly is: string
  readonly inside: readonly Shape[]
}

export interface List {
  readonly kind: 'list'
  readonly isOrdered: boolean
  readonly start: number
  readonly items: Item[]
}

interface Item {
  readonly block: Block
  readonly lists: List[]
}

const DEEPEST_LEVEL = 32

/** All blocks stand in the same `depth` containers. */
export function outline(parts: readonly Part[], depth = 0): Shape[] {
  const shapes: Shape[] = []
  /** The list open at each level. */
  let open: List[] = []
  for (let at = 0; at < parts.length; at += 1) {
    const part = parts[at] as Part
    const container = containersOf(keysOf(part))[depth]
    if (container !== undefined) {
      const isInside = (one: Part): boolean => containersOf(keysOf(one))[depth] === container
      const end = parts.findIndex((one, index) => index > at && !isInside(one))
      const inside = parts.slice(at, end === -1 ? parts.length : end)
      open = []
      shapes.push({
        kind: 'container',
        is: container.split(':')[0] ?? '',
        inside: outline(inside, depth + 1),
      })
      at += inside.length - 1
      continue
    }
    if (isTable(part) || !isListItem(part)) {
      open = []
      shapes.push(isTable(part) ? { kind: 'table', table: part } : { kind: 'block', block: part })
      continue
    }
    const block = part
    const isOrdered = block.keys['T'] === 'ol'
    // Nothing stands deeper than one level below what it stands in.
    const level = Math.min(levelOf(block), open.length)
    open.length = Math.min(open.length, level + 1)
    if (open[level]?.isOrdered !== isOrdered) open.length = level
    if (open.length === level) {
      const list: List = { kind: 'list', isOrdered, start: startOf(block), items: [] }
      const parent = open.at(-1)
      if (parent === undefined) shapes.push(list)
      else parent.items.at(-1)?.lists.push(list)
      open.push(list)
    }
    open[level]?.items.push({ block, lists: [] })
  }
  return shapes
}

function levelOf({ keys }: Block): number {
  const level = keys['I']
  return typeof level === 'number' && level > 0 ? Math.min(Math.floor(level), DEEPEST_LEVEL) : 0
}

function startOf({ keys }: Block): number {
  const start = keys['S']
  return typeof start === 'number' && Number.isSafeInteger(start) && start >= 0 && start < 1e9 ? start : 1
}
