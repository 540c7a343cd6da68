/**
 * Reads LevelDB's MANIFEST as bytes: which tables are in use, and from which log on rows are still to be taken. LevelDB takes a
 * wrong length in its last records for the end of the file, and then deletes the tables that the lost records name. Knows no
 * rows and no files.
 */
import { encodeLog } from './log-batches.ts'
import { batchesIn, piecesIn } from './log-pieces.ts'
import { varintAt } from './table-file.ts'

export interface Manifest {
  /** The numbers of the tables in use. */
  readonly tables: ReadonlySet<number>
  /** The log that must be there; 0: none yet. */
  readonly log: number
  /** The whole file, when wrong bits in it were put right. */
  readonly mended: Uint8Array | undefined
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
  const tables = new Set<number>()
  let log = 0
  for (const { payload, isDoubtful } of edits) {
    const edit = isDoubtful ? undefined : editIn(payload)
    if (edit === undefined) return undefined
    for (const number of edit.deleted) tables.delete(number)
    for (const number of edit.added) tables.add(number)
    log = edit.log ?? log
  }
  const isMended = pieces.some(({ state }) => state === 'corrected')
  return { tables, log, mended: isMended ? encodeLog(edits.map(({ payload }) => payload)) : undefined }
}

interface Edit {
  readonly added: readonly number[]
  readonly deleted: readonly number[]
  readonly log: number | undefined
}

function editIn(payload: Uint8Array): Edit | undefined {
  const added: number[] = []
  const deleted: number[] = []
  let log: number | undefined
  let at = 0
  while (at < payload.length) {
    const kind = number()
    if (kind === tag.logNumber) log = number()
    else if (kind === tag.comparator) skipBytes()
    else if (kind === tag.nextFileNumber || kind === tag.lastSequence || kind === tag.prevLogNumber) number()
    else if (kind === tag.compactPointer) {
      number()
      skipBytes()
    } else if (kind === tag.deletedFile) {
      number()
      deleted.push(number())
    } else if (kind === tag.newFile) {
      number()
      added.push(number())
      number()
      skipBytes()
      skipBytes()
    } else return undefined
  }
  return at === payload.length ? { added, deleted, log } : undefined

  function number(): number {
    const found = varintAt(payload, at)
    at = found?.end ?? Number.POSITIVE_INFINITY
    return found?.value ?? 0
  }

  function skipBytes(): void {
    const length = number()
    at += length
  }
}
