import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SeededRandom } from '@cometpad/shared/testing'
import type { ClassicLevel } from 'classic-level'
import { Level } from 'level'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../src/storage/database.ts'
import type { Database } from '../../src/storage/database.ts'
import { endOf, entriesOf, footerOf, handleIn } from '../../src/storage/table-file.ts'
import type { BlockHandle } from '../../src/storage/table-file.ts'
import type { TableBounds } from '../../src/storage/manifest-file.ts'
import { examineTable } from '../../src/storage/table-mending.ts'
import { flipBit } from '../faults/damaged-copies.ts'
import { memoryFolder } from './folders.ts'

const ROWS = 400
const OPTIONS = { keyEncoding: 'view', valueEncoding: 'view' } as const

let folder: string
let remove: () => Promise<void>
/** The one table in the folder, and its bytes as LevelDB has written them. */
let file: string
let table: Uint8Array
let bounds: TableBounds

beforeEach(async () => {
  ;({ folder, remove } = await memoryFolder())
  const database = await openDatabase(folder)
  const random = new SeededRandom(5)
  for (let n = 0; n < ROWS; n += 1) {
    const value = Uint8Array.from({ length: 60 }, () => random.below(n % 2 === 0 ? 256 : 2))
    await database.write([{ type: 'put', key: keyOf(n), value }])
  }
  await database.close()
  // LevelDB makes a table of its log when it opens.
  await (await openDatabase(folder)).close()
  const name = (await readdir(folder)).find((entry) => entry.endsWith('.ldb')) ?? expect.fail()
  file = join(folder, name)
  table = await readFile(file)
  bounds = boundsOf(table)
})

afterEach(() => remove())

function keyOf(n: number): Uint8Array {
  const key = new Uint8Array(25).fill(3)
  new DataView(key.buffer).setUint32(21, n)
  return key
}

function numberOf(key: Uint8Array): number {
  return new DataView(key.buffer, key.byteOffset).getUint32(21)
}

async function numbersIn(database: Database): Promise<number[]> {
  const numbers: number[] = []
  await database.view((view) => view.scan({}, ({ key }) => numbers.push(numberOf(key)) > 0))
  return numbers
}

/** As the MANIFEST has them. */
function boundsOf(bytes: Uint8Array): TableBounds {
  const blocks = indexOf(bytes)
  const first = entriesOf(bytes, blocks[0] ?? expect.fail())?.[0] ?? expect.fail()
  const last = entriesOf(bytes, blocks.at(-1) ?? expect.fail())?.at(-1) ?? expect.fail()
  return { smallest: first.key, largest: last.key, size: bytes.length }
}

function indexOf(bytes: Uint8Array): BlockHandle[] {
  const { index } = footerOf(bytes) ?? expect.fail()
  return (entriesOf(bytes, index) ?? []).map((entry) => handleIn(entry) ?? expect.fail())
}

describe('a table of LevelDB', () => {
  it('[DU5] is whole as it was written, block behind block up to its end', () => {
    expect(examineTable(table, bounds)).toEqual({ state: 'whole' })
    const blocks = indexOf(table)
    expect(blocks.length).toBeGreaterThan(5)
    for (const [index, block] of blocks.entries())
      expect(block.offset).toBe(index === 0 ? 0 : endOf(blocks[index - 1] ?? expect.fail()))
  })

  it('[DU9] with one wrong bit, wherever it is, is put right to the bit', () => {
    const random = new SeededRandom(29)
    const footerAt = table.length - 48
    const bits = Array.from({ length: 150 }, () => random.below(table.length * 8))
    for (let bit = footerAt * 8; bit < table.length * 8; bit += 1) bits.push(bit)
    for (const bit of bits) {
      const examined = examineTable(flipBit(table, bit), bounds)
      // Between the places of the blocks and the last bytes the footer has bytes that mean nothing.
      if (examined.state === 'whole' && bit >= footerAt * 8) continue
      expect(examined, `bit ${bit}`).toMatchObject({ state: 'mended', corrected: 1, lost: [] })
      if (examined.state === 'mended') expect(Buffer.compare(examined.bytes, table), `bit ${bit}`).toBe(0)
    }
  })

  it('[DU9] loses the rows of a block that is gone, and no other row, and LevelDB goes on with it', async () => {
    const blocks = indexOf(table)
    for (const [index, { offset, size }] of blocks.entries()) {
      const damaged = Uint8Array.from(table).fill(0, offset, offset + size)
      const examined = examineTable(damaged, bounds)
      if (examined.state !== 'mended') expect.fail(`block ${index}: ${examined.state}`)
      expect(examined.lost).toHaveLength(1)
      const [{ from, to } = expect.fail()] = examined.lost
      expect(examined.bytes.length).toBe(table.length)
      expect(examineTable(examined.bytes, bounds)).toEqual({ state: 'whole' })
      await writeFile(file, examined.bytes)
      const database = await openDatabase(folder)
      const found = await numbersIn(database)
      const kept = Array.from({ length: ROWS }, (_, n) => n).filter(
        (n) => Buffer.compare(keyOf(n), from) <= 0 || Buffer.compare(keyOf(n), to) > 0,
      )
      expect(
        found.filter((key) => key < ROWS),
        `block ${index}`,
      ).toEqual(kept)
      expect(kept.length).toBeLessThan(ROWS)
      expect(kept.length).toBeGreaterThan(ROWS / 2)
      // What LevelDB notes as the last key of a table lies far behind it.
      expect(Buffer.compare(to, keyOf(ROWS - 1))).toBeLessThanOrEqual(0)
      for (const n of [0, kept.at(0) ?? 0, kept.at(-1) ?? 0])
        expect((await database.view((view) => view.get(keyOf(n)))) !== undefined).toBe(kept.includes(n))
      await database.close()
    }
  })

  it('[DU9] keeps the order that LevelDB insists on, also within many versions of one row', async () => {
    const level = new Level<Uint8Array, Uint8Array>(join(folder, 'versions'), OPTIONS)
    await level.open()
    const other = new Uint8Array(200)
    for (let n = 0; n < 300; n += 1) {
      await level.put(
        keyOf(1),
        Uint8Array.from({ length: 100 }, (_, at) => (n * 7 + at * 13) % 251),
      )
      if (n % 100 === 0) await level.put(keyOf(2 + n), other)
    }
    await level.put(keyOf(0), other)
    await level.close()
    await (await openDatabase(join(folder, 'versions'))).close()
    const name = (await readdir(join(folder, 'versions'))).find((entry) => entry.endsWith('.ldb'))
    const path = join(folder, 'versions', name ?? expect.fail())
    const bytes = await readFile(path)
    const blocks = indexOf(bytes)
    expect(blocks.length).toBeGreaterThan(4)
    for (const { offset, size } of blocks.slice(1, -1)) bytes.fill(0, offset, offset + size)
    const examined = examineTable(bytes, boundsOf(await readFile(path)))
    if (examined.state !== 'mended') expect.fail(examined.state)
    await writeFile(path, examined.bytes)
    // Compaction ends the process where two keys are out of order.
    const mended = new Level<Uint8Array, Uint8Array>(join(folder, 'versions'), OPTIONS)
    await mended.open()
    await mended.put(keyOf(5), other)
    await (mended as unknown as ClassicLevel).compactRange('\u0000', '\uffff')
    expect(await mended.get(keyOf(0))).toHaveLength(200)
    expect(await mended.get(keyOf(202))).toHaveLength(200)
    await mended.close()
  })

  it('[DU9] without its filter has all its rows', async () => {
    const { metaindex } = footerOf(table) ?? expect.fail()
    const filter = (entriesOf(table, metaindex) ?? []).map(handleIn)[0] ?? expect.fail()
    for (const { offset, size } of [metaindex, filter]) {
      const examined = examineTable(Uint8Array.from(table).fill(0, offset, offset + size), bounds)
      if (examined.state !== 'mended') expect.fail(examined.state)
      expect(examined.lost).toEqual([])
      expect(examineTable(examined.bytes, bounds)).toEqual({ state: 'whole' })
      await writeFile(file, examined.bytes)
      const database = await openDatabase(folder)
      for (let n = 0; n < ROWS; n += 1)
        expect(await database.view((view) => view.get(keyOf(n)))).toBeDefined()
      await database.close()
    }
  })

  it('[DU9] without its index or its end has the rows of all blocks that are there', async () => {
    const blocks = indexOf(table)
    const { index } = footerOf(table) ?? expect.fail()
    const dataEnd = endOf(blocks.at(-1) ?? expect.fail())
    const cut = endOf(blocks[3] ?? expect.fail())
    const harmed = [
      { bytes: Uint8Array.from(table).fill(0, index.offset, index.offset + index.size), isAll: true },
      { bytes: Uint8Array.from(table).fill(0, dataEnd), isAll: true },
      { bytes: table.subarray(0, table.length - 1), isAll: true },
      { bytes: table.subarray(0, cut + 100), isAll: false },
      { bytes: Uint8Array.from(table).fill(0, cut + 100), isAll: false },
    ]
    for (const [which, { bytes, isAll }] of harmed.entries()) {
      const examined = examineTable(bytes, bounds)
      if (examined.state !== 'mended') expect.fail(`${which}: ${examined.state}`)
      expect(examineTable(examined.bytes, bounds)).toEqual({ state: 'whole' })
      const [{ from, to } = { from: keyOf(ROWS), to: keyOf(ROWS) }] = examined.lost
      expect(examined.lost).toHaveLength(isAll ? 0 : 1)
      if (!isAll) expect(to).toEqual(keyOf(ROWS - 1))
      await writeFile(file, examined.bytes)
      const database = await openDatabase(folder)
      const found = await numbersIn(database)
      const kept = Array.from({ length: ROWS }, (_, n) => n).filter(
        (n) => Buffer.compare(keyOf(n), from) <= 0,
      )
      expect(found, `${which}`).toEqual(kept)
      for (const n of [0, kept.at(-1) ?? 0])
        expect(await database.view((view) => view.get(keyOf(n)))).toBeDefined()
      await database.close()
    }
  })

  it('[DU5] cannot be read when nothing is left of it, or it is longer than it was', () => {
    const unreadable = { state: 'unreadable' }
    for (const length of [0, 1, 47, 48])
      expect(examineTable(table.subarray(0, length), bounds), `${length} bytes`).toEqual(unreadable)
    expect(examineTable(Buffer.concat([table, new Uint8Array(9)]), bounds)).toEqual(unreadable)
  })
})
