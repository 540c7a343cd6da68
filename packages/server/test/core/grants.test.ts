import { encodeAwarenessUpdate, Awareness } from 'y-protocols/awareness'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { CometpadError, limits } from '@cometpad/shared'
import type { Role } from '@cometpad/shared'
import type { Grant, ShareLink } from '../../src/core/ports.ts'
import { LinkGrant, placeOf } from '../../src/http/access/grants.ts'
import { Table, Writer } from './table.ts'

/** A grant that changes while it is held. */
function changing(): { role: Role; ended?: Grant['ended']; readonly subject: string } {
  return { subject: 'ada', role: 'editor' }
}

describe('a grant', () => {
  it('[AC4] closes its connection when it ends, and not before', async () => {
    const table = new Table()
    const guest = await table.sit({ grant: { endsAt: 10_000 } })
    table.clock.advance(9_999)
    table.rooms.beat()
    expect(guest.closed).toBeUndefined()
    table.clock.advance(1)
    table.rooms.beat()
    expect(guest.closed).toBe('UNAUTHORIZED')
  })

  it('[AC5] is replaced by that of a fresh token, and the client is told another role', async () => {
    const table = new Table()
    const guest = await table.sit({ grant: { endsAt: 10_000 } })
    table.renew = async () => ({ subject: 'anonymous', role: 'viewer', endsAt: 20_000 })
    guest.say({ type: 'token', token: 'fresh' })
    await table.turn()
    table.clock.advance(15_000)
    table.rooms.beat()
    expect(guest.closed).toBeUndefined()
    expect(guest.news()).toContainEqual({ type: 'grant', role: 'viewer' })
    guest.say({ type: 'update', update: new Writer(1).write('no') })
    await table.turn()
    expect(guest.news()).toContainEqual(expect.objectContaining({ type: 'error', code: 'READ_ONLY' }))
    expect((await table.log.find('doc'))?.head).toBe(0)
  })

  it('[AC5] stays as it was when a token is refused or is that of somebody else', async () => {
    const table = new Table()
    const guest = await table.sit({ role: 'editor', grant: { subject: 'ada' } })
    table.renew = async (token) => {
      if (token === 'bad') throw new CometpadError('UNAUTHORIZED')
      return { subject: 'bob', role: 'owner' }
    }
    guest.say({ type: 'token', token: 'bad' })
    guest.say({ type: 'token', token: 'stolen' })
    await table.turn()
    const codes = guest.news().flatMap((message) => (message.type === 'error' ? [message.code] : []))
    expect(codes).toEqual(['UNAUTHORIZED', 'FORBIDDEN'])
    guest.say({ type: 'update', update: new Writer(1).write('yes') })
    await table.turn()
    expect(guest.kinds()).toContain('saved')
  })

  it('[AC5] is not asked for more often than the server can look', async () => {
    const table = new Table({ limits: { waitingRenewals: 2 } })
    const guest = await table.sit()
    table.renew = () => new Promise(() => undefined)
    for (let n = 0; n < 2; n += 1) guest.say({ type: 'token', token: `${n}` })
    expect(guest.closed).toBeUndefined()
    guest.say({ type: 'token', token: 'one more' })
    expect(guest.closed).toBe('RATE_LIMITED')
  })

  it('[AC6] shows others its name and colour, whatever the client says', async () => {
    const table = new Table()
    const ada = await table.sit({ grant: { subject: 'ada', name: 'Ada', color: '#102030' } })
    const bob = await table.sit()
    const awareness = new Awareness(new Y.Doc())
    awareness.setLocalState({ user: { name: 'The boss', color: '#ffffff', mood: 'fine' }, cursor: 3 })
    ada.say({ type: 'presence', presence: encodeAwarenessUpdate(awareness, [awareness.clientID]) })
    table.clock.advance(limits.presenceIntervalMs)
    const said = bob.news().find(({ type }) => type === 'presence')
    const text = said?.type === 'presence' ? Buffer.from(said.presence).toString('utf8') : ''
    expect(text).toContain('"name":"Ada","color":"#102030"')
    expect(text).toContain('"mood":"fine"')
    expect(text).toContain('"cursor":3')
    expect(text).not.toContain('boss')
  })

  it('[RV2] tells another role at the next beat, and takes no edit beyond it before that either', async () => {
    const table = new Table()
    const held = changing()
    const ada = await table.sit({ held })
    held.role = 'viewer'
    ada.say({ type: 'update', update: new Writer(1).write('late') })
    await table.turn()
    expect(ada.news()).toMatchObject([
      { type: 'grant', role: 'viewer' },
      { type: 'error', code: 'READ_ONLY' },
    ])
    expect((await table.log.find('doc'))?.head).toBe(0)
    held.role = 'owner'
    table.rooms.beat()
    expect(ada.news()).toEqual([{ type: 'grant', role: 'owner' }])
    table.rooms.beat()
    expect(ada.news()).toEqual([])
  })

  it('[RV3] that is taken away closes its connection at the next beat', async () => {
    const table = new Table()
    const held = changing()
    const ada = await table.sit({ held })
    held.ended = 'FORBIDDEN'
    table.rooms.beat()
    expect(ada.closed).toBe('FORBIDDEN')
  })

  it('[RV3] that is taken away takes nothing in and hears nothing any more, before the beat', async () => {
    const table = new Table()
    const [mute, deaf, dull] = [changing(), changing(), changing()]
    const [speaker, listener, other] = [
      await table.sit({ held: mute }),
      await table.sit({ held: deaf }),
      await table.sit({ held: dull }),
    ]
    const bob = await table.sit()
    mute.ended = 'FORBIDDEN'
    deaf.ended = 'FORBIDDEN'
    speaker.say({ type: 'update', update: new Writer(1).write('secret') })
    bob.say({ type: 'update', update: new Writer(2).write('news') })
    await table.turn()
    expect([speaker.closed, listener.closed, other.closed]).toEqual(['FORBIDDEN', 'FORBIDDEN', undefined])
    expect([bob.content(), listener.content(), other.content()]).toEqual(['', '', 'news'])
    expect((await table.log.find('doc'))?.head).toBe(1)
    dull.ended = 'FORBIDDEN'
    bob.say({ type: 'broadcast', payload: new Uint8Array([1]) })
    expect(other.closed).toBe('FORBIDDEN')
    expect(other.kinds()).not.toContain('broadcast')
  })

  it('[RV3] that was taken away while its room was loaded is not greeted', async () => {
    const table = new Table()
    const held = changing()
    const sitting = table.sit({ held })
    held.ended = 'FORBIDDEN'
    const ada = await sitting
    expect(ada.closed).toBe('FORBIDDEN')
    expect(ada.heard.map(({ type }) => type)).toEqual(['error'])
  })

  it('[SL4] of a link ends with the link, and when it expires', async () => {
    const table = new Table()
    const common = { linkId: 'l', role: 'editor', secretHash: '', createdBy: '', createdAt: 0 } as const
    const links = new Map<string, ShareLink>([['l', { ...common, expiresAt: 5_000 }]])
    const sheet = { people: new Map(), links, trail: [], isOver: false, isUnknown: false }
    const place = placeOf('doc')
    const sit = () => table.sit({ held: new LinkGrant('l', { place, sheet, now: () => table.clock.now() }) })
    const early = await sit()
    table.clock.advance(4_999)
    table.rooms.beat()
    expect(early.closed).toBeUndefined()
    table.clock.advance(1)
    table.rooms.beat()
    expect(early.closed).toBe('LINK_INVALID')
    links.set('l', common)
    const late = await sit()
    table.rooms.beat()
    expect(late.closed).toBeUndefined()
    links.delete('l')
    table.rooms.beat()
    expect(late.closed).toBe('LINK_INVALID')
  })
})
