import {
  GENERATION_HEADER,
  POSITION_HEADER,
  PRESENCE_HEADER,
  formatOffset,
  limits,
  parseOffset,
} from '@cometpad/shared'
import type { Message } from '@cometpad/shared'
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Writer } from '../core/table.ts'
import { RealServer } from '../real-server.ts'
import { get, kindsOf, post } from './asking.ts'
import type { Answered, Wish } from './asking.ts'

let server: RealServer
beforeEach(async () => {
  server = await RealServer.start()
})
afterEach(() => server.close())

const ask = (wish: Wish = {}): Promise<Answered> => get(server.port, wish).whole

/** Says an update until it is durable, and gives the generation of the document. */
async function write(writer: Writer, text: string, wish: Wish = {}): Promise<string> {
  const answer = await post(server.port, [{ type: 'update', update: writer.write(text) }], wish)
  expect(answer.status).toBe(200)
  return String(answer.headers[GENERATION_HEADER])
}

function textOf(messages: readonly Message[]): string {
  const doc = new Y.Doc()
  for (const message of messages) if (message.type === 'update') Y.applyUpdate(doc, message.update)
  return doc.getText('t').toJSON()
}

function positionOf({ headers }: Answered): number | undefined {
  return parseOffset(String(headers[POSITION_HEADER]))
}

/** A presence message of one Yjs client. */
function present(awareness: Awareness, state: Record<string, unknown> | null): Message {
  awareness.setLocalState(state)
  return { type: 'presence', presence: encodeAwarenessUpdate(awareness, [awareness.clientID]) }
}

function someone(clientId: number): Awareness {
  const doc = new Y.Doc()
  doc.clientID = clientId
  const awareness = new Awareness(doc)
  awareness.destroy()
  return awareness
}

describe('a catch-up', () => {
  it('[HT1] begins with hello, has everything in order, and ends at the head', async () => {
    const writer = new Writer(1)
    for (const word of ['one ', 'two ', 'three']) await write(writer, word)
    const all = await ask()
    expect(kindsOf(all)).toEqual(['hello', 'update', 'update', 'update', 'position'])
    expect(all.messages[0]).toMatchObject({ head: 3, from: 0, role: 'editor' })
    expect(all.messages.at(-1)).toEqual({ type: 'position', offset: 3 })
    expect(textOf(all.messages)).toBe('one two three')
    expect(positionOf(all)).toBe(3)
  })

  it('[HT1, HT6] has only what comes after the position', async () => {
    const writer = new Writer(1)
    await write(writer, 'one ')
    const generation = await write(writer, 'two')
    const rest = await ask({ position: 1, generation })
    expect(kindsOf(rest)).toEqual(['hello', 'update', 'position'])
    expect(rest.messages[0]).toMatchObject({ from: 1 })
    expect(rest.headers[GENERATION_HEADER]).toBe(generation)
    const nothing = await ask({ position: 2, generation })
    expect(kindsOf(nothing)).toEqual(['hello'])
    expect(positionOf(nothing)).toBe(2)
  })

  it('[HT1] has documents that are larger than what is kept in memory for a connection', async () => {
    const doc = new Y.Doc()
    const sent: Message[] = []
    doc.on('update', (update: Uint8Array) => sent.push({ type: 'update', update }))
    for (let n = 0; n < 40; n += 1) doc.getText('t').insert(0, String(n % 10).repeat(60_000))
    for (const message of sent) await post(server.port, [message])
    const all = await ask()
    expect(textOf(all.messages)).toBe(doc.getText('t').toJSON())
    expect(all.messages.at(-1)).toEqual({ type: 'position', offset: 40 })
  })
})

describe('a stream', () => {
  it('[HT2] says hello at once and gives a sign of life a second later', async () => {
    const stream = get(server.port, { live: 'stream' })
    await stream.hear('hello')
    const helloAt = performance.now()
    expect(stream.heard.map(({ type }) => type)).toEqual(['hello'])
    await stream.hear('position')
    expect(performance.now() - helloAt).toBeGreaterThan(limits.streamTickMs / 2)
    stream.leave()
  })

  it('[HT2] brings what others write while it is open', async () => {
    const stream = get(server.port, { live: 'stream' })
    await stream.hear('hello')
    await write(new Writer(1), 'news')
    await stream.hear('position')
    expect(textOf(stream.heard)).toBe('news')
    stream.leave()
  })

  it('[HT15] is left when the client goes, and so is a poll', async () => {
    const stream = get(server.port, { live: 'stream' })
    const { generation } = await stream.hear('hello')
    const poll = get(server.port, { live: 'long-poll', generation })
    await expect.poll(() => server.server.rooms.size.readers).toBe(2)
    stream.leave()
    poll.leave()
    await expect.poll(() => server.server.rooms.size.readers).toBe(0)
  })
})

describe('a poll', () => {
  it('[HT3] is answered at once when the client knows nothing yet', async () => {
    const first = await ask({ live: 'long-poll' })
    expect(kindsOf(first)).toEqual(['hello', 'position'])
  })

  it('[HT3] is answered as soon as there is news, and not before', async () => {
    const generation = String((await ask()).headers[GENERATION_HEADER])
    const poll = get(server.port, { live: 'long-poll', generation })
    await expect.poll(() => server.server.rooms.size.readers).toBe(1)
    await write(new Writer(1), 'news')
    const answer = await poll.whole
    expect(textOf(answer.messages)).toBe('news')
    expect(answer.messages.at(-1)).toEqual({ type: 'position', offset: 1 })
    expect(positionOf(answer)).toBe(1)
    expect(answer.headers['content-length']).toBe(String(answer.body.length))
  })

  it('[HT3] without news is answered when its time has come', async () => {
    const generation = await write(new Writer(1), 'old')
    const before = performance.now()
    const answer = await ask({ live: 'long-poll', generation, position: 1, holdMs: 1_000 })
    expect(performance.now() - before).toBeGreaterThan(900)
    expect(kindsOf(answer)).toEqual(['hello', 'position'])
    expect(positionOf(answer)).toBe(1)
  })

  it('[HT5] gives an answer again that never arrived', async () => {
    const writer = new Writer(1)
    const generation = await write(writer, 'one ')
    await write(writer, 'two')
    const wish: Wish = { live: 'long-poll', generation, position: 1 }
    const [lost, again] = [await ask(wish), await ask(wish)]
    expect(again.body).toEqual(lost.body)
    expect(textOf((await ask({ ...wish, position: 0 })).messages)).toBe('one two')
  })

  it('[HT4] of much is answered in several', async () => {
    const doc = new Y.Doc()
    const updates: Message[] = []
    doc.on('update', (update: Uint8Array) => updates.push({ type: 'update', update }))
    for (let n = 0; n < 6; n += 1) doc.getText('t').insert(0, 'x'.repeat(limits.pollBytes / 2))
    for (const message of updates) await post(server.port, [message])
    const heard: Message[] = []
    let position = 0
    let polls = 0
    const { generation } = (await ask()).messages[0] as Extract<Message, { type: 'hello' }>
    while (position < 6) {
      const answer = await ask({ live: 'long-poll', position, generation })
      expect(answer.messages[0]).toMatchObject({ type: 'hello', from: position })
      heard.push(...answer.messages)
      expect(answer.messages.at(-1)).toEqual({ type: 'position', offset: positionOf(answer) })
      position = positionOf(answer) ?? 0
      polls += 1
    }
    expect(polls).toBeGreaterThan(1)
    expect(textOf(heard)).toBe(doc.getText('t').toJSON())
  })
})

describe('presence', () => {
  it('[HT14] is told once, then only what has changed, the going of others included', async () => {
    const ana = someone(11)
    const client = 'a'.repeat(16)
    const hello = await post(server.port, [present(ana, { name: 'Ana' })], { client })
    const generation = String(hello.headers[GENERATION_HEADER])
    const first = await ask({ live: 'long-poll', generation })
    expect(kindsOf(first)).toEqual(['hello', 'presence', 'position'])
    const presence = String(first.headers[PRESENCE_HEADER])
    const quiet = await ask({ live: 'long-poll', generation, presence, holdMs: 1_000 })
    expect(kindsOf(quiet)).toEqual(['hello', 'position'])
    const gone = ask({ live: 'long-poll', generation, presence })
    await post(server.port, [present(ana, null)], { client })
    expect(kindsOf(await gone)).toEqual(['hello', 'presence', 'position'])
    // Of another server, or of a room that was forgotten.
    const other = await ask({ live: 'long-poll', generation, presence: 'abc.1', holdMs: 1_000 })
    expect(kindsOf(other)).toEqual(['hello', 'position'])
  })

  it('[HT4] of others alone lets a poll wait a little, so that a caret costs no request', async () => {
    const ana = someone(11)
    const generation = String((await ask()).headers[GENERATION_HEADER])
    const poll = get(server.port, { live: 'long-poll', generation })
    await expect.poll(() => server.server.rooms.size.readers).toBe(1)
    for (let n = 0; n < 3; n += 1)
      await post(server.port, [present(ana, { caret: n })], { client: 'a'.repeat(16) })
    const { messages } = await poll.whole
    expect(messages.at(-2)?.type).toBe('presence')
    expect(
      Buffer.from((messages.at(-2) as Extract<Message, { type: 'presence' }>).presence).toString(),
    ).toContain('"caret":2')
  })

  it('[HT12] and edits do not come back to the client that said them, in whatever request it did', async () => {
    const client = 'k'.repeat(22)
    const stream = get(server.port, { live: 'stream', client })
    const other = get(server.port, { live: 'stream' })
    await Promise.all([stream.hear('hello'), other.hear('hello')])
    const update = new Writer(1).write('mine')
    await post(server.port, [{ type: 'update', update }, present(someone(5), { name: 'Ana' })], { client })
    await post(server.port, [{ type: 'broadcast', payload: Uint8Array.of(1) }], { client })
    await Promise.all([other.hear('update'), other.hear('presence'), other.hear('broadcast')])
    expect(await stream.hear('position')).toEqual({ type: 'position', offset: 1 })
    await stream.hear('position', 2)
    expect(stream.heard.map(({ type }) => type).filter((type) => type !== 'position')).toEqual(['hello'])
    stream.leave()
    other.leave()
  })
})

describe('a post', () => {
  it('[HT10] is answered when everything in it is durable', async () => {
    const writer = new Writer(1)
    const answer = await post(server.port, [
      { type: 'update', update: writer.write('a') },
      { type: 'update', update: writer.write('b') },
    ])
    expect(answer.messages).toEqual([{ type: 'saved', count: 2, offset: 2 }])
    // It says nothing of what others have written meanwhile.
    expect(positionOf(answer)).toBeUndefined()
  })

  it('[HT10] that lacks something is told what the server has, and an answer repairs it', async () => {
    const writer = new Writer(1)
    const lost = writer.write('lost ')
    const gap = await post(server.port, [{ type: 'update', update: writer.write('found') }])
    expect(gap.status).toBe(200)
    expect(gap.messages).toMatchObject([{ type: 'error', code: 'MISSING_DEPENDENCY' }, { type: 'vector' }])
    expect(lost.length).toBeGreaterThan(0)
    const { vector } = gap.messages[1] as Extract<Message, { type: 'vector' }>
    const whole = Y.encodeStateAsUpdate(writer.doc, vector)
    const repaired = await post(server.port, [{ type: 'answer', update: whole }])
    expect(repaired.messages).toEqual([{ type: 'saved', count: 1, offset: 1 }])
    expect(textOf((await ask()).messages)).toBe('lost found')
  })

  it('[HT10] with a vector is answered with what its sender lacks', async () => {
    await write(new Writer(1), 'there')
    const vector = Y.encodeStateVector(new Y.Doc())
    const answer = await post(server.port, [{ type: 'vector', vector }])
    expect(kindsOf(answer)).toEqual(['update', 'answer', 'position'])
    expect(textOf(answer.messages)).toBe('there')
  })

  it('[HT11] that comes twice, late or out of order changes nothing more', async () => {
    const writer = new Writer(1)
    const first: Message = { type: 'update', update: writer.write('a') }
    const second: Message = { type: 'update', update: writer.write('b') }
    await post(server.port, [first])
    await post(server.port, [second])
    const again = await post(server.port, [first])
    expect(again.messages).toEqual([{ type: 'saved', count: 1, offset: 2 }])
    const all = await ask()
    expect(positionOf(all)).toBe(2)
    expect(textOf(all.messages)).toBe('ab')
  })

  it('[HT9] with a message in parts is as good as one with the message', async () => {
    const writer = new Writer(1)
    const update = writer.write('x'.repeat(2 * limits.messageBytes))
    const answer = await post(server.port, [{ type: 'update', update }])
    expect(answer.messages).toEqual([{ type: 'saved', count: 1, offset: 1 }])
  })
})

it('[HT7] every answer says that nobody on the way may keep it or hold it back', async () => {
  const stream = get(server.port, { live: 'stream' })
  await stream.hear('hello')
  const answers = [
    (await stream.begun).headers,
    (await ask()).headers,
    (await ask({ live: 'long-poll' })).headers,
    (await post(server.port, [{ type: 'presenceQuery' }])).headers,
    (await ask({ position: 1 })).headers,
  ]
  for (const headers of answers) {
    expect(headers['x-accel-buffering']).toBe('no')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['cache-control']).toContain('no-store')
    expect(headers.vary).toContain('Origin')
  }
  for (const headers of answers.slice(0, 4)) expect(headers['cache-control']).toBe('no-store, no-transform')
  expect(formatOffset(0)).toBe((await stream.begun).headers[POSITION_HEADER])
  stream.leave()
})
