/** A table that is gone as a whole: its note tells whose rows it held, all other documents go on, and nothing that was closed opens. */
import { cp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { markDamaged } from '../../src/storage/damage-marks.ts'
import { openDatabase } from '../../src/storage/database.ts'
import type { Operation, View } from '../../src/storage/database.ts'
import { encodeName, hexOf } from '../../src/storage/head-row.ts'
import { DATABASE_FOLDER, openLevelLog } from '../../src/storage/index.ts'
import type { OpenedLog } from '../../src/storage/index.ts'
import { DOCUMENT_KEY_BYTES, headKey, nameKey, remainsKey } from '../../src/storage/keys.ts'
import { LOST_ROWS_FILE, NOTHING_LOST } from '../../src/storage/lost-rows.ts'
import { readManifest } from '../../src/storage/manifest-file.ts'
import { namesAfterLoss, remainsAfterLoss } from '../../src/storage/noted-names.ts'
import type { BlockEntry } from '../../src/storage/table-file.ts'
import { TABLE_NOTES_FILE, readTableNotes } from '../../src/storage/table-notes.ts'
import { withoutOutdated } from '../../src/storage/table-rows.ts'
import type { TableRows } from '../../src/storage/table-rows.ts'
import { encodeTombstone } from '../../src/storage/tombstone-rows.ts'
import { NumberWriter, numbersIn } from '../faults/numbers.ts'
import { Reports, memoryFolder } from './folders.ts'
import { codeOf } from './log-contract.ts'

const EACH = 3
/** What is written in each session: LevelDB makes a table of it when it opens the next time. */
const SESSIONS: readonly (readonly string[])[] = [
  ['first', 'deleted', 'again', 'shared', 'gone'],
  ['second', 'again'],
  ['third'],
]

let made: Awaited<ReturnType<typeof memoryFolder>>
let whole: string
let folder: string
let remove: () => Promise<void>
/** The tables, the oldest first. */
let tables: readonly string[]
const saved = new Map<string, readonly number[]>()

beforeAll(async () => {
  made = await memoryFolder()
  whole = join(made.folder, 'whole')
  for (const [session, ids] of SESSIONS.entries()) {
    const opened = await openLevelLog({ folder: whole, report: new Reports() })
    if (session === 1) {
      // What an older table shows of these must never be seen again.
      await opened.log.delete('deleted', 'ada')
      await opened.log.delete('again', 'ada')
      await opened.access.write('shared', {
        people: [{ subject: 'bob', role: 'none', changedBy: 'ada', changedAt: 1 }],
        links: [],
        trail: [],
      })
    }
    if (session === 0) await write(opened, 'gone')
    for (const id of ids) if (id !== 'gone') saved.set(id, await write(opened, id))
    if (session === 0) await opened.log.delete('gone', 'ada')
    await opened.removed()
    await opened.close()
  }
  saved.delete('deleted')
  await (await openLevelLog({ folder: whole, report: new Reports() })).close()
  tables = (await readdir(join(whole, DATABASE_FOLDER))).filter((file) => file.endsWith('.ldb')).toSorted()
  expect(tables).toHaveLength(SESSIONS.length)
}, 120_000)

afterAll(() => made.remove())

beforeEach(async () => {
  ;({ folder, remove } = await memoryFolder())
  await cp(whole, folder, { recursive: true })
})

afterEach(() => remove())

async function write({ log }: OpenedLog, id: string): Promise<readonly number[]> {
  const writer = new NumberWriter(log, id)
  await writer.open()
  const numbers: number[] = []
  for (let n = 0; n < EACH; n += 1) numbers.push(await writer.write())
  return numbers
}

function pathOf(table: number): string {
  return join(folder, DATABASE_FOLDER, tables[table] ?? expect.fail())
}

interface Look {
  readonly refused: readonly string[]
  readonly reported: string
}

/** Every document is whole or refused, and what was deleted is not there. */
async function look(): Promise<Look> {
  const reports = new Reports()
  const opened = await openLevelLog({ folder, report: reports })
  const refused: string[] = []
  try {
    for (const [id, numbers] of saved) {
      const found = numbersIn(opened.log, id)
      const code = await codeOf(found)
      if (code === undefined) expect(await found, id).toEqual(numbers)
      if (code === undefined) continue
      expect(code, id).toBe('DOCUMENT_DAMAGED')
      refused.push(id)
    }
    for (const id of ['deleted', 'gone']) {
      // Refused, or still deleted: nobody sees it, and nobody makes it anew by opening it.
      const code = await codeOf(opened.log.create(id, { title: '', unlessDeleted: true }))
      expect(['DOCUMENT_NOT_FOUND', 'DOCUMENT_DAMAGED'], id).toContain(code)
      if (code === 'DOCUMENT_NOT_FOUND') expect(await opened.log.find(id)).toBeUndefined()
      else refused.push(id)
    }
    const rights = opened.access.read('shared')
    // Whoever was shut out stays out.
    if (refused.includes('shared')) expect(await codeOf(rights)).toBe('DOCUMENT_DAMAGED')
    else expect((await rights)?.people).toMatchObject([{ subject: 'bob', role: 'none' }])
    await opened.removed()
  } finally {
    await opened.close()
  }
  return { refused, reported: JSON.stringify(reports.all) }
}

/** Whose rows each table holds; of a deletion that is lost the document is there again, and refused. */
const HARMED: readonly (readonly string[])[] = [
  ['first', 'shared'],
  ['again', 'shared', 'second', 'deleted'],
  ['third'],
]

describe.each([0, 1, 2])('table %i', (table) => {
  it.each(['deleted', 'emptied', 'filled with zeros'])(
    '[DU6, DU16] that is %s harms the documents that had rows in it, and opens nothing that was closed',
    async (how) => {
      if (how === 'deleted') await rm(pathOf(table))
      else if (how === 'emptied') await truncate(pathOf(table), 0)
      else await writeFile(pathOf(table), new Uint8Array((await readFile(pathOf(table))).length))
      const { refused, reported } = await look()
      expect(refused.toSorted()).toEqual(HARMED[table]?.toSorted())
      expect(reported).toMatch(/All that stood in it is lost.*Copies are in/)
      expect(reported).toContain('A backup can be restored in the place of each')
      // Once said and marked, it stays so, and nothing is to be done any more.
      const after = await look()
      expect(after.refused).toEqual(refused)
      expect(after.reported).not.toContain('lost')
      expect(await readdir(folder)).not.toContain(LOST_ROWS_FILE)
    },
  )
})

it('[DU16] all tables that are gone at once harm all documents, and what was deleted stays so', async () => {
  for (const table of tables.keys()) await rm(pathOf(table))
  const { refused } = await look()
  expect(refused.toSorted()).toEqual([...saved.keys()].toSorted())
})

it('[DU16] a table that is gone, and of which no note tells, refuses the folder, and nothing is changed', async () => {
  for (const harm of [(path: string) => rm(path), (path: string) => truncate(path, 20)]) {
    await cp(whole, folder, { recursive: true, force: true })
    await harm(join(folder, TABLE_NOTES_FILE))
    await rm(pathOf(1))
    const before = await readdir(join(folder, DATABASE_FOLDER))
    await expect(openLevelLog({ folder, report: new Reports() })).rejects.toMatchObject({
      code: 'DATA_DAMAGED',
    })
    expect(await readdir(join(folder, DATABASE_FOLDER))).toEqual(before)
  }
})

it('[DU16] a process that dies before the documents are marked has the next one mark them', async () => {
  await rm(pathOf(1))
  const opened = await openLevelLog({ folder, report: new Reports() })
  await opened.close()
  const marked = await look()
  await rm(folder, { recursive: true })
  await cp(whole, folder, { recursive: true })
  await rm(pathOf(1))
  // As it is when the table was put together again and nothing was marked yet: the note of what was lost is all there is.
  const dying = openLevelLog({
    folder,
    report: new Reports(),
    openDatabase: () => Promise.reject(new Error('died')),
  })
  await expect(dying).rejects.toMatchObject({ code: 'DATA_UNUSABLE' })
  expect(await readdir(folder)).toContain(LOST_ROWS_FILE)
  expect((await look()).refused).toEqual(marked.refused)
})

it('[DU16] what was still to be removed is removed, unless a name leads to it', async () => {
  const keys = [1, 2, 3].map((n) => new Uint8Array(DOCUMENT_KEY_BYTES).fill(n))
  const [named = expect.fail(), nameless = expect.fail(), removed = expect.fail()] = keys
  const row = (documentKey: Uint8Array, type: number) => ({
    key: Buffer.concat([remainsKey(documentKey), Uint8Array.of(type, 9, 0, 0, 0, 0, 0, 0)]),
    value: Uint8Array.of(1),
  })
  const rows = [row(named, 1), row(nameless, 1), row(removed, 0)]
  expect(remainsAfterLoss({ keys: new Set(), rows }, new Set([hexOf(named)]))).toEqual([
    { type: 'put', key: remainsKey(nameless), value: Uint8Array.of(1) },
  ])
})

it('[DU16] what was still to be removed is noted again with the marks', async () => {
  const documentKey = new Uint8Array(DOCUMENT_KEY_BYTES).fill(7)
  const rows = [
    {
      key: Buffer.concat([remainsKey(documentKey), Uint8Array.of(1, 9, 0, 0, 0, 0, 0, 0)]),
      value: Uint8Array.of(1),
    },
  ]
  const database = await openDatabase(join(folder, 'another'))
  try {
    await markDamaged(database, { ...NOTHING_LOST, noted: { keys: new Set(), rows } })
    expect(await database.view((view) => view.get(remainsKey(documentKey)))).toEqual(Uint8Array.of(1))
  } finally {
    await database.close()
  }
})

it('[DU16] a note is not taken for that of another table which has its number', async () => {
  const manifest = (await readdir(join(folder, DATABASE_FOLDER))).find((file) => file.startsWith('MANIFEST'))
  const bytes = await readFile(join(folder, DATABASE_FOLDER, manifest ?? expect.fail()))
  const notes = await readTableNotes(folder)
  const live = [...(readManifest(bytes, true)?.tables ?? [])]
  expect(live).toHaveLength(SESSIONS.length)
  for (const [number, bounds] of live) {
    expect(notes.of({ number, bounds })).toBeDefined()
    const changed = Uint8Array.from(bounds.largest)
    changed[changed.length - 1] = 1 ^ (changed.at(-1) ?? 0)
    for (const other of [{ size: bounds.size + 1 }, { smallest: changed }, { largest: changed }])
      expect(notes.of({ number, bounds: { ...bounds, ...other } })).toBeUndefined()
    expect(notes.of({ number: number + 1_000, bounds })).toBeUndefined()
  }
})

describe('a name in a lost table', () => {
  const id = 'name'
  const [one = expect.fail(), two = expect.fail()] = [1, 2].map((n) => new Uint8Array(16).fill(n))
  const left = encodeTombstone(id, { head: 7, by: 'ada', at: 1 })
  /** As a table has it: the key with its sequence and type. */
  const lost = (operation: Operation, sequence: number): BlockEntry => ({
    key: Buffer.concat([
      operation.key,
      Uint8Array.of(Number(operation.type === 'put'), sequence, 0, 0, 0, 0, 0, 0),
    ]),
    value: operation.type === 'put' ? operation.value : new Uint8Array(),
  })
  const removal = (key: Uint8Array): Operation => ({ type: 'del', key })
  const viewOf = (rows: readonly Operation[]): View => ({
    get: async (key) => {
      const row = rows.find((candidate) => Buffer.compare(candidate.key, key) === 0)
      return row?.type === 'put' ? row.value : undefined
    },
    scan: () => expect.fail(),
    keys: () => expect.fail(),
  })
  const after = (
    shown: readonly Operation[],
    rows: readonly BlockEntry[],
    keys: readonly Uint8Array[] = [],
  ) => namesAfterLoss(viewOf(shown), { keys: new Set(keys.map(hexOf)), rows })

  it('[DU16] is written again when nothing is there under it, and its document is not harmed', async () => {
    const { restored, doubtful, operations } = await after([], [lost(encodeName(id, one), 5)])
    expect([...restored]).toEqual([[id, hexOf(one)]])
    expect([doubtful.size, operations]).toEqual([0, []])
  })

  it('[DU16] that was removed there, and shows, is one of a document that is refused', async () => {
    const { doubtful } = await after([encodeName(id, one)], [lost(removal(nameKey(id)), 9)])
    expect([...doubtful]).toEqual([hexOf(one)])
  })

  it('[DU16] that led to another document than the one that shows is one that is refused', async () => {
    const rows = [lost(encodeName(id, two), 9)]
    expect([...(await after([encodeName(id, one)], rows)).doubtful]).toEqual([hexOf(one)])
    expect([...(await after([encodeName(id, two)], rows)).doubtful]).toEqual([])
  })

  it('[DU16] of a deleted document stays one: what is left of it is written again', async () => {
    const rows = [lost(removal(nameKey(id)), 9), lost(left, 10)]
    expect(await after([], rows)).toMatchObject({ operations: [left], restored: new Map() })
  })

  it('[DU16] is written again over what an older deletion has left only if its document may be there', async () => {
    const rows = [lost(encodeName(id, one), 12), lost(removal(left.key), 13)]
    const head: Operation = { type: 'put', key: headKey(one), value: new Uint8Array() }
    expect((await after([left], rows)).restored.size).toBe(0)
    expect((await after([left, head], rows)).restored.size).toBe(1)
    expect((await after([left], rows, [one])).restored.size).toBe(1)
  })

  it('[DU16] that is out of date in the lost table is as it shows', () => {
    const of = (...rows: BlockEntry[]): TableRows => ({ keys: new Set(), rows })
    const name = lost(encodeName(id, one), 5)
    expect(withoutOutdated(of(name), [of(lost(left, 10))]).rows).toEqual([])
    expect(withoutOutdated(of(name), [of(lost(encodeName(id, two), 10))]).rows).toEqual([])
    expect(withoutOutdated(of(name), [of(lost(left, 4))]).rows).toEqual([name])
    // What an older table shows would come back.
    const removed = lost(removal(nameKey(id)), 9)
    expect(withoutOutdated(of(removed), [of(lost(left, 10))]).rows).toEqual([removed])
  })
})
