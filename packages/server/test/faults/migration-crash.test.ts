import { cp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openLevelLog } from '../../src/storage/index.ts'
import { bundle } from '../bundle.ts'
import type { Bundle } from '../bundle.ts'
import { Reports, memoryFolder } from '../storage/folders.ts'
import { makeOld } from '../storage/old-store.ts'
import { run } from './journal.ts'
import { NumberWriter, faultOf } from './numbers.ts'

// The long form: TEST_CRASHES=100 npx vitest run packages/server/test/faults/migration-crash (docs/durability.md).
const CRASHES = Number(process.env['TEST_CRASHES'] ?? 10)
/** As many batches, because the program takes one row in each. */
const DOCUMENTS = 12
const NUMBERS = 3

let program: Bundle
let folder: string
let remove: () => Promise<void>

beforeAll(async () => {
  ;({ folder, remove } = await memoryFolder())
  program = await bundle('test/faults/migration-program.ts')
  const { log, close } = await openLevelLog({ folder: join(folder, 'old'), report: new Reports() })
  for (let n = 0; n < DOCUMENTS; n += 1) {
    const writer = new NumberWriter(log, `document-${n}`)
    await writer.open()
    for (let number = 0; number < NUMBERS; number += 1) await writer.write()
  }
  await close()
  await makeOld(join(folder, 'old'))
}, 120_000)

afterAll(async () => {
  await program.remove()
  await remove()
})

/** As docs/durability.md lists them, and how often each is passed. */
test.each([
  ['migration/before-batch', DOCUMENTS],
  ['migration/after-batch', DOCUMENTS],
  ['migration/before-version', 1],
  ['migration/after-version', 1],
])(
  `[DU1, DU15] a process that dies ${CRASHES} times at %s, while it brings a store to a new version, has lost nothing of it`,
  async (place, most) => {
    const crashes = Array.from({ length: CRASHES }, (_, crash) => ({
      data: join(folder, `${place.replace('/', '-')}-${crash}`),
      pass: 1 + (crash % most),
    }))
    await Promise.all(crashes.map(({ data }) => cp(join(folder, 'old'), data, { recursive: true })))
    const args = [place, ...crashes.flatMap(({ data, pass }) => [data, String(pass)])]
    const { signal, errors } = await run(program.file, { args })
    expect({ signal, errors }).toEqual({ signal: 'SIGKILL', errors: '' })
    for (const { data, pass } of crashes) {
      const { log, close } = await openLevelLog({ folder: data, report: new Reports() })
      for (let n = 0; n < DOCUMENTS; n += 1)
        expect(await faultOf(log, `document-${n}`, NUMBERS), `${place}, pass ${pass}`).toBeUndefined()
      await close()
      await rm(data, { recursive: true })
    }
  },
  60_000 + CRASHES * 10_000,
)
