/**
 * Checks every block of a table, and puts a damaged table together again from what is certain in it: a block with a single
 * wrong bit is put right; where more of a data block is wrong its rows are lost, and the span of their keys is told; without a
 * filter LevelDB looks into the table itself, and an index is made anew from the blocks. The table keeps its length, which LevelDB's
 * MANIFEST knows. Knows no files.
 */
import { crc32c, wrongBit } from './crc32c.ts'
import { masked, unmasked } from './log-file.ts'
import {
  FOOTER_BYTES,
  KEY_SUFFIX_BYTES,
  checkedBytes,
  endOf,
  entriesOf,
  footerOf,
  handleIn,
  isWhole,
  rowKeyOf,
  sealBlock,
  storedChecksum,
} from './table-file.ts'
import type { BlockHandle, Footer } from './table-file.ts'
import { rebuildIndex } from './table-index.ts'
import { varintOf } from './varint.ts'
import type { TableBounds } from './manifest-file.ts'

/** Keys behind `from`, up to `to` and with it. */
export interface KeySpan {
  readonly from: Uint8Array
  readonly to: Uint8Array
}

export type ExaminedTable =
  | { readonly state: 'whole' }
  | {
      readonly state: 'mended'
      readonly bytes: Uint8Array
      /** Blocks, the footer among them, in which one wrong bit was put right. */
      readonly corrected: number
      /** Where rows may be missing now that were there, or older ones may show. */
      readonly lost: readonly KeySpan[]
    }
  /** It cannot be told what is in it. */
  | { readonly state: 'unreadable' }

/** Room for its length in five bytes, however short it is: the length of a value must not depend on itself. */
const VALUE_LENGTH_BYTES = 5
/** The end of a block whose rows are all in one piece, which begins at 0. */
const RESTARTS = Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0)
/** The type of a row that removes another. */
const REMOVED = 0
/** How the name of a filter begins in the metaindex. */
const FILTER = 'filter.'

/** @param bounds what the MANIFEST says of its keys */
export function examineTable(table: Uint8Array, bounds: TableBounds): ExaminedTable {
  const work = new Work(table, bounds)
  if (table.length === bounds.size && work.examine()) return work.result()
  const rebuilt = table.length <= bounds.size ? rebuildIndex(table, bounds.size) : undefined
  if (rebuilt === undefined) return { state: 'unreadable' }
  const isAll = Buffer.compare(rebuilt.last, bounds.largest) === 0
  // Of the last key further versions may be behind it, which are older.
  const lost = isAll ? [] : [{ from: rowKeyOf(rebuilt.last), to: rowKeyOf(bounds.largest) }]
  return { state: 'mended', bytes: rebuilt.bytes, corrected: 0, lost }
}

class Work {
  readonly #table: Uint8Array
  readonly #bounds: TableBounds
  /** A copy, from the first change on. */
  #mended: Uint8Array | undefined
  #corrected = 0
  readonly #lost: KeySpan[] = []

  constructor(table: Uint8Array, bounds: TableBounds) {
    this.#table = table
    this.#bounds = bounds
  }

  /** False: unreadable. */
  examine(): boolean {
    const footer = footerOf(this.#bytes) ?? this.#correctFooter()
    if (footer === undefined || !this.#restore(footer.index)) return false
    const index = entriesOf(this.#bytes, footer.index)
    if (index === undefined || !this.#filter(footer)) return false
    // Before the first key and behind everything that is smaller.
    let from = spanOf(this.#bounds).from
    for (const [position, entry] of index.entries()) {
      const block = handleIn(entry)
      if (block === undefined) return false
      // What LevelDB notes as the last key may lie far behind the last row.
      const last = position === index.length - 1 ? this.#bounds.largest : entry.key
      if (!this.#restore(block) && !this.#giveUp(block, from, last)) return false
      from = rowKeyOf(last)
    }
    return true
  }

  result(): ExaminedTable {
    return this.#mended === undefined
      ? { state: 'whole' }
      : { state: 'mended', bytes: this.#mended, corrected: this.#corrected, lost: this.#lost }
  }

  get #bytes(): Uint8Array {
    return this.#mended ?? this.#table
  }

  #change(): Uint8Array {
    this.#mended ??= Uint8Array.from(this.#table)
    return this.#mended
  }

  /** True when the block is as it was written, or is again. */
  #restore(block: BlockHandle): boolean {
    if (isWhole(this.#bytes, block)) return true
    if (endOf(block) > this.#bytes.length) return false
    const body = checkedBytes(this.#bytes, block)
    const stored = storedChecksum(this.#bytes, block)
    const difference = (stored ^ masked(crc32c(body))) >>> 0
    // Either a bit of the checksum itself is wrong, or one of the block.
    if ((difference & (difference - 1)) !== 0) {
      const bit = wrongBit(body, unmasked(stored))
      if (bit === undefined) return false
      flip(this.#change(), block.offset * 8 + bit)
    } else sealBlock(this.#change(), block)
    this.#corrected += 1
    return true
  }

  /** No checksum guards the footer; but it says where two blocks lie that have one. */
  #correctFooter(): Footer | undefined {
    if (this.#table.length < FOOTER_BYTES) return undefined
    const candidate = Uint8Array.from(this.#table)
    const first = (candidate.length - FOOTER_BYTES) * 8
    for (let bit = first; bit < candidate.length * 8; bit += 1) {
      flip(candidate, bit)
      const footer = footerOf(candidate)
      if (footer !== undefined && isWhole(candidate, footer.index) && isWhole(candidate, footer.metaindex)) {
        this.#mended = candidate
        this.#corrected += 1
        return footer
      }
      flip(candidate, bit)
    }
    return undefined
  }

  /** A filter that is wrong hides rows; none hides nothing. False: there is no room for saying that there is none. */
  #filter({ metaindex }: Footer): boolean {
    if (this.#restore(metaindex)) {
      const entries = entriesOf(this.#bytes, metaindex)?.filter(({ key }) => isFilter(key))
      const filters = entries?.map(handleIn)
      if (filters?.every((filter) => filter !== undefined && this.#restore(filter)) === true) return true
    }
    return this.#writeOneRow(metaindex, new Uint8Array())
  }

  /**
   * Puts one removed row in the place of a data block, at the last key that the block could have: so the keys of the table, and those
   * of tables beside it, keep their order, which LevelDB insists on. False: there is no room for it.
   */
  #giveUp(block: BlockHandle, from: Uint8Array, last: Uint8Array): boolean {
    const key = Uint8Array.from(last)
    key[key.length - KEY_SUFFIX_BYTES] = REMOVED
    if (!this.#writeOneRow(block, key)) return false
    this.#lost.push({ from, to: rowKeyOf(last) })
    return true
  }

  /** Fills a block with one row, whose value is as long as there is room. False: there is too little. */
  #writeOneRow(block: BlockHandle, key: Uint8Array): boolean {
    const head = [0, ...varintOf(key.length)]
    const room = block.size - head.length - VALUE_LENGTH_BYTES - key.length - RESTARTS.length
    if (room < 0 || endOf(block) > this.#bytes.length) return false
    const table = this.#change()
    table.set([...head, ...longVarintOf(room), ...key, ...new Uint8Array(room), ...RESTARTS], block.offset)
    // Not compressed.
    table[block.offset + block.size] = 0
    sealBlock(table, block)
    return true
  }
}

/** Everything between the first and the last key. */
export function spanOf({ smallest, largest }: TableBounds): KeySpan {
  return { from: rowKeyOf(smallest).slice(0, -1), to: rowKeyOf(largest) }
}

export function isInSpan({ from, to }: KeySpan, rowKey: Uint8Array): boolean {
  return Buffer.compare(rowKey, from) > 0 && Buffer.compare(rowKey, to) <= 0
}

function isFilter(key: Uint8Array): boolean {
  return new TextDecoder().decode(key).startsWith(FILTER)
}

function longVarintOf(value: number): number[] {
  return Array.from({ length: VALUE_LENGTH_BYTES }, (_, index) => {
    const group = Math.floor(value / 2 ** (7 * index)) % 0x80
    return index < VALUE_LENGTH_BYTES - 1 ? group | 0x80 : group
  })
}

function flip(bytes: Uint8Array, bit: number): void {
  const byte = Math.floor(bit / 8)
  bytes[byte] = (bytes[byte] ?? 0) ^ (1 << (bit % 8))
}
