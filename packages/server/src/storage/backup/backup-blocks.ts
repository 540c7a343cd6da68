/**
 * The bytes of a backup file: a mark, then blocks with a checksum each, the last of which holds the hash of everything
 * before it. docs/backup-format.md describes them. Reading trusts nothing: whatever does not fit is BACKUP_UNUSABLE.
 * Knows no file and no store.
 */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import * as encoding from 'lib0/encoding'
import { ByteReader, CometpadError } from '@cometpad/shared'
import type { StoredRow } from '../database.ts'

/** History, newest first: 1, 2026-11, the first. */
export const BACKUP_VERSION = 1

const MARK = new TextEncoder().encode('cometpad backup\n')
/** type u8 · length u32 · checksum u32 */
const BLOCK_HEADER_BYTES = 9
/** Rows are gathered up to this much; one larger row makes a larger block. */
const BLOCK_BYTES = 512 * 1024
/** No writer makes larger ones: a row of the store is far below. */
const MAX_BLOCK_BYTES = 256 * 1024 * 1024

const blockType = { header: 1, rows: 2, groups: 3, end: 4 } as const

export interface BackupHeader {
  /** BACKUP_VERSION of the writer. */
  readonly version: number
  /** Format version of the store that the rows come from. */
  readonly store: number
  /** Names this backup; the next one that builds on it says so. */
  readonly id: string
  /** The backup that this one continues; null for a full one. */
  readonly base: string | null
  /** An export holds documents only; a backup everything that the store has. */
  readonly kind: 'backup' | 'export'
  /** Batches that the store had committed. */
  readonly counter: number
  /** ISO 8601, UTC. */
  readonly createdAt: string
}

export interface BackupEnd {
  readonly documents: number
  readonly rows: number
  /** Documents that were damaged in the store already; their rows are here as they were found. */
  readonly damaged: readonly string[]
  /** Of everything before this block, hexadecimal. */
  readonly sha256: string
}

export type Block =
  | { readonly type: 'header'; readonly header: BackupHeader }
  | { readonly type: 'rows'; readonly rows: readonly StoredRow[] }
  | { readonly type: 'groups'; readonly groups: readonly StoredRow[] }
  | { readonly type: 'end'; readonly end: BackupEnd }

export class BlockWriter {
  readonly #write: (chunk: Uint8Array) => Promise<void>
  readonly #hash = createHash('sha256')
  #pending: StoredRow[] = []
  #pendingBytes = 0
  #rows = 0

  constructor(write: (chunk: Uint8Array) => Promise<void>) {
    this.#write = write
  }

  async begin(header: BackupHeader): Promise<void> {
    await this.#out(MARK)
    await this.#out(block(blockType.header, json(header)))
  }

  /** True when what was gathered is worth a block: then `flush` before more is added. */
  add(row: StoredRow): boolean {
    this.#pending.push(row)
    this.#pendingBytes += row.key.length + row.value.length
    this.#rows += 1
    return this.#pendingBytes >= BLOCK_BYTES
  }

  async flush(): Promise<void> {
    if (this.#pending.length === 0) return
    const body = encodeRows(this.#pending)
    this.#pending = []
    this.#pendingBytes = 0
    await this.#out(block(blockType.rows, body))
  }

  async end(groups: readonly StoredRow[], about: Omit<BackupEnd, 'sha256' | 'rows'>): Promise<void> {
    await this.flush()
    if (groups.length > 0) await this.#out(block(blockType.groups, encodeRows(groups)))
    const end: BackupEnd = { ...about, rows: this.#rows, sha256: this.#hash.copy().digest('hex') }
    await this.#out(block(blockType.end, json(end)))
  }

  async #out(chunk: Uint8Array): Promise<void> {
    this.#hash.update(chunk)
    await this.#write(chunk)
  }
}

/**
 * The blocks of a backup, in order, as they come. Ends after the last one; throws BACKUP_UNUSABLE at the first byte that is
 * not as it was written, and when bytes are missing or left over. What it gave before it threw is not to be used.
 */
export async function* readBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Block> {
  const source = new ChunkReader(chunks)
  const hash = createHash('sha256')
  const mark = await source.take(MARK.length)
  if (mark === undefined || Buffer.compare(mark, MARK) !== 0) throw unusable('It is not a Cometpad backup.')
  hash.update(mark)
  for (let number = 1; ; number += 1) {
    const head = await source.take(BLOCK_HEADER_BYTES)
    if (head === undefined) throw unusable('It ends too early: its end was cut off, or never written.')
    const view = new DataView(head.buffer, head.byteOffset, head.length)
    const length = view.getUint32(1)
    if (length > MAX_BLOCK_BYTES) throw unusable(`Block ${number} was changed: it cannot be that long.`)
    const body = await source.take(length)
    if (body === undefined) throw unusable('It ends too early: its end was cut off, or never written.')
    if (view.getUint32(5) !== checksum(head, body)) throw unusable(`Block ${number} was changed.`)
    const read = decodeBlock(head[0] ?? 0, body, number)
    if (read.type === 'header') checkVersion(read.header)
    if ((read.type === 'header') !== (number === 1)) throw unusable('Its blocks are in the wrong order.')
    if (read.type === 'end') {
      if (read.end.sha256 !== hash.digest('hex')) throw unusable('Blocks are missing or were changed.')
      if ((await source.take(1)) !== undefined) throw unusable('Something follows its end.')
      yield read
      return
    }
    hash.update(head).update(body)
    yield read
  }
}

/** Does a file that begins so claim to be a backup? */
export function isBackup(beginning: Uint8Array): boolean {
  return Buffer.compare(beginning.subarray(0, MARK.length), MARK) === 0
}

export function unusable(detail: string, cause?: unknown): CometpadError {
  return new CometpadError('BACKUP_UNUSABLE', { detail, cause })
}

function checkVersion({ version }: BackupHeader): void {
  if (version !== BACKUP_VERSION)
    throw unusable(`It has format version ${version}; this program reads version ${BACKUP_VERSION}.`)
}

function decodeBlock(type: number, body: Uint8Array, number: number): Block {
  try {
    switch (type) {
      case blockType.header:
        return { type: 'header', header: JSON.parse(text(body)) }
      case blockType.rows:
        return { type: 'rows', rows: decodeRows(body) }
      case blockType.groups:
        return { type: 'groups', groups: decodeRows(body) }
      case blockType.end:
        return { type: 'end', end: JSON.parse(text(body)) }
      default:
        throw new TypeError(`type ${type}`)
    }
  } catch (cause) {
    // Its checksum was right, so that nobody but a writer of another kind has made it.
    throw unusable(`Block ${number} cannot be read.`, cause)
  }
}

function block(type: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(BLOCK_HEADER_BYTES + body.length)
  const view = new DataView(bytes.buffer)
  bytes[0] = type
  view.setUint32(1, body.length)
  bytes.set(body, BLOCK_HEADER_BYTES)
  view.setUint32(5, checksum(bytes, body))
  return bytes
}

/** Over type, length and body. */
function checksum(head: Uint8Array, body: Uint8Array): number {
  return crc32(body, crc32(head.subarray(0, 5)))
}

function encodeRows(rows: readonly StoredRow[]): Uint8Array {
  return encoding.encode((encoder) => {
    for (const { key, value } of rows) {
      encoding.writeVarUint8Array(encoder, key)
      encoding.writeVarUint8Array(encoder, value)
    }
  })
}

function decodeRows(body: Uint8Array): StoredRow[] {
  const reader = new ByteReader(body)
  const rows: StoredRow[] = []
  while (reader.left > 0) rows.push({ key: reader.varBytes(), value: reader.varBytes() })
  return rows
}

function json(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value))
}

function text(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}

/** Takes exactly so many bytes from chunks of any size. */
class ChunkReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #kept: Uint8Array[] = []
  #keptBytes = 0

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Undefined when fewer are left. */
  async take(length: number): Promise<Uint8Array | undefined> {
    while (this.#keptBytes < length) {
      const next = await this.#chunks.next()
      if (next.done === true) return undefined
      this.#kept.push(next.value)
      this.#keptBytes += next.value.length
    }
    const taken = new Uint8Array(length)
    for (let at = 0; at < length;) {
      const [first = new Uint8Array(0)] = this.#kept
      const part = first.subarray(0, length - at)
      taken.set(part, at)
      at += part.length
      if (part.length === first.length) this.#kept.shift()
      else this.#kept[0] = first.subarray(part.length)
    }
    this.#keptBytes -= length
    return taken
  }
}
