/**
 * Copies of a data folder that are damaged and then looked at, by a process of its own. Counts what came of it. Knows no kind
 * of damage.
 */
import { spawn } from 'node:child_process'
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { cp, readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'vitest'
import type { Outcome } from './look-program.ts'

export class DamagedCopies {
  readonly #program: string
  readonly #whole: string
  readonly #copy: string
  readonly #words: readonly string[]
  #looker: Looker | undefined

  /**
   * @param program the bundle of look-program.ts
   * @param saved the numbers that are saved in each document
   */
  constructor(program: string, whole: string, saved: ReadonlyMap<string, number>) {
    this.#program = program
    this.#whole = whole
    this.#copy = `${whole}-copy`
    this.#words = Array.from(saved, ([documentId, number]) => `${documentId}=${number}`)
  }

  /** Damages a fresh copy and looks at it. */
  async with(harm: (copy: string) => Promise<void>): Promise<Outcome> {
    await harm(await this.make())
    return this.look()
  }

  /** A fresh copy, at the place of the one before. */
  async make(): Promise<string> {
    await rm(this.#copy, { recursive: true, force: true })
    await cp(this.#whole, this.#copy, { recursive: true })
    return this.#copy
  }

  /** Opens the copy and reads everything in it. */
  async look(): Promise<Outcome> {
    this.#looker ??= new Looker(this.#program, this.#words)
    const answer = await this.#looker.ask(this.#copy)
    if (answer === undefined) expect.fail(`The process has ended: ${this.#looker.errors}`)
    const outcome = JSON.parse(answer) as Outcome
    for (const { code, text } of outcome.refusals) {
      if (outcome.refused !== 'all') expect(['DOCUMENT_DAMAGED', 'STORE_UNAVAILABLE']).toContain(code)
      else {
        expect(code).toMatch(/^DATA_(DAMAGED|UNUSABLE)$/)
        // Who reads it has to know where, and what to do.
        expect(text).toContain(this.#copy)
        expect(text).toMatch(/Restore a backup|Check the path/)
      }
    }
    return outcome
  }

  close(): void {
    this.#looker?.close()
  }
}

/** The process that looks. */
class Looker {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>
  errors = ''

  constructor(program: string, words: readonly string[]) {
    this.#child = spawn(process.execPath, [program, ...words])
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.errors += text))
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** Undefined: it has ended. */
  async ask(folder: string): Promise<string | undefined> {
    this.#child.stdin.write(`${folder}\n`)
    const { value, done } = await this.#lines.next()
    return done === true ? undefined : value
  }

  close(): void {
    this.#child.stdin.end()
  }
}

export class Tally {
  readonly #seed: number
  /** How often each thing came of it. */
  readonly #counts = new Map<string, number>()

  constructor(seed: number) {
    this.#seed = seed
  }

  add({ refused, faults }: Outcome, where: string): void {
    expect(faults, `${where}, seed ${this.#seed}`).toEqual([])
    const what = refused === 'all' ? 'the folder refused' : `${refused.length} documents refused`
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1)
  }

  print(what: string): void {
    const counts = Array.from(this.#counts, ([result, times]) => `${times} times ${result}`).toSorted()
    process.stdout.write(`${what}: ${counts.join(', ')}; 0 wrong bytes served (seed ${this.#seed})\n`)
  }
}

export interface FileBytes {
  readonly file: string
  readonly bytes: Uint8Array
}

export async function filesIn(path: string): Promise<FileBytes[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(
    files.map(async (file) => ({ file: file.slice(path.length + 1), bytes: await readFile(file) })),
  )
}

/** @param bit counted from the lowest bit of the first byte */
export function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = Uint8Array.from(bytes)
  const byte = Math.floor(bit / 8)
  flipped[byte] = (flipped[byte] ?? 0) ^ (1 << (bit % 8))
  return flipped
}
