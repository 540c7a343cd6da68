import { cp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CometpadError } from '@cometpad/shared'
import { SeededRandom } from '@cometpad/shared/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/storage/database.ts'
import { openLevelLog } from '../../src/storage/index.ts'
import type { OpenedLog } from '../../src/storage/index.ts'
import { Reports, temporaryFolder } from '../storage/folders.ts'
import { NumberWriter, faultOf } from './numbers.ts'

// The long form: TEST_FLIPS=5000 npx vitest run packages/server/test/faults/damage (docs/durability.md).
const FLIPS = Number(process.env['TEST_FLIPS'] ?? 300)
const ZEROED = 50
const SEED = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000)

let folder: string
let whole: string
let remove: () => Promise<void>
/** The numbers that are saved in each document. */
const saved = new Map<string, number>()

beforeAll(async () => {
  ;({ folder, remove } = await temporaryFolder())
  whole = join(folder, 'whole')
  // Twice: the second opening has LevelDB make a table of what was in the log.
  for (let session = 0; session < 2; session += 1) {
    const opened = await openLevelLog({ folder: whole, report: new Reports() })
    for (const documentId of ['a', 'b', 'c', 'd']) {
      const writer = new NumberWriter(opened.log, documentId)
      await writer.open()
      for (let n = 0; n < 20; n += 1) saved.set(documentId, await writer.write())
      if (session === 0 && documentId < 'c') await opened.compact(documentId)
    }
    await opened.close()
  }
}, 180_000)

afterAll(() => remove())

interface Outcome {
  /** Documents that are refused; 'all': the whole folder is. */
  readonly refused: 'all' | readonly string[]
  /** What was lost or served wrong without a word. */
  readonly faults: readonly string[]
}

/** Opens a damaged copy of the folder and looks at everything in it. */
async function outcomeOf(harm: (path: string) => Promise<void>): Promise<Outcome> {
  const copy = join(folder, 'copy')
  await cp(whole, copy, { recursive: true })
  await harm(copy)
  const reports = new Reports()
  let opened: OpenedLog
  try {
    opened = await openLevelLog({ folder: copy, report: reports })
  } catch (cause) {
    await rm(copy, { recursive: true })
    if (!(cause instanceof CometpadError)) throw cause
    expect(cause.code).toMatch(/^DATA_(DAMAGED|UNUSABLE)$/)
    // Who reads it has to know where.
    expect(cause.message).toContain(copy)
    return { refused: 'all', faults: [] }
  }
  const refused: string[] = []
  const faults: string[] = []
  for (const [documentId, number] of saved) {
    try {
      const fault = await faultOf(opened.log, documentId, number)
      if (fault !== undefined) faults.push(fault)
    } catch (cause) {
      if (!(cause instanceof CometpadError)) throw cause
      expect(['DOCUMENT_DAMAGED', 'STORE_UNAVAILABLE']).toContain(cause.code)
      refused.push(documentId)
    }
  }
  await opened.close()
  await rm(copy, { recursive: true })
  return { refused, faults }
}

class Tally {
  #detected = 0
  #harmless = 0

  add({ refused, faults }: Outcome, where: string): void {
    expect(faults, `${where}, seed ${SEED}`).toEqual([])
    if (refused === 'all' || refused.length > 0) this.#detected += 1
    else this.#harmless += 1
  }

  print(what: string): void {
    process.stdout.write(
      `${what}: ${this.#detected} detected, ${this.#harmless} harmless, 0 wrong bytes served (seed ${SEED})\n`,
    )
  }
}

async function filesIn(path: string): Promise<{ file: string; bytes: Buffer }[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return Promise.all(
    files.map(async (file) => ({ file: file.slice(path.length + 1), bytes: await readFile(file) })),
  )
}

test(
  `[DU5] of ${FLIPS} flipped bits, wherever they are, none is served`,
  async () => {
    const random = new SeededRandom(SEED)
    const files = (await filesIn(whole)).filter(({ bytes }) => bytes.length > 0)
    const tally = new Tally()
    for (let flip = 0; flip < FLIPS; flip += 1) {
      const { file, bytes } = files[random.below(files.length)] ?? expect.fail()
      const at = random.below(bytes.length)
      const flipped = Uint8Array.from(bytes)
      flipped[at] = (flipped[at] ?? 0) ^ (1 << random.below(8))
      const outcome = await outcomeOf((copy) => writeFile(join(copy, file), flipped))
      tally.add(outcome, `${file}, byte ${at}`)
    }
    tally.print(`bit flips: ${FLIPS}`)
  },
  60_000 + FLIPS * 1_000,
)

test(`[DU5] of ${ZEROED} zeroed blocks none is served`, async () => {
  const random = new SeededRandom(SEED + 1)
  const files = (await filesIn(whole)).filter(({ bytes }) => bytes.length > 0)
  const tally = new Tally()
  for (let round = 0; round < ZEROED; round += 1) {
    const { file, bytes } = files[random.below(files.length)] ?? expect.fail()
    const at = random.below(Math.ceil(bytes.length / 512)) * 512
    const zeroed = Uint8Array.from(bytes).fill(0, at, at + 512)
    const outcome = await outcomeOf((copy) => writeFile(join(copy, file), zeroed))
    tally.add(outcome, `${file}, block at ${at}`)
  }
  tally.print(`zeroed blocks: ${ZEROED}`)
}, 120_000)

test('[DU5] a file that is deleted, emptied or halved is noticed or not needed', async () => {
  const tally = new Tally()
  for (const { file, bytes } of await filesIn(whole)) {
    tally.add(await outcomeOf((copy) => rm(join(copy, file))), `${file} deleted`)
    for (const length of [0, Math.floor(bytes.length / 2)])
      tally.add(await outcomeOf((copy) => truncate(join(copy, file), length)), `${file} cut to ${length}`)
  }
  tally.print('files deleted, emptied or halved')
}, 120_000)

test('[DU4] [DU5] the newest log, cut at any of its last 4096 bytes, is refused after a stop in peace', async () => {
  const logs = (await filesIn(whole)).filter(({ file }) => file.endsWith('.log'))
  const { file, bytes } = logs.at(-1) ?? expect.fail()
  const tally = new Tally()
  const last = Math.min(4_096, bytes.length)
  // Every byte is tried on the file alone (log-file.test.ts); here with everything around it, at places a prime apart.
  for (let cut = 1; cut <= last; cut += 37) {
    const outcome = await outcomeOf((copy) => truncate(join(copy, file), bytes.length - cut))
    expect(outcome.refused, `${cut} bytes cut`).toBe('all')
    tally.add(outcome, `${file} without its last ${cut} bytes`)
  }
  tally.print(`cuts of the newest log, up to ${last} bytes`)
}, 120_000)

test('[DU6] [LG10] a document whose reading fails 1,000 times is never taken for an empty one', async () => {
  let failing = false
  let failed = 0
  const opened = await openLevelLog({
    folder: whole,
    report: new Reports(),
    openDatabase: async (path) => {
      const database = await openDatabase(path)
      return {
        write: (operations) => database.write(operations),
        close: () => database.close(),
        view: (read) =>
          database.view((view) =>
            read({
              get: (key) => (failing ? Promise.reject(new Error('EIO')) : view.get(key)),
              scan: (range, take) => (failing ? Promise.reject(new Error('EIO')) : view.scan(range, take)),
              keys: (range) => (failing ? Promise.reject(new Error('EIO')) : view.keys(range)),
            }),
          ),
      }
    },
  })
  for (let round = 0; round < 1_000; round += 1) {
    failing = true
    const work = [
      () => opened.log.find('d'),
      () => opened.log.read('d', 0, Infinity),
      () => opened.log.snapshot('a'),
      () => opened.log.create('d', { title: 'blank' }),
    ][round % 4]
    await expect(work?.()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    failed += 1
    failing = false
  }
  for (const [documentId, number] of saved)
    expect(await faultOf(opened.log, documentId, number)).toBeUndefined()
  await opened.close()
  process.stdout.write(`read errors while loading: ${failed}, 0 blank documents\n`)
}, 180_000)
