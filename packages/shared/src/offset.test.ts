import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { START, formatOffset, isOffset, parseOffset } from './offset.ts'

const anyOffset = fc.maxSafeNat()

describe('offsets in text', () => {
  it('[ID3] are read back as they were written', () => {
    fc.assert(
      fc.property(anyOffset, (offset) => {
        expect(formatOffset(offset)).toHaveLength(16)
        expect(parseOffset(formatOffset(offset))).toBe(offset)
      }),
    )
  })

  it('[ID3] sort as they count', () => {
    fc.assert(
      fc.property(anyOffset, anyOffset, (a, b) => {
        expect(formatOffset(a) < formatOffset(b)).toBe(a < b)
      }),
    )
  })

  it.each([
    ['0', START],
    ['7', 7],
    ['0000000000000042', 42],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('[ID3] "%s" is %d', (text, offset) => {
    expect(parseOffset(text)).toBe(offset)
  })

  it.each([
    '',
    ' 1',
    '1 ',
    '+1',
    '-1',
    '1.0',
    '1e3',
    '0x1',
    'now',
    '١',
    '9007199254740992',
    '00000000000000001',
    '1\n',
  ])('[ID3] %j is none', (text) => {
    expect(parseOffset(text)).toBeUndefined()
  })

  it('[ID3] cannot be written of a number that is none', () => {
    for (const number of [-1, 0.5, Number.NaN, Infinity, 2 ** 53]) {
      expect(isOffset(number)).toBe(false)
      expect(() => formatOffset(number)).toThrow(TypeError)
    }
    expect(isOffset(START)).toBe(true)
  })
})
