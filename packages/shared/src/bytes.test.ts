import fc from 'fast-check'
import { createEncoder, toUint8Array, writeVarString, writeVarUint, writeVarUint8Array } from 'lib0/encoding'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../test/codes.ts'
import { ByteReader } from './bytes.ts'

describe('ByteReader', () => {
  it('[MS1] reads numbers, bytes and texts as lib0 writes them, one after the other', () => {
    fc.assert(
      fc.property(
        fc.maxSafeNat(),
        fc.uint8Array({ maxLength: 200 }),
        fc.string({ unit: 'grapheme', maxLength: 100 }),
        (number, bytes, text) => {
          const encoder = createEncoder()
          writeVarUint(encoder, number)
          writeVarUint8Array(encoder, bytes)
          writeVarString(encoder, text)
          const reader = new ByteReader(toUint8Array(encoder))
          expect(reader.varUint()).toBe(number)
          expect(reader.varBytes()).toEqual(bytes)
          expect(reader.varString()).toBe(text)
          expect(reader.left).toBe(0)
          reader.end()
        },
      ),
    )
  })

  it('keeps a byte order mark: it is part of the text', () => {
    expect(new ByteReader(Uint8Array.of(3, 0xef, 0xbb, 0xbf)).varString()).toBe('\uFEFF')
  })

  it('[MS7] sees nothing outside of its view', () => {
    const pool = Uint8Array.of(1, 2, 3, 4, 5, 6)
    const reader = new ByteReader(pool.subarray(1, 3))
    expect(codeOf(() => new ByteReader(pool.subarray(1, 3)).take(3))).toBe('MALFORMED_MESSAGE')
    expect([reader.uint8(), reader.uint8()]).toEqual([2, 3])
    expect(codeOf(() => reader.uint8())).toBe('MALFORMED_MESSAGE')
  })

  it('[MS5] stays where it was when a length is refused', () => {
    const reader = new ByteReader(Uint8Array.of(1, 2))
    expect(codeOf(() => reader.take(3))).toBe('MALFORMED_MESSAGE')
    expect(reader.position).toBe(0)
    expect(reader.rest()).toEqual(Uint8Array.of(1, 2))
    expect(reader.rest()).toEqual(new Uint8Array())
  })

  it('[MS5] says where bytes are left over', () => {
    const reader = new ByteReader(Uint8Array.of(1))
    expect(codeOf(() => reader.end())).toBe('MALFORMED_MESSAGE')
    reader.uint8()
    expect(codeOf(() => reader.end())).toBe('fine')
  })
})
