import { cp, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SeededRandom } from '@cometpad/shared/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { lookAtFiles } from '../../src/storage/database-files.ts'
import { DATABASE_FOLDER, openLevelLog } from '../../src/storage/index.ts'
import { bundle } from '../bundle.ts'
import type { Bundle } from '../bundle.ts'
import { Reports, memoryFolder } from '../storage/folders.ts'
import { DamagedCopies, Tally, filesIn, flipBit } from './damaged-copies.ts'
import type { FileBytes } from './damaged-copies.ts'
import { NumberWriter } from './numbers.ts'

// The long form: TEST_FLIPS=5000 npx vitest run packages/server/test/faults/damage (docs/durability.md).
const FLIPS = Number(process.env['TEST_FLIPS'] ?? 300)
const ZEROED = 50
/** Of the cuts that show in the file one in so many is opened as well. */
const WHOLE_LOOK = 64
/** In each document, in each of two sessions. */
const NUMBERS = 20
/**
 * Nothing but the documents is written: on a slow machine the high-water mark would tell of batches that a cut takes away later, and the
 * folder would rightly be refused.
 */
const QUIET = { highWaterMs: 600_000, firstLineMs: 600_000 }
const SEED = Number(process.env['TEST_SEED'] ?? 214_069)

let program: Bundle
let folder: string
let remove: () => Promise<void>
let copies: DamagedCopies
/** As a crash leaves it, and not a stop in peace. */
let crashed: DamagedCopies
let files: readonly FileBytes[]
/** The numbers that are saved in each document. */
const saved = new Map<string, number>()

beforeAll(async () => {
  ;({ folder, remove } = await memoryFolder())
  const whole = join(folder, 'whole')
  // Twice: the second opening has LevelDB make a table of what was in the log.
  for (let session = 0; session < 2; session += 1) {
    const opened = await openLevelLog({ folder: whole, report: new Reports(), limits: QUIET })
    for (const documentId of ['a', 'b', 'c', 'd']) {
      const writer = new NumberWriter(opened.log, documentId)
      await writer.open()
      for (let n = 0; n < NUMBERS; n += 1) saved.set(documentId, await writer.write())
      if (session === 0 && documentId < 'c') await opened.compact(documentId)
    }
    if (session === 1) {
      await cp(whole, join(folder, 'crashed'), { recursive: true })
      // The process that holds the folder did not die in truth.
      await rm(join(folder, 'crashed/owner'))
    }
    await opened.close()
  }
  program = await bundle('test/faults/look-program.ts')
  copies = new DamagedCopies(program.file, whole, saved)
  // What a cut may reach is of the last document, and of the second session.
  const certain = new Map(saved).set('d', NUMBERS)
  crashed = new DamagedCopies(program.file, join(folder, 'crashed'), certain)
  files = (await filesIn(whole)).filter(({ bytes }) => bytes.length > 0)
}, 180_000)

afterAll(async () => {
  copies.close()
  crashed.close()
  await program.remove()
  await remove()
})

test(
  `[DU5, DU9] of ${FLIPS} flipped bits, wherever they are, none harms any document`,
  async () => {
    const random = new SeededRandom(SEED)
    const tally = new Tally(SEED)
    for (let flip = 0; flip < FLIPS; flip += 1) {
      const { file, bytes } = random.pick(files)
      const bit = random.below(bytes.length * 8)
      const outcome = await copies.with((copy) => writeFile(join(copy, file), flipBit(bytes, bit)))
      expect(outcome.refused, `${file}, bit ${bit}, seed ${SEED}`).toEqual([])
      tally.add(outcome, `${file}, bit ${bit}`)
    }
    tally.print(`bit flips: ${FLIPS}`)
  },
  60_000 + FLIPS * 1_000,
)

test(
  `[DU5, DU9] of ${FLIPS} flipped bits in the newest log none harms any document`,
  async () => {
    const random = new SeededRandom(SEED + 2)
    const { file, bytes } = newestLog()
    const tally = new Tally(SEED)
    for (let flip = 0; flip < FLIPS; flip += 1) {
      const bit = random.below(bytes.length * 8)
      const outcome = await copies.with((copy) => writeFile(join(copy, file), flipBit(bytes, bit)))
      expect(outcome.refused, `${file}, bit ${bit}, seed ${SEED}`).toEqual([])
      expect(outcome.reported.join(' ')).toContain('Copies are in')
      tally.add(outcome, `${file}, bit ${bit}`)
    }
    tally.print(`bit flips in the newest log: ${FLIPS}`)
  },
  60_000 + FLIPS * 1_000,
)

test(`[DU5, DU13, DU14] of ${ZEROED} zeroed blocks none is served, and none refuses the whole folder`, async () => {
  const random = new SeededRandom(SEED + 1)
  const tally = new Tally(SEED)
  for (let round = 0; round < ZEROED; round += 1) {
    const { file, bytes } = random.pick(files)
    const at = random.below(Math.ceil(bytes.length / 512)) * 512
    const zeroed = Uint8Array.from(bytes).fill(0, at, at + 512)
    const outcome = await copies.with((copy) => writeFile(join(copy, file), zeroed))
    tally.add(outcome, `${file}, block at ${at}`)
    expect(outcome.refused, `${file}, block at ${at}, seed ${SEED}`).not.toBe('all')
  }
  tally.print(`zeroed blocks: ${ZEROED}`)
}, 180_000)

test('[DU5, DU16] no file that is deleted, emptied, halved or zeroed refuses the whole folder, and none serves wrong bytes', async () => {
  const tally = new Tally(SEED)
  for (const { file, bytes } of files) {
    const harms: Record<string, (path: string) => Promise<void>> = {
      deleted: (path) => rm(path),
      emptied: (path) => truncate(path, 0),
      halved: (path) => truncate(path, Math.floor(bytes.length / 2)),
      zeroed: (path) => writeFile(path, new Uint8Array(bytes.length)),
    }
    for (const [how, harm] of Object.entries(harms)) {
      const outcome = await copies.with((copy) => harm(join(copy, file)))
      tally.add(outcome, `${file} ${how}`)
      expect(outcome.refused, `${file} ${how}`).not.toBe('all')
    }
  }
  tally.print('files deleted, emptied, halved or zeroed')
}, 180_000)

test('[DU4, DU5, DU13] the newest log, cut at any of its last 4096 bytes after a stop in peace, harms whose rows were cut', async () => {
  const { file, bytes } = newestLog()
  const tally = new Tally(SEED)
  const last = Math.min(4_096, bytes.length)
  let copy = await copies.make()
  let noticed = 0
  for (let cut = 1; cut <= last; cut += 1) {
    await truncate(join(copy, file), bytes.length - cut)
    const { tornBytes } = await lookAtFiles(join(copy, DATABASE_FOLDER), {
      mayBeTorn: false,
      whole: new Set(),
    })
    if (tornBytes > 0) noticed += 1
    // Between two batches the files tell nothing, and the counter does.
    if (tornBytes > 0 && cut % WHOLE_LOOK !== 0) continue
    const outcome = await copies.look()
    expect(outcome.refused, `${cut} bytes cut`).not.toBe('all')
    expect(outcome.refused, `${cut} bytes cut`).toContain('d')
    // What it has reached is less than a hundred batches.
    expect(outcome.refused.length, `${cut} bytes cut`).toBeLessThan(saved.size)
    tally.add(outcome, `${file} without its last ${cut} bytes`)
    copy = await copies.make()
  }
  tally.print(`cuts of the newest log, each of its last ${last} bytes: ${noticed} seen in the file; opened`)
}, 180_000)

test('[DU2, DU5] the newest log, cut after a crash, loses the end and nothing before it, and says so', async () => {
  const { file, bytes } = newestLog()
  let reported = 0
  for (let cut = 1; cut <= Math.min(4_096, bytes.length); cut += 61) {
    const outcome = await crashed.with((copy) => truncate(join(copy, file), bytes.length - cut))
    expect(outcome, `${cut} bytes cut`).toMatchObject({ refused: [], faults: [] })
    if (outcome.reported.some((what) => what.includes('left out'))) reported += 1
  }
  expect(reported).toBeGreaterThan(0)
}, 180_000)

function newestLog(): FileBytes {
  return files.findLast(({ file }) => file.endsWith('.log')) ?? expect.fail()
}
