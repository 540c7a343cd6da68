/** Whose the Yjs clients of a document are, and that nobody writes under those of others. */
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { Table, Writer } from './table.ts'
import type { Guest, GuestOptions } from './table.ts'

const ADA = 11
const EVE = 66

function as(subject: string, more: GuestOptions = {}): GuestOptions {
  return { grant: { subject }, ...more }
}

function codesOf(guest: Guest): string[] {
  return guest.news().flatMap((message) => (message.type === 'error' ? [message.code] : []))
}

/** What somebody makes who has the document and writes under a client id that is not theirs. */
function forged(before: readonly Uint8Array[], client: number, text = 'forged'): Uint8Array {
  const writer = new Writer(EVE)
  for (const update of before) Y.applyUpdate(writer.doc, update)
  writer.doc.clientID = client
  return writer.write(text)
}

/** Clocks of a client without content, such as stand for what was collected: from `clock` on, so many. */
function collected(client: number, clock: number, length: number): Uint8Array {
  return Uint8Array.from([1, 1, client, clock, 0, length, 0])
}

async function headOf(table: Table): Promise<number> {
  return (await table.log.find('doc'))?.head ?? 0
}

describe('a Yjs client', () => {
  it('[GA11] is not gone on with by somebody else: nothing is stored, and its owner writes on', async () => {
    const table = new Table()
    const [ada, eve] = [await table.sit(as('ada')), await table.sit(as('eve'))]
    const writer = new Writer(ADA)
    const first = writer.write('ada ')
    ada.say({ type: 'update', update: first })
    await table.turn()
    eve.news()
    eve.say({ type: 'update', update: forged([first], ADA) })
    eve.say({ type: 'answer', update: forged([first], ADA, 'again') })
    // The clocks of edits to come: whoever has written them could say nothing more.
    eve.say({ type: 'update', update: collected(ADA, 4, 100) })
    await table.turn()
    expect(codesOf(eve)).toEqual(['CLIENT_ID_TAKEN', 'CLIENT_ID_TAKEN', 'CLIENT_ID_TAKEN'])
    expect([eve.closed, await headOf(table)]).toEqual([undefined, 1])
    ada.say({ type: 'update', update: writer.write('writes') })
    eve.say({ type: 'update', update: new Writer(EVE).write('eve ') })
    await table.turn()
    expect(codesOf(ada)).toEqual([])
    expect(await headOf(table)).toBe(3)
    const newcomer = await table.sit(as('bob'))
    expect(newcomer.content()).toContain('ada writes')
    expect(newcomer.content()).toContain('eve ')
  })

  it('[GA11, AK4] a refused edit is never said to be saved', async () => {
    const table = new Table()
    const [ada, eve] = [await table.sit(as('ada')), await table.sit(as('eve'))]
    const first = new Writer(ADA).write('ada')
    ada.say({ type: 'update', update: first })
    await table.turn()
    eve.news()
    eve.say({ type: 'update', update: forged([first], ADA) })
    eve.say({ type: 'update', update: new Writer(EVE).write('mine') })
    await table.turn()
    expect(eve.kinds()).not.toContain('saved')
  })

  it('[GA11] is whose who used it first, also before that is durable', async () => {
    const table = new Table({ holdsCommits: true })
    await table.store('doc', [])
    const [ada, eve] = [await table.sit(as('ada')), await table.sit(as('eve'))]
    const first = new Writer(ADA).write('ada')
    ada.say({ type: 'update', update: first })
    eve.say({ type: 'update', update: forged([first], ADA) })
    await table.turn()
    expect(codesOf(eve)).toEqual(['CLIENT_ID_TAKEN'])
    await table.commit()
    expect(await headOf(table)).toBe(1)
  })

  it('[GA11] goes on with another connection and another token of the same subject', async () => {
    const table = new Table()
    const writer = new Writer(ADA)
    const before = await table.sit(as('ada', { grant: { subject: 'ada', endsAt: 5 } }))
    before.say({ type: 'update', update: writer.write('before ') })
    await table.turn()
    before.reader.leave()
    const offline = writer.write('offline ')
    const after = await table.sit(as('ada', { grant: { subject: 'ada', endsAt: 500_000 } }))
    after.say({ type: 'update', update: offline })
    // And a second tab, with a client of its own.
    const tab = await table.sit(as('ada'))
    tab.say({ type: 'update', update: new Writer(ADA + 1).write('tab') })
    await table.turn()
    expect([...codesOf(after), ...codesOf(tab), await headOf(table)]).toEqual([3])
  })

  it('[GA11, SY5] comes again with what others send as a whole, when that brings nothing of it', async () => {
    const table = new Table()
    const [ada, bob] = [await table.sit(as('ada')), await table.sit(as('bob', { dialect: 'yjs' }))]
    const [one, two] = [new Writer(ADA), new Writer(22)]
    const first = one.write('ada ')
    ada.say({ type: 'update', update: first })
    await table.turn()
    Y.applyUpdate(two.doc, first)
    two.write('bob')
    bob.say({ type: 'answer', update: Y.encodeStateAsUpdate(two.doc) })
    await table.turn()
    expect(await headOf(table)).toBe(2)
    // What ada has not sent yet bob brings: it is not bob's to say.
    Y.applyUpdate(two.doc, one.write('more'))
    bob.say({ type: 'answer', update: Y.encodeStateAsUpdate(two.doc) })
    await table.turn()
    expect(await headOf(table)).toBe(2)
    expect(table.reports).toContain('refused CLIENT_ID_TAKEN')
    ada.say({ type: 'answer', update: Y.encodeStateAsUpdate(one.doc) })
    await table.turn()
    expect(await headOf(table)).toBe(3)
  })

  it('[GA11] may be written behind by everybody, and what it has written be deleted', async () => {
    const table = new Table()
    const [ada, bob] = [await table.sit(as('ada')), await table.sit(as('bob'))]
    const [one, two] = [new Writer(ADA), new Writer(22)]
    const first = one.write('ada')
    ada.say({ type: 'update', update: first })
    await table.turn()
    Y.applyUpdate(two.doc, first)
    bob.say({ type: 'update', update: two.write('bob', 1) })
    bob.say({ type: 'update', update: two.delete(0, 1) })
    await table.turn()
    expect([...codesOf(bob), await headOf(table)]).toEqual([3])
  })

  it('[GA12] is known after a crash, with exactly what was durable', async () => {
    const table = new Table()
    const ada = await table.sit(as('ada'))
    const first = new Writer(ADA).write('ada')
    ada.say({ type: 'update', update: first })
    await table.turn()
    const later = new Table({ wrap: () => table.log.crash() })
    const eve = await later.sit(as('eve'))
    eve.say({ type: 'update', update: forged([first], ADA) })
    await later.turn()
    expect(codesOf(eve)).toEqual(['CLIENT_ID_TAKEN'])
  })

  it("[GA11] is nobody's where everybody is the same", async () => {
    const table = new Table()
    const everybody = { grant: { isEverybody: true as const } }
    const [ada, eve] = [await table.sit(everybody), await table.sit(everybody)]
    const first = new Writer(ADA).write('ada')
    ada.say({ type: 'update', update: first })
    await table.turn()
    eve.say({ type: 'update', update: forged([first], ADA) })
    await table.turn()
    expect([...codesOf(eve), await headOf(table)]).toEqual([2])
    expect((await table.log.owners('doc')).size).toBe(0)
  })
})
