/** Flat items of lists as the nested lists that Markdown and HTML have. Bullets and checks are one list, numbers another. */
import type { Block } from '../blocks.ts'
import { isListItem } from './format.ts'

export type Shape = { readonly kind: 'block'; readonly block: Block } | List

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

export function outline(blocks: readonly Block[]): Shape[] {
  const shapes: Shape[] = []
  /** The list open at each level. */
  let open: List[] = []
  for (const block of blocks) {
    if (!isListItem(block)) {
      open = []
      shapes.push({ kind: 'block', block })
      continue
    }
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
