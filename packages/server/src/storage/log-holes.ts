/**
 * Puts logs of LevelDB together again in which whole records are lost. The ledger tells whose rows those were, and it alone tells
 * where reading may go on: bytes behind a hole that look like a batch may be what an author has put into a document, but no
 * author knows the keys of documents. Knows no files.
 */
import type { Operation } from './database.ts'
import { decodeNumber } from './global-rows.ts'
import { decodeKey, globalRow } from './keys.ts'
import type { Coverage } from './ledger-file.ts'
import { encodeBatch, encodeLog, numbersOf, operationsIn } from './log-batches.ts'
import { BLOCK, FIRST, FULL, HEADER, LAST, nextRecord } from './log-file.ts'
import { certainPieceAt } from './log-pieces.ts'
import { isSame, joined, touchedBy } from './touched.ts'
import type { Touched } from './touched.ts'

/** The removal of a key that nothing ever has fills the numbers of rows that are lost. */
const NO_ROW: Operation = { type: 'del', key: Uint8Array.of(0xff) }
/** More rows than a log has room for. */
const MAX_GAP = 2_000_000n

export interface HoleOptions {
  readonly coverage: Coverage
  /** The newest batch, where the store was closed in peace; undefined: the end of the newest log may never have been written. */
  readonly newest: number | undefined
}

export interface BridgedLog {
  readonly bytes: Uint8Array
  /** Places where batches are lost. */
  readonly holes: number
}

interface Found {
  readonly payload: Uint8Array
  readonly operations: readonly Operation[]
  readonly sequence: bigint
  /** Its number; the batches that mark documents have none. */
  readonly counter: number | undefined
  readonly end: number
}

/** The logs in their order, and what was lost in them; undefined when it cannot be told whose rows that is. */
export function bridgeLogs(
  logs: readonly Uint8Array[],
  options: HoleOptions,
): { readonly logs: readonly BridgedLog[]; readonly lost: Touched } | undefined {
  const bridge = new Bridge(options)
  const newest = logs.findLastIndex(({ length }) => length > 0)
  const bridged: BridgedLog[] = []
  for (const [index, bytes] of logs.entries()) {
    if (bytes.length === 0 && index < newest) bridge.missLog()
    const log = bridge.cross(bytes, index === newest)
    if (log === undefined) return undefined
    const filler = bridge.takeFiller()
    // It must not be empty any more: one that is was emptied.
    if (filler.length > 0) bridged[index - 1] = { bytes: encodeLog(filler), holes: 1 }
    bridged.push(log)
  }
  return { logs: bridged, lost: bridge.lost }
}

class Bridge {
  readonly #options: HoleOptions
  #next: bigint | undefined
  #counter: number | undefined
  #lost: Touched[] = []
  /** The log before had rows, and has none any more. */
  #isLogMissing = false
  #filler: readonly Uint8Array[] = []

  constructor(options: HoleOptions) {
    this.#options = options
  }

  get lost(): Touched {
    return joined(this.#lost)
  }

  missLog(): void {
    this.#isLogMissing = true
  }

  /** What has to stand in the log before this one. */
  takeFiller(): readonly Uint8Array[] {
    const filler = this.#filler
    this.#filler = []
    return filler
  }

  cross(bytes: Uint8Array, isNewest: boolean): BridgedLog | undefined {
    const payloads: Uint8Array[] = []
    let holes = 0
    for (let position = 0; position < bytes.length;) {
      let found = batchAt(bytes, position)
      const isLogMissing = this.#isLogMissing
      if (found === undefined || isLogMissing || !this.#follows(found)) {
        if (isEmptyEnd(bytes, position)) break
        if (!isLogMissing) holes += 1
        found = this.#provenBatch(bytes, position)
        if (found === undefined) {
          if (isNewest && !this.#mayEnd(bytes, position)) return undefined
          break
        }
        const filler = this.#fill(found)
        if (filler === undefined) return undefined
        if (isLogMissing) {
          this.#filler = filler.length > 0 ? filler : [encodeBatch(found.sequence - 1n, [NO_ROW])]
          this.#isLogMissing = false
        } else payloads.push(...filler)
      }
      payloads.push(found.payload)
      this.#take(found)
      position = found.end
    }
    return { bytes: encodeLog(payloads), holes }
  }

  #follows({ sequence }: Found): boolean {
    return this.#next === undefined || sequence === this.#next
  }

  #take({ sequence, operations, counter }: Found): void {
    this.#next = sequence + BigInt(operations.length)
    this.#counter = counter ?? this.#counter
    // Whatever became of a name before, this is what it is now.
    const { names } = touchedBy(operations)
    if (this.#lost.length === 0 || names.size === 0) return
    const { keys, names: lost } = this.lost
    this.#lost = [{ keys, names: new Map([...lost].filter(([documentId]) => !names.has(documentId))) }]
  }

  /** The next batch of which the ledger knows the number, with the very documents that are in it. */
  #provenBatch(bytes: Uint8Array, from: number): Found | undefined {
    for (let at = from; at < bytes.length; at += 1) {
      at = nextRecord(bytes, at, ({ type }) => type === FULL || type === FIRST)
      const found = batchAt(bytes, at)
      if (found !== undefined && this.#isProven(found)) return found
    }
    return undefined
  }

  #isProven({ sequence, operations, counter }: Found): boolean {
    if (counter === undefined || counter <= (this.#counter ?? 0)) return false
    if (this.#next !== undefined && sequence < this.#next) return false
    const noted = this.#options.coverage.of(counter)
    return noted !== undefined && noted.keys.size > 0 && isSame(noted, touchedBy(operations))
  }

  /** What stands in the place of the rows that are lost before this batch, so that LevelDB and the next look miss none. */
  #fill({ sequence, counter = 0 }: Found): readonly Uint8Array[] | undefined {
    const touched = this.#lostUpTo(counter - 1)
    if (touched === undefined) return undefined
    this.#lost.push(touched)
    if (this.#next === undefined || sequence === this.#next) return []
    const gap = sequence - this.#next
    return gap > MAX_GAP
      ? undefined
      : [
          encodeBatch(
            this.#next,
            Array.from({ length: Number(gap) }, () => NO_ROW),
          ),
        ]
  }

  #lostUpTo(last: number): Touched | undefined {
    const { coverage } = this.#options
    // With the first batch of all the version of the format would be lost.
    if (this.#counter === undefined && !(coverage.start !== undefined && coverage.start > 0)) return undefined
    return coverage.between(this.#counter, last)
  }

  /** Whether the newest log may end here. What is lost of it is told by the number of the newest batch, when LevelDB is open. */
  #mayEnd(bytes: Uint8Array, position: number): boolean {
    const { newest } = this.#options
    if (newest !== undefined) return this.#lostUpTo(newest) !== undefined
    // Behind what was being written there is nothing.
    for (let at = position + 1; at < bytes.length; at += 1) {
      at = nextRecord(bytes, at, ({ type }) => type === FULL || type === FIRST)
      const found = batchAt(bytes, at)
      if (found !== undefined && found.sequence > (this.#next ?? 0n)) return false
    }
    return true
  }
}

/** The rest of a block that is too short for a record. */
function isEmptyEnd(bytes: Uint8Array, position: number): boolean {
  return bytes.length - position < HEADER && BLOCK - (position % BLOCK) === bytes.length - position
}

/** The batch that begins here, whole, or with single bits put right. */
function batchAt(bytes: Uint8Array, from: number): Found | undefined {
  const parts: Uint8Array[] = []
  for (let position = from; position < bytes.length;) {
    const left = BLOCK - (position % BLOCK)
    if (left < HEADER) {
      position += left
      continue
    }
    const piece = certainPieceAt(bytes, position)
    if (piece === undefined) return undefined
    const begins = piece.type === FULL || piece.type === FIRST
    if (begins !== (parts.length === 0)) return undefined
    parts.push(piece.payload)
    position = piece.end
    if (piece.type === FULL || piece.type === LAST) return foundIn(Buffer.concat(parts), position)
  }
  return undefined
}

function foundIn(payload: Uint8Array, end: number): Found | undefined {
  const numbers = numbersOf(payload)
  const operations = operationsIn(payload)
  if (numbers === undefined || operations === undefined) return undefined
  return { payload, operations, sequence: numbers.sequence, counter: counterIn(operations), end }
}

/** It is the last row of a batch. */
function counterIn(operations: readonly Operation[]): number | undefined {
  const last = operations.at(-1)
  const key = last && decodeKey(last.key)
  if (last?.type !== 'put' || key?.kind !== 'global' || key.row !== globalRow.batchCounter) return undefined
  try {
    return decodeNumber(globalRow.batchCounter, last.value)
  } catch {
    // Its checksum is wrong.
    return undefined
  }
}
