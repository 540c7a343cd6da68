import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLevelLog } from '../../src/storage/index.ts'
import { Reports } from '../storage/folders.ts'
import { TAILS, filesAfter, layOut, noShim, readJournal } from './disk.ts'
import type { DiskEvent, Tail } from './disk.ts'
import { failingDisk } from './failing-disk.ts'
import { run, savedIn } from './journal.ts'
import { faultOf } from './numbers.ts'

// The long form: TEST_POWER_CUTS=100000 npx vitest run packages/server/test/faults/power-loss (docs/durability.md).
const CUTS = Number(process.env['TEST_POWER_CUTS'] ?? 400)

const disk = failingDisk()

/** Has the program write, and gives what reached the disk. */
async function recorded(name: string, env: Record<string, string>): Promise<DiskEvent[]> {
  const journal = join(disk.folder, `${name}.journal`)
  const { code, errors } = await run(disk.file, {
    args: [join(disk.folder, name), '90'],
    env: { LD_PRELOAD: disk.shim, DISK_FOLDER: join(disk.folder, name), DISK_JOURNAL: journal, ...env },
  })
  expect({ code, errors }).toEqual({ code: 0, errors: '' })
  return readJournal(journal)
}

/** What is missing after a power loss at one place; undefined: nothing. */
async function lossAfter(
  name: string,
  events: readonly DiskEvent[],
  count: number,
  tail: Tail,
): Promise<{ loss: string | undefined; saved: number; reported: number }> {
  const lines = events
    .slice(0, count)
    .flatMap((event) => (event.kind === 'said' ? event.text.trimEnd().split('\n') : []))
  const data = join(disk.folder, 'cut')
  await layOut(filesAfter(events, count, tail), join(disk.folder, name), data)
  const reports = new Reports()
  let saved = 0
  let loss: string | undefined
  try {
    const { log, close } = await openLevelLog({ folder: data, report: reports })
    for (const [documentId, number] of savedIn(lines)) {
      loss ??= await faultOf(log, documentId, number)
      saved += number
    }
    await close()
  } catch (cause) {
    loss = String(cause)
  }
  await rm(data, { recursive: true })
  return { loss, saved, reported: reports.all.length }
}

test.skipIf(noShim !== undefined)(
  `[DU2] what was said to be saved survives a power loss at ${CUTS} places, each with ${TAILS.length} kinds of torn tails`,
  async () => {
    const events = await recorded('honest', {})
    const step = Math.max(1, (events.length * TAILS.length) / CUTS)
    let cuts = 0
    let told = 0
    let reported = 0
    for (let at = 0; at < events.length * TAILS.length; at += step) {
      const count = Math.floor(at / TAILS.length)
      const tail = TAILS[Math.floor(at) % TAILS.length] ?? 'nothing'
      const result = await lossAfter('honest', events, count, tail)
      expect(
        result.loss,
        `power loss after event ${count} of ${events.length}, tail: ${tail}`,
      ).toBeUndefined()
      cuts += 1
      told += result.saved
      reported += result.reported
    }
    expect(told).toBeGreaterThan(cuts)
    process.stdout.write(
      `power loss: ${cuts} cuts in ${events.length} events, ${told} numbers said to be saved, 0 lost, ${reported} torn tails reported\n`,
    )
  },
  60_000 + CUTS * 500,
)

test.skipIf(noShim !== undefined)(
  `[DU2, DU10] a power loss at any place of the very first start leaves a folder that can be started`,
  async () => {
    const events = await recorded('first', {})
    const first = events.findIndex((event) => event.kind === 'said')
    expect(first).toBeGreaterThan(10)
    let asides = 0
    for (let count = 0; count <= first; count += 1)
      for (const tail of TAILS) {
        const result = await lossAfter('first', events, count, tail)
        expect(result.loss, `power loss after event ${count}, tail: ${tail}`).toBeUndefined()
        asides += result.reported
      }
    process.stdout.write(
      `power loss in the first start: ${(first + 1) * TAILS.length} cuts, ${asides} folders put aside, all started\n`,
    )
  },
  300_000,
)

test.skipIf(noShim !== undefined)(
  'the same way of looking finds what a disk that forgets its syncs has lost',
  async () => {
    const events = await recorded('forgetful', { DISK_FORGETS: '1' })
    const { loss } = await lossAfter('forgetful', events, events.length, 'nothing')
    expect(loss).toBeDefined()
  },
  60_000,
)
