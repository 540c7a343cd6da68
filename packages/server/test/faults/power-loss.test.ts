import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openLevelLog } from '../../src/storage/index.ts'
import { HEADER } from '../../src/storage/log-file.ts'
import { Reports } from '../storage/folders.ts'
import { TAILS, layOut, noShim, placesIn, powerLossAfter, readJournal } from './disk.ts'
import type { DiskEvent, PowerLoss, Tail } from './disk.ts'
import { failingDisk } from './failing-disk.ts'
import { run, savedIn } from './journal.ts'
import { faultOf } from './numbers.ts'

// The long form: TEST_POWER_NUMBERS=900 npx vitest run packages/server/test/faults/power-loss (docs/durability.md).
const NUMBERS = Number(process.env['TEST_POWER_NUMBERS'] ?? 90)

/** Those of disk-program.ts. */
const DOCUMENTS = ['a', 'b', 'c']

const disk = failingDisk()

/** Has the program write, end, and go on where it was, and gives what reached the disk. */
async function recorded(name: string, env: Record<string, string>): Promise<DiskEvent[]> {
  const journal = join(disk.folder, `${name}.journal`)
  for (const numbers of [NUMBERS / 2, NUMBERS]) {
    const { code, errors } = await run(disk.file, {
      args: [join(disk.folder, name), String(numbers)],
      env: { LD_PRELOAD: disk.shim, DISK_FOLDER: join(disk.folder, name), DISK_JOURNAL: journal, ...env },
      timeoutMs: 60_000 + NUMBERS * 100,
    })
    expect({ code, errors }).toEqual({ code: 0, errors: '' })
  }
  return readJournal(journal)
}

interface Found {
  /** What was said to be saved and is missing; undefined: nothing. */
  readonly loss: string | undefined
  readonly saved: number
  /** How many numbers each document has. */
  readonly numbers: Readonly<Record<string, number | undefined>>
  readonly reported: readonly string[]
  readonly cut: PowerLoss['cut']
}

/** Lays out what a power loss at one place leaves, and opens it. */
async function foundAfter(
  name: string,
  events: readonly DiskEvent[],
  count: number,
  tail: Tail,
): Promise<Found> {
  const lines = events
    .slice(0, count)
    .flatMap((event) => (event.kind === 'said' ? event.text.trimEnd().split('\n') : []))
  const data = join(disk.folder, 'cut')
  const { files, cut } = powerLossAfter(events, count, tail)
  await layOut(files, join(disk.folder, name), data)
  const reports = new Reports()
  const numbers: Record<string, number | undefined> = {}
  let saved = 0
  let loss: string | undefined
  try {
    const { log, close } = await openLevelLog({ folder: data, report: reports })
    const said = savedIn(lines)
    for (const documentId of DOCUMENTS) {
      const number = said.get(documentId) ?? 0
      loss ??= await faultOf(log, documentId, number)
      numbers[documentId] = (await log.find(documentId))?.head
      saved += number
    }
    await close()
  } catch (cause) {
    loss = String(cause)
  }
  await rm(data, { recursive: true })
  return { loss, saved, numbers, cut, reported: reports.all.map(({ what }) => what) }
}

function isCutLog({ cut }: Found): boolean {
  return cut !== undefined && cut.left > 0 && cut.path.endsWith('.log')
}

/** What may be said of a first start that was cut short: nothing was in it. */
const FIRST_START = /^The (first start was cut short|file high-water cannot be read)/

/**
 * Nothing is lost at this place, whatever the tail; what was not synced is left out; and the operator is told of a log that was
 * cut, with the number of its bytes, and of nothing else. Every other file has its like elsewhere: there nothing is cut off.
 */
async function judge(name: string, events: readonly DiskEvent[], count: number): Promise<Found[]> {
  const all: Found[] = []
  for (const tail of TAILS) {
    const found = await foundAfter(name, events, count, tail)
    const { loss, numbers, cut, reported, saved } = found
    const where = `power loss after event ${count} of ${events.length}, tail: ${tail}, ${cut?.left} bytes in ${cut?.path}`
    expect(loss, where).toBeUndefined()
    expect(numbers, where).toEqual((all[0] ?? found).numbers)
    const told = reported.filter((what) => saved > 0 || !FIRST_START.test(what))
    if (cut !== undefined && isCutLog(found)) {
      expect(told, where).toEqual([expect.stringContaining('bytes of the log were not written')])
      const [, bytes] = /^The last (\d+) bytes/.exec(told[0] ?? '') ?? []
      // The rest of a block in which no record fits is left empty, and is no loss.
      expect(Number(bytes), where).toBeGreaterThan(cut.left - HEADER)
      expect(Number(bytes), where).toBeLessThanOrEqual(cut.left)
    } else expect(told, where).toEqual([])
    all.push(found)
    if (cut === undefined) break
  }
  return all
}

test.skipIf(noShim !== undefined)(
  `[DU2, DU10] what was said to be saved survives a power loss at every place, the first start and a later one included, with each of ${TAILS.length} kinds of torn tails, and every cut is reported`,
  async () => {
    const events = await recorded('honest', {})
    const places = placesIn(events)
    const found: Found[] = []
    for (const count of places) found.push(...(await judge('honest', events, count)))
    const told = found.reduce((sum, { saved }) => sum + saved, 0)
    const cuts = found.filter(isCutLog)
    const asides = found.filter(({ reported }) => reported.some((what) => what.includes('cut short')))
    expect(told).toBeGreaterThan(found.length)
    expect(cuts.length).toBeGreaterThan(NUMBERS / 2)
    expect(asides.length).toBeGreaterThan(0)
    process.stdout.write(
      `power loss: ${found.length} at all ${places.length} places of ${events.length} events, ${told} numbers said to be saved, 0 lost, ` +
        `${cuts.length} cut logs, all reported, ${asides.length} first starts put aside\n`,
    )
  },
  60_000 + NUMBERS * 3_000,
)

test.skipIf(noShim !== undefined)(
  'the same way of looking finds what a disk that forgets its syncs has lost',
  async () => {
    const events = await recorded('forgetful', { DISK_FORGETS: '1' })
    const { loss } = await foundAfter('forgetful', events, events.length, 'nothing')
    expect(loss).toBeDefined()
  },
  60_000,
)
