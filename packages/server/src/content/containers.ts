/**
 * Containers in content that comes in some format: which of its containers is which of the document's. Formats have no names for
 * them, so what shares a block is the same one.
 */
import { containersOf, keepingRest } from '@cometpad/binding'
import type { Block } from './blocks.ts'

/** Where a block stands, as the value of `W` that says nothing else. */
export function placeOf({ keys }: Block): { W?: string } {
  const path = containersOf(keys)
  return path.length === 0 ? {} : { W: path.join('/') }
}

/** Cells as blocks like any, which stand where their table does: for formats that have no word for tables. */
export function withoutCells(blocks: readonly Block[]): Block[] {
  let table: Block | undefined
  return blocks.map((block) => {
    const { X, W: _hidden, ...keys } = block.keys
    if (block.keys['T'] === 'table') table = block
    else if (X === undefined) table = undefined
    return table === undefined || X === undefined ? block : { ...block, keys: { ...keys, ...placeOf(table) } }
  })
}

/** A block as it is, as it was written and read again, and as the content has it. */
export type Met = readonly [old: Block, said: Block, wanted: Block]

/** Gives the names in the content as those in the document, where two containers may be one that something has parted. */
export function matchContainers(met: readonly Met[]): (block: Block) => Block {
  const names = new Map<string, string>()
  const taken = new Set<string>()
  for (const [old, said, wanted] of met) {
    const [from, written] = [containersOf(old.keys), containersOf(said.keys)]
    containersOf(wanted.keys).forEach((one, depth) => {
      const [before, place] = [from[depth], written[depth]]
      if (before === undefined || place === undefined || kindOf(before) !== kindOf(one)) return
      if (names.has(one) || taken.has(place)) return
      names.set(one, before)
      taken.add(place)
    })
  }
  return (block) => {
    const path = containersOf(block.keys)
    if (path.length === 0) return block
    return { ...block, keys: { ...block.keys, W: path.map((one) => names.get(one) ?? one).join('/') } }
  }
}

function kindOf(container: string): string | undefined {
  return container.split(':')[0]
}

/** A block of the document where the content has it. One of a cell stays in it. */
export function movedTo(block: Block, wanted: Block): Block {
  const { W: before, ...keys } = block.keys
  const { W } = keepingRest({ ...keys, ...placeOf(wanted) }, block.keys)
  if (W === before) return block
  return { ...block, keys: W === undefined ? keys : { ...keys, W } }
}

/** For formats without a word for containers: what is new between two blocks of one is in it. */
export function withinNeighbours(blocks: readonly Block[], old: ReadonlySet<Block>): Block[] {
  /** For each block where the next one stands that was there before. */
  const ahead: (string | undefined)[] = []
  for (let at = blocks.length - 1, place: string | undefined; at >= 0; at -= 1) {
    const block = blocks[at]
    if (block !== undefined && old.has(block)) place = placeOf(block).W
    ahead[at] = place
  }
  const result: Block[] = []
  blocks.forEach((block, at) => {
    const { W } = old.has(block) ? {} : placeOf(result.at(-1) ?? block)
    const isWithin = W !== undefined && ahead[at] === W
    result.push(isWithin ? { ...block, keys: { ...block.keys, W } } : block)
  })
  return result
}
