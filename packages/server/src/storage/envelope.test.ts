import { assert, maxSafeNat, option, property, string, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from './crc32c.ts'
import { seal, unseal } from './envelope.ts'

const key = Uint8Array.from({ length: 25 }, (_, n) => n)
const envelope = { payload: new Uint8Array([1, 2, 3, 255]), time: 1_790_000_000_000, subject: 'somebody' }

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = bytes.slice()
  copy[bit >>> 3] = (copy[bit >>> 3] ?? 0) ^ (1 << (bit & 7))
  return copy
}

/** A value with a right checksum and another header. */
function resealed(value: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = value.slice()
  copy[at] = byte
  const crc = crc32c(copy.subarray(6), crc32c(copy.subarray(0, 2), crc32c(key)))
  new DataView(copy.buffer).setUint32(2, crc)
  return copy
}

describe('the envelope of a row', () => {
  it('gives back what was sealed', () => {
    assert(
      property(uint8Array(), option(maxSafeNat()), option(string()), (payload, time, subject) => {
        const sealed = {
          payload,
          ...(time === null ? {} : { time }),
          ...(subject === null ? {} : { subject }),
        }
        expect(unseal(key, seal(key, sealed))).toEqual(sealed)
      }),
    )
  })

  it('has the form that the documentation shows', () => {
    const value = seal(key, { payload: new Uint8Array([0xaa]), time: 300, subject: 'x' })
    expect(value.subarray(0, 2)).toEqual(new Uint8Array([1, 3]))
    expect(value.subarray(6)).toEqual(new Uint8Array([0xac, 0x02, 1, 0x78, 0xaa]))
  })

  it('notices each flipped bit of the value', () => {
    const value = seal(key, envelope)
    for (let bit = 0; bit < value.length * 8; bit += 1)
      expect(() => unseal(key, flipped(value, bit))).toThrow(
        expect.objectContaining({ code: 'DOCUMENT_DAMAGED' }),
      )
  })

  it('notices each flipped bit of the key, and so a row under the key of another', () => {
    const value = seal(key, envelope)
    for (let bit = 0; bit < key.length * 8; bit += 1)
      expect(() => unseal(flipped(key, bit), value)).toThrow(
        expect.objectContaining({ code: 'DOCUMENT_DAMAGED' }),
      )
  })

  it('notices a value that was cut or has grown', () => {
    const value = seal(key, envelope)
    for (let length = 0; length < value.length; length += 1)
      expect(() => unseal(key, value.subarray(0, length))).toThrow(
        expect.objectContaining({ code: 'DOCUMENT_DAMAGED' }),
      )
    expect(() => unseal(key, new Uint8Array([...value, 0]))).toThrow(
      expect.objectContaining({ code: 'DOCUMENT_DAMAGED' }),
    )
  })

  it('does not guess at a form or flags of a later version', () => {
    const value = seal(key, envelope)
    expect(unseal(key, resealed(value, 0, 1))).toEqual(envelope)
    expect(() => unseal(key, resealed(value, 0, 2))).toThrow('A row has the form 2')
    expect(() => unseal(key, resealed(value, 1, 7))).toThrow(
      expect.objectContaining({ code: 'DOCUMENT_DAMAGED' }),
    )
  })
})
