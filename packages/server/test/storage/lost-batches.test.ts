/** Batches that are gone from the newest log: the ledger tells whose they were, and all other documents go on. */
import { cp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { Operation } from '../../src/storage/database.ts'
import { seal } from '../../src/storage/envelope.ts'
import { encodeCounter } from '../../src/storage/global-rows.ts'
import { encodeName } from '../../src/storage/head-row.ts'
import { headKey } from '../../src/storage/keys.ts'
import { Coverage, encodeOpening, encodeRuns } from '../../src/storage/ledger-file.ts'
import { DATABASE_FOLDER, openLevelLog } from '../../src/storage/index.ts'
import type { OpenedLog } from '../../src/storage/index.ts'
import { encodeBatch, encodeLog } from '../../src/storage/log-batches.ts'
import { scanLog } from '../../src/storage/log-file.ts'
import { bridgeLogs } from '../../src/storage/log-holes.ts'
import { batchesIn, piecesIn } from '../../src/storage/log-pieces.ts'
import { LOST_ROWS_FILE, NOTHING_LOST, noteLost } from '../../src/storage/lost-rows.ts'
import { NOTHING, touchedBy } from '../../src/storage/touched.ts'
import { NumberWriter, faultOf } from '../faults/numbers.ts'
import { Reports, memoryFolder } from './folders.ts'
import { codeOf } from './log-contract.ts'

/** Written before the newest log began, so that they are in a table. */
const OLD = ['old-a', 'old-b', 'old-c', 'old-d']

let whole: string
let folder: string
let removeWhole: () => Promise<void>
let remove: () => Promise<void>
/** Where each step of the second session begins in the log, and what the log had then. */
const steps: { readonly what: string; readonly at: number }[] = []
const saved = new Map<string, number>()

beforeAll(async () => {
  ;({ folder: whole, remove: removeWhole } = await memoryFolder())
  const first = await openLevelLog({ folder: whole, report: new Reports() })
  for (const id of [...OLD, 'gone']) await write(first, id, 3)
  await first.close()
  const opened = await openLevelLog({ folder: whole, report: new Reports() })
  await step('edits of old-a', () => write(opened, 'old-a', 2))
  await step('the making of new-a', () => write(opened, 'new-a', 1))
  await step('edits of old-b', () => write(opened, 'old-b', 2))
  await step('edits of new-a', () => write(opened, 'new-a', 2))
  await step('a deletion', async () => {
    await opened.log.delete('gone', 'ada')
    await opened.removed()
    saved.delete('gone')
  })
  await step('edits of old-c', () => write(opened, 'old-c', 2))
  await step('the end', async () => undefined)
  await opened.close()
})

afterAll(() => removeWhole())

beforeEach(async () => {
  ;({ folder, remove } = await memoryFolder())
  await cp(whole, folder, { recursive: true })
})

afterEach(() => remove())

async function write({ log }: OpenedLog, id: string, times: number): Promise<void> {
  const writer = new NumberWriter(log, id)
  await writer.open()
  for (let n = 0; n < times; n += 1) saved.set(id, await writer.write())
}

async function step(what: string, work: () => Promise<void>): Promise<void> {
  steps.push({ what, at: (await stat(await newestLog(whole))).size })
  await work()
}

async function newestLog(of = folder): Promise<string> {
  const path = join(of, DATABASE_FOLDER)
  const logs = (await readdir(path)).filter((name) => name.endsWith('.log')).toSorted()
  return join(path, logs.at(-1) ?? expect.fail())
}

/** Where a step lies in the log. */
function extentOf(what: string): { readonly from: number; readonly to: number } {
  const index = steps.findIndex((one) => one.what === what)
  return { from: steps[index]?.at ?? expect.fail(), to: steps[index + 1]?.at ?? expect.fail() }
}

async function lose(what: string): Promise<void> {
  const { from, to } = extentOf(what)
  const file = await newestLog()
  await writeFile(file, (await readFile(file)).fill(0, from, to))
}

/** The documents that are refused; every other is whole. */
async function lookAtAll(): Promise<{ readonly refused: readonly string[]; readonly said: string }> {
  const reports = new Reports()
  const opened = await openLevelLog({ folder, report: reports })
  const refused: string[] = []
  try {
    for (const id of [...saved.keys(), 'gone']) {
      const isThere = saved.has(id)
      const code = await codeOf(
        isThere
          ? faultOf(opened.log, id, saved.get(id) ?? 0).then((fault) => expect(fault, id).toBeUndefined())
          : opened.log.find(id).then((head) => expect(head).toBeUndefined()),
      )
      if (code !== undefined) {
        expect(code, id).toBe('DOCUMENT_DAMAGED')
        refused.push(id)
      } else if (isThere) await new NumberWriter(opened.log, id).open()
    }
  } finally {
    await opened.close()
  }
  return { refused, said: reports.all.map(({ what }) => what).join(' ') }
}

it.each([
  ['edits of old-a', ['old-a']],
  ['the making of new-a', ['new-a']],
  ['edits of old-b', ['old-b']],
  ['edits of new-a', ['new-a']],
  // It does not come back: it is there, and refused.
  ['a deletion', ['gone']],
  ['edits of old-c', ['old-c']],
])('[DU6, DU9] of lost %s only these documents suffer, and it is said', async (what, expected) => {
  await lose(what)
  const { refused, said } = await lookAtAll()
  expect(refused).toEqual(expected)
  expect(said).toMatch(new RegExp(`1 documents are damaged and refused from now on: ${expected.join()}`))
  expect(said).toContain('Copies are in')
  // It stays so, and is said once.
  const again = await lookAtAll()
  expect(again.refused).toEqual(expected)
  expect(again.said).not.toContain('refused from now on')
})

it('[DU6, DU9] where the newest log is emptied, deleted or cut after a stop in peace, who was not in it goes on', async () => {
  const harms = [
    (file: string) => truncate(file, 0),
    (file: string) => rm(file),
    (file: string) => truncate(file, extentOf('edits of old-b').from),
    (file: string) => truncate(file, extentOf('edits of old-b').from + 9),
  ]
  for (const [index, harm] of harms.entries()) {
    await rm(folder, { recursive: true })
    await cp(whole, folder, { recursive: true })
    await harm(await newestLog())
    const { refused, said } = await lookAtAll()
    expect(refused).toEqual(
      index < 2 ? ['old-a', 'old-b', 'old-c', 'new-a', 'gone'] : ['old-b', 'old-c', 'new-a', 'gone'],
    )
    expect(said).toMatch(/Batches \d+ to \d+ are lost/)
    expect((await lookAtAll()).refused).toEqual(refused)
  }
})

it('[DU5, DU13] where an older log is emptied, and a newer one is there, who was in it suffers, and nobody else', async () => {
  const file = await newestLog()
  const bytes = await readFile(file)
  const { to } = extentOf('edits of old-b')
  const batches = batchesIn(piecesIn(bytes, false) ?? expect.fail(), false) ?? expect.fail()
  const older = batches.filter((_, index) => encodeLog(payloadsOf(batches.slice(0, index + 1))).length <= to)
  const newer = join(
    folder,
    DATABASE_FOLDER,
    `${String(Number.parseInt(basename(file), 10) + 1).padStart(6, '0')}.log`,
  )
  // LevelDB begins another log when one is full.
  await writeFile(newer, encodeLog(payloadsOf(batches.slice(older.length))))
  await writeFile(file, encodeLog(payloadsOf(older)))
  await cp(folder, `${folder}-two`, { recursive: true })
  expect((await lookAtAll()).refused).toEqual([])
  await rm(folder, { recursive: true })
  await cp(`${folder}-two`, folder, { recursive: true })
  await rm(`${folder}-two`, { recursive: true })
  await truncate(file, 0)
  const { refused, said } = await lookAtAll()
  expect(refused).toEqual(['old-a', 'old-b', 'new-a'])
  expect(said).toMatch(/what stood there is lost.*Copies are in/)
  const again = await lookAtAll()
  expect(again.refused).toEqual(refused)
  expect(again.said).not.toContain('lost')
})

function payloadsOf(batches: readonly { readonly payload: Uint8Array }[]): readonly Uint8Array[] {
  return batches.map(({ payload }) => payload)
}

it('[DU9] a process that dies before the documents are marked has the next one mark them', async () => {
  const names = new Map([
    ['old-a', undefined],
    ['nobody', undefined],
  ])
  await noteLost(folder, { ...NOTHING_LOST, touched: { ...NOTHING, names } })
  expect((await lookAtAll()).refused).toEqual(['old-a'])
  const opened = await openLevelLog({ folder, report: new Reports() })
  // It was made or deleted, and nobody knows which: it is not made as if there had been nothing.
  expect(await codeOf(opened.log.find('nobody'))).toBe('DOCUMENT_DAMAGED')
  await opened.close()
  expect(await readdir(folder)).not.toContain(LOST_ROWS_FILE)
})

it('[DU5] what an author has put into a document is not taken for a batch, whatever number it has', () => {
  const [ours, theirs] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)]
  const batch = (counter: number, documentKey: Uint8Array, payload: Uint8Array): Operation[] => {
    const key = headKey(documentKey)
    return [{ type: 'put', key, value: seal(key, { payload }) }, encodeCounter(counter)]
  }
  const forged = [12, 13].map((counter) =>
    encodeLog([encodeBatch(BigInt(2 * counter), [encodeName('stolen', theirs), encodeCounter(counter)])]),
  )
  const batches = [
    batch(11, ours, new Uint8Array(9)),
    batch(12, theirs, Buffer.concat(forged)),
    batch(13, ours, new Uint8Array(9)),
  ]
  const payloads = batches.map((operations, n) => encodeBatch(BigInt(22 + 2 * n), operations))
  const log = Buffer.from(encodeLog(payloads))
  const from = encodeLog(payloads.slice(0, 1)).length
  log.fill(0, from, from + 30)
  const runs = batches.map((operations, n) => ({
    first: 11 + n,
    last: 11 + n,
    touched: touchedBy(operations),
  }))
  const ledger = Buffer.concat([encodeOpening({ counter: 10, marked: NOTHING }), encodeRuns(runs)])
  const bridged = bridgeLogs([log], { coverage: new Coverage([ledger]), newest: 13 }) ?? expect.fail()
  expect(Array.from(bridged.lost.keys)).toEqual([theirs.toString('hex')])
  const bytes = Buffer.from(bridged.logs[0]?.bytes ?? expect.fail())
  expect(bytes.includes('stolen')).toBe(false)
  expect(scanLog(bytes)).toMatchObject({ damage: [], tornBytes: 0, next: 28 })
  expect(bytes.subarray(-(payloads[2]?.length ?? 0))).toEqual(Buffer.from(payloads[2] ?? expect.fail()))
})

it('[DU5, DU9] without a ledger that knows of them the folder is refused, and not changed', async () => {
  for (const harm of [
    () => rm(join(folder, 'ledger')),
    () => truncate(join(folder, 'ledger'), 60),
    () => writeFile(join(folder, 'ledger'), new Uint8Array(600)),
  ]) {
    await rm(folder, { recursive: true })
    await cp(whole, folder, { recursive: true })
    await lose('edits of old-b')
    await harm()
    const before = await readFile(await newestLog())
    await expect(openLevelLog({ folder, report: new Reports() })).rejects.toMatchObject({
      code: 'DATA_DAMAGED',
      message: expect.stringContaining('--accept-loss'),
    })
    expect(await readFile(await newestLog())).toEqual(before)
  }
})
