import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { DATABASE_FOLDER, openLevelLog } from '../../src/storage/index.ts'
import { bundle } from '../bundle.ts'
import type { Bundle } from '../bundle.ts'
import { Reports, strayRowsIn, memoryFolder } from '../storage/folders.ts'
import { run, savedIn } from './journal.ts'
import { faultOf } from './numbers.ts'

// The long form: TEST_CRASHES=100 npx vitest run packages/server/test/faults/crash-points (docs/durability.md).
const CRASHES = Number(process.env['TEST_CRASHES'] ?? 10)

/** As docs/durability.md lists them. */
const PLACES = [
  'open/before-lock',
  'open/after-lock',
  'open/after-mark',
  'open/after-leveldb',
  'open/after-sync',
  'first-start/before-rows',
  'first-start/after-rows',
  'commit/before-write',
  'commit/after-write',
  'high-water/before-write',
  'high-water/before-sync',
  'high-water/after-sync',
  'compaction/after-read',
  'compaction/after-work',
  'compaction/before-part',
  'compaction/after-part',
  'compaction/before-swap',
  'compaction/after-swap',
  'compaction/after-removal',
  'delete/before-batch',
  'delete/after-batch',
  'delete/after-removal',
  'reopen/before-close',
  'reopen/after-close',
  'reopen/after-open',
  'close/after-leveldb',
]

let program: Bundle
let folder: string
let remove: () => Promise<void>
/** How often the program passes each place when nothing happens. */
const passes = new Map<string, number>()

beforeAll(async () => {
  ;({ folder, remove } = await memoryFolder())
  program = await bundle('test/faults/crash-program.ts')
  const { code, lines, errors } = await run(program.file, { args: [join(folder, 'whole'), '', '0'] })
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  for (const [word, name = '', count] of lines.map((line) => line.split(' ')))
    if (word === 'passed') passes.set(name, Number(count))
}, 120_000)

afterAll(async () => {
  await program.remove()
  await remove()
})

test('the program passes every place that is listed, and no other', () => {
  expect(Array.from(passes.keys()).toSorted()).toEqual(PLACES.toSorted())
})

test.each(PLACES)(
  `[DU1, LG11] a process that dies ${CRASHES} times at %s has lost nothing that it said was saved`,
  async (place) => {
    let saved = 0
    for (let crash = 0; crash < CRASHES; crash += 1) {
      const data = join(folder, `${place.replace('/', '-')}-${crash}`)
      const most = passes.get(place) ?? 1
      // Spread over the passes of the place; of those that go by the time only the first come in every run.
      const share = place.startsWith('high-water/') ? 0.2 : 0.9
      const pass = 1 + Math.floor((crash * most * share) / CRASHES)
      const { signal, lines, errors } = await run(program.file, { args: [data, place, String(pass)] })
      expect({ signal, errors }, `${place}, pass ${pass}`).toEqual({ signal: 'SIGKILL', errors: '' })
      const reports = new Reports()
      const { log, removed, close } = await openLevelLog({ folder: data, report: reports })
      for (const [documentId, number] of savedIn(lines)) {
        if ((await log.find(documentId)) === undefined && lines.includes(`deleting ${documentId}`)) continue
        expect(lines, 'what was deleted is back').not.toContain(`deleted ${documentId}`)
        expect(await faultOf(log, documentId, number), `${place}, pass ${pass}`).toBeUndefined()
        saved += number
      }
      await removed()
      expect(reports.all).toEqual([])
      await close()
      expect(await strayRowsIn(join(data, DATABASE_FOLDER)), `${place}, pass ${pass}`).toEqual([])
      await rm(data, { recursive: true })
    }
    process.stdout.write(`crashes at ${place}: ${CRASHES}, ${saved} numbers said to be saved, 0 lost\n`)
  },
  60_000 + CRASHES * 10_000,
)
