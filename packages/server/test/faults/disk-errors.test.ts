import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLevelLog } from '../../src/storage/index.ts'
import { Reports } from '../storage/folders.ts'
import { noShim } from './disk.ts'
import { failingDisk } from './failing-disk.ts'
import { run, savedIn } from './journal.ts'
import { faultOf } from './numbers.ts'

// The long form: TEST_DISK_ERRORS=150 TEST_DISK_OPERATIONS=500 npx vitest run packages/server/test/faults/disk-errors (docs/durability.md).
const ERRORS = Number(process.env['TEST_DISK_ERRORS'] ?? 12)
/** Numbers that the program writes, and so about the writes and syncs that there are to fail. */
const OPERATIONS = Number(process.env['TEST_DISK_OPERATIONS'] ?? 90)

const disk = failingDisk()

test.skipIf(noShim !== undefined).each(['write', 'sync'])(
  `[DU3] a disk whose n-th %s fails with EIO costs nothing that was said to be saved, for ${ERRORS} n`,
  async (kind) => {
    let saved = 0
    let refused = 0
    let refusedStarts = 0
    for (let round = 0; round < ERRORS; round += 1) {
      // The first ones belong to the start, and are all tried.
      const n = round < 8 ? round + 1 : 1 + Math.floor((round * OPERATIONS * 0.3) / ERRORS)
      const data = join(disk.folder, `${kind}-${n}`)
      const { code, signal, lines, errors } = await run(disk.file, {
        args: [data, String(OPERATIONS)],
        env: { LD_PRELOAD: disk.shim, DISK_FOLDER: data, DISK_FAIL: kind, DISK_FAIL_AT: String(n) },
      })
      expect(signal, `${kind} ${n}`).toBeNull()
      // A store that could not be opened has said nothing, and says why; one that was open goes on to the end.
      const ended = lines.includes('writing-ended')
      if (!ended)
        expect({ lines, errors }, `${kind} ${n}`).toMatchObject({
          lines: [],
          errors: expect.stringContaining('DATA_'),
        })
      else if (code !== 0) expect(errors, `${kind} ${n}`).toContain('EIO')
      if (!ended) refusedStarts += 1
      refused += lines.filter((line) => line === 'refused').length
      const { log, close } = await openLevelLog({ folder: data, report: new Reports() })
      for (const [documentId, number] of savedIn(lines)) {
        expect(await faultOf(log, documentId, number), `${kind} ${n}`).toBeUndefined()
        saved += number
      }
      await close()
      await rm(data, { recursive: true })
    }
    expect(refused).toBeGreaterThan(0)
    process.stdout.write(
      `EIO on the n-th ${kind}: ${ERRORS} n, ${saved} numbers said to be saved, 0 lost, ${refused} refusals, ${refusedStarts} starts refused\n`,
    )
  },
  60_000 + ERRORS * 10_000,
)
