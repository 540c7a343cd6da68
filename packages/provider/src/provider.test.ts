import { limits } from '@cometpad/shared'
import { expect, test } from 'vitest'
import { Awareness, encodeAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { Desk, hello, kinds, updateOf } from '../test/desk.ts'

test('[RS2] an empty document says that it has nothing, and is synced at the head', () => {
  const desk = new Desk()
  expect(desk.link.request).toMatchObject({ server: 'https://pad.example', documentId: 'team/notes' })
  expect(desk.link.where).toEqual({ position: 0, generation: undefined })
  desk.link.say(hello({ head: 2 }))
  expect(desk.provider.synced).toBe(false)
  desk.link.say({ type: 'update', update: updateOf('hi') }, { type: 'position', offset: 1 })
  expect(desk.provider.synced).toBe(false)
  desk.link.say({ type: 'position', offset: 2 })
  expect(desk.provider.synced).toBe(true)
  expect(desk.doc.getText('t').toJSON()).toBe('hi')
  expect(kinds(desk.link)).toEqual([])
  expect(desk.told).toEqual(['connecting', 'connected', 'synced true'].slice(1))
})

test('[RS3] a filled document says what it has, answers what the server has, and is unsaved until then', () => {
  const doc = new Y.Doc()
  doc.getText('t').insert(0, 'mine')
  const desk = new Desk({ doc })
  expect(desk.link.where.position).toBe(null)
  expect(desk.provider.saved).toBe(false)
  desk.link.say(hello({ from: null, head: 1 }))
  desk.type('!')
  expect(kinds(desk.link)).toEqual(['vector'])
  desk.link.say({ type: 'vector', vector: Uint8Array.of(0) }, { type: 'answer', update: updateOf('yours') })
  expect(kinds(desk.link)).toEqual(['vector', 'answer'])
  expect(desk.provider.synced).toBe(true)
  expect(desk.provider.unsavedChanges).toBe(2)
  desk.link.say({ type: 'saved', count: 1, offset: 2 })
  expect(desk.provider.saved).toBe(true)
  const [, answer] = desk.link.heard
  if (answer?.type !== 'answer') throw new TypeError('No answer')
  const copy = new Y.Doc()
  Y.applyUpdate(copy, answer.update)
  expect(copy.getText('t').toJSON()).toBe('mine!')
})

test('[RS1, RS8, AK5] it resumes where it was and sends only what was not acknowledged', () => {
  const desk = new Desk()
  desk.link.say(hello())
  desk.type('a')
  desk.type('b')
  desk.link.say({ type: 'saved', count: 1, offset: 1 }, { type: 'position', offset: 2 })
  expect(desk.provider.unsavedChanges).toBe(1)
  desk.cut()
  desk.type('c')
  expect(desk.link.where).toEqual({ position: 2, generation: 'g1' })
  desk.link.say(hello({ head: 2, from: 2 }))
  expect(kinds(desk.link)).toEqual(['update', 'update'])
  desk.link.say({ type: 'saved', count: 2, offset: 3 })
  expect(desk.provider.saved).toBe(true)
})

test('[RS5] a server that does not believe the position gets everything', () => {
  const desk = new Desk()
  desk.link.say(
    hello({ head: 5 }),
    { type: 'update', update: updateOf('x') },
    { type: 'position', offset: 5 },
  )
  desk.cut()
  desk.type('y')
  desk.link.say(hello({ head: 3, from: 0 }))
  expect(kinds(desk.link)).toEqual([])
  desk.link.say({ type: 'vector', vector: Uint8Array.of(0) })
  expect(kinds(desk.link)).toEqual(['answer'])
})

test('[RS10] another history stops it, with the content kept; an empty document takes it', () => {
  const desk = new Desk()
  const resets: string[] = []
  desk.provider.on('reset', ({ generation }) => resets.push(generation))
  desk.link.say(hello())
  desk.cut()
  desk.link.say(hello({ generation: 'g2' }))
  expect(desk.provider.generation).toBe('g2')
  desk.type('mine')
  desk.cut()
  desk.link.say(hello({ generation: 'g3' }))
  expect(resets).toEqual(['g3'])
  expect(desk.provider.status).toBe('stopped')
  expect(desk.provider.stopCode).toBe('GENERATION_CHANGED')
  expect(desk.link.isOpen).toBe(false)
  expect(desk.link.heard).toEqual([])
  expect(desk.provider.unsavedChanges).toBe(1)
  expect(desk.doc.getText('t').toJSON()).toBe('mine')
})

test('[RS10] a reset stops it as well, if there is something to lose', () => {
  const desk = new Desk()
  desk.link.say(hello())
  desk.cut()
  desk.link.say({ type: 'reset', generation: 'g2' })
  desk.waitForNext()
  expect(desk.link.where).toEqual({ position: 0, generation: undefined })
  desk.link.say(hello({ generation: 'g2' }))
  desk.type('mine')
  desk.cut()
  desk.link.say({ type: 'reset', generation: 'g3' })
  expect(desk.provider.status).toBe('stopped')
})

test('[AK6] a server that says the impossible is not believed: nothing is forgotten, and it connects anew', () => {
  const desk = new Desk()
  desk.link.say(hello(), { type: 'position', offset: 0 })
  desk.type('a')
  desk.link.say({ type: 'saved', count: 7, offset: 1 })
  expect(desk.provider.unsavedChanges).toBe(1)
  expect(desk.links[0]?.isOpen).toBe(false)
  desk.waitForNext()
  desk.link.say(hello())
  expect(kinds(desk.link)).toEqual(['update'])
})

test('[MS5] what cannot be read is not believed; what is not known is passed over', () => {
  const desk = new Desk()
  desk.link.say(hello())
  desk.link.saySomething(Uint8Array.of(77, 1, 2))
  expect(desk.provider.status).toBe('connected')
  desk.link.saySomething(Uint8Array.of(34))
  expect(desk.provider.status).toBe('connecting')
  expect(desk.told).toContain('error MALFORMED_MESSAGE')
})

test('[CN4] it stops for good when the server says so, with the reason, and connects again when asked', () => {
  const desk = new Desk()
  desk.link.close(4403)
  desk.clock.advance(1e9)
  expect(desk.links.length).toBe(1)
  expect(desk.provider.stopCode).toBe('FORBIDDEN')
  expect(desk.told).toContain('error FORBIDDEN')
  desk.provider.connect()
  expect(desk.links.length).toBe(2)
})

test('[CN3, CN8] who is not proved, and who falls silent, is left', () => {
  const desk = new Desk()
  desk.clock.advance(limits.connectMs)
  expect(desk.links[0]?.isOpen).toBe(false)
  desk.clock.advance(1_000)
  desk.link.say(hello())
  desk.clock.advance(limits.silentServerMs - 1)
  desk.link.say({ type: 'position', offset: 0 })
  desk.clock.advance(limits.silentServerMs - 1)
  expect(desk.provider.status).toBe('connected')
  desk.clock.advance(1)
  expect(desk.provider.status).toBe('connecting')
  expect(desk.provider.synced).toBe(false)
})

test('[CN3] it says which transport is in use, and why there is none', () => {
  const desk = new Desk()
  const told: string[] = []
  desk.provider.on('transport', ({ transport, reason }) => told.push(`${transport ?? 'none'}: ${reason}`))
  expect(desk.provider.transportState).toEqual({ transport: undefined, reason: 'connecting' })
  desk.link.say(hello())
  desk.cut()
  desk.link.say(hello())
  desk.link.close(4403)
  desk.provider.disconnect()
  expect(told).toEqual(['ws: best', 'none: unreachable', 'ws: best', 'none: stopped', 'none: disconnected'])
})

test('[CN9, CN11] it comes back when it was told to, or when it is woken', () => {
  const desk = new Desk()
  desk.link.say(hello(), { type: 'drain', delayMs: 4_000 })
  expect(desk.links[0]?.isOpen).toBe(false)
  desk.clock.advance(3_999)
  expect(desk.links.length).toBe(1)
  desk.clock.advance(1)
  expect(desk.links.length).toBe(2)
  desk.link.close(1006)
  desk.page('visible')
  expect(desk.links.length).toBe(3)
})

test('[CN3] connecting, leaving and connecting in one turn leaves one connection, and an old one is not heard', () => {
  const desk = new Desk({ connect: false })
  expect(desk.links.length).toBe(0)
  desk.provider.connect()
  desk.provider.disconnect()
  desk.provider.connect()
  desk.provider.connect()
  expect(desk.links.map(({ isOpen }) => isOpen)).toEqual([false, true])
  desk.links[0]?.say(hello({ title: 'Old' }))
  expect(desk.provider.status).toBe('connecting')
  desk.link.say(hello())
  expect(desk.provider.title).toBe('Notes')
})

test('[CN3] after destroy nothing is left: no timer, no listener, no connection', () => {
  const desk = new Desk()
  desk.link.say(hello())
  desk.provider.destroy()
  desk.provider.destroy()
  expect(desk.clock.timers).toBe(0)
  expect(desk.link.isOpen).toBe(false)
  desk.type('unheard')
  expect(desk.link.heard).toEqual([])
  desk.page('visible')
  expect(desk.links.length).toBe(1)
})

test('[PT1, AK1] a large edit goes in parts and is one message', () => {
  const desk = new Desk()
  desk.link.say(hello())
  desk.type('x'.repeat(1_500))
  expect(new Set(kinds(desk.link))).toEqual(new Set(['part']))
  desk.link.say({ type: 'saved', count: 1, offset: 1 })
  expect(desk.provider.saved).toBe(true)
})

test('[RS7] what comes from the server is not sent back', () => {
  const desk = new Desk()
  desk.link.say(
    hello({ head: 1 }),
    { type: 'update', update: updateOf('theirs') },
    { type: 'position', offset: 1 },
  )
  expect(desk.link.heard).toEqual([])
  expect(desk.provider.saved).toBe(true)
})

test('[CN2] the token goes with every connection, fresh each time; one that cannot be had is tried again', async () => {
  const tokens = ['first', new Error('The login service is down'), 'third']
  const desk = new Desk({
    token: async () => {
      const token = tokens.shift()
      if (typeof token !== 'string') throw token ?? new Error('No more')
      return token
    },
  })
  const asked = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve))
  await asked()
  expect(desk.link.request.token).toBe('first')
  desk.link.close(1006)
  desk.clock.advance(1_000)
  await asked()
  expect(desk.told).toContain('error UNAUTHORIZED')
  desk.clock.advance(2_000)
  await asked()
  expect(desk.link.request.token).toBe('third')
})

test('[PR1, PR2, PR4] it speaks for itself alone, with a new clock on every connection, forgets who is gone, and sees who is still there', async () => {
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  awareness.setLocalState({ name: 'Me' })
  const desk = new Desk({ doc, awareness })
  const settled = (): Promise<unknown> => new Promise((resolve) => setImmediate(resolve))
  const clockSaid = (): number => {
    const said = desk.link.heard.findLast(({ type }) => type === 'presence')
    return said?.type === 'presence' ? (said.presence.at(-JSON.stringify({ name: 'Me' }).length - 2) ?? 0) : 0
  }
  desk.link.say(hello())
  await settled()
  const first = clockSaid()
  expect(first).toBeGreaterThan(0)
  const other = new Awareness(new Y.Doc())
  other.setLocalState({ name: 'Other' })
  desk.link.say({ type: 'presence', presence: encodeAwarenessUpdate(other, [other.clientID]) })
  await settled()
  expect(awareness.getStates().get(other.clientID)).toEqual({ name: 'Other' })
  expect(kinds(desk.link).filter((kind) => kind === 'presence').length).toBe(1)
  desk.cut()
  expect(awareness.getStates().has(other.clientID)).toBe(false)
  expect(awareness.getLocalState()).toEqual({ name: 'Me' })
  desk.link.say(hello({ from: 0 }))
  await settled()
  expect(clockSaid()).toBeGreaterThan(first)
  // Who was still there in between has said nothing new.
  desk.link.say({ type: 'presence', presence: encodeAwarenessUpdate(other, [other.clientID]) })
  expect(awareness.getStates().get(other.clientID)).toEqual({ name: 'Other' })
  awareness.destroy()
  other.destroy()
})

test('[ER1] role, title and broadcasts of the server are passed on', () => {
  const desk = new Desk()
  const heard: unknown[] = []
  desk.provider.on('role', (role) => heard.push(role))
  desk.provider.on('title', (title) => heard.push(title))
  desk.provider.on('broadcast', (payload) => heard.push([...payload]))
  desk.provider.broadcast(Uint8Array.of(9))
  desk.link.say(
    hello(),
    { type: 'grant', role: 'viewer' },
    { type: 'meta', title: 'New' },
    { type: 'broadcast', payload: Uint8Array.of(1) },
  )
  expect(heard).toEqual(['editor', 'Notes', 'viewer', 'New', [1]])
  desk.provider.broadcast(Uint8Array.of(2))
  expect(desk.link.heard).toEqual([{ type: 'broadcast', payload: Uint8Array.of(2) }])
})

test('[ID1] a document id outside of the rule is refused at once', () => {
  expect(() => new Desk({ documentId: '../secrets' })).toThrow(/1 to 200 characters/)
})
