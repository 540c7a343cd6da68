/** The notes of what stands in tables: kept while LevelDB makes tables, and made again where they are damaged. */
import { readFile, readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { limits } from '@cometpad/shared'
import { SeededRandom } from '@cometpad/shared/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDatabase } from '../../src/storage/database.ts'
import type { Database } from '../../src/storage/database.ts'
import { hexOf } from '../../src/storage/head-row.ts'
import { entryKey } from '../../src/storage/keys.ts'
import { readManifest } from '../../src/storage/manifest-file.ts'
import { TABLE_NOTES_FILE, TableNotes, readTableNotes } from '../../src/storage/table-notes.ts'
import type { LiveTable } from '../../src/storage/table-notes.ts'
import { memoryFolder } from './folders.ts'

/** LevelDB makes a table when its log has 4 MB. */
const ROWS = 30
const ROW_BYTES = 200_000

const NONE = 'no note'
const WAIT = { timeout: 20_000, interval: 20 }

let folder: string
let path: string
let remove: () => Promise<void>
let database: Database | undefined

beforeEach(async () => {
  ;({ folder, remove } = await memoryFolder())
  path = join(folder, 'leveldb')
})

afterEach(async () => {
  await database?.close()
  await remove()
})

async function write(document: number): Promise<void> {
  const random = new SeededRandom(document)
  const documentKey = new Uint8Array(16).fill(document)
  for (let n = 1; n <= ROWS; n += 1) {
    const value = Uint8Array.from({ length: ROW_BYTES }, () => random.below(256))
    await database?.write([{ type: 'put', key: entryKey(documentKey, n), value }])
  }
}

async function liveTables(): Promise<LiveTable[]> {
  const file = (await readdir(path)).findLast((name) => name.startsWith('MANIFEST-')) ?? expect.fail()
  const tables = readManifest(await readFile(join(path, file)), true)?.tables ?? expect.fail()
  return Array.from(tables, ([number, bounds]) => ({ number, bounds }))
}

/** The documents of all tables; `NONE` where one has no note. */
async function noted(): Promise<string[]> {
  const notes = await readTableNotes(folder)
  const keys = (await liveTables()).flatMap((table) => [...(notes.of(table)?.keys ?? [NONE])])
  return [...new Set(keys)].toSorted()
}

it('[DU16] what LevelDB makes while the store is open is noted, so many tables at a time', async () => {
  database = await openDatabase(path)
  const notes = (await TableNotes.begin(folder, path, limits)) ?? expect.fail()
  await write(1)
  await write(2)
  await expect.poll(async () => (await liveTables()).length, WAIT).toBeGreaterThan(1)
  await database.close()
  const tables = (await liveTables()).length
  for (let n = 1; n < tables; n += 1) {
    await notes.note(1)
    expect(await noted(), `${n} of ${tables}`).toContain(NONE)
  }
  await notes.note(1)
  expect(await noted()).not.toContain(NONE)
  expect(await noted()).toContain(hexOf(new Uint8Array(16).fill(1)))
}, 60_000)

it('[DU16] a file that was cut is made anew at the next opening, and notes of tables that are gone are not kept', async () => {
  database = await openDatabase(path)
  await write(1)
  await database.close()
  database = await openDatabase(path)
  await TableNotes.begin(folder, path, limits)
  const whole = await noted()
  expect(whole).toEqual([hexOf(new Uint8Array(16).fill(1))])
  const file = join(folder, TABLE_NOTES_FILE)
  const { size } = await stat(file)
  await truncate(file, size - 1)
  expect(await noted()).toContain(NONE)
  await TableNotes.begin(folder, path, limits)
  expect(await noted()).toEqual(whole)
  expect((await stat(file)).size).toBe(size)
  await TableNotes.begin(folder, path, limits)
  expect((await stat(file)).size).toBe(size)
}, 60_000)
