import { appendFile, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bytesDropped } from '../../src/storage/database-files.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { openLevelLog } from '../../src/storage/index.ts'
import type { OpenedLog } from '../../src/storage/index.ts'
import { Reports, memoryFolder } from './folders.ts'

let folder: string
let remove: () => Promise<void>

beforeEach(async () => {
  ;({ folder, remove } = await memoryFolder())
})

afterEach(() => remove())

/** LevelDB says, once it has opened the database, that it has left out so many bytes. */
function open(dropped: number, acceptLoss = false): Promise<OpenedLog> {
  return openLevelLog({
    folder,
    report: new Reports(),
    acceptLoss,
    openDatabase: async (path) => {
      const database = await openDatabase(path)
      await appendFile(
        join(path, 'LOG'),
        `2026/11/01-00:00:00.000000 7f Log #3: dropping ${dropped} bytes; Corruption: checksum mismatch\n`,
      )
      return database
    },
  })
}

test('[DU5] a store of which LevelDB says that it has dropped bytes is refused, unless the operator says otherwise', async () => {
  const first = await openLevelLog({ folder, report: new Reports() })
  await first.log.create('a', { title: 'kept' })
  await first.close()
  await expect(open(17)).rejects.toMatchObject({
    code: 'DATA_DAMAGED',
    message: expect.stringContaining('LevelDB has dropped 17 bytes. See its file LOG.'),
  })
  const accepted = await open(17, true)
  expect(await accepted.log.find('a')).toMatchObject({ title: 'kept' })
  await accepted.close()
})

test('[DU5] the words in which LevelDB says so are found', async () => {
  const path = join(folder, 'leveldb')
  const database = await openDatabase(path)
  for (let row = 0; row < 10; row += 1)
    await database.write([{ type: 'put', key: new Uint8Array([row]), value: new Uint8Array(100) }])
  await database.close()
  expect(await bytesDropped(path)).toBe(0)
  const log = join(path, (await readdir(path)).find((file) => file.endsWith('.log')) ?? '')
  const bytes = await readFile(log)
  bytes[bytes.length / 2] = (bytes[bytes.length / 2] ?? 0) ^ 1
  await writeFile(log, bytes)
  // Nobody has looked at the files before: it opens, and says it in its LOG only.
  await (await openDatabase(path)).close()
  expect(await bytesDropped(path)).toBeGreaterThan(0)
})
