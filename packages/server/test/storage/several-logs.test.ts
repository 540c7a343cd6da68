/** Folders in which LevelDB has several logs: which it reads, and in which order. */
import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openDatabase } from '../../src/storage/database.ts'
import { lookAtFiles } from '../../src/storage/database-files.ts'
import { encodeLog } from '../../src/storage/log-batches.ts'
import { batchesIn, piecesIn } from '../../src/storage/log-pieces.ts'
import { memoryFolder } from './folders.ts'

let path: string
let remove: () => Promise<void>
/** The batches of the newest log. */
let batches: readonly Uint8Array[]
/** Its number. */
let number: number

beforeEach(async () => {
  const made = await memoryFolder()
  remove = made.remove
  path = join(made.folder, 'leveldb')
  // The second opening has a table, and a MANIFEST that names its log.
  for (let session = 0; session < 2; session += 1) {
    const database = await openDatabase(path)
    for (let n = 0; n < 6; n += 1)
      await database.write([{ type: 'put', key: new Uint8Array([n]), value: new Uint8Array(50).fill(n) }])
    await database.close()
  }
  const file = (await readdir(path)).find((name) => name.endsWith('.log')) ?? expect.fail()
  number = Number.parseInt(file, 10)
  const pieces = piecesIn(await readFile(join(path, file)), false) ?? expect.fail()
  batches = (batchesIn(pieces, false) ?? expect.fail()).map(({ payload }) => payload)
  await rm(join(path, file))
})

afterEach(() => remove())

async function writeLog(which: number, content: readonly Uint8Array[]): Promise<void> {
  await writeFile(join(path, `${String(which).padStart(6, '0')}.log`), encodeLog(content))
}

function look(): ReturnType<typeof lookAtFiles> {
  return lookAtFiles(path, { mayBeTorn: false, whole: new Set() })
}

it('[DU5] rows that are gone at the end of an older log are noticed', async () => {
  await writeLog(number, batches.slice(0, 3))
  await writeLog(number + 1, batches.slice(3))
  expect((await look()).damage).toEqual([])
  await writeLog(number, batches.slice(0, 2))
  expect((await look()).damage).toEqual([
    { file: expect.stringContaining(String(number + 1)), what: expect.stringContaining('1 rows are lost') },
  ])
})

it('[DU5] logs follow each other by their numbers, however many digits those have', async () => {
  await writeLog(number, batches.slice(0, 2))
  await writeLog(999_999, batches.slice(2, 4))
  await writeLog(1_000_000, batches.slice(4))
  expect((await look()).damage).toEqual([])
})

it('[DU5] a log whose rows are in tables is not looked at', async () => {
  await writeLog(number, batches)
  await writeFile(join(path, `${String(number - 1).padStart(6, '0')}.log`), new Uint8Array(900).fill(7))
  expect(await look()).toMatchObject({ damage: [], tornBytes: 0 })
})
