import { limits } from '@cometpad/shared'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { Table, Writer } from './table.ts'

const text = (updates: readonly Uint8Array[]): string => {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc.getText('t').toJSON()
}

test('[CN3] hello comes first and says where the server begins', async () => {
  const table = new Table()
  const ana = new Writer(1)
  await table.store('doc', [ana.write('a'), ana.write('b')])
  const guest = await table.sit({ position: 1 })
  expect(guest.heard[0]).toMatchObject({ type: 'hello', head: 2, from: 1, role: 'editor', title: 'Stored' })
  const asking = await table.sit({ position: undefined })
  expect(asking.heard[0]).toMatchObject({ type: 'hello', from: null })
})

test('[RS2] a newcomer gets snapshot, tail and position', async () => {
  const table = new Table()
  const ana = new Writer(1)
  const updates = [ana.write('a'), ana.write('b'), ana.write('c')]
  await table.store('doc', updates)
  await table.log.compact('doc', { offset: 2, update: Y.mergeUpdates(updates.slice(0, 2)) })
  const guest = await table.sit()
  expect(guest.content()).toBe('abc')
  expect(guest.kinds()).toEqual(['update', 'position', 'update', 'position'])
})

test('[RS1, RS6] who resumes gets what is after its position, and no vector', async () => {
  const table = new Table()
  const ana = new Writer(1)
  const updates = [ana.write('a'), ana.write('b'), ana.write('c')]
  await table.store('doc', updates)
  const guest = await table.sit({ position: 2 })
  expect(guest.news()).toEqual([
    { type: 'update', update: updates[2] },
    { type: 'position', offset: 3 },
  ])
})

test('[RS8] who resumes at the head hears nothing but hello', async () => {
  const table = new Table()
  await table.store('doc', [new Writer(1).write('a')])
  const guest = await table.sit({ position: 1 })
  expect(guest.heard.map(({ type }) => type)).toEqual(['hello'])
})

test('[RS5] a position beyond the head is not believed', async () => {
  const table = new Table()
  await table.store('doc', [new Writer(1).write('a')])
  const guest = await table.sit({ position: 7 })
  expect(guest.heard[0]).toMatchObject({ type: 'hello', from: 0 })
  expect(guest.content()).toBe('a')
  expect(guest.kinds()).toEqual(['vector', 'update', 'position'])
})

test('[RS4] another history is refused before anything is sent', async () => {
  const table = new Table()
  await table.store('doc', [new Writer(1).write('a')])
  const guest = await table.sit({ position: 1, generation: 'another' })
  expect(guest.heard.map(({ type }) => type)).toEqual(['reset', 'error'])
  expect(guest.closed).toBe('GENERATION_CHANGED')
  expect(table.rooms.size.readers).toBe(0)
})

test('[RS3, SY3] without a position both say what they have, and nothing is streamed before', async () => {
  const table = new Table()
  const ana = new Writer(1)
  const updates = [ana.write('a'), ana.write('b')]
  await table.store('doc', updates)
  const guest = await table.sit({ position: undefined })
  expect(guest.kinds()).toEqual(['vector'])
  guest.say({ type: 'vector', vector: Y.encodeStateVectorFromUpdate(updates[0] ?? new Uint8Array()) })
  await table.turn()
  const news = guest.news()
  expect(news.map(({ type }) => type)).toEqual(['update', 'answer', 'position'])
  expect(news[0]).toEqual({ type: 'update', update: updates[1] })
})

test('[SY4] an equal vector is answered by every deletion all the same', async () => {
  const table = new Table()
  const ana = new Writer(1)
  const updates = [ana.write('abc'), ana.delete(0, 1)]
  await table.store('doc', updates)
  const guest = await table.sit({ position: undefined })
  guest.news()
  guest.say({ type: 'vector', vector: Y.encodeStateVector(ana.doc) })
  await table.turn()
  const [answer] = guest.news()
  if (answer?.type !== 'answer') throw new TypeError('No answer')
  expect(text([updates[0] ?? new Uint8Array(), answer.update])).toBe('bc')
})

test('[SY3] a vector from before a snapshot gets the part that is missing', async () => {
  const table = new Table()
  const ana = new Writer(1)
  const updates = [ana.write('a'), ana.write('b'), ana.write('c')]
  await table.store('doc', updates)
  await table.log.compact('doc', { offset: 3, update: Y.encodeStateAsUpdate(ana.doc) })
  const guest = await table.sit({ position: undefined })
  guest.say({ type: 'vector', vector: Y.encodeStateVectorFromUpdate(updates[0] ?? new Uint8Array()) })
  await table.turn()
  const sent = guest
    .news()
    .flatMap((message) => (message.type === 'update' || message.type === 'answer' ? [message.update] : []))
  expect(text([updates[0] ?? new Uint8Array(), ...sent])).toBe('abc')
  expect(sent[0]?.length).toBeLessThan(Y.encodeStateAsUpdate(ana.doc).length)
})

test('[SY2, SY5, SY6] a plain client gets vectors, answers, updates and presence, and nothing else', async () => {
  const table = new Table()
  const ana = new Writer(1)
  await table.store('doc', [ana.write('a')])
  const plain = await table.sit({ dialect: 'yjs', position: undefined })
  const other = await table.sit({ position: 1 })
  plain.say({ type: 'vector', vector: Uint8Array.of(0) })
  await table.turn()
  expect(plain.kinds()).toEqual(['vector', 'update', 'answer'])
  other.say({ type: 'update', update: ana.write('b') })
  await table.turn()
  expect(plain.kinds()).toEqual(['update'])
  plain.say({ type: 'update', update: ana.write('c') })
  await table.turn()
  expect(plain.heard).toEqual([])
  table.clock.advance(limits.heartbeatMs)
  table.rooms.beat()
  expect(plain.heard).toEqual([{ type: 'presence', presence: Uint8Array.of(0) }])
})

test('[LG2, AK2] nothing is seen and nothing is saved before the commit', async () => {
  const table = new Table({ holdsCommits: true })
  await table.store('doc', [])
  const [ana, ben] = [await table.sit(), await table.sit()]
  ana.news()
  ben.news()
  const writer = new Writer(1)
  const update = writer.write('hello')
  ana.say({ type: 'update', update })
  await table.turn()
  const cleo = await table.sit()
  expect([ana.news(), ben.news(), cleo.news()]).toEqual([[], [], []])
  await table.commit()
  expect(ana.news()).toEqual([
    { type: 'saved', count: 1, offset: 1 },
    { type: 'position', offset: 1 },
  ])
  for (const guest of [ben, cleo])
    expect(guest.news()).toEqual([
      { type: 'update', update },
      { type: 'position', offset: 1 },
    ])
})

test('[LG2] a deletion that is not durable is in no answer', async () => {
  const table = new Table({ holdsCommits: true })
  const writer = new Writer(1)
  const first = writer.write('abc')
  await table.store('doc', [first])
  const ana = await table.sit()
  ana.say({ type: 'update', update: writer.delete(0, 1) })
  await table.turn()
  const ben = await table.sit({ position: undefined })
  ben.news()
  ben.say({ type: 'vector', vector: Y.encodeStateVectorFromUpdate(first) })
  await table.turn()
  const [answer] = ben.news()
  if (answer?.type !== 'answer') throw new TypeError('No answer')
  expect(text([first, answer.update])).toBe('abc')
})

test('[RS7] nobody gets back what it sent, in one batch with what others sent', async () => {
  const table = new Table({ holdsCommits: true })
  await table.store('doc', [])
  const [ana, ben] = [await table.sit(), await table.sit()]
  ana.news()
  ben.news()
  const [fromAna, fromBen] = [new Writer(1).write('a'), new Writer(2).write('b')]
  ana.say({ type: 'update', update: fromAna })
  ben.say({ type: 'update', update: fromBen })
  await table.turn()
  await table.commit()
  expect(ana.news().filter(({ type }) => type === 'update')).toEqual([{ type: 'update', update: fromBen }])
  expect(ben.news().filter(({ type }) => type === 'update')).toEqual([{ type: 'update', update: fromAna }])
})

test('[LG6, AK3] what is known already is not stored again, and saved when what came before is', async () => {
  const table = new Table({ holdsCommits: true })
  await table.store('doc', [])
  const guest = await table.sit()
  guest.news()
  const update = new Writer(1).write('a')
  guest.say({ type: 'update', update })
  guest.say({ type: 'update', update })
  guest.say({ type: 'answer', update: new Uint8Array([0, 0]) })
  await table.turn()
  expect(guest.news()).toEqual([])
  await table.commit()
  expect(guest.news()).toContainEqual({ type: 'saved', count: 3, offset: 1 })
  expect(table.log.durable('doc').entries.length).toBe(1)
})

test('[GA4, AK4] an update with a gap is not stored; the answer to the vector repairs it', async () => {
  const table = new Table()
  await table.store('doc', [])
  const guest = await table.sit()
  guest.news()
  const writer = new Writer(1)
  writer.write('a')
  guest.say({ type: 'update', update: writer.write('b') })
  await table.turn()
  expect(guest.kinds()).toEqual(['error', 'vector'])
  expect(table.log.durable('doc').entries).toEqual([])
  guest.say({ type: 'answer', update: Y.encodeStateAsUpdate(writer.doc) })
  await table.turn()
  expect(guest.news()).toContainEqual({ type: 'saved', count: 2, offset: 1 })
  expect(table.reports).toContain('refused MISSING_DEPENDENCY')
})

test('[RS9] a reader that takes nothing costs its offset; later it gets everything in order from the store', async () => {
  const table = new Table({ limits: { tailBytes: 200, pageBytes: 120 } })
  await table.store('doc', [])
  const [ana, slow] = [await table.sit(), await table.sit()]
  slow.writable = false
  const before = slow.writes
  const writer = new Writer(1)
  for (let n = 0; n < 100; n += 1) {
    ana.say({ type: 'update', update: writer.write(`${n} `) })
    await table.turn()
  }
  expect(slow.writes).toBe(before)
  slow.writable = true
  slow.reader.resume()
  for (let n = 0; n < 60; n += 1) await table.turn()
  expect(slow.content()).toBe(writer.doc.getText('t').toJSON())
  expect(slow.heard.at(-1)).toEqual({ type: 'position', offset: 100 })
})

test('[RS9] a reader that takes nothing for too long is dropped, and the others go on', async () => {
  const table = new Table()
  const [stalled, other] = [await table.sit(), await table.sit()]
  stalled.writable = false
  table.rooms.beat()
  table.clock.advance(limits.stalledReaderMs)
  table.rooms.beat()
  expect([stalled.closed, other.closed]).toEqual(['SLOW_READER', undefined])
  expect(table.rooms.size.readers).toBe(1)
})

test('[CN7] a quiet reader hears a position every so often', async () => {
  const table = new Table()
  await table.store('doc', [new Writer(1).write('a')])
  const guest = await table.sit()
  guest.news()
  table.clock.advance(limits.heartbeatMs - 1)
  table.rooms.beat()
  expect(guest.news()).toEqual([])
  table.clock.advance(1)
  table.rooms.beat()
  expect(guest.news()).toEqual([{ type: 'position', offset: 1 }])
})

test('[LG9] readers at the same offset are given the very same bytes', async () => {
  const table = new Table()
  const [ana, ben, cleo] = [await table.sit(), await table.sit(), await table.sit()]
  ana.say({ type: 'update', update: new Writer(1).write('a') })
  await table.turn()
  expect(ben.buffers.at(-1)).toBe(cleo.buffers.at(-1))
  expect(ana.buffers.at(-1)).not.toBe(ben.buffers.at(-1))
})

test('[PT1, AK1] an update in parts counts as one message', async () => {
  const table = new Table()
  const guest = await table.sit()
  guest.news()
  const { encodeMessage, splitIntoParts } = await import('@cometpad/shared')
  const message = encodeMessage({ type: 'update', update: new Writer(1).write('x'.repeat(500)) })
  for (const part of splitIntoParts(message, { messageBytes: 100, partBytes: 90 })) guest.reader.receive(part)
  await table.turn()
  expect(guest.news()).toContainEqual({ type: 'saved', count: 1, offset: 1 })
})

test('[PT3] parts of parts are refused', async () => {
  const table = new Table()
  const guest = await table.sit()
  const { encodeMessage } = await import('@cometpad/shared')
  const inner = encodeMessage({ type: 'part', last: true, bytes: Uint8Array.of(3) })
  guest.say({ type: 'part', last: true, bytes: inner })
  expect(guest.closed).toBe('MALFORMED_MESSAGE')
})
