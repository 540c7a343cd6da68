import { cp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommandLine } from '../../src/cli/run.ts'
import { chunksOf } from '../../src/control/chunks.ts'
import { DATABASE_FOLDER, openLevelLog, restoreFolder } from '../../src/storage/index.ts'
import { encodeDamagedHead } from '../../src/storage/head-row.ts'
import { openDatabase } from '../../src/storage/database.ts'
import type { Database } from '../../src/storage/database.ts'
import { FORMAT_VERSION, decodeNumber, encodeCounter } from '../../src/storage/global-rows.ts'
import { decodeName } from '../../src/storage/head-row.ts'
import { globalKey, globalRow, nameKey } from '../../src/storage/keys.ts'
import { migrate } from '../../src/storage/migration.ts'
import { limits } from '@cometpad/shared'
import { NumberWriter, faultOf } from '../faults/numbers.ts'
import { Reports } from './folders.ts'
import { makeOld, oldBackup } from './old-store.ts'
import { levelLogs } from './opened-log.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g'] as const
const logs = levelLogs()

/** An old store with seven documents of three numbers each, one of which was compacted, and one that was deleted. */
async function oldStore(): Promise<void> {
  const { log, compact, removed } = await logs.open()
  for (const documentId of NAMES) {
    const writer = new NumberWriter(log, documentId)
    await writer.open()
    for (let n = 0; n < 3; n += 1) await writer.write()
    await log.setTitle(documentId, `Title of ${documentId}`)
  }
  await compact('b')
  await log.create('deleted', { title: '' })
  await log.delete('deleted', 'ada')
  await removed()
  await logs.close()
  await makeOld(logs.folder)
}

async function expectEverything(): Promise<void> {
  const { log } = await logs.open()
  for (const documentId of NAMES) {
    expect(await faultOf(log, documentId, 3)).toBeUndefined()
    expect((await log.find(documentId))?.title).toBe(`Title of ${documentId}`)
  }
  expect(await log.find('deleted')).toBeUndefined()
}

async function inDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase(join(logs.folder, DATABASE_FOLDER))
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}

function globalsOf(database: Database): Promise<{ version: number; hasMark: boolean }> {
  return database.view(async (view) => ({
    version: decodeNumber(
      globalRow.formatVersion,
      (await view.get(globalKey(globalRow.formatVersion))) ?? new Uint8Array(),
    ),
    hasMark: (await view.get(globalKey(globalRow.migration))) !== undefined,
  }))
}

test('[DU15] a store of version 1 is brought to the present version when it is opened, and has all that it had', async () => {
  await oldStore()
  await expectEverything()
  expect(logs.reports.all.map(({ what }) => what)).toEqual([
    expect.stringContaining('has format version 1. Its 7 documents are brought to version 2.'),
    expect.stringContaining(`has format version ${FORMAT_VERSION} now.`),
  ])
  await logs.close()
  expect(await inDatabase(globalsOf)).toEqual({ version: FORMAT_VERSION, hasMark: false })
  // And not once more.
  await expectEverything()
  expect(logs.reports.all).toHaveLength(2)
})

test('[DU13, DU15] what a migration has written and a log loses is brought over again, and no document is harmed', async () => {
  const harms = [
    (bytes: Buffer) => bytes.subarray(0, 0),
    (bytes: Buffer) => bytes.subarray(0, 100),
    (bytes: Buffer) => Buffer.from(bytes).fill(0, 0, 300),
  ]
  await oldStore()
  await expectEverything()
  await logs.close()
  const path = join(logs.folder, DATABASE_FOLDER)
  const whole = `${logs.folder}-whole`
  await cp(logs.folder, whole, { recursive: true })
  for (const harm of harms) {
    await rm(logs.folder, { recursive: true })
    await cp(whole, logs.folder, { recursive: true })
    const log = (await readdir(path)).findLast((file) => file.endsWith('.log')) ?? expect.fail()
    await writeFile(join(path, log), harm(await readFile(join(path, log))))
    const reports = logs.reports.all.length
    await expectEverything()
    await logs.close()
    const said = logs.reports.all.slice(reports).map(({ what }) => what)
    expect(said.join(' ')).toContain('has format version 1')
    expect(said.join(' ')).not.toContain('documents are damaged')
    expect(await inDatabase(globalsOf)).toEqual({ version: FORMAT_VERSION, hasMark: false })
  }
  await rm(whole, { recursive: true })
})

test('[DU15] how it comes along is told as what it is, and not as a failure', async () => {
  await oldStore()
  const told: string[] = []
  const reports = new Reports()
  const report = {
    failed: reports.failed.bind(reports),
    noticed: (what: string): void => void told.push(what),
  }
  const { close } = await openLevelLog({ folder: logs.folder, report })
  await close()
  expect(told.at(-1)).toBe(`${logs.folder} has format version ${FORMAT_VERSION} now.`)
  expect(reports.all).toEqual([])
})

test('[DU15] a write that fails ends it, and the next start goes on behind what is done', async () => {
  await oldStore()
  let writes = 0
  const batches: number[] = []
  const failing = async (path: string): Promise<Database> => {
    const database = await openDatabase(path)
    return {
      view: (read) => database.view(read),
      write: async (operations) => {
        writes += 1
        if (writes === 3) throw new Error('A write that fails')
        batches.push(operations.length)
        await database.write(operations)
      },
      close: () => database.close(),
    }
  }
  await expect(logs.open({ commitRows: 2 }, failing)).rejects.toMatchObject({ code: 'DATA_UNUSABLE' })
  expect(await inDatabase(globalsOf)).toEqual({ version: 1, hasMark: true })
  await logs.open({ commitRows: 2 }, failing)
  // Four of seven were done: two rows and the mark, one row and the mark, the number of the version.
  expect(batches).toEqual([3, 3, 3, 2, 2])
  await logs.close()
  await expectEverything()
})

test('[DU15] when the old program has written in between, everything is looked at again', async () => {
  await oldStore()
  await expect(
    inDatabase(async (database) => {
      const checkOurs = ((left) => async () => {
        left -= 1
        if (left < 0) throw new Error('It was cut short')
      })(2)
      const options = { database, folder: 'x', rows: 3, tell: () => undefined, checkOurs }
      await migrate(
        { ...options, freeBytes: async () => 1e12 },
        { version: 1, counter: await counterOf(database) },
      )
    }),
  ).rejects.toThrow('It was cut short')
  await makeOld(logs.folder)
  await inDatabase(async (database) => database.write([encodeCounter((await counterOf(database)) + 1)]))
  await expectEverything()
})

test('[DU15] a document that was damaged stays so, and the others are brought over', async () => {
  await oldStore()
  await inDatabase((database) =>
    database.view(async (view) => {
      const name = (await view.get(nameKey('c'))) ?? new Uint8Array()
      await database.write([encodeDamagedHead(decodeName('c', name), 'Found before.')])
    }),
  )
  const { log } = await logs.open()
  await expect(log.find('c')).rejects.toMatchObject({ code: 'DOCUMENT_DAMAGED' })
  expect(await faultOf(log, 'd', 3)).toBeUndefined()
})

test('[DU15] with too little space, or with another owner, nothing is changed', async () => {
  await oldStore()
  const before = await inDatabase(rowsOf)
  await inDatabase(async (database) => {
    const options = {
      database,
      folder: '/data',
      rows: 2,
      tell: () => undefined,
      checkOurs: async () => undefined,
    }
    const first = { version: 1, counter: 1 }
    await expect(migrate({ ...options, freeBytes: async () => 1_000 }, first)).rejects.toThrow(
      /^.*\/data has format version 1\. To bring it to version 2, \d+ bytes have to be free; 1000 are\./,
    )
    const taken = async (): Promise<void> => Promise.reject(new Error('taken'))
    await expect(
      migrate({ ...options, freeBytes: async () => 1e12, checkOurs: taken }, first),
    ).rejects.toThrow('taken')
  })
  expect(await inDatabase(rowsOf)).toEqual(before)
})

test('[DU15] who may not change the store is told that it is older, and changes nothing', async () => {
  await oldStore()
  const before = await inDatabase(rowsOf)
  const open = openLevelLog({ folder: logs.folder, report: new Reports(), migrates: false })
  await expect(open).rejects.toMatchObject({ code: 'DATA_OUTDATED' })
  expect(await inDatabase(rowsOf)).toEqual(before)
})

test('[DU15] the doctor says that a store is older, and what its version is when it is not', async () => {
  await oldStore()
  const lines: string[] = []
  const terminal = {
    env: {},
    print: (text: string) => void lines.push(text),
    tell: () => undefined,
    isWatched: false,
  }
  expect(await runCommandLine(['doctor', '--data', logs.folder], terminal)).toBe(2)
  expect(lines.join('\n')).toMatch(
    /warn {2}Store: .* has format version 1, this is version 2\..*Start the server on it once/,
  )
  await expectEverything()
  await logs.close()
  await runCommandLine(['doctor', '--data', logs.folder], terminal)
  expect(lines.join('\n')).toMatch(/ok {4}Store: opens, with format version 2; no server runs\./)
})

test('[DU15, BK1] a backup that the old program made restores to a store of the present version', async () => {
  await oldStore()
  const { backup } = await logs.open()
  const chunks: Uint8Array[] = []
  for await (const chunk of chunksOf((write) => backup({ kind: 'backup', base: undefined }, write)))
    chunks.push(chunk)
  await logs.close()
  const file = join(logs.folder, 'old.cpb')
  await writeFile(file, await oldBackup(Buffer.concat(chunks)))
  const folder = join(logs.folder, 'restored')
  const { documents, damaged } = await restoreFolder({ files: [file], folder, limits, by: 'operator' })
  expect({ documents, damaged }).toEqual({ documents: NAMES.length, damaged: [] })
  const reports = new Reports()
  const { log, close } = await openLevelLog({ folder, report: reports })
  for (const documentId of NAMES) expect(await faultOf(log, documentId, 3)).toBeUndefined()
  await close()
  // It was of the present version already.
  expect(reports.all).toEqual([])
})

async function counterOf(database: Database): Promise<number> {
  return database.view(async (view) =>
    decodeNumber(
      globalRow.batchCounter,
      (await view.get(globalKey(globalRow.batchCounter))) ?? new Uint8Array(),
    ),
  )
}

function rowsOf(database: Database): Promise<string[]> {
  return database.view(async (view) => {
    const rows: string[] = []
    await view.scan({}, ({ key, value }) => rows.push(Buffer.concat([key, value]).toString('hex')) > 0)
    return rows
  })
}
