/**
 * Puts a damaged log of LevelDB together again from what is certain in it. LevelDB itself would drop the rest of a block, with
 * the edits of documents that have nothing to do with the damage. A single wrong bit of a record is put right. Where more is
 * wrong the rows judge themselves, by their own checksums, and the documents of those that fail are to be marked as damaged. Where it
 * cannot be told whose rows are wrong, nothing is mended. Knows no files.
 */
import type { Operation } from './database.ts'
import { unseal } from './envelope.ts'
import { documentIdIn, hexOf } from './head-row.ts'
import { decodeKey, globalRow } from './keys.ts'
import { encodeLog, numbersOf, operationsIn } from './log-batches.ts'
import { batchesIn, piecesIn } from './log-pieces.ts'
import type { Batch } from './log-pieces.ts'

export interface MendedLog {
  readonly bytes: Uint8Array
  /** Records in which one wrong bit was put right. */
  readonly corrected: number
  /** The keys, in hexadecimal, of documents with rows that are wrong and stay so: they are to be marked. */
  readonly harmed: ReadonlySet<string>
}

export interface MendingOptions {
  /** The process died: what is no whole batch at the end was being written, and is left out. */
  readonly mayBeTorn: boolean
  /** The number of the first row, where the log before tells it. */
  readonly first?: number | undefined
}

/** Gives undefined when it cannot be told what the damage has reached. */
export function mendLog(bytes: Uint8Array, { mayBeTorn, first }: MendingOptions): MendedLog | undefined {
  const pieces = piecesIn(bytes, mayBeTorn)
  const batches = pieces && batchesIn(pieces, mayBeTorn)
  if (pieces === undefined || batches === undefined) return undefined
  if (!followEachOther(batches, first === undefined ? undefined : BigInt(first))) return undefined
  const harmed = harmedIn(batches)
  return (
    harmed && {
      bytes: encodeLog(batches.map(({ payload }) => payload)),
      corrected: pieces.filter(({ state }) => state === 'corrected').length,
      harmed,
    }
  )
}

/** False when a batch is missing, or doubtful with no other to prove its number. */
function followEachOther(batches: readonly Batch[], first: bigint | undefined): boolean {
  let next = first
  for (const { payload } of batches) {
    const numbers = numbersOf(payload)
    if (numbers === undefined || (next !== undefined && numbers.sequence !== next)) return false
    next = numbers.sequence + BigInt(numbers.count)
  }
  return batches.length !== 1 || batches[0]?.isDoubtful !== true
}

/** The documents whose rows are wrong; undefined when a row is wrong of which it cannot be told to whom it belongs. */
function harmedIn(batches: readonly Batch[]): ReadonlySet<string> | undefined {
  const whole = batches.map(({ payload }) => operationsIn(payload))
  const known = new Set<string>()
  for (const operation of whole.flatMap((operations) => operations ?? [])) {
    const found = documentIdIn(operation)
    if (found !== undefined) known.add(hexOf(found.documentKey))
  }
  const harmed = new Set<string>()
  for (const [index, { isDoubtful }] of batches.entries()) {
    const operations = whole[index]
    if (operations === undefined) return undefined
    if (!isDoubtful) continue
    for (const operation of operations.filter((suspect) => !isSound(suspect))) {
      const key = decodeKey(operation.key)
      const isOverwritten =
        key?.kind === 'global' && key.row === globalRow.batchCounter && index < batches.length - 1
      if (isOverwritten) continue
      if (key?.kind !== 'head' && key?.kind !== 'entry' && key?.kind !== 'snapshot') return undefined
      // A key of 16 random bytes that is wrong is nobody's.
      const documentKey = hexOf(key.documentKey)
      if (!known.has(documentKey)) return undefined
      harmed.add(documentKey)
    }
  }
  return harmed
}

/** A removal has no checksum: a wrong one reaches no document but its own, and what it leaves out nobody reads. */
function isSound(operation: Operation): boolean {
  if (operation.type === 'del') {
    const kind = decodeKey(operation.key)?.kind
    return kind === 'entry' || kind === 'snapshot'
  }
  try {
    unseal(operation.key, operation.value)
    return true
  } catch {
    return false
  }
}
