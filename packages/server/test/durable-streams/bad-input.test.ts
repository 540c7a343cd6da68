/** What no client should send, and what it is told: a code of the table, and nothing has changed. */
import { encodeFrames, formatOffset, limits } from '@cometpad/shared'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Service } from '../documents-http/service.ts'
import type { ServiceOptions } from '../documents-http/service.ts'
import { Writer } from '../core/table.ts'
import { TestReader } from './test-reader.ts'

let service: Service
beforeEach(() => restart())
afterEach(() => service.close())

const DOC = '/v1/yjs/docs/doc'
const OCTETS = 'application/octet-stream'

async function restart(options: ServiceOptions = {}): Promise<void> {
  await service?.close()
  service = await Service.start(options)
}

function ask(
  method: string,
  query = '',
  headers: Record<string, string> = {},
  body?: Uint8Array,
): Promise<TestReader> {
  return TestReader.ask(service.port, method, DOC + query, { 'content-type': OCTETS, ...headers }, body)
}

function numbered(seq: number, id = 'somebody'): Record<string, string> {
  return { 'producer-id': id, 'producer-epoch': '0', 'producer-seq': String(seq) }
}

const good = encodeFrames([new Writer(1).write('good')])

interface Bad {
  readonly what: string
  readonly query?: string
  readonly headers?: Record<string, string>
  readonly body?: Uint8Array
  readonly status: number
  readonly code: string
}

describe('a POST', () => {
  const bad: readonly Bad[] = [
    { what: 'of nothing', body: new Uint8Array(0), status: 400, code: 'INVALID_REQUEST' },
    { what: 'of half a frame', body: good.slice(0, -1), status: 400, code: 'MALFORMED_MESSAGE' },
    {
      what: 'of a whole frame and half of one',
      body: Buffer.concat([good, good.slice(0, 3)]),
      status: 400,
      code: 'MALFORMED_MESSAGE',
    },
    {
      what: 'of a length without an end',
      body: new Uint8Array(8).fill(0xff),
      status: 413,
      code: 'MESSAGE_TOO_LARGE',
    },
    {
      what: 'of what is no update',
      body: encodeFrames([Uint8Array.of(9, 9, 9)]),
      status: 400,
      code: 'MALFORMED_UPDATE',
    },
    {
      what: 'of an update and of what is none',
      body: Buffer.concat([encodeFrames([Uint8Array.of(9, 9, 9)]), good]),
      status: 400,
      code: 'MALFORMED_UPDATE',
    },
    {
      what: 'of more than one request may bring',
      body: new Uint8Array(limits.postBytes + 1),
      status: 413,
      code: 'MESSAGE_TOO_LARGE',
    },
    {
      what: 'of a type that is none',
      headers: { 'content-type': '' },
      body: good,
      status: 415,
      code: 'UNSUPPORTED_MEDIA_TYPE',
    },
    ...['text/html', 'application/json', 'multipart/form-data; boundary=x'].map((type) => ({
      what: `as "${type}"`,
      headers: { 'content-type': type },
      body: good,
      status: 409,
      code: 'STREAM_CONFLICT',
    })),
    {
      what: 'by a producer without a name',
      headers: numbered(0, ''),
      body: good,
      status: 400,
      code: 'INVALID_REQUEST',
    },
    {
      what: 'to two streams',
      query: '?awareness=default&awareness=other',
      body: good,
      status: 400,
      code: 'INVALID_REQUEST',
    },
    {
      what: 'of presence that is too large',
      query: '?awareness=default',
      body: encodeFrames([presence(JSON.stringify('x'.repeat(limits.presenceBytes)))]),
      status: 413,
      code: 'MESSAGE_TOO_LARGE',
    },
    {
      what: 'of presence that is no JSON',
      query: '?awareness=default',
      body: encodeFrames([presence('{')]),
      status: 400,
      code: 'MALFORMED_MESSAGE',
    },
  ]

  it.each(bad)('[DS9] $what is $code', async ({ query, headers, body, status, code }) => {
    await ask('PUT')
    expect(await ask('POST', query, headers, body)).toMatchObject({ status, code })
    expect((await service.table.log.find('doc'))?.head).toBe(0)
    expect((await ask('GET', '?awareness=default&offset=now')).bytes).toBe(0)
    expect(service.readers).toBe(0)
  })

  function presence(json: string): Uint8Array {
    const bytes = Buffer.from(json)
    return Uint8Array.of(1, 7, 1, ...encodeFrames([bytes]))
  }
})

describe('a PUT', () => {
  const bad: readonly Bad[] = [
    { what: 'with content', body: good, status: 400, code: 'INVALID_REQUEST' },
    ...['stream-ttl', 'stream-expires-at', 'stream-closed'].map((name) => ({
      what: `with ${name}`,
      headers: { [name]: '1' },
      status: 409,
      code: 'STREAM_CONFLICT',
    })),
    {
      what: 'of another type',
      headers: { 'content-type': 'text/html' },
      status: 409,
      code: 'STREAM_CONFLICT',
    },
  ]

  it.each(bad)('[DS1, DS9] $what is $code, and makes nothing', async ({ headers, body, status, code }) => {
    expect(await ask('PUT', '', headers, body)).toMatchObject({ status, code })
    expect(await service.table.log.find('doc')).toBeUndefined()
    await ask('PUT')
    expect(await ask('PUT', '?awareness=mine', headers, body)).toMatchObject({ status, code })
    expect(await ask('HEAD', '?awareness=mine')).toMatchObject({ status: 404 })
  })
})

describe('a place to read from', () => {
  it('[DS7] that is of another, longer document is OFFSET_EXPIRED, however one reads', async () => {
    await ask('PUT')
    await ask('POST', '', {}, good)
    for (const offset of [formatOffset(2), formatOffset(9_999), '9007199254740991'])
      for (const live of ['', '&live=long-poll', '&live=sse'])
        expect(await ask('GET', `?offset=${offset}${live}`)).toMatchObject({
          status: 410,
          code: 'OFFSET_EXPIRED',
        })
    expect(await ask('GET', `?offset=${formatOffset(2)}_snapshot`)).toMatchObject({
      status: 404,
      code: 'SNAPSHOT_NOT_FOUND',
    })
    expect(service.readers).toBe(0)
  })

  it('[DS8] that no document can have is INVALID_REQUEST', async () => {
    await ask('PUT')
    for (const offset of ['9007199254740992', '99999999999999999', '1.5', '%00', '1e3', '0x1', '-1_snapshot'])
      expect([offset, await ask('GET', `?offset=${offset}`)]).toMatchObject([
        offset,
        { status: 400, code: 'INVALID_REQUEST' },
      ])
  })

  it('[ID2] of a document that cannot be is refused before anything is made', async () => {
    for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'DELETE'])
      for (const id of ['a//b', 'a/../b', 'a%20b', 'x'.repeat(limits.documentIdLength + 1)]) {
        const answer = await TestReader.ask(service.port, method, `/v1/yjs/docs/${id}`, {})
        expect([method, id, answer.status]).toEqual([method, id, 400])
      }
    expect(await service.table.log.list({ limit: 9 })).toEqual({ documents: [], next: null })
  })
})

describe('a sender that numbers its requests', () => {
  it('[DS11] and has too many of them waiting is RATE_LIMITED, and all that were taken are stored', async () => {
    await restart({ limits: { waitingProducerRequests: 3 }, holdsCommits: true })
    await commitWhile(ask('PUT'))
    const writer = new Writer(1)
    const bodies = Array.from('abcd', (letter) => encodeFrames([writer.write(letter)]))
    const taken: Promise<TestReader>[] = []
    for (const [seq, body] of bodies.slice(0, 3).entries()) {
      const before = service.answers.length
      taken.push(ask('POST', '', numbered(seq), body))
      await expect.poll(() => service.answers.length).toBe(before + 1)
      await service.table.turn()
    }
    const refused = await ask('POST', '', numbered(3), bodies[3])
    expect(refused).toMatchObject({ status: 429, code: 'RATE_LIMITED' })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
    // Others do not wait behind it.
    const other = encodeFrames([new Writer(2).write('!')])
    expect(await commitWhile(ask('POST', '', numbered(0, 'other'), other))).toMatchObject({ status: 204 })
    for (const answer of taken) expect(await commitWhile(answer)).toMatchObject({ status: 204 })
    expect(await commitWhile(ask('POST', '', numbered(3), bodies[3]))).toMatchObject({ status: 204 })
    expect((await ask('GET', '?offset=-1')).text.replace('!', '')).toBe('abcd')
  })

  it('[DS11] and was silent for longest is forgotten when there are too many, and goes on where it was', async () => {
    await restart({ limits: { producers: 2 } })
    await ask('PUT')
    const writer = new Writer(1)
    const say = (seq: number, text: string): Promise<TestReader> =>
      ask('POST', '', numbered(seq), encodeFrames([writer.write(text)]))
    await say(0, 'a')
    for (const id of ['second', 'third'])
      await ask('POST', '', numbered(0, id), encodeFrames([new Writer(id.length).write('.')]))
    // Known it would be a gap; to who has forgotten the sender its content tells that nothing is missing.
    expect(await say(7, 'b')).toMatchObject({ status: 204 })
    expect(await ask('POST', '', numbered(9), good)).toMatchObject({ status: 409, code: 'PRODUCER_GAP' })
    expect((await ask('GET', '?offset=-1')).text.replaceAll('.', '')).toBe('ab')
  })

  /** Ends the commits that wait, for as long as the answer is not there. */
  async function commitWhile(answer: Promise<TestReader>): Promise<TestReader> {
    const state = { isOver: false }
    const over = answer.finally(() => (state.isOver = true))
    while (!state.isOver) {
      await service.table.commit()
      await service.table.turn()
    }
    return over
  }
})
