/**
 * Reads one of LevelDB's tables as bytes, without LevelDB, which looks at no checksum of a table when it reads: a wrong bit in
 * its index hides rows as if they had never been written, and some end the process. Knows no rows and mends nothing.
 *
 * A table is: data blocks · filter block · metaindex block · index block · footer, one behind the other. The layout is that of
 * LevelDB's `doc/table_format.md`.
 */
import { uncompress } from 'snappyjs'
import { crc32c } from './crc32c.ts'
import { masked } from './log-file.ts'
import { varintAt, varintOf } from './varint.ts'

export const FOOTER_BYTES = 48
/** type(1) · checksum(4) stand behind every block. */
export const TRAILER_BYTES = 5
/** type(1) · sequence(7) end every key of a table. */
export const KEY_SUFFIX_BYTES = 8
const HANDLES_BYTES = 40
const MAGIC = 0xdb4775248b80fb57n
const COMPRESSED = 1
/** Ten times what the index of the largest table comes to. */
const MAX_BLOCK_BYTES = 16 * 1024 * 1024

/** Where a block lies, without its trailer. */
export interface BlockHandle {
  readonly offset: number
  readonly size: number
}

export interface Footer {
  readonly metaindex: BlockHandle
  readonly index: BlockHandle
}

export interface BlockEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/** Undefined when these are not the last bytes of a table of this length. */
export function footerOf(table: Uint8Array): Footer | undefined {
  if (table.length < FOOTER_BYTES) return undefined
  const footer = table.subarray(table.length - FOOTER_BYTES)
  const view = new DataView(footer.buffer, footer.byteOffset, FOOTER_BYTES)
  if (view.getBigUint64(HANDLES_BYTES, true) !== MAGIC) return undefined
  const metaindex = handleAt(footer, 0)
  const index = metaindex && handleAt(footer, metaindex.end)
  if (metaindex === undefined || index === undefined || index.end > HANDLES_BYTES) return undefined
  const isLast = endOf(index) === table.length - FOOTER_BYTES
  return isLast && endOf(metaindex) === index.offset ? { metaindex, index } : undefined
}

export function encodeFooter({ metaindex, index }: Footer): Uint8Array {
  const footer = Buffer.alloc(FOOTER_BYTES)
  footer.set([metaindex, index].flatMap(({ offset, size }) => [...varintOf(offset), ...varintOf(size)]))
  footer.writeBigUInt64LE(MAGIC, HANDLES_BYTES)
  return footer
}

/** The first byte behind the trailer of a block. */
export function endOf({ offset, size }: BlockHandle): number {
  return offset + size + TRAILER_BYTES
}

/** What the checksum of a block is made of: its bytes and its type. */
export function checkedBytes(table: Uint8Array, { offset, size }: BlockHandle): Uint8Array {
  return table.subarray(offset, offset + size + 1)
}

export function storedChecksum(table: Uint8Array, { offset, size }: BlockHandle): number {
  return new DataView(table.buffer, table.byteOffset).getUint32(offset + size + 1, true)
}

export function isWhole(table: Uint8Array, block: BlockHandle): boolean {
  return (
    endOf(block) <= table.length &&
    storedChecksum(table, block) === masked(crc32c(checkedBytes(table, block)))
  )
}

/** Writes the checksum that a block has to have. */
export function sealBlock(table: Uint8Array, block: BlockHandle): void {
  new DataView(table.buffer, table.byteOffset).setUint32(
    block.offset + block.size + 1,
    masked(crc32c(checkedBytes(table, block))),
    true,
  )
}

/** The entries of a block that is whole, in their order; undefined when its bytes are no entries. */
export function entriesOf(table: Uint8Array, { offset, size }: BlockHandle): BlockEntry[] | undefined {
  const bytes = contentOf(table, offset, size)
  if (bytes === undefined || bytes.length < 4) return undefined
  const restarts = new DataView(bytes.buffer, bytes.byteOffset).getUint32(bytes.length - 4, true)
  const end = bytes.length - 4 - restarts * 4
  const entries: BlockEntry[] = []
  let last = new Uint8Array()
  let at = 0
  while (at < end) {
    const shared = varintAt(bytes, at)
    const own = shared && varintAt(bytes, shared.end)
    const length = own && varintAt(bytes, own.end)
    if (shared === undefined || own === undefined || length === undefined) return undefined
    const valueAt = length.end + own.value
    at = valueAt + length.value
    if (shared.value > last.length || at > end) return undefined
    const key = new Uint8Array(shared.value + own.value)
    key.set(last.subarray(0, shared.value))
    key.set(bytes.subarray(length.end, valueAt), shared.value)
    last = key
    entries.push({ key: last, value: bytes.subarray(valueAt, at) })
  }
  return at === end ? entries : undefined
}

/** The key of a row, without sequence and type. */
export function rowKeyOf(key: Uint8Array): Uint8Array {
  return key.subarray(0, Math.max(0, key.length - KEY_SUFFIX_BYTES))
}

/** Sequence and type as one number: of two rows with the same key the newer one has the larger. */
export function suffixOf(key: Uint8Array): bigint {
  const at = key.length - KEY_SUFFIX_BYTES
  return at < 0 ? 0n : new DataView(key.buffer, key.byteOffset + at).getBigUint64(0, true)
}

/** The place of a block, as an entry of an index says it. */
export function handleIn({ value }: BlockEntry): BlockHandle | undefined {
  return handleAt(value, 0)
}

function handleAt(bytes: Uint8Array, from: number): (BlockHandle & { readonly end: number }) | undefined {
  const offset = varintAt(bytes, from)
  const size = offset && varintAt(bytes, offset.end)
  return offset && size && { offset: offset.value, size: size.value, end: size.end }
}

function contentOf(table: Uint8Array, offset: number, size: number): Uint8Array | undefined {
  const stored = table.slice(offset, offset + size)
  if (table[offset + size] !== COMPRESSED) return stored
  try {
    return uncompress(stored, MAX_BLOCK_BYTES)
  } catch {
    // Its checksum is right: it was written like that.
    return undefined
  }
}
