import fc from 'fast-check'
import { createEncoder, toUint8Array, writeVarString, writeVarUint } from 'lib0/encoding'
import { describe, expect, it } from 'vitest'
import { codeOf } from '../test/codes.ts'
import { allExamples, anyMessage, arbitraries, examples } from '../test/messages.ts'
import { decodeMessage, encodeMessage } from './codec.ts'
import { messageType } from './messages.ts'
import type { Message } from './messages.ts'

/** Messages whose last field takes whatever is left: they can be cut and still be messages. */
const openEnded = new Set<Message['type']>(['broadcast', 'part'])

function withJson(type: number, body: string): Uint8Array {
  const encoder = createEncoder()
  writeVarUint(encoder, type)
  writeVarString(encoder, body)
  return toUint8Array(encoder)
}

describe('what is written is read', () => {
  it.each(Object.entries(arbitraries))('[MS2] any "%s" comes back as it was', (_name, arbitrary) => {
    fc.assert(
      fc.property(arbitrary as fc.Arbitrary<Message>, (message) => {
        expect(decodeMessage(encodeMessage(message))).toEqual(message)
      }),
    )
  })

  it.each(allExamples)(
    '[MS1] "$type" begins with its number and reads nothing beyond its body',
    (message) => {
      const bytes = encodeMessage(message)
      const sync: readonly string[] = ['vector', 'answer', 'update']
      const expected = sync.includes(message.type) ? 0 : messageType[message.type as keyof typeof messageType]
      expect(bytes[0]).toBe(expected)
      const longer = Uint8Array.of(...bytes, 0)
      if (openEnded.has(message.type)) expect(decodeMessage(longer)).not.toEqual(message)
      else expect(codeOf(() => decodeMessage(longer))).toBe('MALFORMED_MESSAGE')
    },
  )

  it('[MS1] numbers up to 2^53 - 1 are read, larger and longer ones are not', () => {
    const position = (...number: number[]) => Uint8Array.of(messageType.position, ...number)
    const largest = position(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f)
    expect(decodeMessage(largest)).toEqual({ type: 'position', offset: Number.MAX_SAFE_INTEGER })
    const tooLarge = position(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10)
    const tooLong = position(0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00)
    const endless = position(...Array.from({ length: 1_000 }, () => 0xff))
    for (const bytes of [tooLarge, tooLong, endless])
      expect(codeOf(() => decodeMessage(bytes))).toBe('MALFORMED_MESSAGE')
  })
})

describe('hostile bytes', () => {
  const refusals = ['fine', 'MALFORMED_MESSAGE', 'UNKNOWN_MESSAGE']

  it('[MS5] random bytes are a message or are refused by code, and never fail in another way', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(refusals).toContain(codeOf(() => decodeMessage(bytes)))
      }),
      { numRuns: 2_000 },
    )
  })

  it('[MS5] random bytes behind each known type are a message or are refused by code', () => {
    const type = fc.constantFrom(...Object.values(messageType))
    fc.assert(
      fc.property(type, fc.uint8Array({ maxLength: 60 }), (first, rest) => {
        expect(refusals).toContain(codeOf(() => decodeMessage(Uint8Array.of(first, ...rest))))
      }),
      { numRuns: 2_000 },
    )
  })

  it('[MS5] a message with one changed byte is a message or is refused by code', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(), fc.nat(255), (message, place, byte) => {
        const bytes = encodeMessage(message)
        bytes[place % bytes.length] = byte
        expect(refusals).toContain(codeOf(() => decodeMessage(bytes)))
      }),
      { numRuns: 2_000 },
    )
  })

  it.each(allExamples)('[MS5] "$type" is refused wherever it is cut off', (message) => {
    const bytes = encodeMessage(message)
    // The head of an open-ended message: its type, and for a part the byte that says whether it is the last.
    const head = message.type === 'part' ? 2 : message.type === 'broadcast' ? 1 : bytes.length
    for (let length = 0; length < head; length += 1)
      expect(
        codeOf(() => decodeMessage(bytes.subarray(0, length))),
        `${length} bytes`,
      ).toBe('MALFORMED_MESSAGE')
    for (let length = head; length < bytes.length; length += 1)
      expect(decodeMessage(bytes.subarray(0, length)).type).toBe(message.type)
  })

  it.each([
    { name: 'vector', head: [0, 0] },
    { name: 'answer', head: [0, 1] },
    { name: 'update', head: [0, 2] },
    { name: 'presence', head: [1] },
    { name: 'denied', head: [2, 0] },
    { name: 'hello', head: [32] },
    { name: 'token', head: [36] },
    { name: 'meta', head: [41] },
  ])('[MS7] "$name" with a length of petabytes is refused without an attempt to get so much', ({ head }) => {
    const huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]
    const bytes = Uint8Array.of(...head, ...huge, 1, 2, 3)
    expect(codeOf(() => decodeMessage(bytes))).toBe('MALFORMED_MESSAGE')
  })

  it('[MS7] a length that reaches beyond the message into the same buffer is refused', () => {
    const secret = 'the next message in the pool'
    for (const message of allExamples) {
      if (openEnded.has(message.type)) continue
      const bytes = encodeMessage(message)
      const pool = Uint8Array.of(...Buffer.from('before'), ...bytes, ...Buffer.from(secret))
      for (let length = 0; length < bytes.length; length += 1) {
        const view = pool.subarray(6, 6 + length)
        expect(
          codeOf(() => decodeMessage(view)),
          `${message.type} of ${length} bytes`,
        ).toBe('MALFORMED_MESSAGE')
      }
      expect(decodeMessage(pool.subarray(6, 6 + bytes.length))).toEqual(decodeMessage(bytes))
    }
  })

  it('[MS7] the bytes of a message are views: reading copies nothing', () => {
    const bytes = encodeMessage(examples.update)
    const message = decodeMessage(bytes)
    if (message.type !== 'update') throw new TypeError(message.type)
    expect(message.update.buffer).toBe(bytes.buffer)
  })

  it('[MS5] a text that is not UTF-8 is refused', () => {
    for (const type of [messageType.hello, messageType.token, messageType.meta])
      expect(codeOf(() => decodeMessage(Uint8Array.of(type, 2, 0xc3, 0x28)))).toBe('MALFORMED_MESSAGE')
    expect(codeOf(() => decodeMessage(Uint8Array.of(messageType.denied, 0, 1, 0xff)))).toBe(
      'MALFORMED_MESSAGE',
    )
  })

  it.each(['', 'null', '[]', '"text"', '12', '{', '{"role":', '{"role":"editor"}}', '['.repeat(200_000)])(
    '[MS5] a body of %j is refused by every message with JSON',
    (body) => {
      for (const type of [32, 35, 36, 37, 39, 40, 41])
        expect(
          codeOf(() => decodeMessage(withJson(type, body))),
          `type ${type}`,
        ).toBe('MALFORMED_MESSAGE')
    },
  )

  const jsonExamples = ['hello', 'grant', 'token', 'drain', 'error', 'reset', 'meta'] as const

  it.each(jsonExamples)(
    '[MS5] "%s" without one of its fields, or with one of another kind, is refused',
    (type) => {
      const { type: _, ...body } = examples[type]
      for (const field of Object.keys(body)) {
        for (const wrong of [undefined, true, [], field === 'limits' ? {} : { a: 1 }, -1, 1.5, 1e300]) {
          const changed = { ...body, [field]: wrong }
          expect(
            codeOf(() => decodeMessage(withJson(messageType[type], JSON.stringify(changed)))),
            field,
          ).toBe('MALFORMED_MESSAGE')
        }
      }
    },
  )

  it.each(['messageBytes', 'partBytes', 'updateBytes', 'presenceBytes'])(
    '[MS5] a hello whose bound %s is 0 is refused: nothing could be cut into parts of nothing',
    (bound) => {
      const { type: _, ...body } = examples.hello
      const changed = { ...body, limits: { ...body.limits, [bound]: 0 } }
      expect(codeOf(() => decodeMessage(withJson(messageType.hello, JSON.stringify(changed))))).toBe(
        'MALFORMED_MESSAGE',
      )
    },
  )

  it.each(['toString', 'admin', '__proto__', ''])('[MS5] the role %j is refused', (role) => {
    expect(codeOf(() => decodeMessage(withJson(messageType.grant, JSON.stringify({ role }))))).toBe(
      'MALFORMED_MESSAGE',
    )
  })

  it('[MS5] a part whose first byte is neither 0 nor 1 is refused', () => {
    expect(decodeMessage(Uint8Array.of(42, 1))).toEqual({ type: 'part', last: true, bytes: new Uint8Array() })
    expect(codeOf(() => decodeMessage(Uint8Array.of(42, 2, 9)))).toBe('MALFORMED_MESSAGE')
  })
})

describe('what is not known', () => {
  it('[MS4] every type that is not in the table is unknown, whatever follows', () => {
    const known = new Set<number>(Object.values(messageType))
    for (let type = 0; type < 1_000; type += 1) {
      if (known.has(type)) continue
      const encoder = createEncoder()
      writeVarUint(encoder, type)
      writeVarString(encoder, '{}')
      expect(
        codeOf(() => decodeMessage(toUint8Array(encoder))),
        `type ${type}`,
      ).toBe('UNKNOWN_MESSAGE')
    }
  })

  it('[MS4] so are the sync and auth messages that y-protocols does not have', () => {
    expect(codeOf(() => decodeMessage(Uint8Array.of(0, 3, 0)))).toBe('UNKNOWN_MESSAGE')
    expect(codeOf(() => decodeMessage(Uint8Array.of(2, 1, 0)))).toBe('UNKNOWN_MESSAGE')
  })

  it.each(['hello', 'grant', 'token', 'drain', 'error', 'reset', 'meta'] as const)(
    '[MS6] fields of "%s" that nobody knows yet are skipped',
    (type) => {
      const { type: _, ...body } = examples[type]
      const newer = JSON.stringify({ ...body, colour: 'green', __proto__x: {} })
      expect(decodeMessage(withJson(messageType[type], newer))).toEqual(examples[type])
    },
  )

  it('[MS6] an error code that nobody knows yet keeps its sentence', () => {
    const newer = withJson(messageType.error, JSON.stringify({ code: 'TOO_LATE', message: 'Come earlier.' }))
    expect(decodeMessage(newer)).toEqual({ type: 'error', code: 'INTERNAL_ERROR', message: 'Come earlier.' })
  })
})
