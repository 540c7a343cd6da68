/**
 * The keys of the store, as bytes that LevelDB sorts one by one: kind(1) · documentKey(16) · seq(8, big endian). Names
 * stand in keys of their own, so that no name can shape the range of a document. docs/persistence-format.md describes
 * them. Knows no values.
 */
import { isOffset } from '@cometpad/shared'
import type { Offset } from '@cometpad/shared'

/** The first byte of a key. A number is never given a second meaning; those marked "reserved" have no code yet. */
export const kind = {
  /** The store itself: format version, batch counter. */
  global: 0x00,
  /** A document's name: the only key that is not of fixed width. */
  name: 0x01,
  head: 0x02,
  entry: 0x03,
  snapshot: 0x04,
  /** Seq is a Yjs client id, the value whose it is, and in which history. */
  clientOwner: 0x05,
  /** Reserved: a named version. */
  version: 0x06,
  /** Who may do what in a document, beside what tokens say; its share links. */
  access: 0x07,
  /** A refused update that is kept for the operator; seq grows with time. */
  quarantine: 0x08,
  /** Reserved: an uploaded file, in chunks. */
  blob: 0x09,
  /** The name of a document that was deleted. Not of fixed width either. */
  tombstone: 0x0a,
  /** A document key whose rows are to be removed: its document was deleted. */
  remains: 0x0b,
} as const

/** The kinds of rows that go with their document. */
const KINDS_OF_DOCUMENT = [
  kind.head,
  kind.entry,
  kind.snapshot,
  kind.clientOwner,
  kind.version,
  kind.access,
  kind.quarantine,
  kind.blob,
]

/** The seq of a global key. */
export const globalRow = {
  formatVersion: 0,
  batchCounter: 1,
  /** Reserved: signs share links. */
  serverSecret: 2,
  /** There while the rows are brought to another version of the format. */
  migration: 3,
} as const

export const DOCUMENT_KEY_BYTES = 16

/** Of every key but those of names. */
export const KEY_BYTES = 1 + DOCUMENT_KEY_BYTES + 8
const SEQ_AT = 1 + DOCUMENT_KEY_BYTES
const PART_BITS = 16
/** Parts of one snapshot: 16 GiB at 256 KiB each. */
export const MAX_PARTS = 2 ** PART_BITS
/** A snapshot's seq is offset · 2^16 + part: 48 bits are left for the offset. */
const MAX_SNAPSHOT_OFFSET = 2 ** 48 - 1

const NO_DOCUMENT = new Uint8Array(DOCUMENT_KEY_BYTES)

/** All keys from `gte` to `lte`, both included. */
export interface KeyRange {
  readonly gte: Uint8Array
  readonly lte: Uint8Array
}

export type DecodedKey =
  | { readonly kind: 'global'; readonly row: number }
  | { readonly kind: 'name' | 'tombstone'; readonly documentId: string }
  | { readonly kind: 'head' | 'remains' | 'access'; readonly documentKey: Uint8Array }
  | { readonly kind: 'clientOwner'; readonly documentKey: Uint8Array; readonly client: number }
  | { readonly kind: 'entry'; readonly documentKey: Uint8Array; readonly offset: Offset }
  | {
      readonly kind: 'snapshot'
      readonly documentKey: Uint8Array
      readonly offset: Offset
      readonly part: number
    }
  | { readonly kind: 'quarantine'; readonly documentKey: Uint8Array; readonly seq: bigint }

export function globalKey(row: number): Uint8Array {
  return key(kind.global, NO_DOCUMENT, BigInt(row))
}

export function nameKey(documentId: string): Uint8Array {
  return namedKey(kind.name, documentId)
}

export function tombstoneKey(documentId: string): Uint8Array {
  return namedKey(kind.tombstone, documentId)
}

export function remainsKey(documentKey: Uint8Array): Uint8Array {
  return key(kind.remains, documentKey, 0n)
}

export function headKey(documentKey: Uint8Array): Uint8Array {
  return key(kind.head, documentKey, 0n)
}

export function accessKey(documentKey: Uint8Array): Uint8Array {
  return key(kind.access, documentKey, 0n)
}

export function clientOwnerKey(documentKey: Uint8Array, client: number): Uint8Array {
  return key(kind.clientOwner, documentKey, BigInt(client))
}

/** @param seq below 2^64 */
export function quarantineKey(documentKey: Uint8Array, seq: bigint): Uint8Array {
  return key(kind.quarantine, documentKey, seq)
}

/** The owners of all Yjs clients of a document. */
export function clientOwnersRange(documentKey: Uint8Array): KeyRange {
  return wholeRange(kind.clientOwner, documentKey)
}

export function entryKey(documentKey: Uint8Array, offset: Offset): Uint8Array {
  if (!isOffset(offset)) throw new TypeError(`Not an offset: ${offset}`)
  return key(kind.entry, documentKey, BigInt(offset))
}

export function snapshotKey(documentKey: Uint8Array, offset: Offset, part: number): Uint8Array {
  if (!isOffset(offset) || offset > MAX_SNAPSHOT_OFFSET)
    throw new TypeError(`Not a snapshot offset: ${offset}`)
  if (!Number.isInteger(part) || part < 0 || part >= MAX_PARTS) throw new TypeError(`Not a part: ${part}`)
  return key(kind.snapshot, documentKey, (BigInt(offset) << BigInt(PART_BITS)) | BigInt(part))
}

/** The names behind `after`, in the order of their bytes; document ids are ASCII, so that is the order of the texts. */
export function namesAfter(after: string): { readonly gt: Uint8Array; readonly lt: Uint8Array } {
  return { gt: nameKey(after), lt: new Uint8Array([kind.name + 1]) }
}

/** Entries from `from` to `to`, both included. */
export function entryRange(documentKey: Uint8Array, from: Offset, to: Offset): KeyRange {
  return { gte: entryKey(documentKey, from), lte: entryKey(documentKey, to) }
}

/** Entries behind `head`: there must not be any. */
export function entriesBehind(documentKey: Uint8Array, head: Offset): KeyRange {
  return { gte: entryKey(documentKey, head + 1), lte: entryKey(documentKey, Number.MAX_SAFE_INTEGER) }
}

/** The names of all documents. */
export const ALL_NAMES = { gte: new Uint8Array([kind.name]), lt: new Uint8Array([kind.name + 1]) } as const

/** The heads of all documents, those without a name among them. */
export const ALL_HEADS = { gte: new Uint8Array([kind.head]), lt: new Uint8Array([kind.head + 1]) } as const

/** The refused updates of all documents. */
export const ALL_QUARANTINED = {
  gte: new Uint8Array([kind.quarantine]),
  lt: new Uint8Array([kind.quarantine + 1]),
} as const

/** Everything that is to be removed. */
export const ALL_REMAINS = {
  gte: new Uint8Array([kind.remains]),
  lt: new Uint8Array([kind.remains + 1]),
} as const

/** All rows of a document but that of its name, kind by kind. */
export function rangesOfDocument(documentKey: Uint8Array): KeyRange[] {
  return KINDS_OF_DOCUMENT.map((first) => wholeRange(first, documentKey))
}

/** The parts of the snapshot at `offset`. */
export function snapshotRange(documentKey: Uint8Array, offset: Offset): KeyRange {
  return {
    gte: snapshotKey(documentKey, offset, 0),
    lte: snapshotKey(documentKey, offset, MAX_PARTS - 1),
  }
}

/** The parts of every snapshot of the document, the present one and what a crash may have left of others. */
export function allSnapshotsRange(documentKey: Uint8Array): KeyRange {
  return {
    gte: snapshotKey(documentKey, 0, 0),
    lte: snapshotKey(documentKey, MAX_SNAPSHOT_OFFSET, MAX_PARTS - 1),
  }
}

/** What a key stands for, or undefined when this version has no such key. A name that is no UTF-8 comes out changed. */
export function decodeKey(bytes: Uint8Array): DecodedKey | undefined {
  if (bytes[0] === kind.name || bytes[0] === kind.tombstone) {
    const documentId = new TextDecoder().decode(bytes.subarray(1))
    return { kind: bytes[0] === kind.name ? 'name' : 'tombstone', documentId }
  }
  if (bytes.length !== KEY_BYTES) return undefined
  const documentKey = bytes.slice(1, SEQ_AT)
  const seq = new DataView(bytes.buffer, bytes.byteOffset, KEY_BYTES).getBigUint64(SEQ_AT)
  switch (bytes[0]) {
    case kind.global:
      return { kind: 'global', row: Number(seq) }
    case kind.head:
      return { kind: 'head', documentKey }
    case kind.remains:
      return { kind: 'remains', documentKey }
    case kind.access:
      return { kind: 'access', documentKey }
    case kind.clientOwner:
      return { kind: 'clientOwner', documentKey, client: Number(seq) }
    case kind.entry:
      return { kind: 'entry', documentKey, offset: Number(seq) }
    case kind.snapshot:
      return {
        kind: 'snapshot',
        documentKey,
        offset: Number(seq >> BigInt(PART_BITS)),
        part: Number(seq & BigInt(MAX_PARTS - 1)),
      }
    case kind.quarantine:
      return { kind: 'quarantine', documentKey, seq }
    case undefined:
    default:
      return undefined
  }
}

function namedKey(first: number, documentId: string): Uint8Array {
  const name = new TextEncoder().encode(documentId)
  const bytes = new Uint8Array(1 + name.length)
  bytes[0] = first
  bytes.set(name, 1)
  return bytes
}

function wholeRange(first: number, documentKey: Uint8Array): KeyRange {
  return { gte: key(first, documentKey, 0n), lte: key(first, documentKey, 2n ** 64n - 1n) }
}

function key(first: number, documentKey: Uint8Array, seq: bigint): Uint8Array {
  if (documentKey.length !== DOCUMENT_KEY_BYTES) throw new TypeError('A document key has 16 bytes')
  const bytes = new Uint8Array(KEY_BYTES)
  bytes[0] = first
  bytes.set(documentKey, 1)
  new DataView(bytes.buffer).setBigUint64(SEQ_AT, seq)
  return bytes
}
