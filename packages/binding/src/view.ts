/**
 * What stands where: which element of the editor shows which block, and which top-level nodes stand for how many
 * blocks. Valid for the last state in which the editor and the remembered blocks agreed.
 */
import type { NodeKey } from 'lexical'
import type * as Y from 'yjs'
import type { Block } from './model.ts'

/** Identity of a block: its marker, or null for text before the first marker. */
export type BlockId = Y.Map<unknown> | null

/** A child of the root. A tail (text that has no place in its block) counts no block of its own. */
export interface Group {
  readonly key: NodeKey
  readonly count: number
}

const NO_PARTS: ReadonlyMap<string, NodeKey> = new Map()

export class View {
  blocks: readonly Block[] = []
  groups: readonly Group[] = []
  readonly keyOf = new Map<BlockId, NodeKey>()
  readonly blockOf = new Map<NodeKey, BlockId>()
  readonly tailKeyOf = new Map<BlockId, NodeKey>()
  readonly tailOf = new Map<NodeKey, BlockId>()
  /** What an object in a text is in the document. */
  readonly embedOf = new Map<NodeKey, unknown>()
  /** The block as the editor shows it: the same object means nothing is to be done. */
  readonly shown = new Map<BlockId, Block>()
  /** Blocks that the editor does not show as they are, or of which it is not known: they have to be looked at. */
  readonly unsure = new Set<BlockId>()

  /** Containers: what they are called in the document. */
  readonly containerOf = new Map<NodeKey, string>()
  /** Rows and cells of tables: what they are called in the document. */
  readonly partOf = new Map<NodeKey, string>()
  readonly #parts = new Map<BlockId, ReadonlyMap<string, NodeKey>>()

  /** Says anew which nodes are the rows and cells of a table. */
  bindParts(id: BlockId, parts: ReadonlyMap<string, NodeKey>): void {
    for (const [name, key] of this.#parts.get(id) ?? [])
      if (this.partOf.get(key) === name) this.partOf.delete(key)
    if (parts.size === 0) this.#parts.delete(id)
    else this.#parts.set(id, parts)
    for (const [name, key] of parts) this.partOf.set(key, name)
  }

  partKey(id: BlockId, name: string): NodeKey | undefined {
    return this.#parts.get(id)?.get(name)
  }

  bind(id: BlockId, key: NodeKey): void {
    const before = this.blockOf.get(key)
    if (before !== undefined && before !== id && this.keyOf.get(before) === key) this.keyOf.delete(before)
    const oldKey = this.keyOf.get(id)
    if (oldKey !== undefined && oldKey !== key) this.blockOf.delete(oldKey)
    this.keyOf.set(id, key)
    this.blockOf.set(key, id)
  }

  /** The editor shows a block as it is. */
  show(block: Block): void {
    this.shown.set(block.marker, block)
    this.unsure.delete(block.marker)
  }

  /** The element of a block was edited. */
  doubt(id: BlockId): void {
    this.shown.delete(id)
    this.unsure.add(id)
  }

  bindTail(id: BlockId, key: NodeKey): void {
    this.tailKeyOf.set(id, key)
    this.tailOf.set(key, id)
  }

  unbindTail(id: BlockId): void {
    const key = this.tailKeyOf.get(id)
    if (key !== undefined) this.tailOf.delete(key)
    this.tailKeyOf.delete(id)
  }

  /** Forgets blocks that are gone. */
  drop(id: BlockId): void {
    const key = this.keyOf.get(id)
    if (key !== undefined && this.blockOf.get(key) === id) this.blockOf.delete(key)
    this.keyOf.delete(id)
    this.shown.delete(id)
    this.unsure.delete(id)
    this.unbindTail(id)
    this.bindParts(id, NO_PARTS)
  }

  clear(): void {
    this.blocks = []
    this.groups = []
    const { keyOf, blockOf, tailKeyOf, tailOf, embedOf, shown, containerOf, partOf } = this
    const maps = [keyOf, blockOf, tailKeyOf, tailOf, embedOf, shown, containerOf, partOf, this.#parts]
    for (const map of maps) map.clear()
    this.unsure.clear()
  }
}
