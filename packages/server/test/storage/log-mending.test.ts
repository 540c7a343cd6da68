import { readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CometpadError } from '@cometpad/shared'
import { SeededRandom } from '@cometpad/shared/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/storage/database.ts'
import { openLevelLog } from '../../src/storage/index.ts'
import type { OpenedLog } from '../../src/storage/index.ts'
import { mendLog } from '../../src/storage/log-mending.ts'
import { flipBit } from '../faults/damaged-copies.ts'
import { Reports, memoryFolder } from './folders.ts'
import { codeOf, entriesOf, textOf, typed } from './log-contract.ts'

let folder: string
let remove: () => Promise<void>

beforeEach(async () => {
  ;({ folder, remove } = await memoryFolder())
})

afterEach(() => remove())

/** The newest log of LevelDB, as a path. */
async function newestLog(): Promise<string> {
  const path = join(folder, 'leveldb')
  const logs = (await readdir(path)).filter((name) => name.endsWith('.log')).toSorted()
  return join(path, logs.at(-1) ?? expect.fail())
}

describe('a log with one wrong bit', () => {
  it('[DU9] is put together again as LevelDB has written it, over all borders of blocks', async () => {
    const random = new SeededRandom(17)
    const database = await openDatabase(join(folder, 'leveldb'))
    for (let n = 0; n < 40; n += 1) {
      const value = Uint8Array.from({ length: n % 7 === 6 ? 40_000 : 1 + random.below(3_000) }, () =>
        random.below(256),
      )
      await database.write([
        { type: 'put', key: new Uint8Array([n]), value },
        { type: 'del', key: new Uint8Array([n, 1]) },
      ])
    }
    const log = await readFile(await newestLog())
    await database.close()
    for (let n = 0; n < 40; n += 1) {
      const bit = random.below(log.length * 8)
      // The last batch may be one that was being written: then it is left out, and not guessed at.
      const mended = mendLog(flipBit(log, bit), { mayBeTorn: false })
      expect(mended?.harmed.size, `bit ${bit}`).toBe(0)
      expect(Buffer.compare(mended?.bytes ?? new Uint8Array(), log), `bit ${bit}`).toBe(0)
    }
  })

  it('[DU9] is not put together when a record is missing, or more is wrong than can be told', async () => {
    const database = await openDatabase(join(folder, 'leveldb'))
    for (let n = 0; n < 6; n += 1)
      await database.write([{ type: 'put', key: new Uint8Array([n]), value: new Uint8Array(100).fill(n) }])
    const log = await readFile(await newestLog())
    await database.close()
    const size = log.length / 6
    for (const mayBeTorn of [false, true]) {
      const without = Buffer.concat([log.subarray(0, size), log.subarray(2 * size)])
      expect(mendLog(without, { mayBeTorn })).toBeUndefined()
      expect(mendLog(Buffer.from(log).fill(0, size, 3 * size), { mayBeTorn })).toBeUndefined()
      expect(mendLog(Buffer.from(log).fill(0xee, size + 50, size + 60), { mayBeTorn })).toBeUndefined()
    }
    // At its end it is what a crash leaves, or nothing that can be explained.
    const torn = log.subarray(0, log.length - 10)
    expect(mendLog(torn, { mayBeTorn: false })).toBeUndefined()
    expect(mendLog(torn, { mayBeTorn: true })?.bytes).toEqual(log.subarray(0, 5 * size))
  })
})

describe('a log in which a row is wrong', () => {
  const updates = typed(['first ', 'the words that are hit ', 'last'])

  /** Three documents, written together; then bytes in the second row of "b" are overwritten. */
  async function harm(): Promise<void> {
    const { log, close } = await openLevelLog({ folder, report: new Reports() })
    for (const id of ['a', 'b', 'c']) await log.create(id, { title: id })
    for (const [index, update] of updates.entries())
      await Promise.all(['a', 'b', 'c'].map((id) => log.append(id, [{ offset: index + 1, update }])))
    await close()
    const file = await newestLog()
    const bytes = await readFile(file)
    const hits: number[] = []
    for (let at = bytes.indexOf('that are'); at >= 0; at = bytes.indexOf('that are', at + 1)) hits.push(at)
    expect(hits).toHaveLength(3)
    bytes.write('whatever', hits[1] ?? expect.fail())
    await writeFile(file, bytes)
  }

  async function open(): Promise<{ opened: OpenedLog; said: string }> {
    const reports = new Reports()
    const opened = await openLevelLog({ folder, report: reports })
    return { opened, said: reports.all.map(({ what }) => what).join(' ') }
  }

  it('[DU6, DU9] refuses the document of the row, says so, keeps copies, and all others go on', async () => {
    await harm()
    const damaged = await readFile(await newestLog())
    const { opened, said } = await open()
    expect(said).toMatch(/Copies are in.*1 documents are damaged and refused from now on: b\./)
    const [copies = ''] = await readdir(join(folder, 'damaged'))
    const [copy = ''] = await readdir(join(folder, 'damaged', copies))
    expect(await readFile(join(folder, 'damaged', copies, copy))).toEqual(damaged)
    expect(await codeOf(opened.log.find('b'))).toBe('DOCUMENT_DAMAGED')
    expect(await codeOf(opened.log.read('b', 0, Infinity))).toBe('DOCUMENT_DAMAGED')
    expect(await codeOf(opened.log.append('b', entriesOf(typed(['x']), 3)))).toBe('DOCUMENT_DAMAGED')
    expect(await codeOf(opened.log.create('b', { title: 'blank' }))).toBe('DOCUMENT_DAMAGED')
    for (const id of ['a', 'c']) {
      const entries = await opened.log.read(id, 0, Infinity)
      if (entries === 'compacted') throw new TypeError('Nobody compacts here')
      expect(textOf(entries.map(({ update }) => update))).toBe('first the words that are hit last')
      await opened.log.append(id, entriesOf(typed(['more'], 2), 3))
    }
    await opened.close()
  })

  it('[DU6, DU9] goes on refusing it after a restart, when the log itself is long gone', async () => {
    await harm()
    for (let start = 0; start < 3; start += 1) {
      const { opened, said } = await open()
      expect(said).toContain(start === 0 ? 'damaged' : '')
      await expect(opened.log.find('b')).rejects.toMatchObject({
        code: 'DOCUMENT_DAMAGED',
        message: expect.stringContaining('A part of the log of b cannot be read.'),
      })
      expect(await opened.log.find('a')).toMatchObject({ head: 3 })
      expect((await opened.log.list({ limit: 10 })).documents.map(({ documentId }) => documentId)).toEqual([
        'a',
        'c',
      ])
      await opened.close()
    }
  })

  it('[DU5, DU9] is refused as a whole, and not changed, where it cannot be told whose row it is', async () => {
    await harm()
    const file = await newestLog()
    // The row of a name, in the batch that made a document.
    const bytes = await readFile(file)
    const name = bytes.indexOf(Buffer.from([0x01, 0x63]))
    bytes.fill(0xee, name, name + 12)
    await writeFile(file, bytes)
    await rm(join(folder, 'ledger'))
    const refusal = await openLevelLog({ folder, report: new Reports() }).catch((cause: unknown) => cause)
    expect(refusal).toBeInstanceOf(CometpadError)
    expect(refusal).toMatchObject({ code: 'DATA_DAMAGED', message: expect.stringContaining('--accept-loss') })
    expect(await readFile(file)).toEqual(bytes)
  })
})
