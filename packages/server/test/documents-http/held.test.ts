import { GENERATION_HEADER, PRESENCE_HEADER, limits } from '@cometpad/shared'
import type { Message } from '@cometpad/shared'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { Writer } from '../core/table.ts'
import { get, kindsOf, post } from './asking.ts'
import type { Wish } from './asking.ts'
import { Service } from './service.ts'

let service: Service
beforeEach(async () => {
  service = await Service.start()
})
afterEach(() => service.close())

const ANA = 'ana-ana-ana-ana-ana'
const BEN = 'ben-ben-ben-ben-ben'

async function generationOf(): Promise<string> {
  return String((await get(service.port).whole).headers[GENERATION_HEADER])
}

function presenceOf(clientId: number, name: string): Message {
  const doc = new Y.Doc()
  doc.clientID = clientId
  const awareness = new Awareness(doc)
  awareness.setLocalState({ name })
  awareness.destroy()
  awareness.setLocalState({ name })
  return { type: 'presence', presence: encodeAwarenessUpdate(awareness, [clientId]) }
}

/** The names of those who are present, to somebody who comes now. */
async function present(): Promise<string> {
  const { messages } = await get(service.port).whole
  return messages
    .flatMap((message) => (message.type === 'presence' ? [Buffer.from(message.presence).toString()] : []))
    .flatMap((text) => Array.from(text.matchAll(/"name":"(\w+)"/g), ([, name]) => name))
    .join()
}

describe('a held request', () => {
  it('[HT2] that is a stream says something at least every heartbeat, and ends when it is old', async () => {
    const stream = get(service.port, { live: 'stream' })
    await stream.hear('hello')
    service.pass(limits.streamTickMs + 1_000)
    await stream.hear('position')
    for (let beats = 2; beats < 5; beats += 1) {
      service.pass(limits.heartbeatMs + 1_000)
      await stream.hear('position', beats)
    }
    service.pass(limits.streamMs)
    const { messages } = await stream.whole
    expect(kindsOf({ messages }).filter((kind) => kind !== 'position')).toEqual(['hello'])
    expect(service.readers).toBe(0)
  })

  it('[HT3] that is a poll is held for its time and no longer', async () => {
    const generation = await generationOf()
    const poll = get(service.port, { live: 'long-poll', generation })
    await expect.poll(() => service.readers).toBe(1)
    service.pass(limits.pollHoldMs - 1_000)
    expect(service.readers).toBe(1)
    service.pass(1_000)
    expect(kindsOf(await poll.whole)).toEqual(['hello', 'position'])
    expect(service.readers).toBe(0)
  })

  it('[HT15] whose network takes nothing costs no queue, and is ended', async () => {
    const stream = get(service.port, { live: 'stream' })
    const { socket } = await stream.begun
    await stream.hear('hello')
    socket.pause()
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    for (let n = 0; n < 12; n += 1) doc.getText('t').insert(0, 'x'.repeat(limits.messageBytes))
    const [answer] = service.answers
    let waiting = 0
    for (const update of updates) {
      await post(service.port, [{ type: 'update', update }])
      waiting = Math.max(waiting, answer?.writableLength ?? Infinity)
    }
    // What crossed the bound, and no more.
    process.stdout.write(
      `a stalled stream under ${updates.length} MiB: at most ${(waiting / 2 ** 20).toFixed(2)} MiB waited\n`,
    )
    expect(waiting).toBeLessThan(limits.readerBufferBytes + 2 * limits.messageBytes)
    expect(service.readers).toBe(1)
    service.pass(limits.stalledReaderMs + 2_000)
    expect(service.readers).toBe(0)
    stream.leave()
  })

  it('[HT16] is told when the server goes down, and ends', async () => {
    const generation = await generationOf()
    const stream = get(service.port, { live: 'stream' })
    const poll = get(service.port, { live: 'long-poll', generation })
    await stream.hear('hello')
    await expect.poll(() => service.readers).toBe(2)
    await service.table.rooms.drain()
    expect(kindsOf(await stream.whole)).toContain('drain')
    expect(kindsOf(await poll.whole)).toContain('drain')
    expect(await get(service.port).whole).toMatchObject({ status: 503, code: 'DRAINING' })
    const late = await post(service.port, [{ type: 'update', update: new Writer(1).write('late') }])
    expect(late).toMatchObject({ status: 503, code: 'DRAINING' })
    expect(late.headers['retry-after']).toBeDefined()
    const before = performance.now()
    await service.app.close()
    expect(performance.now() - before).toBeLessThan(limits.goodbyeMs)
  })
})

describe('presence over HTTP', () => {
  it('[HT13] is there while its client comes, and gone when it has been silent for too long', async () => {
    await post(service.port, [presenceOf(1, 'Ana')], { client: ANA })
    const stream = get(service.port, { live: 'stream', client: BEN })
    await stream.hear('presence')
    for (let n = 0; n < 4; n += 1) {
      service.pass(limits.leaseMs / 2)
      await get(service.port, { client: ANA }).whole
      expect(await present()).toBe('Ana')
    }
    service.pass(limits.leaseMs + 1_000)
    expect(await present()).toBe('')
    // Those who follow are told.
    service.pass(1_000)
    await stream.hear('presence', 2)
    stream.leave()
  })

  it('[HT13] goes at once when its client says so', async () => {
    const gone = presenceOf(1, 'Ana')
    await post(service.port, [gone], { client: ANA })
    const doc = new Y.Doc()
    doc.clientID = 1
    const awareness = new Awareness(doc)
    awareness.destroy()
    for (const state of [{}, {}, {}, null]) awareness.setLocalState(state)
    const leave: Message = { type: 'presence', presence: encodeAwarenessUpdate(awareness, [1]) }
    await post(service.port, [leave], { client: BEN })
    expect(await present()).toBe('Ana')
    await post(service.port, [leave], { client: ANA })
    expect(await present()).toBe('')
  })

  it('[HT13] is not dropped while the same Yjs client speaks elsewhere', async () => {
    await post(service.port, [presenceOf(1, 'Ana')], { client: ANA })
    // Another transport, another key, the next clock.
    const doc = new Y.Doc()
    doc.clientID = 1
    const awareness = new Awareness(doc)
    awareness.destroy()
    for (let n = 0; n < 4; n += 1) awareness.setLocalState({ name: 'Moved' })
    const guest = await service.table.sit({ grant: { subject: 'somebody' } })
    guest.say({ type: 'presence', presence: encodeAwarenessUpdate(awareness, [1]) })
    service.pass(2 * limits.leaseMs)
    expect(await present()).toBe('Moved')
    guest.reader.leave()
    expect(await present()).toBe('')
  })

  it('[HT14] of a client that has gone meanwhile is told to a poll that comes back', async () => {
    await post(service.port, [presenceOf(1, 'Ana')], { client: ANA })
    const first = await get(service.port, { client: BEN }).whole
    const generation = String(first.headers[GENERATION_HEADER])
    const wish: Wish = { live: 'long-poll', client: BEN, generation }
    // A room that nobody is in is forgotten, and what it knew with it.
    await service.table.sit()
    service.pass(limits.leaseMs + 1_000)
    const poll = get(service.port, { ...wish, presence: String(first.headers[PRESENCE_HEADER]) })
    await expect.poll(() => service.readers).toBe(2)
    service.pass(1_000)
    const { messages } = await poll.whole
    const said = messages.find((message) => message.type === 'presence')
    expect(Buffer.from(said?.presence ?? []).toString()).toContain('null')
  })
})

describe('rights', () => {
  it('[HT17] are asked for each request: a viewer reads and is present, and changes nothing', async () => {
    const update = new Writer(1).write('mine')
    // Somebody who may has opened it once.
    await get(service.port).whole
    service.role = 'viewer'
    const refused = await post(service.port, [{ type: 'update', update }, presenceOf(1, 'Viewer')], {
      client: ANA,
    })
    expect(refused.status).toBe(200)
    expect(refused.messages).toMatchObject([{ type: 'error', code: 'READ_ONLY' }])
    expect(await present()).toBe('Viewer')
    const [hello] = (await get(service.port).whole).messages
    expect(hello).toMatchObject({ role: 'viewer', head: 0 })
    service.role = 'editor'
    const taken = await post(service.port, [{ type: 'update', update }], { client: ANA })
    expect(taken.messages).toMatchObject([{ type: 'saved', count: 1 }])
  })
})
