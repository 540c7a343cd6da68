import { assert, nat, property, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from './crc32c.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('CRC-32C', () => {
  it('agrees with the published vectors', () => {
    expect(crc32c(bytes(''))).toBe(0)
    expect(crc32c(bytes('a'))).toBe(0xc1d04330)
    expect(crc32c(bytes('123456789'))).toBe(0xe3069283)
    // RFC 3720, B.4
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa)
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43)
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, n) => n))).toBe(0x46dd794e)
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, n) => 31 - n))).toBe(0x113fdb5c)
  })

  it('is the same in one piece and in two, wherever it is cut', () => {
    assert(
      property(uint8Array({ maxLength: 100 }), nat(100), (all, cut) => {
        expect(crc32c(all.subarray(cut), crc32c(all.subarray(0, cut)))).toBe(crc32c(all))
      }),
    )
  })

  it('changes with every single bit', () => {
    const row = Uint8Array.from({ length: 41 }, (_, n) => n * 7)
    const whole = crc32c(row)
    for (let bit = 0; bit < row.length * 8; bit += 1) {
      const flipped = row.slice()
      flipped[bit >>> 3] = (flipped[bit >>> 3] ?? 0) ^ (1 << (bit & 7))
      expect(crc32c(flipped)).not.toBe(whole)
    }
  })
})
