import { readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { limits } from '@cometpad/shared'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Operation } from '../../src/storage/database.ts'
import { encodeCounter } from '../../src/storage/global-rows.ts'
import { encodeName } from '../../src/storage/head-row.ts'
import { entryKey, headKey } from '../../src/storage/keys.ts'
import { Ledger, readLedger } from '../../src/storage/ledger.ts'
import { NOTHING } from '../../src/storage/touched.ts'
import { memoryFolder } from './folders.ts'

/** Batches of somebody who types, between two beats. */
const BATCHES = 5

let folder: string
let remove: () => Promise<void>
let ledger: Ledger

beforeEach(async () => {
  ;({ folder, remove } = await memoryFolder())
})

afterEach(async () => {
  await ledger.close()
  await remove()
})

async function begin(bounds = {}, counter = 0): Promise<void> {
  ledger = await Ledger.begin(folder, { ...limits, ...bounds }, counter, NOTHING)
}

function keyOf(document: number): Buffer {
  const key = Buffer.alloc(16)
  key.writeUInt32BE(document)
  return key
}

/** What a keystroke in each of these documents writes. */
function batch(counter: number, documents: readonly number[]): Operation[] {
  const rows = documents.flatMap((document): Operation[] => [
    { type: 'put', key: entryKey(keyOf(document), counter), value: new Uint8Array(40) },
    { type: 'put', key: headKey(keyOf(document)), value: new Uint8Array(90) },
  ])
  return [...rows, encodeCounter(counter)]
}

async function documentsBetween(after: number, last: number): Promise<readonly string[] | undefined> {
  const touched = (await readLedger(folder)).between(after, last)
  return touched && Array.from(touched.keys)
}

function hexOf(document: number): string {
  return keyOf(document).toString('hex')
}

describe('the ledger', () => {
  it('[DU13] says of each batch which documents it has reached, as far as it was written', async () => {
    await begin({}, 7)
    ledger.note(8, batch(8, [1, 2]))
    ledger.note(9, [encodeName('three', keyOf(3)), ...batch(9, [3])])
    await ledger.flush()
    ledger.note(10, batch(10, [4]))
    expect(await documentsBetween(7, 8)).toEqual([hexOf(1), hexOf(2)])
    expect(await documentsBetween(8, 9)).toEqual([hexOf(3)])
    expect((await readLedger(folder)).of(9)?.names).toEqual(new Map([['three', hexOf(3)]]))
    expect(await documentsBetween(7, 10)).toBeUndefined()
    await ledger.flush()
    expect(await documentsBetween(7, 10)).toEqual([1, 2, 3, 4].map(hexOf))
    // What it was before is not known.
    expect(await documentsBetween(5, 8)).toBeUndefined()
    expect(await documentsBetween(10, 11)).toBeUndefined()
  })

  it('[DU13] costs somebody who types less than 40 bytes a batch, and writes nothing where nobody does', async () => {
    await begin()
    const before = (await stat(join(folder, 'ledger'))).size
    let counter = 0
    for (let beat = 0; beat < 100; beat += 1) {
      for (let n = 0; n < BATCHES; n += 1) ledger.note((counter += 1), batch(counter, [1]))
      await ledger.flush()
      await ledger.flush()
    }
    const bytes = ((await stat(join(folder, 'ledger'))).size - before) / counter
    process.stdout.write(`ledger: ${bytes} bytes for each batch of one typist\n`)
    expect(bytes).toBeLessThan(40)
    expect(await documentsBetween(3, counter)).toEqual([hexOf(1)])
  })

  it('[DU13] does not grow with many documents beyond its bound, and says then that it does not know', async () => {
    const bound = 100_000
    await begin({ ledgerPendingBytes: bound })
    const many = Array.from({ length: 500 }, (_, n) => n)
    for (let counter = 1; counter <= 100; counter += 1)
      ledger.note(counter, batch(counter, counter % 2 === 0 ? many : many.slice(1)))
    ledger.note(101, batch(101, [1]))
    await ledger.flush()
    ledger.note(102, batch(102, [1]))
    await ledger.flush()
    expect((await stat(join(folder, 'ledger'))).size).toBeLessThan(2 * bound)
    expect(await documentsBetween(0, 2)).toHaveLength(500)
    expect(await documentsBetween(0, 102)).toBeUndefined()
    expect(await documentsBetween(101, 102)).toEqual([hexOf(1)])
  })

  it('[DU13] begins anew when it covers more than LevelDB has logs, and is cut without harm', async () => {
    await begin({ ledgerCoversBytes: 10_000 })
    for (let counter = 1; counter <= 200; counter += 1) {
      ledger.note(counter, batch(counter, [counter]))
      await ledger.flush()
    }
    expect(await readdir(folder)).toEqual(['ledger', 'ledger-before'])
    // 200 batches have some 45,000 bytes.
    expect(await documentsBetween(0, 200)).toBeUndefined()
    expect(await documentsBetween(150, 200)).toHaveLength(50)
    const { size } = await stat(join(folder, 'ledger'))
    await truncate(join(folder, 'ledger'), size - 3)
    expect(await documentsBetween(150, 199)).toHaveLength(49)
    expect(await documentsBetween(150, 200)).toBeUndefined()
    await ledger.close()
    // An opening knows that there is nothing in logs but its own.
    await begin({}, 200)
    expect(await readdir(folder)).toEqual(['ledger'])
    expect(await documentsBetween(150, 199)).toBeUndefined()
  })
})
