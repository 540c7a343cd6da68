import { GENERATION_HEADER, encodeFrames, formatOffset } from '@cometpad/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Answering, get, post } from '../documents-http/asking.ts'
import { Service } from '../documents-http/service.ts'
import { Writer } from '../core/table.ts'
import { TestReader } from './test-reader.ts'

let service: Service
beforeEach(async () => {
  service = await Service.start()
  service.mayDelete = true
})
afterEach(() => service.close())

const DOC = '/v1/yjs/docs/doc'
const OCTETS = 'application/octet-stream'

function ask(
  method: string,
  query = '',
  headers: Record<string, string> = {},
  body?: Uint8Array,
): Promise<TestReader> {
  return TestReader.ask(service.port, method, DOC + query, { 'content-type': OCTETS, ...headers }, body)
}

function write(writer: Writer, text: string, headers: Record<string, string> = {}): Promise<TestReader> {
  return ask('POST', '', headers, encodeFrames([writer.write(text)]))
}

const GONE = { status: 404, code: 'DOCUMENT_NOT_FOUND' }

it('[DS14] a document that was deleted is not there, however one asks, until it is made again', async () => {
  expect(await ask('DELETE')).toMatchObject(GONE)
  await ask('PUT')
  await write(new Writer(1), 'old')
  const { next } = await ask('GET', '?offset=-1')
  expect(await ask('DELETE')).toMatchObject({ status: 204, bytes: 0 })
  for (const query of [
    '?offset=-1',
    `?offset=${next}&live=long-poll`,
    '?offset=now&live=sse',
    '?offset=snapshot',
  ])
    expect([query, await ask('GET', query)]).toMatchObject([query, GONE])
  expect(await ask('HEAD')).toMatchObject({ status: 404 })
  expect(await ask('GET', '?awareness=default&offset=now')).toMatchObject(GONE)
  expect(await ask('PUT', '?awareness=default')).toMatchObject(GONE)
  expect(await write(new Writer(2), 'late')).toMatchObject(GONE)
  expect(await ask('DELETE')).toMatchObject(GONE)
  for (const live of [undefined, 'stream', 'long-poll'] as const)
    expect(await get(service.port, live === undefined ? {} : { live }).whole).toMatchObject(GONE)
  expect(await post(service.port, [{ type: 'update', update: new Writer(3).write('x') }])).toMatchObject(GONE)
  expect((await service.table.sit({ dialect: 'yjs', position: undefined })).closed).toBe('DOCUMENT_NOT_FOUND')
  expect(await ask('PUT')).toMatchObject({ status: 201 })
  expect(await ask('GET', '?offset=-1')).toMatchObject({ status: 200, text: '' })
  expect(service.readers).toBe(0)
})

it('[GN6] everybody who is in it is told so and sent away, over whatever they are there', async () => {
  await ask('PUT')
  await write(new Writer(1), 'old')
  const { [GENERATION_HEADER]: generation = '' } = (await get(service.port).whole).headers
  const here = { position: 1, generation: String(generation) }
  const ours = await service.table.sit()
  const plain = await service.table.sit({ dialect: 'yjs', position: undefined })
  const stream = get(service.port, { ...here, live: 'stream' })
  await stream.hear('hello')
  const poll = get(service.port, { ...here, live: 'long-poll', presence: presenceMark() }).whole
  const longPoll = ask('GET', `?offset=${formatOffset(1)}&live=long-poll`)
  const events = new Answering(service.port, 'GET', `${DOC}?offset=now&live=sse`, {})
  await events.begun
  await expect.poll(() => service.readers).toBe(6)
  expect(await ask('DELETE')).toMatchObject({ status: 204 })
  expect(ours.heard.at(-1)).toMatchObject({ type: 'error', code: 'DOCUMENT_NOT_FOUND' })
  expect([ours.closed, plain.closed]).toEqual(['DOCUMENT_NOT_FOUND', 'DOCUMENT_NOT_FOUND'])
  expect((await stream.whole).messages.at(-1)).toMatchObject({ type: 'error', code: 'DOCUMENT_NOT_FOUND' })
  expect([await poll, await longPoll]).toMatchObject([GONE, GONE])
  expect(TestReader.eventsIn((await events.raw).toString()).data).toEqual([])
  expect(service.readers).toBe(0)
  expect(service.table.reports.filter((report) => report.startsWith('failed'))).toEqual([])

  function presenceMark(): string {
    return ours.reader.progress?.presence ?? ''
  }
})

it('[GN6] who comes back with a copy of it is not let into the one that was made after it', async () => {
  await ask('PUT')
  const writer = new Writer(1)
  for (const text of ['one ', 'two ']) await write(writer, text)
  const old = await get(service.port).whole
  const generation = String(old.headers[GENERATION_HEADER])
  const etag = String((await ask('GET', '?offset=-1')).headers.etag)
  await ask('DELETE')
  await ask('PUT')
  expect(await ask('GET', `?offset=${formatOffset(2)}`)).toMatchObject({
    status: 410,
    code: 'OFFSET_EXPIRED',
  })
  await write(new Writer(2), 'fresh')
  // Neither with the history's name, nor with an offset of it, whatever the new one has grown to.
  for (const live of [undefined, 'stream', 'long-poll'] as const) {
    const wish = { position: 2, generation, ...(live === undefined ? {} : { live }) }
    expect(await get(service.port, wish).whole).toMatchObject({ status: 409, code: 'GENERATION_CHANGED' })
  }
  const guest = await service.table.sit({ position: 2, generation })
  expect(guest.kinds()).toEqual(['reset', 'error'])
  for (const query of [`?offset=${formatOffset(2)}`, `?offset=${formatOffset(0)}&live=long-poll`])
    expect(await ask('GET', query)).toMatchObject({ status: 410, code: 'OFFSET_EXPIRED' })
  expect(await write(writer, 'goes on')).toMatchObject({ status: 409, code: 'MISSING_DEPENDENCY' })
  expect(await ask('GET', '?offset=-1', { 'if-none-match': etag })).toMatchObject({
    status: 200,
    text: 'fresh',
  })
})

it('[DS11, DS14] a sender that begins to number anew in it is not taken for repeating itself', async () => {
  const numbered = { 'producer-id': 'me', 'producer-epoch': '0', 'producer-seq': '0' }
  await ask('PUT')
  await write(new Writer(1), 'old', numbered)
  await ask('DELETE')
  await ask('PUT')
  expect(await write(new Writer(2), 'new', numbered)).toMatchObject({ status: 204 })
  expect(await ask('GET', '?offset=-1')).toMatchObject({ text: 'new' })
})

it('[DS14] only who may, deletes; everybody else is refused before anything is looked up', async () => {
  service.mayDelete = false
  for (let round = 0; round < 2; round += 1) {
    expect(await ask('DELETE')).toMatchObject({ status: 403, code: 'FORBIDDEN' })
    await ask('PUT')
  }
  expect(await ask('HEAD')).toMatchObject({ status: 200 })
  service.mayDelete = true
  expect(await ask('DELETE', '?awareness=default')).toMatchObject({ status: 400, code: 'INVALID_REQUEST' })
  expect(await ask('HEAD')).toMatchObject({ status: 200 })
})
