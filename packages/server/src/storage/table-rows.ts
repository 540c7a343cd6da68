/**
 * What stands in a table, as far as it has to be known when the table is gone: the documents that have rows in it, and the few rows
 * that belong to no document's history, as they are: names, what is left of deleted documents, and those of the store itself. Knows
 * no files.
 */
import * as encoding from 'lib0/encoding'
import type { ByteReader } from '@cometpad/shared'
import { hexOf } from './head-row.ts'
import { DOCUMENT_KEY_BYTES, KEY_BYTES, kind, rangesOfDocument } from './keys.ts'
import type { TableBounds } from './manifest-file.ts'
import { entriesOf, footerOf, handleIn, isWhole, rowKeyOf, suffixOf } from './table-file.ts'
import type { BlockEntry } from './table-file.ts'
import { isInSpan } from './table-mending.ts'
import type { KeySpan } from './table-mending.ts'

export interface TableRows {
  /** The keys of documents with rows in it, in hexadecimal. */
  readonly keys: ReadonlySet<string>
  /** The newest row of each key that is no document's; a key ends with sequence and type. */
  readonly rows: readonly BlockEntry[]
}

export const NO_ROWS: TableRows = { keys: new Set(), rows: [] }

/** Blocks that are read in one go: some milliseconds. */
const STRIDE = 8
/** The type of a row that is there; another one removes it. */
const WRITTEN = 1n

/** Undefined when the table is not as it was written. Gives way to others in between. */
export async function rowsIn(table: Uint8Array, { size }: TableBounds): Promise<TableRows | undefined> {
  const footer = table.length === size ? footerOf(table) : undefined
  const index = footer && isWhole(table, footer.index) ? entriesOf(table, footer.index) : undefined
  if (index === undefined) return undefined
  const keys = new Set<string>()
  const rows: BlockEntry[] = []
  for (const [at, entry] of index.entries()) {
    const block = handleIn(entry)
    const entries = block && isWhole(table, block) ? entriesOf(table, block) : undefined
    if (entries === undefined) return undefined
    take(entries, keys, rows)
    if (at % STRIDE === STRIDE - 1) await new Promise((resolve) => setImmediate(resolve))
  }
  return { keys, rows }
}

function take(entries: readonly BlockEntry[], keys: Set<string>, rows: BlockEntry[]): void {
  let before: Uint8Array | undefined
  for (const { key, value } of entries) {
    const rowKey = rowKeyOf(key)
    if (isOfStore(rowKey)) {
      const last = rows.at(-1)
      // The newest row of a key comes first.
      const isOlder = last !== undefined && Buffer.compare(rowKeyOf(last.key), rowKey) === 0
      if (!isOlder) rows.push({ key, value: value.slice() })
    } else if (rowKey.length === KEY_BYTES) {
      // The rows of a document follow each other.
      if (before === undefined || !isSameDocument(before, rowKey))
        keys.add(Buffer.from(rowKey.subarray(1, 1 + DOCUMENT_KEY_BYTES)).toString('hex'))
      before = rowKey
    }
  }
}

function isSameDocument(one: Uint8Array, other: Uint8Array): boolean {
  for (let at = 1; at <= DOCUMENT_KEY_BYTES; at += 1) if (one[at] !== other[at]) return false
  return true
}

function isOfStore(rowKey: Uint8Array): boolean {
  const first = rowKey[0]
  return first === kind.global || first === kind.name || first === kind.tombstone || first === kind.remains
}

/** The value of a row; undefined when the row removes another. */
export function valueOf({ key, value }: BlockEntry): Uint8Array | undefined {
  return (suffixOf(key) & 0xffn) === WRITTEN ? value : undefined
}

/** What of it may lie in one of the spans. */
export function within({ keys, rows }: TableRows, spans: readonly KeySpan[]): TableRows {
  return {
    keys: new Set([...keys].filter((key) => isDocumentIn(spans, Buffer.from(key, 'hex')))),
    rows: rows.filter(({ key }) => spans.some((span) => isInSpan(span, rowKeyOf(key)))),
  }
}

/** Whether a row of the document may lie in one of the spans. */
export function isDocumentIn(spans: readonly KeySpan[], documentKey: Uint8Array): boolean {
  return rangesOfDocument(documentKey).some(({ gte, lte }) =>
    spans.some(({ from, to }) => Buffer.compare(lte, from) > 0 && Buffer.compare(gte, to) <= 0),
  )
}

/** What stands in several tables: of each key the newest row. */
export function joinedRows(all: readonly TableRows[]): TableRows {
  const keys = new Set<string>()
  const newest = new Map<string, BlockEntry>()
  for (const table of all) {
    for (const key of table.keys) keys.add(key)
    for (const row of table.rows) {
      const rowKey = hexOf(rowKeyOf(row.key))
      const other = newest.get(rowKey)
      if (other === undefined || suffixOf(other.key) < suffixOf(row.key)) newest.set(rowKey, row)
    }
  }
  return { keys, rows: Array.from(newest.values()) }
}

/** Without rows of which other tables have newer ones: what shows now is right. */
export function withoutOutdated({ keys, rows }: TableRows, others: readonly TableRows[]): TableRows {
  const newest = new Map(
    joinedRows(others).rows.map(({ key }) => [hexOf(rowKeyOf(key)), suffixOf(key)] as const),
  )
  const isOutdated = (row: BlockEntry): boolean => {
    const rowKey = Uint8Array.from(rowKeyOf(row.key))
    if ((newest.get(hexOf(rowKey)) ?? 0n) > suffixOf(row.key)) return true
    if (rowKey[0] !== kind.name || valueOf(row) === undefined) return false
    // The document that had the name was deleted later.
    rowKey[0] = kind.tombstone
    return (newest.get(hexOf(rowKey)) ?? 0n) > suffixOf(row.key)
  }
  return { keys, rows: rows.filter((row) => !isOutdated(row)) }
}

/** keys(varuint) · [key(16)] · rows(varuint) · [key(bytes) · value(bytes)] */
export function writeRows(encoder: encoding.Encoder, { keys, rows }: TableRows): void {
  encoding.writeVarUint(encoder, keys.size)
  for (const key of keys) encoding.writeUint8Array(encoder, Buffer.from(key, 'hex'))
  encoding.writeVarUint(encoder, rows.length)
  for (const { key, value } of rows) {
    encoding.writeVarUint8Array(encoder, key)
    encoding.writeVarUint8Array(encoder, value)
  }
}

/** Throws when the bytes are something else. */
export function readRows(reader: ByteReader): TableRows {
  const keys = new Set<string>()
  const rows: BlockEntry[] = []
  for (let count = reader.varUint(); count > 0; count -= 1) keys.add(hexOf(reader.take(DOCUMENT_KEY_BYTES)))
  for (let count = reader.varUint(); count > 0; count -= 1)
    rows.push({ key: reader.varBytes().slice(), value: reader.varBytes().slice() })
  return { keys, rows }
}
