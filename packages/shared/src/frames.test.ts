import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { codeOf } from '../test/codes.ts'
import { allExamples, anyMessage } from '../test/messages.ts'
import { decodeMessage, encodeMessage } from './codec.ts'
import { FrameDecoder, encodeFrames } from './frames.ts'

/** What comes out of a stream that is cut at these places. */
function decode(stream: Uint8Array, cuts: readonly number[], maxBytes = 1_000_000): Uint8Array[] {
  const decoder = new FrameDecoder(maxBytes)
  const messages: Uint8Array[] = []
  let from = 0
  for (const cut of [...cuts, stream.length]) {
    // Every chunk in a buffer of its own that is wiped afterwards, as a transport would reuse it.
    const chunk = stream.slice(from, cut)
    messages.push(...decoder.push(chunk).map((message) => message.slice()))
    chunk.fill(0xaa)
    from = cut
  }
  decoder.end()
  return messages
}

describe('FrameDecoder', () => {
  it('[FR1] gives the messages of one chunk, the empty one too', () => {
    const messages = [Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3)]
    expect([...encodeFrames(messages)]).toEqual([2, 1, 2, 0, 1, 3])
    expect(decode(encodeFrames(messages), [])).toEqual(messages)
    expect(encodeFrames([])).toEqual(new Uint8Array())
  })

  it('[FR1] carries every message of the table', () => {
    const stream = encodeFrames(allExamples.map(encodeMessage))
    expect(decode(stream, []).map(decodeMessage)).toEqual(allExamples)
  })

  it('[FR2] gives the same messages at every pair of cuts of a small stream', () => {
    // Lengths of one and of two bytes, an empty message between them.
    const messages = [Uint8Array.of(9), new Uint8Array(130).fill(5), new Uint8Array(), Uint8Array.of(1, 2, 3)]
    const stream = encodeFrames(messages)
    for (let first = 0; first <= stream.length; first += 1)
      for (let second = first; second <= stream.length; second += 1)
        if (!same(decode(stream, [first, second]), messages)) expect.fail(`cut at ${first} and ${second}`)
    expect(decode(stream, Array.from(stream.keys()))).toEqual(messages)
  })

  it('[FR2] gives the same messages however a stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        (messages, places) => {
          const stream = encodeFrames(messages.map(encodeMessage))
          const cuts = places.map((place) => place % (stream.length + 1)).toSorted((a, b) => a - b)
          expect(decode(stream, cuts).map(decodeMessage)).toEqual(messages)
        },
      ),
    )
  })

  it('[FR2] does not copy a message once for each of its chunks', () => {
    const message = new Uint8Array(40_000).fill(1)
    const stream = encodeFrames([message])
    const decoder = new FrameDecoder(message.length)
    let copied = 0
    const set = vi.spyOn(Uint8Array.prototype, 'set').mockImplementation(function (
      this: Uint8Array,
      from,
      at = 0,
    ) {
      copied += from.length
      for (let index = 0; index < from.length; index += 1) this[at + index] = from[index] ?? 0
    })
    const messages: Uint8Array[] = []
    for (const byte of stream) messages.push(...decoder.push(Uint8Array.of(byte)))
    set.mockRestore()
    expect(messages).toEqual([message])
    // Each byte once when it comes, and less than twice more while the buffer doubles.
    expect(copied).toBeGreaterThan(message.length)
    expect(copied).toBeLessThan(4 * message.length)
  })

  it('[FR2] does not write over a message that it gave away', () => {
    const decoder = new FrameDecoder(100)
    decoder.push(Uint8Array.of(3, 1))
    const [first] = decoder.push(Uint8Array.of(2, 3, 3, 7))
    decoder.push(Uint8Array.of(8, 9))
    decoder.push(Uint8Array.of(3, 4, 4, 4))
    expect(first).toEqual(Uint8Array.of(1, 2, 3))
  })

  it('[FR3] refuses a length beyond the bound when its last byte has come, and keeps nothing for it', () => {
    const decoder = new FrameDecoder(200)
    // 201 as two bytes.
    expect(decoder.push(Uint8Array.of(0xc9))).toEqual([])
    expect(decoder.waiting).toBe(1)
    expect(codeOf(() => decoder.push(Uint8Array.of(0x01)))).toBe('MESSAGE_TOO_LARGE')
    expect(decoder.waiting).toBe(1)
    expect(codeOf(() => decode(encodeFrames([new Uint8Array(201)]), [], 200))).toBe('MESSAGE_TOO_LARGE')
    expect(decode(encodeFrames([new Uint8Array(200)]), [], 200)).toEqual([new Uint8Array(200)])
  })

  it.each([
    ['of more than four bytes', [0x80, 0x80, 0x80, 0x80]],
    ['that never ends', Array.from({ length: 64 }, () => 0xff)],
    ['of 256 MiB', [0xff, 0xff, 0xff, 0x7f]],
  ])('[FR3] refuses a length %s', (_what, bytes) => {
    expect(codeOf(() => new FrameDecoder(1024 * 1024).push(Uint8Array.from(bytes)))).toBe('MESSAGE_TOO_LARGE')
    const slowly = new FrameDecoder(1024 * 1024)
    expect(codeOf(() => bytes.map((byte) => slowly.push(Uint8Array.of(byte))))).toBe('MESSAGE_TOO_LARGE')
    expect(slowly.waiting).toBeLessThan(4)
  })

  it('[FR3] takes any bytes as frames or refuses them by code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(80), (bytes, cut) => {
        const code = codeOf(() => decode(bytes, [Math.min(cut, bytes.length)], 100))
        expect(['fine', 'MESSAGE_TOO_LARGE', 'MALFORMED_MESSAGE']).toContain(code)
      }),
      { numRuns: 1_000 },
    )
  })

  it('[FR4] says when the stream ends inside a frame, and only then', () => {
    const stream = encodeFrames([Uint8Array.of(1, 2, 3), new Uint8Array(130)])
    const borders = new Set([0, 4, stream.length])
    for (let length = 0; length <= stream.length; length += 1) {
      const code = codeOf(() => decode(stream.subarray(0, length), []))
      expect(code, `${length} bytes`).toBe(borders.has(length) ? 'fine' : 'MALFORMED_MESSAGE')
    }
  })
})

function same(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((bytes, index) => Buffer.compare(bytes, b[index] ?? bytes) === 0)
}
