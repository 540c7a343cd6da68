import { cp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { DATABASE_FOLDER, openLevelLog } from '../../src/storage/index.ts'
import { LOST_ROWS_FILE, NOTHING_LOST, noteLost } from '../../src/storage/lost-rows.ts'
import { readManifest } from '../../src/storage/manifest-file.ts'
import { TABLE_NOTES_FILE } from '../../src/storage/table-notes.ts'
import { endOf, entriesOf, footerOf, handleIn } from '../../src/storage/table-file.ts'
import { NumberWriter, faultOf } from '../faults/numbers.ts'
import { Reports, memoryFolder } from './folders.ts'
import { codeOf } from './log-contract.ts'

const DOCUMENTS = 200

let whole: string
let folder: string
let remove: () => Promise<void>
let removeWhole: () => Promise<void>
const ids = Array.from({ length: DOCUMENTS }, (_, n) => `${n}-${'x'.repeat(60)}`)

beforeAll(async () => {
  ;({ folder: whole, remove: removeWhole } = await memoryFolder())
  const opened = await openLevelLog({ folder: whole, report: new Reports() })
  await Promise.all(
    ids.map(async (id) => {
      const writer = new NumberWriter(opened.log, id)
      await writer.open()
      for (let n = 0; n < 2; n += 1) await writer.write()
    }),
  )
  await opened.close()
  // LevelDB makes a table of its log when it opens.
  await (await openLevelLog({ folder: whole, report: new Reports() })).close()
})

afterAll(() => removeWhole())

beforeEach(async () => {
  ;({ folder, remove } = await memoryFolder())
  await cp(whole, folder, { recursive: true })
})

afterEach(() => remove())

async function fileNamed(pattern: RegExp): Promise<string> {
  const path = join(folder, DATABASE_FOLDER)
  return join(path, (await readdir(path)).find((name) => pattern.test(name)) ?? expect.fail())
}

/** Overwrites the data blocks of the table in which a key of this kind begins the last row. Gives how many. */
async function loseBlocks(kind: number, from: number, to: number): Promise<number> {
  const file = await fileNamed(/\.ldb$/)
  const table = await readFile(file)
  const { index } = footerOf(table) ?? expect.fail()
  const blocks = (entriesOf(table, index) ?? []).filter(({ key }) => key[0] === kind).slice(from, to)
  for (const entry of blocks) {
    const block = handleIn(entry) ?? expect.fail()
    table.fill(0, block.offset, endOf(block))
  }
  await writeFile(file, table)
  return blocks.length
}

async function loseLastBlock(): Promise<string> {
  const file = await fileNamed(/\.ldb$/)
  const table = await readFile(file)
  const { index } = footerOf(table) ?? expect.fail()
  const entry = entriesOf(table, index)?.at(-1) ?? expect.fail()
  const block = handleIn(entry) ?? expect.fail()
  table.fill(0, block.offset, endOf(block))
  await writeFile(file, table)
  return Buffer.from(entry.key).toString('hex')
}

interface Found {
  readonly refused: readonly string[]
  readonly reported: string
}

/** Opens the store and looks at every document: it is whole, or refused. */
async function lookAtAll(): Promise<Found> {
  const reports = new Reports()
  const opened = await openLevelLog({ folder, report: reports })
  const refused: string[] = []
  try {
    for (const id of ids) {
      const code = await codeOf(faultOf(opened.log, id, 2).then((fault) => expect(fault, id).toBeUndefined()))
      if (code === undefined) continue
      expect(code, id).toBe('DOCUMENT_DAMAGED')
      refused.push(id)
    }
  } finally {
    await opened.close()
  }
  return { refused, reported: JSON.stringify(reports.all) }
}

it('[DU6, DU9] a block of a table that is gone harms the documents that had rows in it, and no other', async () => {
  expect(await loseBlocks(3, 2, 3)).toBe(1)
  const { refused, reported } = await lookAtAll()
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.length).toBeLessThan(DOCUMENTS / 4)
  for (const id of refused.slice(0, 10)) expect(reported).toContain(id)
  expect(reported).toMatch(/The rows of 1 of its blocks are lost.*Copies are in/)
  // Once said and marked, it stays so, and nothing is to be done any more.
  expect((await lookAtAll()).refused).toEqual(refused)
  expect(await readdir(folder)).not.toContain(LOST_ROWS_FILE)
})

it('[DU6, DU9] the last block of a table is a block like the others', async () => {
  const last = await loseLastBlock()
  const { refused } = await lookAtAll()
  expect(refused.length, `last key ${last}`).toBeLessThan(DOCUMENTS / 4)
})

it('[DU5] a record of the MANIFEST that was cut is left out, since it was never durable', async () => {
  const file = await fileNamed(/^MANIFEST-/)
  const manifest = await readFile(file)
  // A record at its full length, whose bytes never came.
  const torn = Buffer.concat([manifest, Uint8Array.of(1, 2, 3, 4, 40, 0, 1), new Uint8Array(40)])
  expect(readManifest(torn, true)?.mended).toEqual(manifest)
  expect(readManifest(torn, false)).toBeUndefined()
})

it('[DU9] names that are gone are written anew, as the heads tell them', async () => {
  expect(await loseBlocks(1, 1, 2)).toBe(1)
  const { refused, reported } = await lookAtAll()
  expect(refused).toEqual([])
  expect(reported).toContain('The rows of 1 of its blocks are lost')
  expect(reported).not.toContain('documents are damaged')
  // Also when the next start cannot tell whether what this one wrote is still in the log.
  expect(await lookAtAll()).toMatchObject({ refused: [], reported: '[]' })
})

it('[DU9] a process that dies before the documents are marked has the next one mark them', async () => {
  const opened = await openLevelLog({ folder, report: new Reports() })
  await opened.close()
  // As it is after the table was put together again.
  await noteLost(folder, {
    ...NOTHING_LOST,
    spans: [{ from: Uint8Array.of(3), to: Uint8Array.of(3, 0x20) }],
  })
  const { refused } = await lookAtAll()
  expect(refused.length).toBeGreaterThan(0)
  expect(refused.length).toBeLessThan(DOCUMENTS / 2)
  expect(await readdir(folder)).not.toContain(LOST_ROWS_FILE)
})

it('[DU5, DU9] where names and heads may be lost together, and no note is there, the folder is refused, and nothing is changed', async () => {
  await rm(join(folder, TABLE_NOTES_FILE))
  expect(await loseBlocks(1, 0, 1)).toBe(1)
  expect(await loseBlocks(2, 0, 1)).toBe(1)
  const before = await readFile(await fileNamed(/\.ldb$/))
  await expect(openLevelLog({ folder, report: new Reports() })).rejects.toMatchObject({
    code: 'DATA_DAMAGED',
  })
  expect(Buffer.compare(await readFile(await fileNamed(/\.ldb$/)), before)).toBe(0)
})

it('[DU5, DU9] the MANIFEST is put right before LevelDB takes a wrong length for the end of the file', async () => {
  const file = await fileNamed(/^MANIFEST-/)
  const manifest = await readFile(file)
  expect(readManifest(manifest, false)?.tables.size).toBeGreaterThan(0)
  let records = 0
  for (let at = 0; at < manifest.length; records += 1) {
    const damaged = Buffer.from(manifest)
    damaged[at + 5] = (damaged[at + 5] ?? 0) ^ 0x40
    for (const mayBeTorn of [false, true])
      expect(readManifest(damaged, mayBeTorn)?.mended, `record ${records}`).toEqual(manifest)
    await writeFile(file, damaged)
    at += 7 + manifest.readUInt16LE(at + 4)
  }
  expect(records).toBeGreaterThan(1)
  const { refused, reported } = await lookAtAll()
  expect(refused).toEqual([])
  expect(reported).toMatch(/MANIFEST-\d+ was written anew/)
})

it('[DU5] a MANIFEST whose end is lost is refused, since the log that it names is gone', async () => {
  const file = await fileNamed(/^MANIFEST-/)
  const manifest = await readFile(file)
  const last = lastRecordOf(manifest)
  expect(readManifest(manifest.subarray(0, last), true)).toBeDefined()
  await truncate(file, last)
  await expect(openLevelLog({ folder, report: new Reports() })).rejects.toMatchObject({
    code: 'DATA_DAMAGED',
  })
  expect(await readdir(join(folder, DATABASE_FOLDER))).toContainEqual(expect.stringMatching(/\.ldb$/))
})

function lastRecordOf(log: Buffer): number {
  let last = 0
  for (let at = 0; at < log.length; at += 7 + log.readUInt16LE(at + 4)) last = at
  return last
}

it('[DU9] CURRENT is written anew when there is one MANIFEST that it can mean', async () => {
  const path = join(folder, DATABASE_FOLDER, 'CURRENT')
  for (const harm of [() => truncate(path, 0), () => rm(path), () => writeFile(path, 'MANIFEST-999999\n')]) {
    await harm()
    expect((await lookAtAll()).refused).toEqual([])
  }
})
