/**
 * Puts a damaged log of LevelDB together again from what is certain in it. LevelDB itself would drop the rest of a block, with
 * the edits of documents that have nothing to do with the damage. A single wrong bit of a record is put right. Where more is
 * wrong the rows judge themselves, by their own checksums, and the documents of those that fail are marked as damaged. Where it
 * cannot be told whose rows are wrong, nothing is mended. Knows no files.
 */
import type { Operation } from './database.ts'
import { unseal } from './envelope.ts'
import { documentIdIn, encodeDamagedHead, hexOf } from './head-row.ts'
import { decodeKey, globalRow } from './keys.ts'
import { encodeBatch, encodeLog, numbersOf, operationsIn } from './log-batches.ts'
import { batchesIn, piecesIn } from './log-pieces.ts'
import type { Batch } from './log-pieces.ts'

export interface MendedLog {
  readonly bytes: Uint8Array
  /** Records in which one wrong bit was put right. */
  readonly corrected: number
  /** Documents with rows that are wrong and stay so: their heads say it now. */
  readonly harmed: readonly string[]
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
  const last = followEachOther(batches, first === undefined ? undefined : BigInt(first))
  const harmed = last === undefined ? undefined : harmedIn(batches)
  if (last === undefined || harmed === undefined) return undefined
  const marks = Array.from(harmed.values(), ({ documentKey, documentId }) =>
    encodeDamagedHead(documentKey, `A part of the log of ${documentId} cannot be read.`),
  )
  const payloads = batches.map(({ payload }) => payload)
  if (marks.length > 0) payloads.push(encodeBatch(last, marks))
  return {
    bytes: encodeLog(payloads),
    corrected: pieces.filter(({ state }) => state === 'corrected').length,
    harmed: Array.from(harmed.values(), ({ documentId }) => documentId),
  }
}

/** The number that the next batch would have; undefined when one is missing, or doubtful with no other to prove its number. */
function followEachOther(batches: readonly Batch[], first: bigint | undefined): bigint | undefined {
  let next = first
  for (const { payload } of batches) {
    const numbers = numbersOf(payload)
    if (numbers === undefined || (next !== undefined && numbers.sequence !== next)) return undefined
    next = numbers.sequence + BigInt(numbers.count)
  }
  return batches.length === 1 && batches[0]?.isDoubtful === true ? undefined : next
}

type Harmed = Map<string, { readonly documentKey: Uint8Array; readonly documentId: string }>

/** The documents whose rows are wrong; undefined when a row is wrong of which it cannot be told to whom it belongs. */
function harmedIn(batches: readonly Batch[]): Harmed | undefined {
  const whole = batches.map(({ payload }) => operationsIn(payload))
  const names = new Map<string, string>()
  for (const operation of whole.flatMap((operations) => operations ?? [])) {
    const found = documentIdIn(operation)
    if (found !== undefined) names.set(hexOf(found.documentKey), found.documentId)
  }
  const harmed: Harmed = new Map()
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
      const documentId = names.get(hexOf(key.documentKey))
      if (documentId === undefined) return undefined
      harmed.set(documentId, { documentKey: key.documentKey, documentId })
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
