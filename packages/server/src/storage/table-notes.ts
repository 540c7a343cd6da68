/**
 * Notes beside LevelDB what stands in each of its tables: when one is gone later, this tells whose rows it held. LevelDB never changes a table,
 * so each is read once, soon after it was made. It is no promise: of a table without a note damage is told as it would be without it.
 */
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import * as encoding from 'lib0/encoding'
import { ByteReader, CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import { encodeRecord, payloadsIn } from './checked-records.ts'
import { readManifest } from './manifest-file.ts'
import type { TableBounds } from './manifest-file.ts'
import { replaceFile } from './replace-file.ts'
import { readRows, rowsIn, writeRows } from './table-rows.ts'
import type { TableRows } from './table-rows.ts'

export const TABLE_NOTES_FILE = 'table-notes'
const VERSION = 1
/** What nobody needs any more may take as much room as the rest, and this. */
const SPARE_BYTES = 1024 * 1024

export interface LiveTable {
  readonly number: number
  readonly bounds: TableBounds
}

/** What the file says, table by table. */
export class NotedTables {
  readonly #payloads = new Map<number, Uint8Array>()

  constructor(file: Uint8Array) {
    for (const payload of payloadsIn(file)) {
      const number = read(payload, readNumber)
      if (number !== undefined) this.#payloads.set(number, payload)
    }
  }

  /** What stood in this table and no other that had its number; undefined: that is not known. */
  of(table: LiveTable): TableRows | undefined {
    const payload = this.recordOf(table)
    return (
      payload &&
      read(payload, (reader) => {
        readHeader(reader)
        return readRows(reader)
      })
    )
  }

  recordOf({ number, bounds }: LiveTable): Uint8Array | undefined {
    const payload = this.#payloads.get(number)
    const header = payload && read(payload, readHeader)
    return header !== undefined && isSame(header, bounds) ? payload : undefined
  }
}

export async function readTableNotes(folder: string): Promise<NotedTables> {
  return new NotedTables(await bytesOf(join(folder, TABLE_NOTES_FILE)))
}

/** Keeps the notes of one opening of the database. */
export class TableNotes {
  readonly #path: string
  readonly #databasePath: string
  readonly #manifest: string
  /** The bytes of each note in the file. */
  readonly #noted = new Map<number, number>()
  /** Tables that could not be read; the next start sees to them. */
  readonly #skipped = new Set<number>()
  #fileBytes = 0
  #manifestBytes = -1

  private constructor(folder: string, databasePath: string, manifest: string) {
    this.#path = join(folder, TABLE_NOTES_FILE)
    this.#databasePath = databasePath
    this.#manifest = join(databasePath, manifest)
  }

  /** Undefined: the database is not LevelDB's. Durable when it resolves. */
  static async begin(
    folder: string,
    databasePath: string,
    { tablesNotedAtOnce }: Pick<Limits, 'tablesNotedAtOnce'>,
  ): Promise<TableNotes | undefined> {
    const current = await readFile(join(databasePath, 'CURRENT'), 'utf8').catch(() => '')
    if (!/^MANIFEST-\d+\n$/.test(current)) return undefined
    const notes = new TableNotes(folder, databasePath, current.trim())
    const live = tablesIn(await readFile(notes.#manifest))
    if (live === undefined) return undefined
    await notes.#forgetOthers(live)
    await notes.note(tablesNotedAtOnce)
    return notes
  }

  /** Reads what has no note yet, so many tables at most. One at a time. Durable when it resolves. */
  async note(max: number): Promise<void> {
    const { size } = await stat(this.#manifest)
    if (size === this.#manifestBytes) return
    const live = tablesIn(await readFile(this.#manifest))
    if (live === undefined) return
    const bytes = live.reduce((sum, { number }) => sum + (this.#noted.get(number) ?? 0), 0)
    if (this.#fileBytes > 2 * bytes + SPARE_BYTES) await this.#forgetOthers(live)
    const missing = live.filter(({ number }) => !this.#noted.has(number) && !this.#skipped.has(number))
    const now = missing.slice(0, max)
    const records = new Map<number, Uint8Array>()
    for (const table of now) {
      const rows = await this.#rowsOf(table)
      if (rows === undefined) this.#skipped.add(table.number)
      else records.set(table.number, recordOf(table, rows))
    }
    if (records.size > 0) await this.#append(records)
    if (now.length === missing.length) this.#manifestBytes = size
  }

  async #rowsOf({ number, bounds }: LiveTable): Promise<TableRows | undefined> {
    const name = String(number).padStart(6, '0')
    for (const end of ['ldb', 'sst']) {
      // When it is gone, LevelDB has made others of it meanwhile.
      const table = await bytesOf(join(this.#databasePath, `${name}.${end}`))
      if (table.length > 0) return rowsIn(table, bounds)
    }
    return undefined
  }

  async #append(records: ReadonlyMap<number, Uint8Array>): Promise<void> {
    const bytes = Buffer.concat([...records.values()])
    const file = await open(this.#path, 'a')
    try {
      await file.writeFile(bytes)
      await file.datasync()
    } catch (cause) {
      // What follows a record that was not written whole would not be believed: the file is written anew before.
      this.#fileBytes = Number.POSITIVE_INFINITY
      throw cause
    } finally {
      await file.close()
    }
    this.#fileBytes += bytes.length
    for (const [number, { length }] of records) this.#noted.set(number, length)
  }

  /** Keeps the notes of tables that are in use. */
  async #forgetOthers(live: readonly LiveTable[]): Promise<void> {
    const before = new NotedTables(await bytesOf(this.#path))
    this.#noted.clear()
    const records: Uint8Array[] = []
    for (const table of live) {
      const payload = before.recordOf(table)
      if (payload === undefined) continue
      const record = encodeRecord(payload)
      this.#noted.set(table.number, record.length)
      records.push(record)
    }
    const bytes = Buffer.concat(records)
    await replaceFile(this.#path, bytes)
    this.#fileBytes = bytes.length
  }
}

function recordOf({ number, bounds }: LiveTable, rows: TableRows): Uint8Array {
  const payload = encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, VERSION)
    encoding.writeVarUint(encoder, number)
    encoding.writeVarUint(encoder, bounds.size)
    encoding.writeVarUint8Array(encoder, bounds.smallest)
    encoding.writeVarUint8Array(encoder, bounds.largest)
    writeRows(encoder, rows)
  })
  return encodeRecord(payload)
}

function tablesIn(manifest: Uint8Array): LiveTable[] | undefined {
  // LevelDB may be writing its end just now.
  const tables = readManifest(manifest, true)?.tables
  return tables && Array.from(tables, ([number, bounds]) => ({ number, bounds }))
}

/** version(varuint) · number(varuint) */
function readNumber(reader: ByteReader): number | undefined {
  return reader.varUint() === VERSION ? reader.varUint() : undefined
}

/** … · size(varuint) · smallest(bytes) · largest(bytes), as the MANIFEST has them: keys with their sequence, which no two tables share */
function readHeader(reader: ByteReader): TableBounds | undefined {
  if (readNumber(reader) === undefined) return undefined
  return { size: reader.varUint(), smallest: reader.varBytes(), largest: reader.varBytes() }
}

function isSame(one: TableBounds, other: TableBounds): boolean {
  return (
    one.size === other.size &&
    Buffer.compare(one.smallest, other.smallest) === 0 &&
    Buffer.compare(one.largest, other.largest) === 0
  )
}

function read<T>(payload: Uint8Array, from: (reader: ByteReader) => T): T | undefined {
  try {
    return from(new ByteReader(payload))
  } catch (cause) {
    // Its checksum is right, and it is something else: not one of ours.
    if (cause instanceof CometpadError) return undefined
    throw cause
  }
}

/** None when there is no such file. */
async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return new Uint8Array()
    throw cause
  }
}
