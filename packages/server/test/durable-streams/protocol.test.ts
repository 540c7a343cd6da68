import { encodeFrames, formatOffset, limits } from '@cometpad/shared'
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Answering } from '../documents-http/asking.ts'
import { Service } from '../documents-http/service.ts'
import { Writer } from '../core/table.ts'
import { TestReader } from './test-reader.ts'

let service: Service
beforeEach(async () => {
  service = await Service.start()
})
afterEach(() => service.close())

const DOC = '/v1/yjs/docs/team/plan'
const OCTETS = 'application/octet-stream'

function ask(
  method: string,
  query = '',
  headers: Record<string, string> = {},
  body?: Uint8Array,
): Promise<TestReader> {
  const type = method === 'PUT' || method === 'POST' ? { 'content-type': OCTETS } : {}
  return TestReader.ask(service.port, method, DOC + query, { ...type, ...headers }, body)
}

async function write(
  writer: Writer,
  text: string,
  headers: Record<string, string> = {},
): Promise<TestReader> {
  return ask('POST', '', headers, encodeFrames([writer.write(text)]))
}

function numbered(seq: number, epoch = 0, id = 'somebody'): Record<string, string> {
  return { 'producer-id': id, 'producer-epoch': String(epoch), 'producer-seq': String(seq) }
}

async function headOf(): Promise<number | undefined> {
  return (await service.table.log.find('team/plan'))?.head
}

describe('a document as a stream', () => {
  it('[DS1] is made once, and then is there', async () => {
    for (const method of ['HEAD', 'GET', 'POST'])
      expect(await ask(method, '', {}, method === 'POST' ? Uint8Array.of(0) : undefined)).toMatchObject({
        status: 404,
        ...(method === 'HEAD' ? {} : { code: 'DOCUMENT_NOT_FOUND' }),
      })
    const made = await ask('PUT')
    expect(made).toMatchObject({ status: 201, next: formatOffset(0) })
    expect(made.headers.location).toBe(DOC)
    expect(await ask('PUT')).toMatchObject({ status: 200, next: formatOffset(0) })
    const looked = await ask('HEAD')
    expect(looked).toMatchObject({ status: 200, next: formatOffset(0) })
    expect(looked.headers).toMatchObject({ 'content-type': OCTETS })
    expect(looked.headers['cache-control']).toContain('no-store')
  })

  it('[DS1] of another kind is not what there is', async () => {
    await ask('PUT')
    for (const headers of [{ 'content-type': 'text/plain' }, { 'stream-ttl': '60' }])
      expect(await ask('PUT', '', headers)).toMatchObject({ status: 409, code: 'STREAM_CONFLICT' })
    expect(await ask('POST', '', { 'content-type': 'application/json' }, Uint8Array.of(1))).toMatchObject({
      status: 409,
      code: 'STREAM_CONFLICT',
    })
    expect(await ask('PATCH')).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED' })
  })

  it('[DS2] is read from the start, from an offset, and from now', async () => {
    await ask('PUT')
    const writer = new Writer(1)
    const first = await write(writer, 'one ')
    expect(first).toMatchObject({ status: 204, next: formatOffset(1) })
    await write(writer, 'two')
    const all = await ask('GET', '?offset=-1')
    expect(all).toMatchObject({ status: 200, next: formatOffset(2), upToDate: true, text: 'one two' })
    expect(await ask('GET')).toMatchObject({ next: formatOffset(2), text: 'one two' })
    const rest = await ask('GET', `?offset=${first.next}`)
    expect(rest).toMatchObject({ next: formatOffset(2), upToDate: true, updates: all.updates.slice(1) })
    const now = await ask('GET', '?offset=now')
    expect(now).toMatchObject({ status: 200, next: formatOffset(2), upToDate: true, updates: [] })
    expect(now.headers.etag).toBeUndefined()
  })

  it('[DS3] that has not changed need not be sent again', async () => {
    await ask('PUT')
    const writer = new Writer(1)
    await write(writer, 'one')
    const { headers } = await ask('GET', '?offset=-1')
    const etag = String(headers.etag)
    expect(headers['cache-control']).toContain('private')
    const again = await ask('GET', '?offset=-1', { 'if-none-match': `"other", W/${etag}` })
    expect(again).toMatchObject({ status: 304, bytes: 0 })
    await write(writer, 'two')
    expect(await ask('GET', '?offset=-1', { 'if-none-match': etag })).toMatchObject({ status: 200 })
  })

  it('[DS2] of more than one answer holds comes in several', async () => {
    await service.close()
    service = await Service.start({ limits: { pollBytes: 1_000 } })
    await ask('PUT')
    const writer = new Writer(1)
    for (let n = 0; n < 8; n += 1) await write(writer, 'x'.repeat(400))
    let at = '-1'
    const updates: Uint8Array[] = []
    for (let n = 0; n < 8; n += 1) {
      const answer = await ask('GET', `?offset=${at}`)
      updates.push(...answer.updates)
      at = answer.next
      if (answer.upToDate) break
    }
    const doc = new Y.Doc()
    for (const update of updates) Y.applyUpdate(doc, update)
    expect(doc.getText('t').length).toBe(3_200)
  })

  it('[DS4] is followed by polls, which are answered with news or when their time has come', async () => {
    await ask('PUT')
    const writer = new Writer(1)
    const { next } = await write(writer, 'old')
    const poll = ask('GET', `?offset=${next}&live=long-poll`)
    await expect.poll(() => service.readers).toBe(1)
    await write(writer, 'new')
    const answer = await poll
    expect(answer).toMatchObject({ status: 200, next: formatOffset(2), upToDate: true })
    expect(answer.updates.length).toBe(1)
    const idle = ask('GET', `?offset=${answer.next}&live=long-poll`)
    await expect.poll(() => service.readers).toBe(1)
    service.pass(limits.pollHoldMs)
    expect(await idle).toMatchObject({ status: 204, next: formatOffset(2), upToDate: true, bytes: 0 })
    expect(await ask('GET', '?offset=-1&live=long-poll')).toMatchObject({ status: 200, text: 'oldnew' })
    expect(service.readers).toBe(0)
  })

  it('[DS5] gives a cursor that goes on, also when the client is ahead of the time', async () => {
    await ask('PUT')
    await write(new Writer(1), 'x')
    const first = Number((await ask('GET', '?offset=-1&live=long-poll')).headers['stream-cursor'])
    expect(first).toBe(Math.floor((Date.UTC(2026, 0, 1) - Date.UTC(2024, 9, 9)) / 20_000))
    for (const cursor of [first, first + 500]) {
      const answer = await ask('GET', `?offset=-1&live=long-poll&cursor=${cursor}`)
      const next = Number(answer.headers['stream-cursor'])
      expect(next).toBeGreaterThan(cursor)
      expect(next).toBeLessThanOrEqual(cursor + 180)
    }
  })

  it('[DS6] is followed as events, each with where to read on, and ends when it is old', async () => {
    await ask('PUT')
    const writer = new Writer(1)
    await write(writer, 'old')
    const events = new Answering(service.port, 'GET', `${DOC}?offset=-1&live=sse`, {})
    const response = await events.begun
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'stream-sse-data-encoding': 'base64',
      'x-accel-buffering': 'no',
    })
    await expect.poll(() => service.readers).toBe(1)
    await write(writer, ' new')
    service.pass(limits.eventStreamMs)
    const { data, controls } = TestReader.eventsIn((await events.raw).toString())
    expect(TestReader.textOf(data)).toBe('old new')
    expect(controls.map(({ streamNextOffset }) => streamNextOffset)).toEqual([
      formatOffset(1),
      formatOffset(2),
    ])
    expect(controls.every(({ upToDate }) => upToDate === true)).toBe(true)
    expect(service.readers).toBe(0)
  })

  it('[DS6] says where it is also when there is nothing to say', async () => {
    await ask('PUT')
    const events = new Answering(service.port, 'GET', `${DOC}?offset=now&live=sse`, {})
    await events.begun
    service.pass(limits.eventStreamMs)
    const { data, controls } = TestReader.eventsIn((await events.raw).toString())
    expect(data).toEqual([])
    expect(controls[0]).toMatchObject({ streamNextOffset: formatOffset(0), upToDate: true })
  })

  it('[DS7] has a snapshot where there is one', async () => {
    await ask('PUT')
    const none = await ask('GET', '?offset=snapshot')
    expect(none).toMatchObject({ status: 307 })
    expect(none.headers).toMatchObject({ location: '?offset=-1', 'cache-control': 'private, max-age=5' })
    const writer = new Writer(1)
    await write(writer, 'one')
    await write(writer, 'two')
    await service.table.log.compact('team/plan', { offset: 2, update: Y.encodeStateAsUpdate(writer.doc) })
    const there = await ask('GET', '?offset=snapshot')
    expect(there.headers.location).toBe(`?offset=${formatOffset(2)}_snapshot`)
    const snapshot = await ask('GET', String(there.headers.location))
    expect(snapshot).toMatchObject({ status: 200, next: formatOffset(2) })
    const doc = new Y.Doc()
    Y.applyUpdate(doc, snapshot.body)
    expect(doc.getText('t').toJSON()).toBe('onetwo')
    expect(await ask('GET', `?offset=${formatOffset(1)}_snapshot`)).toMatchObject({
      status: 404,
      code: 'SNAPSHOT_NOT_FOUND',
    })
    expect(await ask('GET', `?offset=${formatOffset(1)}`)).toMatchObject({
      status: 410,
      code: 'OFFSET_EXPIRED',
    })
    expect(await ask('GET', '?offset=-1')).toMatchObject({ status: 200, text: 'onetwo' })
  })

  it('[DS8] does not answer what it cannot read', async () => {
    await ask('PUT')
    for (const query of [
      '?offset=x',
      '?offset=-2',
      '?offset=1_snap',
      '?offset=',
      '?offset=1&offset=2',
      '?live=sse',
      '?offset=-1&live=stream',
      '?offset=-1&live=long-poll&cursor=x',
      '?awareness=default&offset=12',
    ])
      expect([query, await ask('GET', query)]).toMatchObject([
        query,
        { status: 400, code: 'INVALID_REQUEST' },
      ])
    expect(await ask('GET', '?offset=9')).toMatchObject({ status: 410, code: 'OFFSET_EXPIRED' })
    expect(service.readers).toBe(0)
  })

  it('[DS9] takes nothing that is not whole updates', async () => {
    await ask('PUT')
    const good = new Writer(1).write('x')
    const bodies: readonly [Uint8Array, number, string][] = [
      [new Uint8Array(0), 400, 'INVALID_REQUEST'],
      [encodeFrames([good]).slice(0, -1), 400, 'MALFORMED_MESSAGE'],
      [encodeFrames([Uint8Array.of(9, 9, 9)]), 400, 'MALFORMED_UPDATE'],
      [Buffer.from('<!doctype html>'), 400, 'MALFORMED_MESSAGE'],
      [Uint8Array.of(0xff, 0xff, 0xff, 0x7f, 0), 413, 'MESSAGE_TOO_LARGE'],
      [encodeFrames(Array.from({ length: limits.postMessages + 1 }, () => good)), 413, 'MESSAGE_TOO_LARGE'],
      [new Uint8Array(limits.postBytes + 1), 413, 'MESSAGE_TOO_LARGE'],
    ]
    for (const [body, status, code] of bodies)
      expect(await ask('POST', '', {}, body)).toMatchObject({ status, code })
    const late = new Writer(2)
    late.write('never sent')
    expect(await write(late, 'lacks it')).toMatchObject({ status: 409, code: 'MISSING_DEPENDENCY' })
    expect(await headOf()).toBe(0)
    expect(service.readers).toBe(0)
  })

  it('[DS10] is changed by editors only, and made by them', async () => {
    service.role = 'viewer'
    expect(await ask('PUT')).toMatchObject({ status: 403, code: 'FORBIDDEN' })
    service.role = 'editor'
    await ask('PUT')
    service.role = 'viewer'
    expect(await ask('PUT')).toMatchObject({ status: 200 })
    expect(await write(new Writer(1), 'mine')).toMatchObject({ status: 403, code: 'READ_ONLY' })
    expect(await ask('GET', '?offset=-1')).toMatchObject({ status: 200, updates: [] })
    expect(await headOf()).toBe(0)
  })
})

describe('a sender that numbers its requests', () => {
  beforeEach(async () => void (await ask('PUT')))

  it('[DS11] is answered alike when it repeats itself, and nothing is stored twice', async () => {
    const writer = new Writer(1)
    const body = encodeFrames([writer.write('once')])
    for (let n = 0; n < 2; n += 1) {
      const answer = await ask('POST', '', numbered(0), body)
      expect(answer).toMatchObject({ status: 204 })
      expect(answer.headers).toMatchObject({ 'producer-epoch': '0', 'producer-seq': '0' })
    }
    // The number decides, not the content.
    expect(await write(new Writer(2), 'other', numbered(0))).toMatchObject({ status: 204 })
    expect(await headOf()).toBe(1)
  })

  it('[DS11] that leaves a gap is told what is missing', async () => {
    const writer = new Writer(1)
    await write(writer, 'a', numbered(0))
    const second = encodeFrames([writer.write('b')])
    const third = encodeFrames([writer.write('c')])
    const early = await ask('POST', '', numbered(2), third)
    expect(early).toMatchObject({ status: 409, code: 'PRODUCER_GAP' })
    expect(early.headers).toMatchObject({ 'producer-expected-seq': '1', 'producer-received-seq': '2' })
    expect(await ask('POST', '', numbered(1), second)).toMatchObject({ status: 204 })
    expect(await ask('POST', '', numbered(2), third)).toMatchObject({ status: 204 })
    expect(await headOf()).toBe(3)
  })

  it('[DS11] is fenced off by its newer epoch, which begins at 0', async () => {
    await write(new Writer(1), 'a', numbered(0, 1))
    expect(await write(new Writer(2), 'b', numbered(3, 2))).toMatchObject({
      status: 400,
      code: 'INVALID_REQUEST',
    })
    expect(await write(new Writer(3), 'c', numbered(0, 2))).toMatchObject({ status: 204 })
    const stale = await write(new Writer(4), 'd', numbered(1, 1))
    expect(stale).toMatchObject({ status: 403, code: 'PRODUCER_FENCED' })
    expect(stale.headers['producer-epoch']).toBe('2')
    expect(await headOf()).toBe(2)
  })

  it('[DS11] and sends several at once has all of them stored, in whatever order they come', async () => {
    const writer = new Writer(1)
    const bodies = Array.from('abcdefgh', (letter) => encodeFrames([writer.write(letter)]))
    const left = new Map(bodies.entries())
    for (let round = 0; round < bodies.length && left.size > 0; round += 1)
      await Promise.all(
        Array.from(left)
          .toReversed()
          .map(async ([seq, body]) => {
            if ((await ask('POST', '', numbered(seq), body)).status === 204) left.delete(seq)
          }),
      )
    expect(await ask('GET', '?offset=-1')).toMatchObject({ text: 'abcdefgh' })
  })

  it('[DS11] goes on where it was when the server has forgotten it', async () => {
    const writer = new Writer(1)
    await write(writer, 'before ')
    const [late, early] = [encodeFrames([writer.write('17 ')]), encodeFrames([writer.write('18')])]
    const gap = await ask('POST', '', numbered(18), early)
    expect(gap).toMatchObject({ status: 409, code: 'PRODUCER_GAP' })
    expect(gap.headers['producer-expected-seq']).toBe('17')
    expect(await ask('POST', '', numbered(17), late)).toMatchObject({ status: 204 })
    expect(await ask('POST', '', numbered(18), early)).toMatchObject({ status: 204 })
    expect(await ask('GET', '?offset=-1')).toMatchObject({ text: 'before 17 18' })
  })

  it('[DS11] says an old number first after a restart, whose answer was lost, and goes on all the same', async () => {
    const writer = new Writer(1)
    const bodies = Array.from('abcd', (letter) => encodeFrames([writer.write(letter)]))
    for (const [seq, body] of bodies.slice(0, 3).entries())
      await ask('POST', '', numbered(seq, 0, 'before'), body)
    // To this name everything is new, as to a server that has just started.
    expect(await ask('POST', '', numbered(1), bodies[1])).toMatchObject({ status: 204 })
    const answers: number[] = []
    while (answers.length <= limits.producerGaps)
      answers.push((await ask('POST', '', numbered(3), bodies[3])).status)
    expect(answers.toSpliced(-1)).toEqual(Array.from({ length: limits.producerGaps }, () => 409))
    expect(answers.at(-1)).toBe(204)
    expect(await ask('GET', '?offset=-1')).toMatchObject({ text: 'abcd' })
    // What lies between has not been heard here, so it is looked at.
    expect(await ask('POST', '', numbered(2), encodeFrames([new Writer(2).write('!')]))).toMatchObject({
      status: 204,
    })
    expect((await ask('GET', '?offset=-1')).text).toContain('!')
  })

  it('[DS11] leaves a gap for good when its content lacks what is missing, however often it comes', async () => {
    const writer = new Writer(1)
    await write(writer, 'a', numbered(0))
    const second = encodeFrames([writer.write('b')])
    const third = encodeFrames([writer.write('c')])
    for (let n = 0; n < limits.producerGaps * 2; n += 1) {
      const answer = await ask('POST', '', numbered(2), third)
      expect(answer).toMatchObject({ status: 409, code: 'PRODUCER_GAP' })
      expect(answer.headers['producer-expected-seq']).toBe('1')
    }
    expect(await ask('POST', '', numbered(1), second)).toMatchObject({ status: 204 })
    expect(await ask('POST', '', numbered(2), third)).toMatchObject({ status: 204 })
    expect(await ask('GET', '?offset=-1')).toMatchObject({ text: 'abc' })
  })

  it('[DS11] numbers with all three headers or with none', async () => {
    for (const name of ['producer-id', 'producer-epoch', 'producer-seq']) {
      const { [name]: _left, ...headers } = numbered(0)
      expect(await write(new Writer(1), 'x', headers)).toMatchObject({ status: 400, code: 'INVALID_REQUEST' })
    }
    for (const bad of [
      numbered(-1),
      numbered(0, 1.5),
      numbered(0, 0, 'x'.repeat(limits.producerIdLength + 1)),
    ])
      expect(await write(new Writer(1), 'x', bad)).toMatchObject({ status: 400, code: 'INVALID_REQUEST' })
    expect(await headOf()).toBe(0)
  })
})

describe('presence as a stream', () => {
  function said(
    clientId: number,
    state: Record<string, unknown> | null,
    awareness = someone(clientId),
  ): Uint8Array {
    awareness.setLocalState(state)
    return encodeFrames([encodeAwarenessUpdate(awareness, [clientId])])
  }

  function someone(clientId: number): Awareness {
    const doc = new Y.Doc()
    doc.clientID = clientId
    const awareness = new Awareness(doc)
    awareness.destroy()
    return awareness
  }

  it('[DS12] begins with who is there, goes on with what changes, and ends with who goes', async () => {
    await ask('PUT')
    const ana = someone(7)
    expect(await ask('POST', '?awareness=default', {}, said(7, { n: 'Ana' }, ana))).toMatchObject({
      status: 204,
    })
    const first = await ask('GET', '?awareness=default&offset=now')
    expect(first.body.toString()).toContain('Ana')
    const poll = ask('GET', `?awareness=default&offset=${first.next}&live=long-poll`)
    await expect.poll(() => service.readers).toBe(1)
    expect(await ask('POST', '?awareness=default', {}, said(7, null, ana))).toMatchObject({ status: 204 })
    service.pass(limits.presenceIntervalMs)
    expect((await poll).body.toString()).toContain('null')
    expect((await ask('GET', '?awareness=default&offset=now')).bytes).toBe(0)
  })

  it('[DS12] is gone when its client has been silent for too long', async () => {
    await ask('PUT')
    await ask('POST', '?awareness=default', {}, said(7, { n: 'Ana' }))
    service.pass(limits.leaseMs + 1_000)
    expect((await ask('GET', '?awareness=default&offset=now')).bytes).toBe(0)
  })

  it('[DS13] is there with the document, from beginning to end', async () => {
    expect(await ask('GET', '?awareness=default&offset=now')).toMatchObject({
      status: 404,
      code: 'DOCUMENT_NOT_FOUND',
    })
    await ask('PUT')
    expect(await ask('HEAD', '?awareness=default')).toMatchObject({ status: 200 })
    expect(await ask('PUT', '?awareness=default')).toMatchObject({ status: 200, next: 'now' })
    service.mayDelete = true
    expect(await ask('DELETE', '?awareness=default')).toMatchObject({ status: 400, code: 'INVALID_REQUEST' })
    expect(await ask('POST', '?awareness=default', {}, Buffer.from('<!doctype html>'))).toMatchObject({
      status: 400,
      code: 'MALFORMED_MESSAGE',
    })
  })
})
