import { array, assert, constantFrom, maxSafeNat, nat, property, tuple, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  MAX_PARTS,
  allSnapshotsRange,
  decodeKey,
  entryKey,
  entryRange,
  globalKey,
  globalRow,
  headKey,
  kind,
  nameKey,
  namesAfter,
  snapshotKey,
  rangesOfDocument,
  remainsKey,
  snapshotRange,
  tombstoneKey,
} from './keys.ts'

const documentKeys = uint8Array({ minLength: 16, maxLength: 16 })
const offsets = maxSafeNat()
const snapshotOffsets = maxSafeNat().map((offset) => offset % 2 ** 48)
const parts = nat(MAX_PARTS - 1)
const letter = constantFrom('a', 'b', 'Z', '0', '-', '.', '_', '~', '/')
const ids = array(letter, { minLength: 1, maxLength: 20 }).map((letters) => letters.join(''))

const compare = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b)
const within = (key: Uint8Array, range: { gte: Uint8Array; lte: Uint8Array }) =>
  compare(key, range.gte) >= 0 && compare(key, range.lte) <= 0

describe('keys', () => {
  it('come back as they were made', () => {
    assert(
      property(
        documentKeys,
        offsets,
        snapshotOffsets,
        parts,
        ids,
        (documentKey, offset, at, part, documentId) => {
          expect(decodeKey(entryKey(documentKey, offset))).toEqual({ kind: 'entry', documentKey, offset })
          expect(decodeKey(headKey(documentKey))).toEqual({ kind: 'head', documentKey })
          expect(decodeKey(snapshotKey(documentKey, at, part))).toEqual({
            kind: 'snapshot',
            documentKey,
            offset: at,
            part,
          })
          expect(decodeKey(nameKey(documentId))).toEqual({ kind: 'name', documentId })
          expect(decodeKey(tombstoneKey(documentId))).toEqual({ kind: 'tombstone', documentId })
          expect(decodeKey(remainsKey(documentKey))).toEqual({ kind: 'remains', documentKey })
        },
      ),
    )
    expect(decodeKey(globalKey(globalRow.batchCounter))).toEqual({ kind: 'global', row: 1 })
  })

  it('have one width, but for names', () => {
    const documentKey = new Uint8Array(16)
    for (const key of [
      globalKey(0),
      headKey(documentKey),
      entryKey(documentKey, 1),
      snapshotKey(documentKey, 1, 1),
    ])
      expect(key).toHaveLength(25)
  })

  it('sort entries by document and then by offset', () => {
    assert(
      property(tuple(documentKeys, offsets), tuple(documentKeys, offsets), ([a, m], [b, n]) => {
        const expected = compare(a, b) || Math.sign(m - n)
        expect(compare(entryKey(a, m), entryKey(b, n))).toBe(expected)
      }),
    )
  })

  it('sort snapshots by offset and then by part', () => {
    assert(
      property(snapshotOffsets, parts, snapshotOffsets, parts, (a, m, b, n) => {
        const documentKey = new Uint8Array(16).fill(7)
        const expected = Math.sign(a - b) || Math.sign(m - n)
        expect(compare(snapshotKey(documentKey, a, m), snapshotKey(documentKey, b, n))).toBe(expected)
      }),
    )
  })

  it('sort names as their texts', () => {
    assert(
      property(ids, ids, (a, b) => {
        const expected = a < b ? -1 : Number(a > b)
        expect(compare(nameKey(a), nameKey(b))).toBe(expected)
        const { gt, lt } = namesAfter(a)
        expect(compare(nameKey(b), gt) > 0 && compare(nameKey(b), lt) < 0).toBe(b > a)
      }),
    )
  })

  it('keep the rows of one document in ranges that hold no other row', () => {
    assert(
      property(
        documentKeys,
        documentKeys,
        offsets,
        snapshotOffsets,
        parts,
        ids,
        (a, b, offset, at, part, id) => {
          const others = [headKey(a), nameKey(id), globalKey(1)]
          if (compare(a, b) !== 0) others.push(entryKey(b, offset), snapshotKey(b, at, part))
          for (const other of others) {
            expect(within(other, entryRange(a, 0, Number.MAX_SAFE_INTEGER))).toBe(false)
            expect(within(other, allSnapshotsRange(a))).toBe(false)
          }
          expect(within(entryKey(a, offset), entryRange(a, offset, offset))).toBe(true)
          expect(within(snapshotKey(a, at, part), snapshotRange(a, at))).toBe(true)
          expect(within(snapshotKey(a, at, part), allSnapshotsRange(a))).toBe(true)
        },
      ),
    )
  })

  it('refuse what would not fit into them', () => {
    const documentKey = new Uint8Array(16)
    expect(() => entryKey(documentKey, -1)).toThrow(TypeError)
    expect(() => entryKey(documentKey, 1.5)).toThrow(TypeError)
    expect(() => entryKey(new Uint8Array(15), 1)).toThrow(TypeError)
    expect(() => snapshotKey(documentKey, 2 ** 48, 0)).toThrow(TypeError)
    expect(() => snapshotKey(documentKey, 1, MAX_PARTS)).toThrow(TypeError)
  })

  it('are unknown when their kind has no rows yet', () => {
    const key = headKey(new Uint8Array(16))
    key[0] = kind.blob
    expect(decodeKey(key)).toBeUndefined()
    expect(decodeKey(new Uint8Array())).toBeUndefined()
    expect(decodeKey(new Uint8Array(26))).toBeUndefined()
  })

  it('of one document are all in its ranges, and no others', () => {
    const [mine, next] = [new Uint8Array(16).fill(7), new Uint8Array(16).fill(7)]
    next[15] = 8
    const ranges = rangesOfDocument(mine)
    const isIn = (key: Uint8Array): boolean =>
      ranges.some(({ gte, lte }) => Buffer.compare(gte, key) <= 0 && Buffer.compare(key, lte) <= 0)
    for (const of of [
      headKey,
      (key: Uint8Array) => entryKey(key, 1),
      (key: Uint8Array) => snapshotKey(key, 9, 3),
    ])
      expect([isIn(of(mine)), isIn(of(next))]).toEqual([true, false])
    for (const key of [nameKey('a'), tombstoneKey('a'), remainsKey(mine), globalKey(1)])
      expect(isIn(key)).toBe(false)
  })

  it('give every kind a number of its own', () => {
    expect(new Set(Object.values(kind)).size).toBe(Object.keys(kind).length)
  })
})
