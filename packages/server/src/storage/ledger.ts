/**
 * Notes beside LevelDB which documents each batch has reached: where a part of LevelDB's log is lost later, this tells whose rows they
 * were. Written with the high-water mark, about once a second, so it costs a commit no sync and lags as much. It is no
 * promise: where it cannot be written, damage is told of the whole store, as it would be without it.
 */
import { open, readFile, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Limits } from '@cometpad/shared'
import type { Operation } from './database.ts'
import { Coverage, encodeOpening, encodeRuns } from './ledger-file.ts'
import type { Run } from './ledger-file.ts'
import { replaceFile } from './replace-file.ts'
import { NOTHING, isSame, touchedBy } from './touched.ts'
import type { Touched } from './touched.ts'

const LEDGER_FILE = 'ledger'
/** The ledger up to where the other one begins. */
const OLDER_FILE = 'ledger-before'

type Bounds = Pick<Limits, 'ledgerPendingBytes' | 'ledgerCoversBytes'>

/** What was noted of the batches that may still lie in a log of LevelDB. */
export async function readLedger(folder: string): Promise<Coverage> {
  const files = [OLDER_FILE, LEDGER_FILE].map((name) => readFile(join(folder, name)).catch(noneIfMissing))
  return new Coverage(await Promise.all(files))
}

export class Ledger {
  readonly #folder: string
  readonly #bounds: Bounds
  #file: FileHandle
  #runs: Run[] = []
  #pendingBytes = 0
  #coveredBytes = 0
  /** What follows a record that was not written whole would not be believed. */
  #hasFailed = false

  private constructor(folder: string, bounds: Bounds, file: FileHandle) {
    this.#folder = folder
    this.#bounds = bounds
    this.#file = file
  }

  /** All rows of the store are in tables, but those of the documents that were marked just now. Durable when it resolves. */
  static async begin(folder: string, bounds: Bounds, counter: number, marked: Touched): Promise<Ledger> {
    // First: it must never be taken for the one before this.
    await rm(join(folder, OLDER_FILE), { force: true })
    const file = await beginFile(folder, counter, marked)
    return new Ledger(folder, bounds, file)
  }

  /** A batch is durable. */
  note(counter: number, operations: readonly Operation[]): void {
    for (const { key, ...row } of operations)
      this.#coveredBytes += key.length + ('value' in row ? row.value.length : 0)
    if (this.#hasFailed) return
    const isKnown = this.#pendingBytes < this.#bounds.ledgerPendingBytes
    const touched = isKnown ? touchedBy(operations) : undefined
    const before = this.#runs.at(-1)
    const isMore =
      before !== undefined &&
      (touched === undefined || before.touched === undefined
        ? touched === before.touched
        : isSame(before.touched, touched))
    if (isMore) this.#runs[this.#runs.length - 1] = { ...before, last: counter }
    else {
      this.#runs.push({ first: counter, last: counter, touched })
      this.#pendingBytes += touched === undefined ? 0 : roomOf(touched)
    }
  }

  /** Durable when it resolves. One at a time. Rejects when it cannot be written, once: nothing more is noted then. */
  async flush(): Promise<void> {
    const runs = this.#runs
    if (runs.length === 0 || this.#hasFailed) return
    this.#runs = []
    this.#pendingBytes = 0
    try {
      await this.#file.writeFile(encodeRuns(runs))
      await this.#file.datasync()
      if (this.#coveredBytes >= this.#bounds.ledgerCoversBytes) await this.#turn(runs.at(-1)?.last ?? 0)
    } catch (cause) {
      this.#hasFailed = true
      throw cause
    }
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  /** Begins another one. The logs of LevelDB are far behind what the two cover together. */
  async #turn(counter: number): Promise<void> {
    await rename(join(this.#folder, LEDGER_FILE), join(this.#folder, OLDER_FILE))
    const before = this.#file
    this.#file = await beginFile(this.#folder, counter, NOTHING)
    this.#coveredBytes = 0
    await before.close()
  }
}

async function beginFile(folder: string, counter: number, marked: Touched): Promise<FileHandle> {
  const path = join(folder, LEDGER_FILE)
  await replaceFile(path, encodeOpening({ counter, marked }))
  return open(path, 'a')
}

function roomOf({ keys, names }: Touched): number {
  return 8 + 16 * keys.size + 64 * names.size
}

function noneIfMissing(cause: unknown): Uint8Array {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return new Uint8Array()
  throw cause
}
