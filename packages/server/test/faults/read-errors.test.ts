import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/storage/database.ts'
import type { Database } from '../../src/storage/database.ts'
import { openLevelLog } from '../../src/storage/index.ts'
import type { OpenedLog } from '../../src/storage/index.ts'
import { Table } from '../core/table.ts'
import { Reports, memoryFolder } from '../storage/folders.ts'
import { NumberWriter, faultOf } from './numbers.ts'

const FAILURES = 1_000
/** Reads of the database from somebody's coming until the room is there; each of them has its turn to fail. */
const READS = 5
const NUMBERS = 20

let remove: () => Promise<void>
let opened: OpenedLog
/** The n-th read from now on fails; 0: none. */
let countdown = 0

beforeAll(async () => {
  const made = await memoryFolder()
  remove = made.remove
  opened = await openLevelLog({ folder: made.folder, report: new Reports(), openDatabase: failing })
  for (const documentId of ['compacted', 'plain']) {
    const writer = new NumberWriter(opened.log, documentId)
    await writer.open()
    for (let n = 1; n <= NUMBERS; n += 1) {
      await writer.write()
      if (n === NUMBERS / 2 && documentId === 'compacted') await opened.compact(documentId)
    }
  }
})

afterAll(async () => {
  await opened.close()
  await remove()
})

async function failing(path: string): Promise<Database> {
  const database = await openDatabase(path)
  const read = async <T>(work: () => Promise<T>): Promise<T> => {
    countdown -= 1
    if (countdown === 0) throw new Error('EIO')
    return work()
  }
  return {
    write: (operations) => database.write(operations),
    close: () => database.close(),
    view: (look) =>
      database.view((view) =>
        look({
          get: (key) => read(() => view.get(key)),
          scan: (range, take) => read(() => view.scan(range, take)),
          keys: (range) => read(() => view.keys(range)),
        }),
      ),
  }
}

test(`[DU6, LG10] a document whose reading fails ${FAILURES} times while it is loaded is never taken for an empty one`, async () => {
  let failed = 0
  for (let round = 0; failed < FAILURES; round += 1) {
    expect(round, 'rounds in which nothing failed').toBeLessThan(FAILURES * 2)
    const documentId = round % 2 === 0 ? 'compacted' : 'plain'
    // Rooms that nobody has loaded yet.
    const table = new Table({ wrap: () => opened.log })
    countdown = 1 + (round % READS)
    const guest = await table.sit({ documentId })
    await expect
      .poll(() => guest.closed ?? guest.heard.find(({ type }) => type === 'hello'), { interval: 1 })
      .toBeDefined()
    if (guest.closed === undefined) continue
    failed += 1
    expect(guest.closed).toBe('STORE_UNAVAILABLE')
    expect(guest.heard.map(({ type }) => type)).toEqual(['error'])
  }
  countdown = 0
  for (const documentId of ['compacted', 'plain'])
    expect(await faultOf(opened.log, documentId, NUMBERS)).toBeUndefined()
  expect((await opened.log.list({ limit: 10 })).documents).toHaveLength(2)
  process.stdout.write(`read errors while a document is loaded: ${failed}, 0 blank documents\n`)
}, 300_000)
