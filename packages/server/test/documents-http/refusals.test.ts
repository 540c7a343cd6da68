import { FRAMES_TYPE, GENERATION_HEADER, encodeFrames, encodeMessage, limits } from '@cometpad/shared'
import type { Message } from '@cometpad/shared'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Writer } from '../core/table.ts'
import { RealServer } from '../real-server.ts'
import { get, kindsOf, post, postBytes } from './asking.ts'
import type { Wish } from './asking.ts'

let server: RealServer
beforeAll(async () => {
  server = await RealServer.start()
})
afterAll(() => server.close())

const ELSEWHERE = '0123456789abcdef0123456789abcdef'

function framed(...messages: Message[]): Uint8Array {
  return encodeFrames(messages.map(encodeMessage))
}

async function headOf(documentId: string): Promise<unknown> {
  const [hello] = (await get(server.port, { documentId }).whole).messages
  return hello?.type === 'hello' ? hello.head : undefined
}

describe('a request for frames', () => {
  const asks: readonly (Wish & { readonly what: string; readonly status: number; readonly code: string })[] =
    [
      { what: 'a position without a generation', position: 1, status: 400, code: 'INVALID_REQUEST' },
      { what: 'a generation that is none', generation: 'xyz', status: 400, code: 'INVALID_REQUEST' },
      { what: 'a client that can be guessed', client: 'ana', status: 400, code: 'INVALID_REQUEST' },
      { what: 'a client that is too long', client: 'a'.repeat(65), status: 400, code: 'INVALID_REQUEST' },
      { what: 'a presence that nobody gave', presence: 'seen', status: 400, code: 'INVALID_REQUEST' },
      {
        what: 'a hold that is no number',
        headers: { 'cometpad-hold': '1s' },
        status: 400,
        code: 'INVALID_REQUEST',
      },
      {
        what: 'a position that is none',
        headers: { 'cometpad-position': '-1' },
        status: 400,
        code: 'INVALID_REQUEST',
      },
      {
        what: 'a position that is too large',
        headers: { 'cometpad-position': '9999999999999999' },
        status: 400,
        code: 'INVALID_REQUEST',
      },
      { what: 'an id that is none', documentId: 'a//b', status: 400, code: 'INVALID_DOCUMENT_ID' },
      {
        what: 'the history of another document',
        position: 3,
        generation: ELSEWHERE,
        status: 409,
        code: 'GENERATION_CHANGED',
      },
    ]

  it.each(asks)('[HT6, HT8] with $what is $code', async ({ status, code, ...wish }) => {
    for (const live of [undefined, 'stream', 'long-poll'] as const) {
      const answer = await get(server.port, { ...wish, ...(live === undefined ? {} : { live }) }).whole
      expect(answer).toMatchObject({ status, code })
      expect(answer.headers['cache-control']).toContain('no-store')
    }
    const said = await post(server.port, [{ type: 'update', update: new Writer(1).write('x') }], wish)
    expect(said).toMatchObject({ status, code })
    expect(server.server.rooms.size.readers).toBe(0)
  })

  it('[HT6] of another history is told which one there is', async () => {
    const generation = (await get(server.port).whole).headers[GENERATION_HEADER]
    const answer = await get(server.port, { generation: ELSEWHERE, live: 'stream' }).whole
    expect(answer.status).toBe(409)
    expect(answer.headers[GENERATION_HEADER]).toBe(generation)
    expect(answer.messages).toEqual([])
  })

  it('[HT6] with a position from the future gets everything, and is asked what it has', async () => {
    const documentId = 'from-the-future'
    const update = new Writer(1).write('here')
    const { headers } = await post(server.port, [{ type: 'update', update }], { documentId })
    const generation = String(headers[GENERATION_HEADER])
    for (const live of [undefined, 'long-poll'] as const) {
      const wish: Wish = { documentId, position: 7, generation, ...(live === undefined ? {} : { live }) }
      const answer = await get(server.port, wish).whole
      expect(kindsOf(answer).slice(0, 3)).toEqual(['hello', 'vector', 'update'])
      expect(answer.messages[0]).toMatchObject({ from: 0, head: 1 })
    }
  })

  it('[HT8] that is to be held in another way than there is is INVALID_REQUEST', async () => {
    const answer = await server.ask('/v1/yjs/docs/doc?live=forever', { headers: { accept: FRAMES_TYPE } })
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('INVALID_REQUEST')
  })
})

describe('a post of frames', () => {
  const documentId = 'untouched'
  const good: Message = { type: 'update', update: new Writer(1).write('good') }

  const bodies: readonly { what: string; body: Uint8Array; status: number; code: string }[] = [
    { what: 'nothing', body: new Uint8Array(0), status: 400, code: 'INVALID_REQUEST' },
    { what: 'half a frame', body: framed(good).slice(0, -1), status: 400, code: 'MALFORMED_MESSAGE' },
    { what: 'a page', body: Buffer.from('<!doctype html>'), status: 400, code: 'MALFORMED_MESSAGE' },
    {
      what: 'a length beyond the bound',
      body: Uint8Array.of(0xff, 0xff, 0xff, 0x7f, 0),
      status: 413,
      code: 'MESSAGE_TOO_LARGE',
    },
    {
      what: 'a type that nobody knows',
      body: Buffer.concat([framed(good), Uint8Array.of(1, 99)]),
      status: 400,
      code: 'UNKNOWN_MESSAGE',
    },
    {
      what: 'a word of servers',
      body: framed(good, { type: 'saved', count: 1, offset: 1 }),
      status: 400,
      code: 'UNKNOWN_MESSAGE',
    },
    {
      what: 'a first part alone',
      body: framed(good, { type: 'part', last: false, bytes: encodeMessage(good) }),
      status: 400,
      code: 'MALFORMED_MESSAGE',
    },
    {
      what: 'a part of a part',
      body: framed(good, {
        type: 'part',
        last: true,
        bytes: encodeMessage({ type: 'part', last: true, bytes: encodeMessage(good) }),
      }),
      status: 400,
      code: 'MALFORMED_MESSAGE',
    },
    {
      what: 'too many messages',
      body: framed(...Array.from({ length: limits.postMessages + 1 }, () => good)),
      status: 413,
      code: 'MESSAGE_TOO_LARGE',
    },
    {
      what: 'more bytes than are read',
      body: new Uint8Array(limits.postBytes + 1),
      status: 413,
      code: 'MESSAGE_TOO_LARGE',
    },
    {
      what: 'bytes that are no update',
      body: framed({ type: 'update', update: Uint8Array.of(9, 9, 9) }),
      status: 400,
      code: 'MALFORMED_UPDATE',
    },
    {
      what: 'presence that is no JSON',
      body: framed({ type: 'presence', presence: Uint8Array.of(1, 5, 1, 1, 0x7b) }),
      status: 400,
      code: 'MALFORMED_MESSAGE',
    },
  ]

  it.each(bodies)('[HT9] of $what is $code and changes nothing', async ({ body, status, code }) => {
    expect(await postBytes(server.port, body, { documentId })).toMatchObject({ status, code })
    expect(await headOf(documentId)).toBe(0)
    expect(server.server.rooms.size.readers).toBe(0)
  })

  it.each([
    'text/plain',
    'application/json',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
  ])('[HT9] as %s is UNSUPPORTED_MEDIA_TYPE', async (type) => {
    const wish: Wish = { documentId, headers: { 'content-type': type } }
    expect(await postBytes(server.port, framed(good), wish)).toMatchObject({
      status: 415,
      code: 'UNSUPPORTED_MEDIA_TYPE',
    })
    expect(await headOf(documentId)).toBe(0)
  })
})
