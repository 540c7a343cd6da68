/**
 * Makes the end of a table anew, when its index cannot be read: the blocks of data lie behind each other from the first byte on, each
 * with its checksum, and tell their keys themselves. The filter is given up for room. Knows no files.
 */
import { crc32c } from './crc32c.ts'
import { masked } from './log-file.ts'
import {
  FOOTER_BYTES,
  KEY_SUFFIX_BYTES,
  TRAILER_BYTES,
  encodeFooter,
  endOf,
  entriesOf,
  footerOf,
  rowKeyOf,
  sealBlock,
  storedChecksum,
  suffixOf,
} from './table-file.ts'
import type { BlockHandle } from './table-file.ts'
import { varintOf } from './varint.ts'

export interface RebuiltTable {
  readonly bytes: Uint8Array
  /** The last key that is in it, as it stands there; what was behind it is lost. */
  readonly last: Uint8Array
}

interface DataBlock {
  readonly handle: BlockHandle
  readonly last: Uint8Array
}

/** The type of a row that removes another. */
const REMOVED = 0
/** The end of a block whose rows are all in one piece, which begins at 0; without rows it is all of the block. */
const ONE_RESTART = Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0)

/**
 * Undefined when no block can be read, or there is no room for an index.
 * @param length how long the table has to be; of one that was cut the end is gone
 */
export function rebuildIndex(table: Uint8Array, length: number): RebuiltTable | undefined {
  const blocks = dataBlocksIn(table)
  const lastBlock = blocks.at(-1)
  if (lastBlock === undefined) return undefined
  const content = indexOf(blocks)
  const index = { offset: length - FOOTER_BYTES - TRAILER_BYTES - content.length, size: content.length }
  const metaindex = { offset: index.offset - TRAILER_BYTES - ONE_RESTART.length, size: ONE_RESTART.length }
  if (metaindex.offset < endOf(lastBlock.handle)) return undefined
  const bytes = new Uint8Array(length)
  bytes.set(table.subarray(0, endOf(lastBlock.handle)))
  bytes.set(ONE_RESTART, metaindex.offset)
  bytes.set(content, index.offset)
  sealBlock(bytes, metaindex)
  sealBlock(bytes, index)
  bytes.set(encodeFooter({ metaindex, index }), length - FOOTER_BYTES)
  return footerOf(bytes) && { bytes, last: lastBlock.last }
}

/**
 * A table in the place of one of which nothing is left: it has a removal of the last key alone. Undefined when there is no room.
 * @param last the last key, as it stood in the table
 */
export function tableWithout(last: Uint8Array, length: number): Uint8Array | undefined {
  const key = Uint8Array.from(last)
  key[key.length - KEY_SUFFIX_BYTES] = REMOVED
  const entry = [0, ...varintOf(key.length), 0, ...key]
  const handle = { offset: 0, size: entry.length + ONE_RESTART.length }
  const block = new Uint8Array(endOf(handle))
  block.set([...entry, ...ONE_RESTART])
  sealBlock(block, handle)
  return rebuildIndex(block, length)?.bytes
}

/** From the first on, as far as they follow each other. */
function dataBlocksIn(table: Uint8Array): readonly DataBlock[] {
  const blocks: DataBlock[] = []
  let offset = 0
  for (;;) {
    const block = blockAt(table, offset, blocks.at(-1)?.last)
    if (block === undefined) return blocks
    blocks.push(block)
    offset = endOf(block.handle)
  }
}

/** Its length is where its checksum is right, and its bytes are rows behind those before. */
function blockAt(table: Uint8Array, offset: number, before: Uint8Array | undefined): DataBlock | undefined {
  let crc = crc32c(new Uint8Array())
  for (let size = 0; offset + size + TRAILER_BYTES <= table.length; size += 1) {
    const handle = { offset, size }
    // With the byte of its type.
    crc = crc32c(table.subarray(offset + size, offset + size + 1), crc)
    if ((table[offset + size] ?? 0) > 1 || storedChecksum(table, handle) !== masked(crc)) continue
    const entries = entriesOf(table, handle)
    const first = entries?.at(0)?.key
    const last = entries?.at(-1)?.key
    if (first === undefined || last === undefined || first.length <= KEY_SUFFIX_BYTES) continue
    return before === undefined || isBehind(first, before) ? { handle, last } : undefined
  }
  return undefined
}

function isBehind(key: Uint8Array, before: Uint8Array): boolean {
  const order = Buffer.compare(rowKeyOf(key), rowKeyOf(before))
  // The newest row of a key comes first.
  return order > 0 || (order === 0 && suffixOf(key) < suffixOf(before))
}

function indexOf(blocks: readonly DataBlock[]): Uint8Array {
  const parts: number[] = []
  const restarts = Buffer.alloc(4 * blocks.length + 4)
  for (const [at, { handle, last }] of blocks.entries()) {
    const value = [...varintOf(handle.offset), ...varintOf(handle.size)]
    restarts.writeUInt32LE(parts.length, 4 * at)
    parts.push(0, ...varintOf(last.length), ...varintOf(value.length), ...last, ...value)
  }
  restarts.writeUInt32LE(blocks.length, 4 * blocks.length)
  return Buffer.concat([Uint8Array.from(parts), restarts])
}
