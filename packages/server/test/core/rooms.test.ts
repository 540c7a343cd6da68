import { limits } from '@cometpad/shared'
import type { Message } from '@cometpad/shared'
import { expect, test } from 'vitest'
import type { Log } from '../../src/core/ports.ts'
import { Table, Writer } from './table.ts'
import type { Guest } from './table.ts'

test('[LG10] who comes while a document is loaded waits for that one load', async () => {
  let finds = 0
  const table = new Table({
    wrap: (log) => replaced(log, { find: (documentId) => ((finds += 1), log.find(documentId)) }),
  })
  await table.store('doc', [new Writer(1).write('a')])
  const guests = await Promise.all([table.sit(), table.sit(), table.sit()])
  expect(guests.map((guest) => guest.content())).toEqual(['a', 'a', 'a'])
  expect(finds).toBe(1)
  expect(table.rooms.size).toEqual({ rooms: 1, readers: 3 })
})

test('[LG10] a load that fails is an error to everybody, never an empty document, and is tried anew', async () => {
  let isBroken = true
  const table = new Table({
    wrap: (log) =>
      replaced(log, {
        read: async (...args) => {
          if (isBroken) throw new Error('The disk cannot be read')
          return log.read(...args)
        },
      }),
  })
  await table.store('doc', [new Writer(1).write('kept')])
  const [ana, ben] = await Promise.all([table.sit(), table.sit()])
  for (const guest of [ana, ben]) {
    expect(guest.closed).toBe('STORE_UNAVAILABLE')
    expect(guest.heard.map(({ type }) => type)).toEqual(['error'])
  }
  expect(table.rooms.size).toEqual({ rooms: 0, readers: 0 })
  isBroken = false
  expect((await table.sit()).content()).toBe('kept')
})

test('[LG7] a stored update that is none is a damaged document', async () => {
  const table = new Table()
  await table.store('doc', [Uint8Array.of(9, 9, 9)])
  expect((await table.sit()).closed).toBe('DOCUMENT_DAMAGED')
})

test('[LG4] when a commit fails everybody is sent away, and the next one finds what is durable', async () => {
  const table = new Table({ holdsCommits: true })
  const writer = new Writer(1)
  await table.store('doc', [writer.write('kept ')])
  const [ana, ben] = [await table.sit(), await table.sit()]
  ana.say({ type: 'update', update: writer.write('lost') })
  await table.turn()
  await table.fail()
  expect([ana.closed, ben.closed]).toEqual(['STORE_UNAVAILABLE', 'STORE_UNAVAILABLE'])
  expect(ana.heard.some(({ type }) => type === 'saved')).toBe(false)
  const cleo = await table.sit()
  expect(cleo.closed).toBeUndefined()
  expect(cleo.content()).toBe('kept ')
  cleo.say({ type: 'update', update: writer.write('') })
  expect(table.reports).toContain('failed commit')
})

test('[LG4] a room that failed while nobody was there is not used again', async () => {
  const table = new Table({ holdsCommits: true })
  await table.store('doc', [])
  const ana = await table.sit()
  ana.say({ type: 'update', update: new Writer(1).write('a') })
  await table.turn()
  ana.reader.leave()
  await table.fail()
  const ben = await table.sit()
  ben.news()
  ben.say({ type: 'update', update: new Writer(2).write('b') })
  await table.turn()
  await table.commit()
  expect(ben.news()).toContainEqual({ type: 'saved', count: 1, offset: 1 })
})

test('[LG10] a room is forgotten when it is empty, idle and settled, and not before', async () => {
  const table = new Table({ holdsCommits: true })
  await table.store('doc', [])
  const ana = await table.sit()
  ana.say({ type: 'update', update: new Writer(1).write('a') })
  await table.turn()
  ana.reader.leave()
  beatAfter(table, 0)
  beatAfter(table, limits.idleRoomMs)
  expect(table.rooms.size.rooms).toBe(1)
  await table.commit()
  beatAfter(table, 1)
  expect(table.rooms.size.rooms).toBe(0)
  expect((await table.sit()).content()).toBe('a')
})

test('[LG10] somebody who comes in time keeps the room', async () => {
  const table = new Table()
  const ana = await table.sit()
  ana.reader.leave()
  beatAfter(table, 0)
  beatAfter(table, limits.idleRoomMs - 1)
  const ben = await table.sit()
  beatAfter(table, limits.idleRoomMs)
  expect(table.rooms.size).toEqual({ rooms: 1, readers: 1 })
  expect(ben.closed).toBeUndefined()
})

test('[CN12] messages that come before the room is there are taken in their order', async () => {
  const table = new Table({ holdsCommits: true })
  await table.store('doc', [])
  const writer = new Writer(1)
  const sitting = table.sit()
  const guest = await sitting
  guest.say({ type: 'update', update: writer.write('a') })
  guest.say({ type: 'update', update: writer.write('b') })
  await table.turn()
  await table.commit()
  expect((await table.sit()).content()).toBe('ab')
})

test('[CN12] too many readers, and too many messages before the room is there, are refused', async () => {
  const full = new Table({ limits: { readersPerRoom: 2 } })
  const guests = [await full.sit(), await full.sit(), await full.sit()]
  expect(guests.map(({ closed }) => closed)).toEqual([undefined, undefined, 'OVERLOADED'])
  guests[0]?.reader.leave()
  expect((await full.sit()).closed).toBeUndefined()

  const slow = new Table({
    limits: { waitingMessages: 3 },
    wrap: (log) => replaced(log, { find: () => new Promise(() => undefined) }),
  })
  const guest = await slow.sit()
  for (let n = 0; n < 3; n += 1) guest.say({ type: 'presenceQuery' })
  expect(guest.closed).toBeUndefined()
  guest.say({ type: 'presenceQuery' })
  expect(guest.closed).toBe('OVERLOADED')
})

test('[GA6] more updates than may wait for their commit are refused', async () => {
  const table = new Table({ holdsCommits: true, limits: { pendingUpdates: 3 } })
  await table.store('doc', [])
  const guest = await table.sit()
  const writer = new Writer(1)
  // The first goes into the commit that is under way.
  guest.say({ type: 'update', update: writer.write('a') })
  await table.turn()
  for (const letter of 'bcde') guest.say({ type: 'update', update: writer.write(letter) })
  expect(guest.closed).toBe('OVERLOADED')
})

test('[CN9] a drain says when to come back, keeps what was taken in, and closes', async () => {
  const table = new Table({ holdsCommits: true })
  await table.store('doc', [])
  const [ana, plain] = [await table.sit(), await table.sit({ dialect: 'yjs', position: undefined })]
  ana.news()
  const writer = new Writer(1)
  ana.say({ type: 'update', update: writer.write('kept') })
  await table.turn()
  const drained = table.rooms.drain()
  await table.turn()
  expect(ana.closed).toBeUndefined()
  ana.say({ type: 'update', update: writer.write(' too late') })
  await table.commit()
  await drained
  expect(ana.kinds()).toEqual(['drain', 'saved', 'position', 'error'])
  expect([ana.closed, plain.closed]).toEqual(['DRAINING', 'DRAINING'])
  expect((await table.sit()).closed).toBe('DRAINING')
  expect(table.log.durable('doc').entries.length).toBe(1)
})

test.each<[string, Message | Uint8Array, string]>([
  ['an unknown type', Uint8Array.of(99), 'UNKNOWN_MESSAGE'],
  ['a truncated message', Uint8Array.of(0, 2, 200, 1), 'MALFORMED_MESSAGE'],
  ['nothing', new Uint8Array(), 'MALFORMED_MESSAGE'],
  ['an update that is none', { type: 'update', update: Uint8Array.of(7, 7) }, 'MALFORMED_UPDATE'],
  ['an answer that is none', { type: 'answer', update: Uint8Array.of(7, 7) }, 'MALFORMED_UPDATE'],
  ['a vector that is none', { type: 'vector', vector: Uint8Array.of(7) }, 'MALFORMED_MESSAGE'],
  ['presence that is none', { type: 'presence', presence: Uint8Array.of(7) }, 'MALFORMED_MESSAGE'],
  ['what only servers say', { type: 'saved', count: 1, offset: 1 }, 'UNKNOWN_MESSAGE'],
  ['another server word', { type: 'meta', title: 'mine' }, 'UNKNOWN_MESSAGE'],
])(
  '[GA8, ER4, MS9] %s closes the connection it came on, with a code, and changes nothing else',
  async (_what, message, code) => {
    const table = new Table()
    const writer = new Writer(1)
    await table.store('doc', [writer.write('kept')])
    const [bad, good] = [await table.sit(), await table.sit()]
    good.news()
    if (message instanceof Uint8Array) bad.reader.receive(message)
    else bad.say(message)
    await table.turn()
    expect(bad.closed).toBe(code)
    expect(bad.heard.at(-1)).toMatchObject({ type: 'error', code })
    expect(table.reports).toContain(`refused ${code}`)
    expect(good.closed).toBeUndefined()
    expect(good.heard).toEqual([])
    expect(table.log.durable('doc').entries.length).toBe(1)
    bad.say({ type: 'update', update: writer.write('!') })
    await table.turn()
    expect(table.log.durable('doc').entries.length).toBe(1)
  },
)

test('[GA5, PR7] a viewer changes nothing, is told, stays, and may be present', async () => {
  const table = new Table()
  const writer = new Writer(1)
  await table.store('doc', [writer.write('kept')])
  const [viewer, other] = [await table.sit({ role: 'viewer' }), await table.sit()]
  viewer.news()
  viewer.say({ type: 'update', update: writer.write('!') })
  await table.turn()
  expect(viewer.news()).toMatchObject([{ type: 'error', code: 'READ_ONLY' }])
  expect(viewer.closed).toBeUndefined()
  expect(table.log.durable('doc').entries.length).toBe(1)
  viewer.say({ type: 'presence', presence: presenceOf(1, 1, { name: 'V' }) })
  table.clock.advance(limits.presenceIntervalMs)
  expect(other.kinds()).toContain('presence')
})

test('[PR3, PR4, PR5] presence comes together, with the newest state, and goes with its connection', async () => {
  const table = new Table()
  const [ana, ben] = [await table.sit(), await table.sit()]
  ben.news()
  ana.say({ type: 'presence', presence: presenceOf(1, 1, { at: 1 }) })
  ana.say({ type: 'presence', presence: presenceOf(1, 2, { at: 2 }) })
  expect(ben.news()).toEqual([])
  table.clock.advance(limits.presenceIntervalMs)
  expect(ben.news()).toEqual([{ type: 'presence', presence: presenceOf(1, 2, { at: 2 }) }])
  expect(ana.news()).toEqual([])
  const cleo = await table.sit()
  expect(cleo.news()).toEqual([{ type: 'presence', presence: presenceOf(1, 2, { at: 2 }) }])
  cleo.say({ type: 'presenceQuery' })
  expect(cleo.news()).toEqual([{ type: 'presence', presence: presenceOf(1, 2, { at: 2 }) }])
  ana.reader.leave()
  table.clock.advance(limits.presenceIntervalMs)
  expect(ben.news()).toEqual([{ type: 'presence', presence: presenceOf(1, 2, null) }])
  expect(table.clock.timers).toBe(0)
})

test('[PR5] in a crowded room presence comes less often', async () => {
  const table = new Table({ limits: { crowdedRoom: 1 } })
  const [ana, ben] = [await table.sit(), await table.sit()]
  ana.say({ type: 'presence', presence: presenceOf(1, 1, { a: 1 }) })
  ana.say({ type: 'presence', presence: presenceOf(2, 1, { a: 1 }) })
  table.clock.advance(limits.crowdedPresenceIntervalMs)
  ben.news()
  ana.say({ type: 'presence', presence: presenceOf(1, 2, { a: 2 }) })
  table.clock.advance(limits.crowdedPresenceIntervalMs - 1)
  expect(ben.news()).toEqual([])
  table.clock.advance(1)
  expect(ben.kinds()).toEqual(['presence'])
})

test('[SY2] what one broadcasts the others of ours hear, and nobody later', async () => {
  const table = new Table()
  const [ana, ben, plain] = [await table.sit(), await table.sit(), await table.sit({ dialect: 'yjs' })]
  for (const guest of [ana, ben, plain]) guest.news()
  ana.say({ type: 'broadcast', payload: Uint8Array.of(1, 2) })
  expect(ben.news()).toEqual([{ type: 'broadcast', payload: Uint8Array.of(1, 2) }])
  expect([ana.news(), plain.news()]).toEqual([[], []])
})

test('[ER1] a new title is durable before it is told', async () => {
  const table = new Table({ holdsCommits: true })
  await table.store('doc', [])
  const guest = await table.sit()
  guest.news()
  const renamed = table.rooms.setTitle('doc', 'New')
  await table.turn()
  expect(guest.news()).toEqual([])
  await table.commit()
  await renamed
  expect(guest.news()).toEqual([{ type: 'meta', title: 'New' }])
  expect((await table.sit()).heard[0]).toMatchObject({ title: 'New' })
  await expect(table.rooms.setTitle('nothing', 'x')).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' })
})

test('[DU3] while the disk takes nothing an edit is refused with a time to come back, and everybody else reads on', async () => {
  let isWritable = true
  const table = new Table({
    wrap: (log) => Object.defineProperty(replaced(log, {}), 'isWritable', { get: () => isWritable }),
  })
  const [ana, ben]: Guest[] = [await table.sit(), await table.sit()]
  const writer = new Writer(1)
  const known = writer.write('kept')
  ana?.say({ type: 'update', update: known })
  await table.turn()
  ben?.news()
  isWritable = false
  // What the document has already is no write.
  ana?.say({ type: 'update', update: known })
  expect(ana?.closed).toBeUndefined()
  ana?.news()
  ana?.say({ type: 'update', update: writer.write('too much') })
  await table.turn()
  expect(ana?.news()).toMatchObject([
    { type: 'error', code: 'STORE_UNAVAILABLE' },
    { type: 'drain', delayMs: 1_500 },
  ])
  expect(ana?.closed).toBe('STORE_UNAVAILABLE')
  expect(ben?.closed).toBeUndefined()
  const cara = await table.sit({ position: 0 })
  expect(cara.heard.filter(({ type }) => type === 'update')).toHaveLength(1)
  isWritable = true
  ben?.say({ type: 'update', update: new Writer(2).write('again') })
  await table.turn()
  expect(table.log.durable('doc').entries).toHaveLength(2)
})

test('[LG5] an update is stored and relayed as the bytes that its author sent', async () => {
  const table = new Table()
  const [ana, ben]: Guest[] = [await table.sit(), await table.sit()]
  ben?.news()
  const update = new Writer(1).write('exactly')
  ana?.say({ type: 'update', update })
  await table.turn()
  expect(table.log.durable('doc').entries[0]?.update).toEqual(update)
  expect(ben?.news()[0]).toEqual({ type: 'update', update })
})

function beatAfter(table: Table, ms: number): void {
  table.clock.advance(ms)
  table.rooms.beat()
}

function presenceOf(client: number, clock: number, state: object | null): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(state))
  return Uint8Array.of(1, client, clock, json.length, ...json)
}

/** The log, with some of its functions replaced. */
function replaced(log: Log, other: Partial<Log>): Log {
  return {
    isWritable: log.isWritable,
    find: (documentId) => log.find(documentId),
    create: (documentId, about) => log.create(documentId, about),
    append: (documentId, entries) => log.append(documentId, entries),
    read: (documentId, after, maxBytes) => log.read(documentId, after, maxBytes),
    snapshot: (documentId) => log.snapshot(documentId),
    owners: (documentId) => log.owners(documentId),
    setTitle: (documentId, title) => log.setTitle(documentId, title),
    delete: (...args) => log.delete(...args),
    list: (options) => log.list(options),
    ...other,
  }
}
