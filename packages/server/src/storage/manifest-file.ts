/**
 * Reads LevelDB's MANIFEST as bytes: which tables are in use, and from which log on rows are still to be taken. LevelDB takes a
 * wrong length in its last records for the end of the file, and then deletes the tables that the lost records name. Knows no
 * rows and no files.
 */
import { encodeLog } from './log-batches.ts'
import { batchesIn, piecesIn } from './log-pieces.ts'
import { varintAt } from './varint.ts'

export interface Manifest {
  /** The tables in use, by their numbers. */
  readonly tables: ReadonlyMap<number, TableBounds>
  /** The log that must be there; 0: none yet. */
  readonly log: number
  /** The whole file, when it is another one than there is: wrong bits are put right, and a record that was cut is left out. */
  readonly mended: Uint8Array | undefined
}

/** The first and the last key of a table, as they stand in it, with sequence and type; and how long it is. */
export interface TableBounds {
  readonly smallest: Uint8Array
  readonly largest: Uint8Array
  /** The length of the table. */
  readonly size: number
}

/** What a MANIFEST changes: tag(varint) and what belongs to it (LevelDB's `db/version_edit.cc`). */
const tag = {
  comparator: 1,
  logNumber: 2,
  nextFileNumber: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  prevLogNumber: 9,
} as const

/**
 * Undefined when it cannot be read.
 * @param mayBeTorn the machine died: what is no whole record at the end was being written
 */
export function readManifest(bytes: Uint8Array, mayBeTorn: boolean): Manifest | undefined {
  const pieces = piecesIn(bytes, mayBeTorn)
  const edits = pieces && batchesIn(pieces, mayBeTorn)
  if (pieces === undefined || edits === undefined || edits.length === 0) return undefined
  const tables = new Map<number, TableBounds>()
  let log = 0
  for (const { payload, isDoubtful } of edits) {
    const edit = isDoubtful ? undefined : editIn(payload)
    if (edit === undefined) return undefined
    for (const number of edit.deleted) tables.delete(number)
    for (const { number, ...bounds } of edit.added) tables.set(number, bounds)
    log = edit.log ?? log
  }
  // LevelDB takes a record that was cut for damage, unless it is too short to be one.
  const whole = encodeLog(edits.map(({ payload }) => payload))
  return { tables, log, mended: Buffer.compare(whole, bytes) === 0 ? undefined : whole }
}

interface Edit {
  readonly added: readonly (TableBounds & { readonly number: number })[]
  readonly deleted: readonly number[]
  readonly log: number | undefined
}

function editIn(payload: Uint8Array): Edit | undefined {
  const added: (TableBounds & { readonly number: number })[] = []
  const deleted: number[] = []
  let log: number | undefined
  let at = 0
  while (at < payload.length) {
    const kind = number()
    if (kind === tag.logNumber) log = number()
    else if (kind === tag.comparator) bytes()
    else if (kind === tag.nextFileNumber || kind === tag.lastSequence || kind === tag.prevLogNumber) number()
    else if (kind === tag.compactPointer) {
      number()
      bytes()
    } else if (kind === tag.deletedFile) {
      number()
      deleted.push(number())
    } else if (kind === tag.newFile) {
      number()
      added.push({ number: number(), size: number(), smallest: bytes(), largest: bytes() })
    } else return undefined
  }
  return at === payload.length ? { added, deleted, log } : undefined

  function number(): number {
    const found = varintAt(payload, at)
    at = found?.end ?? Number.POSITIVE_INFINITY
    return found?.value ?? 0
  }

  function bytes(): Uint8Array {
    const length = number()
    at += length
    return payload.subarray(at - length, at)
  }
}
