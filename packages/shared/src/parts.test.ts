import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../test/codes.ts'
import { anyMessage } from '../test/messages.ts'
import { decodeMessage, encodeMessage } from './codec.ts'
import type { PartMessage } from './messages.ts'
import { PartJoiner, splitIntoParts } from './parts.ts'

function partOf(bytes: Uint8Array): PartMessage {
  const message = decodeMessage(bytes)
  if (message.type !== 'part') throw new TypeError(message.type)
  return message
}

function part(bytes: Uint8Array, last = false): PartMessage {
  return { type: 'part', last, bytes }
}

function heldBytes(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

describe('splitIntoParts', () => {
  it('[PT1] leaves a message of exactly the bound as it is, and cuts one that is a byte longer', () => {
    const bounds = { messageBytes: 10, partBytes: 4 }
    const small = new Uint8Array(10)
    expect(splitIntoParts(small, bounds)).toEqual([small])
    const parts = splitIntoParts(new Uint8Array(11), bounds).map(partOf)
    expect(parts.map(({ bytes }) => bytes.length)).toEqual([4, 4, 3])
    expect(parts.map(({ last }) => last)).toEqual([false, false, true])
  })

  it('[PT1] gives parts that are that message again when they are joined', () => {
    fc.assert(
      fc.property(anyMessage, fc.integer({ min: 1, max: 50 }), (message, partBytes) => {
        const bytes = encodeMessage(message)
        const parts = splitIntoParts(bytes, { messageBytes: 0, partBytes }).map(partOf)
        expect(parts.every((one) => one.bytes.length <= partBytes)).toBe(true)
        const joiner = new PartJoiner(bytes.length)
        const joined = parts.map((one) => joiner.push(one))
        expect(joined.slice(0, -1).every((whole) => whole === undefined)).toBe(true)
        expect(joined.at(-1)).toEqual(bytes)
        expect(joiner.waiting).toBe(0)
      }),
    )
  })

  it('takes parts of nothing for a mistake of the programmer', () => {
    expect(() => splitIntoParts(new Uint8Array(2), { messageBytes: 1, partBytes: 0 })).toThrow(TypeError)
  })
})

describe('PartJoiner', () => {
  it('[PT2] keeps as much as the bound and refuses the byte beyond it, and is empty then', () => {
    const joiner = new PartJoiner(8)
    expect(joiner.push(part(new Uint8Array(8)))).toBeUndefined()
    expect(joiner.waiting).toBe(8)
    expect(codeOf(() => joiner.push(part(new Uint8Array(1))))).toBe('MESSAGE_TOO_LARGE')
    expect(joiner.waiting).toBe(0)
    expect(joiner.push(part(Uint8Array.of(1, 2), true))).toEqual(Uint8Array.of(1, 2))
  })

  it.each([
    { what: 'nothing', bytes: new Uint8Array(0), whole: 1 },
    { what: 'a byte', bytes: Uint8Array.of(7), whole: 200_001 },
  ])('[PT2] costs what its parts carry, also when 200,000 of them carry $what', ({ bytes, whole }) => {
    const joiner = new PartJoiner(300_000)
    const one = part(bytes)
    const before = heldBytes()
    for (let n = 0; n < 200_000; n += 1) joiner.push(one)
    // An object for each part would be ten times as much.
    expect(heldBytes() - before).toBeLessThan(4_000_000)
    expect(joiner.push(part(Uint8Array.of(5), true))).toHaveLength(whole)
  })

  it('[PT2] keeps a copy: the buffer that a part came in may be used again', () => {
    const joiner = new PartJoiner(8)
    const buffer = Uint8Array.of(1, 2)
    joiner.push(part(buffer))
    buffer.fill(9)
    expect(joiner.push(part(Uint8Array.of(3), true))).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('[PT1] does not write over a message that it gave away', () => {
    const joiner = new PartJoiner(8)
    joiner.push(part(Uint8Array.of(1)))
    const first = joiner.push(part(Uint8Array.of(2), true))
    joiner.push(part(Uint8Array.of(7)))
    expect(first).toEqual(Uint8Array.of(1, 2))
  })
})
