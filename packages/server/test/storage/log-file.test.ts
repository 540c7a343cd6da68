import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SeededRandom } from '@cometpad/shared/testing'
import { openDatabase } from '../../src/storage/database.ts'
import type { Operation } from '../../src/storage/database.ts'
import { encodeBatch, encodeLog } from '../../src/storage/log-batches.ts'
import { scanLog } from '../../src/storage/log-file.ts'
import { memoryFolder } from './folders.ts'

const BATCHES = 60

let log: Uint8Array
/** Where each batch ends. */
const ends: number[] = []
let remove: () => Promise<void>

beforeAll(async () => {
  const made = await memoryFolder()
  remove = made.remove
  const path = join(made.folder, 'leveldb')
  const database = await openDatabase(path)
  const random = new SeededRandom(7)
  const file = async () => {
    const [name = ''] = (await readdir(path)).filter((entry) => entry.endsWith('.log'))
    return new Uint8Array(await readFile(join(path, name)))
  }
  for (let n = 0; n < BATCHES; n += 1) {
    // Some are longer than a block of the log, some end where a block ends or just before.
    const bytes = n % 7 === 6 ? 40_000 : 1 + random.below(3_000)
    const value = Uint8Array.from({ length: bytes }, () => random.below(256))
    await database.write([
      { type: 'put', key: new Uint8Array([n]), value },
      { type: 'put', key: new Uint8Array([n, 1]), value: new Uint8Array([1]) },
    ])
    ends.push((await file()).length)
  }
  log = await file()
  await database.close()
})

afterAll(() => remove())

describe("LevelDB's log, read without LevelDB", () => {
  it('has every batch, and nothing else', () => {
    expect(scanLog(log)).toMatchObject({ batches: BATCHES, tornBytes: 0, damage: [] })
    expect(scanLog(new Uint8Array(0))).toMatchObject({ batches: 0, tornBytes: 0, damage: [] })
  })

  it('[DU5] has a torn tail wherever it is cut, and never more than the batch that was cut', () => {
    for (let length = log.length; length > log.length - 60_000; length -= 211) {
      const whole = ends.filter((end) => end <= length)
      const { batches, tornBytes, damage } = scanLog(log.subarray(0, length))
      expect(damage).toEqual([])
      expect(batches).toBe(whole.length)
      // Zeros that fill a block up may be cut without anything being torn.
      expect(tornBytes).toBeLessThanOrEqual(length - (whole.at(-1) ?? 0))
      if (tornBytes === 0) expect(length - (whole.at(-1) ?? 0)).toBeLessThan(7)
    }
  })

  it('[DU5] has damage wherever a bit was flipped, unless that was in the last batch', () => {
    const random = new SeededRandom(11)
    for (let n = 0; n < 300; n += 1) {
      const at = random.below(log.length)
      const wrong = log.slice()
      wrong[at] = (wrong[at] ?? 0) ^ (1 << random.below(8))
      const { tornBytes, damage } = scanLog(wrong)
      const isPadding = 32_768 - (at % 32_768) < 7 && log[at] === 0
      const isLast = at >= (ends.at(-2) ?? 0)
      if (isLast) expect(tornBytes > 0 || isPadding, `byte ${at}`).toBe(true)
      else expect(damage.length === 1 || isPadding, `byte ${at}`).toBe(true)
    }
  })

  it('[DU5] has damage wherever bytes were zeroed, left out or doubled, and says how many rows are gone', () => {
    const random = new SeededRandom(13)
    for (let n = 0; n < 100; n += 1) {
      const from = random.below(log.length - 10_000)
      const zeroed = log.slice()
      zeroed.fill(0, from, from + 4_096)
      expect(scanLog(zeroed).damage.length).toBeGreaterThan(0)
    }
    // Whole blocks that are gone leave no wrong byte behind.
    const without = Buffer.concat([log.subarray(0, 32_768), log.subarray(65_536)])
    const gone = scanLog(without).damage
    expect(gone.length).toBeGreaterThan(0)
    expect(gone.every(({ rows }) => rows === undefined || rows % 2 === 0)).toBe(true)
    const doubled = Buffer.concat([log.subarray(0, 65_536), log.subarray(32_768)])
    expect(scanLog(doubled).damage.length).toBeGreaterThan(0)
  })

  it('[DU5] has no damage for what an author has put into a document that looks like a batch', async () => {
    const values = [new Uint8Array(200), encodeLog([encodeBatch(4_000n, [row(0, new Uint8Array(9))])])]
    const value = Buffer.concat([new Uint8Array(500), ...values, new Uint8Array(500)])
    const batches = [row(1, new Uint8Array(20)), row(2, value)].map((operation, n) =>
      encodeBatch(BigInt(n + 1), [operation]),
    )
    const whole = encodeLog(batches)
    const begin = encodeLog(batches.slice(0, 1)).length
    for (let length = whole.length - 1; length > begin; length -= 7)
      expect(scanLog(whole.subarray(0, length)), `${length} bytes`).toMatchObject({
        batches: 1,
        tornBytes: length - begin,
        damage: [],
      })
    // A batch that has its place there is one.
    const behind = encodeLog([encodeBatch(3n, [row(3, new Uint8Array(9))])])
    const harmed = Buffer.from(whole).fill(0xee, begin, begin + 30)
    expect(scanLog(Buffer.concat([harmed, behind])).damage).toEqual([{ at: begin, rows: 1 }])
  })

  it('[DU5] has a number for each row, also from one log to the next', () => {
    const batches = [1, 2, 3, 4].map((n) => encodeBatch(BigInt(n), [row(n, new Uint8Array(9))]))
    const { next } = scanLog(encodeLog(batches.slice(0, 2)))
    expect(next).toBe(3)
    expect(scanLog(encodeLog(batches.slice(2)), next)).toMatchObject({ damage: [], next: 5 })
    expect(scanLog(encodeLog(batches.slice(3)), next).damage).toEqual([{ at: 0, rows: 1 }])
  })
})

function row(n: number, value: Uint8Array): Operation {
  return { type: 'put', key: new Uint8Array([n]), value }
}
