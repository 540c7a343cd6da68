import { encodeFrames, limits } from '@cometpad/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Answering } from '../documents-http/asking.ts'
import { Service } from '../documents-http/service.ts'
import { TestReader } from './test-reader.ts'

let service: Service
beforeEach(async () => {
  service = await Service.start()
})
afterEach(() => service.close())

const DOC = '/v1/yjs/docs/doc'
const OCTETS = 'application/octet-stream'
const NOT_THERE = { status: 404, code: 'STREAM_NOT_FOUND' }

function ask(method: string, query = '', body?: Uint8Array, type = OCTETS): Promise<TestReader> {
  return TestReader.ask(service.port, method, DOC + query, { 'content-type': type }, body)
}

function say(name: string, ...texts: readonly string[]): Promise<TestReader> {
  return ask('POST', `?awareness=${name}`, encodeFrames(texts.map((text) => Buffer.from(text))))
}

function heard({ updates }: TestReader): string[] {
  return updates.map((bytes) => Buffer.from(bytes).toString())
}

/** A request that is held by the server by the time this resolves. */
async function held(query: string): Promise<{ answer: Promise<TestReader> }> {
  const before = service.answers.length
  const answer = ask('GET', query)
  await expect.poll(() => service.answers.length).toBe(before + 1)
  await service.table.turn()
  return { answer }
}

it('[DS15] a stream with a name is there after its PUT or the first POST, and only in its document', async () => {
  expect(await ask('PUT', '?awareness=cursors')).toMatchObject({ status: 404, code: 'DOCUMENT_NOT_FOUND' })
  await ask('PUT')
  for (const method of ['GET', 'DELETE'])
    expect(await ask(method, '?awareness=cursors&offset=now')).toMatchObject(NOT_THERE)
  expect(await ask('HEAD', '?awareness=cursors')).toMatchObject({ status: 404 })
  const made = await ask('PUT', '?awareness=cursors')
  expect(made).toMatchObject({ status: 201 })
  expect(made.headers.location).toBe(`${DOC}?awareness=cursors`)
  expect(await ask('PUT', '?awareness=cursors')).toMatchObject({ status: 200, next: made.next })
  expect(await ask('HEAD', '?awareness=cursors')).toMatchObject({ status: 200, next: made.next })
  expect(await say('admins', 'x')).toMatchObject({ status: 204 })
  expect(await ask('HEAD', '?awareness=admins')).toMatchObject({ status: 200 })
  expect(await ask('DELETE', '?awareness=admins')).toMatchObject({ status: 204 })
  expect(await ask('GET', '?awareness=admins&offset=now')).toMatchObject(NOT_THERE)
  expect(await ask('DELETE', '?awareness=admins')).toMatchObject(NOT_THERE)
  await TestReader.ask(service.port, 'PUT', '/v1/yjs/docs/other', { 'content-type': OCTETS })
  const elsewhere = '/v1/yjs/docs/other?awareness=cursors'
  expect(await TestReader.ask(service.port, 'HEAD', elsewhere, {})).toMatchObject({ status: 404 })
})

it('[DS15] what is said in it is told as it is to all who follow it, over polls and events, and stored nowhere', async () => {
  await ask('PUT')
  const { next } = await say('cursors', 'old')
  const { answer: poll } = await held(`?awareness=cursors&offset=now&live=long-poll`)
  const events = new Answering(service.port, 'GET', `${DOC}?awareness=cursors&offset=${next}&live=sse`, {})
  await events.begun
  expect(await say('cursors', 'one', 'two')).toMatchObject({ status: 204 })
  const answer = await poll
  expect(heard(answer)).toEqual(['one', 'two'])
  expect(answer).toMatchObject({ status: 200, upToDate: true })
  expect(answer.headers['stream-cursor']).toMatch(/^\d+$/)
  await say('cursors', 'three')
  expect(heard(await ask('GET', `?awareness=cursors&offset=${answer.next}`))).toEqual(['three'])
  expect(heard(await ask('GET', `?awareness=cursors`))).toEqual(['old', 'one', 'two', 'three'])
  expect(heard(await ask('GET', `?awareness=cursors&offset=now`))).toEqual([])
  const { answer: idle } = await held(`?awareness=cursors&offset=now&live=long-poll`)
  service.pass(limits.eventStreamMs)
  expect(await idle).toMatchObject({ status: 204, bytes: 0 })
  const { data, controls } = TestReader.eventsIn((await events.raw).toString())
  expect(data.map((bytes) => Buffer.from(bytes).toString('latin1').slice(1)).join()).toBe(
    'one\u0003two,three',
  )
  expect(controls.at(-1)?.streamNextOffset).toBe((await ask('HEAD', '?awareness=cursors')).next)
  expect((await service.table.log.find('doc'))?.head).toBe(0)
  expect((await ask('GET', '?awareness=default&offset=now')).bytes).toBe(0)
})

it('[DS15] it keeps the newest only, so that who is slow or away for long misses the rest', async () => {
  await ask('PUT')
  const { next } = await say('cursors', 'first')
  const large = 'x'.repeat(limits.presenceStreamBytes / 4)
  for (let n = 0; n < 6; n += 1) await say('cursors', large)
  const kept = heard(await ask('GET', `?awareness=cursors&offset=${next}`))
  expect(kept).toEqual([large, large, large, large])
  const other = `${'0'.repeat(7)}1.${'9'.repeat(15)}`
  expect(heard(await ask('GET', `?awareness=cursors&offset=${other}`))).toEqual(kept)
})

it('[DS15] it takes nothing that is not whole frames, too large, or one name too many', async () => {
  await ask('PUT')
  const refusals: readonly [Uint8Array, string, number, string][] = [
    [new Uint8Array(0), OCTETS, 400, 'INVALID_REQUEST'],
    [Uint8Array.of(5, 1), OCTETS, 400, 'MALFORMED_MESSAGE'],
    [Uint8Array.of(1, 1), 'text/html', 409, 'STREAM_CONFLICT'],
    [encodeFrames([new Uint8Array(limits.presenceStreamBytes + 1)]), OCTETS, 413, 'MESSAGE_TOO_LARGE'],
  ]
  await say('cursors', 'x')
  for (const [body, type, status, code] of refusals)
    expect(await ask('POST', '?awareness=cursors', body, type)).toMatchObject({ status, code })
  expect(heard(await ask('GET', '?awareness=cursors'))).toEqual(['x'])
  for (const name of ['', 'a%20b', 'a%2Fb', 'x'.repeat(limits.presenceNameLength + 1)])
    expect(await ask('PUT', `?awareness=${name}`)).toMatchObject({ status: 400, code: 'INVALID_REQUEST' })
  expect(await ask('GET', '?awareness=cursors&offset=12')).toMatchObject({
    status: 400,
    code: 'INVALID_REQUEST',
  })
  for (let n = 1; n < limits.presenceStreamsPerDocument; n += 1)
    expect(await ask('PUT', `?awareness=n${n}`)).toMatchObject({ status: 201 })
  for (const more of [ask('PUT', '?awareness=more'), say('more', 'x')])
    expect(await more).toMatchObject({ status: 503, code: 'OVERLOADED' })
  // Those that nobody has asked for in a long time make room, but not the one that is followed.
  const { answer: following } = await held('?awareness=cursors&offset=now&live=long-poll')
  service.table.clock.advance(limits.presenceStreamIdleMs)
  expect(await following).toMatchObject({ status: 204 })
  expect(await ask('PUT', '?awareness=more')).toMatchObject({ status: 201 })
  expect(await ask('HEAD', '?awareness=n1')).toMatchObject({ status: 404 })
  expect(await ask('HEAD', '?awareness=cursors')).toMatchObject({ status: 200 })
})

it('[DS15] who follows it is told when it, its document or the server goes, and when a grant ends', async () => {
  await ask('PUT')
  service.mayDelete = true
  const follow = async (name: string): Promise<{ answer: Promise<TestReader> }> => {
    await ask('PUT', `?awareness=${name}`)
    return held(`?awareness=${name}&offset=now&live=long-poll`)
  }
  const first = await follow('first')
  await ask('DELETE', '?awareness=first')
  expect(await first.answer).toMatchObject(NOT_THERE)
  const second = await follow('second')
  await ask('DELETE')
  expect(await second.answer).toMatchObject({ status: 404, code: 'DOCUMENT_NOT_FOUND' })
  await ask('PUT')
  expect(await ask('HEAD', '?awareness=second')).toMatchObject({ status: 404 })
  service.endsAt = service.table.clock.now() + 5_000
  const third = await follow('third')
  service.pass(6_000)
  expect(await third.answer).toMatchObject({ status: 401, code: 'UNAUTHORIZED' })
  service.endsAt = undefined
  const fourth = await follow('fourth')
  await service.close()
  expect(await fourth.answer).toMatchObject({ status: 503, code: 'DRAINING' })
})

it('[DS15] everybody who reads the document may speak in it; those who edit may remove it', async () => {
  await ask('PUT')
  service.role = 'viewer'
  expect(await ask('PUT', '?awareness=cursors')).toMatchObject({ status: 201 })
  expect(await say('cursors', 'x')).toMatchObject({ status: 204 })
  expect(await ask('DELETE', '?awareness=cursors')).toMatchObject({ status: 403, code: 'FORBIDDEN' })
  service.role = 'editor'
  expect(await ask('DELETE', '?awareness=cursors')).toMatchObject({ status: 204 })
})
