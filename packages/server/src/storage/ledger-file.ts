/**
 * The bytes of the ledger, and what it answers: which documents some batches have reached. Each record has a checksum; what follows
 * one that is not whole is not believed. Knows no folder.
 */
import * as encoding from 'lib0/encoding'
import { ByteReader, CometpadError } from '@cometpad/shared'
import { encodeRecord, payloadsIn } from './checked-records.ts'
import { NOTHING, joined, readTouched, writeTouched } from './touched.ts'
import type { Touched } from './touched.ts'

const VERSION = 1

/** Batches that follow each other and have reached the same documents. */
export interface Run {
  readonly first: number
  readonly last: number
  /** Undefined: too many to be noted. */
  readonly touched: Touched | undefined
}

/** How a ledger begins. */
export interface Opening {
  /** The newest batch there was: all its rows are in tables, or those of the ledger before. */
  readonly counter: number
  /** Documents that were marked in the opening of the database, in a batch without a number. */
  readonly marked: Touched
}

/** version(varuint) · counter(varuint) · marked */
export function encodeOpening({ counter, marked }: Opening): Uint8Array {
  return sealed((encoder) => {
    encoding.writeVarUint(encoder, VERSION)
    encoding.writeVarUint(encoder, counter)
    writeTouched(encoder, marked)
  })
}

/** [first(varuint) · batches(varuint) · isKnown(1) · touched] up to the end of the record */
export function encodeRuns(runs: readonly Run[]): Uint8Array {
  return sealed((encoder) => {
    for (const { first, last, touched } of runs) {
      encoding.writeVarUint(encoder, first)
      encoding.writeVarUint(encoder, last - first + 1)
      encoding.writeUint8(encoder, touched === undefined ? 0 : 1)
      writeTouched(encoder, touched ?? NOTHING)
    }
  })
}

function sealed(write: (encoder: encoding.Encoder) => void): Uint8Array {
  return encodeRecord(encoding.encode(write))
}

/** What ledgers say together. */
export class Coverage {
  readonly #opening: Opening | undefined
  readonly #runs: readonly Run[]

  /** @param files the older one first; none, or an empty one: nothing is known */
  constructor(files: readonly Uint8Array[]) {
    let opening: Opening | undefined
    const runs: Run[] = []
    for (const file of files) {
      const ledger = ledgerIn(file)
      // One that does not go on from the other tells of what came after a loss, and alone.
      if (ledger === undefined) continue
      if (opening === undefined || (runs.at(-1)?.last ?? opening.counter) !== ledger.opening.counter) {
        opening = ledger.opening
        runs.length = 0
      }
      runs.push(...ledger.runs)
    }
    this.#opening = opening
    this.#runs = runs
  }

  /** The newest batch before all that it covers; undefined when it covers nothing. */
  get start(): number | undefined {
    return this.#opening?.counter
  }

  /** What was marked before the first of its batches. */
  get marked(): Touched {
    return this.#opening?.marked ?? NOTHING
  }

  /** What this one batch has reached. */
  of(counter: number): Touched | undefined {
    return this.#runs.find(({ first, last }) => first <= counter && counter <= last)?.touched
  }

  /**
   * What the batches behind `after`, up to `last` and with it, have reached; undefined when that is not known of all of them.
   * @param after undefined: from the very begin
   */
  between(after: number | undefined, last: number): Touched | undefined {
    if (this.#opening === undefined) return undefined
    const isFromBegin = after === undefined || after <= this.#opening.counter
    let next = after === undefined ? this.#opening.counter + 1 : after + 1
    const found: Touched[] = isFromBegin ? [this.#opening.marked] : []
    for (const run of this.#runs) {
      if (run.last < next || next > last) continue
      if (run.first > next || run.touched === undefined) return undefined
      found.push(run.touched)
      next = run.last + 1
    }
    return next > last ? joined(found) : undefined
  }
}

interface Ledger {
  readonly opening: Opening
  readonly runs: readonly Run[]
}

/** What is whole of it. */
function ledgerIn(file: Uint8Array): Ledger | undefined {
  let opening: Opening | undefined
  const runs: Run[] = []
  try {
    for (const payload of payloadsIn(file)) {
      const reader = new ByteReader(payload)
      if (opening !== undefined) runs.push(...runsIn(reader))
      else {
        if (reader.varUint() !== VERSION) return undefined
        opening = { counter: reader.varUint(), marked: readTouched(reader) }
      }
    }
  } catch (cause) {
    // Its checksum is right, and it is something else: not one of ours.
    if (!(cause instanceof CometpadError)) throw cause
    return undefined
  }
  return opening && { opening, runs: followingEachOther(opening.counter, runs) }
}

function* runsIn(reader: ByteReader): Generator<Run> {
  while (reader.left > 0) {
    const first = reader.varUint()
    const last = first + reader.varUint() - 1
    const isKnown = reader.uint8() === 1
    const touched = readTouched(reader)
    yield { first, last, touched: isKnown ? touched : undefined }
  }
}

function followingEachOther(counter: number, runs: readonly Run[]): readonly Run[] {
  const wrong = runs.findIndex(({ first, last }, index) => {
    return first !== (runs[index - 1]?.last ?? counter) + 1 || last < first
  })
  return wrong < 0 ? runs : runs.slice(0, wrong)
}
