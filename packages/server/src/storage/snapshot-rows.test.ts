import { assert, integer, property, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StoredRow } from './database.ts'
import { seal, unseal } from './envelope.ts'
import { decodeSnapshot, encodeSnapshot } from './snapshot-rows.ts'

const documentKey = new Uint8Array(16).fill(5)

function rowsOf(update: Uint8Array, chunkBytes: number, offset = 9): StoredRow[] {
  const rows: StoredRow[] = []
  for (const row of encodeSnapshot(documentKey, { offset, update }, chunkBytes))
    if (row.type === 'put') rows.push(row)
  return rows
}

const damage = expect.objectContaining({ code: 'DOCUMENT_DAMAGED' })

describe('the rows of a snapshot', () => {
  it('make up the snapshot again, whatever its size', () => {
    assert(
      property(
        uint8Array({ minLength: 1, maxLength: 200 }),
        integer({ min: 1, max: 70 }),
        (update, chunkBytes) => {
          const rows = rowsOf(update, chunkBytes)
          expect(rows).toHaveLength(Math.ceil(update.length / chunkBytes))
          expect(decodeSnapshot(documentKey, 9, rows, update.length)).toEqual({ offset: 9, update })
        },
      ),
    )
  })

  it('are refused when one is missing, doubled, out of order or of another snapshot', () => {
    const update = Uint8Array.from({ length: 100 }, (_, n) => n)
    const rows = rowsOf(update, 30)
    const [first, second, third, fourth] = rows as [StoredRow, StoredRow, StoredRow, StoredRow]
    const foreign = rowsOf(update.slice().fill(1), 30)[1]
    if (foreign === undefined) throw new TypeError('There is a second row')
    const wrong = [
      [],
      [first, second, third],
      [second, third, fourth],
      [first, third, second, fourth],
      [first, second, third, fourth, fourth],
      [first, foreign, third, fourth],
    ]
    for (const list of wrong) expect(() => decodeSnapshot(documentKey, 9, list, 100)).toThrow(damage)
    expect(() => decodeSnapshot(documentKey, 9, rows, 99)).toThrow(damage)
    expect(() => decodeSnapshot(documentKey, 9, rows, 101)).toThrow(damage)
    expect(() => decodeSnapshot(documentKey, 8, rows, 100)).toThrow(damage)
    expect(decodeSnapshot(documentKey, 9, rows, 100).update).toEqual(update)
  })

  it('are refused when what they say of themselves is not so', () => {
    const update = Uint8Array.from({ length: 20 }, (_, n) => n)
    const [first, second] = rowsOf(update, 10) as [StoredRow, StoredRow]
    /** The second row with another byte in its payload and a right checksum. */
    const changed = (at: number, byte: number): StoredRow => {
      const payload = unseal(second.key, second.value).payload.slice()
      payload[at] = byte
      return { key: second.key, value: seal(second.key, { payload }) }
    }
    expect(decodeSnapshot(documentKey, 9, [first, changed(0, 1)], 20).update).toEqual(update)
    for (const [what, at] of Object.entries({ number: 0, total: 1, wholeBytes: 2, hash: 3, piece: 40 }))
      expect(() => decodeSnapshot(documentKey, 9, [first, changed(at, 99)], 20), what).toThrow(damage)
  })
})
