/** What was read while the store was broken, and is used after it came back. */
import { mkdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../src/storage/database.ts'
import type { Database } from '../../src/storage/database.ts'
import { openLevelLog } from '../../src/storage/index.ts'
import type { OpenedLog } from '../../src/storage/index.ts'
import { Table, Writer } from '../core/table.ts'
import type { Guest } from '../core/table.ts'
import { Reports, memoryFolder } from './folders.ts'
import { codeOf, entriesOf, typed } from './log-contract.ts'

let folder: string
let remove: () => Promise<void>
let opened: OpenedLog
/** The next batch is written, and said to have failed. */
let failsInSpite = false

beforeEach(async () => {
  ;({ folder, remove } = await memoryFolder())
  opened = await openLevelLog({
    folder,
    report: new Reports(),
    limits: { reopenMs: 5 },
    openDatabase: writingInSpite,
  })
})

afterEach(async () => {
  failsInSpite = false
  await opened.close()
  await remove()
})

async function writingInSpite(path: string): Promise<Database> {
  const database = await openDatabase(path)
  return {
    view: (read) => database.view(read),
    write: async (operations) => {
      // Before it is durable for the old opening, so that nobody can read it there: LevelDB does the same with a failed sync.
      if (!failsInSpite) return database.write(operations)
      failsInSpite = false
      late = () => database.write(operations)
      throw new Error('The sync has failed')
    },
    close: async () => {
      const write = late
      late = undefined
      await write?.()
      await database.close()
    },
  }
}

let late: (() => Promise<void>) | undefined

/** While it is there the store stays broken. */
const obstacle = (): string => join(folder, 'space-probe')

async function comeBack(): Promise<void> {
  await rmdir(obstacle())
  await expect.poll(() => opened.log.isWritable, { timeout: 20_000 }).toBe(true)
}

test('[DU3] an append that builds on a head from before the store came back is refused as the store, not as a mistake', async () => {
  const { log } = opened
  const [one, refused, other] = typed(['one ', 'refused ', 'other']) as [Uint8Array, Uint8Array, Uint8Array]
  await log.create('a', { title: '' })
  await log.append('a', entriesOf([one]))
  await mkdir(obstacle())
  failsInSpite = true
  expect(await codeOf(log.append('a', entriesOf([refused], 1)))).toBe('STORE_UNAVAILABLE')
  expect(await log.find('a')).toMatchObject({ head: 1 })
  await comeBack()
  expect(await codeOf(log.append('a', entriesOf([other], 1)))).toBe('STORE_UNAVAILABLE')
  // Nothing of it was kept, and who reads the head now goes on.
  expect(await log.find('a')).toMatchObject({ head: 2 })
  await log.append('a', entriesOf([other], 2))
  expect(await log.read('a', 0, Infinity)).toEqual(entriesOf([one, refused, other]))
  // What no reopening explains stays a mistake of the caller.
  await expect(log.append('a', entriesOf([other], 7))).rejects.toBeInstanceOf(TypeError)
})

test('[DU3, LG4] a room that was loaded while the store was broken is loaded again at the first edit', async () => {
  const table = new Table({ wrap: () => opened.log })
  const ana = await seated(table)
  const writer = new Writer(1)
  ana.say({ type: 'update', update: writer.write('kept ') })
  await expect.poll(() => savedOf(ana), { timeout: 20_000 }).toBe(1)
  await mkdir(obstacle())
  failsInSpite = true
  ana.say({ type: 'update', update: writer.write('in spite ') })
  await expect.poll(() => ana.closed, { timeout: 20_000 }).toBe('STORE_UNAVAILABLE')
  const ben = await seated(table)
  await expect.poll(() => ben.content(), { timeout: 20_000 }).toBe('kept ')
  await comeBack()
  const more = new Writer(2).write('more', 0)
  ben.say({ type: 'update', update: more })
  await expect.poll(() => ben.closed, { timeout: 20_000 }).toBe('STORE_UNAVAILABLE')
  const cara = await seated(table)
  await expect.poll(() => cara.content(), { timeout: 20_000 }).toBe('kept in spite ')
  cara.say({ type: 'update', update: more })
  await expect.poll(() => savedOf(cara), { timeout: 20_000 }).toBe(1)
  expect(await opened.log.find('doc')).toMatchObject({ head: 3 })
})

/** Somebody whose room is there: the disk takes its time. */
async function seated(table: Table): Promise<Guest> {
  const guest = await table.sit()
  await expect.poll(() => guest.heard.some(({ type }) => type === 'hello'), { timeout: 20_000 }).toBe(true)
  return guest
}

function savedOf({ heard }: Guest): number | undefined {
  return heard.findLast((message) => message.type === 'saved')?.count
}
