/** What the journal may expect of the store: in memory and in IndexedDB. */
import 'fake-indexeddb/auto'
import { CometpadError, limits } from '@cometpad/shared'
import { FakeClock } from '@cometpad/shared/testing'
import { openDB } from 'idb'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { Connection } from '../../src/offline/indexeddb-connection.ts'
import { IndexedDbStore } from '../../src/offline/indexeddb-store.ts'
import type { Batch, Loaded, OfflineStore, Written } from '../../src/offline/store.ts'
import { MemoryConnection } from './memory-connection.ts'

const NOTES = { server: 'https://pad.example', documentId: 'notes' }
const G1 = { ...NOTES, generation: 'g1' }

let now = 0
let number = 0
const tick = (): number => (now += 1)

describe.each<[string, () => OfflineStore]>([
  ['in memory', () => new IndexedDbStore(new MemoryConnection(), tick)],
  [
    'in IndexedDB',
    () => new IndexedDbStore(new Connection(`contract-${(number += 1)}`, new FakeClock()), tick),
  ],
])('a store %s', (_, open) => {
  let store: OfflineStore

  beforeEach(() => {
    store = open()
  })

  test('has nothing at first', async () => {
    const { history, known, unsent, damaged } = await store.load(NOTES)
    expect({ history, known, unsent, damaged }).toEqual({
      history: undefined,
      known: [],
      unsent: [],
      damaged: 0,
    })
    expect(await store.copies(NOTES)).toEqual([])
  })

  test('[OF1] gives back what was written, in its order, and what was appended in a hurry', async () => {
    await write(store, { known: ['state'], unsent: ['a', 'b'], position: 7, title: 'Notes', role: 'editor' })
    await store.append(G1, 0, [{ update: bytes('c'), edits: 3 }])
    const loaded = await store.load(NOTES)
    expect(loaded.history).toEqual({ ...G1, position: 7, title: 'Notes', role: 'editor' })
    expect(textsOf(loaded)).toEqual({ known: ['state'], unsent: ['a', 'b', 'c'] })
    expect(loaded.unsent.map(({ edits }) => edits)).toEqual([1, 1, 3])
  })

  test('[OF1] gives back what was appended when nothing else of its document came to be written', async () => {
    await store.append(G1, 0, [{ update: bytes('a'), edits: 1 }])
    expect(textsOf(await store.load(NOTES))).toEqual({ known: [], unsent: ['a'] })
    expect((await store.load(NOTES)).history?.position).toBeUndefined()
  })

  test('[OF3] what was acknowledged is known, and stays content', async () => {
    const { unsent, line } = await write(store, { unsent: ['a', 'b'] })
    await write(store, { scope: 'news', line, acknowledged: unsent.slice(0, 1) })
    expect(textsOf(await store.load(NOTES))).toEqual({ known: ['a'], unsent: ['b'] })
  })

  test('[OF5] a position is there only with the content it stands for, and never goes back', async () => {
    const missing = await store.write(G1, 0, batch({ scope: 'news', known: ['news'], position: 9 }))
    expect(missing.outcome).toBe('missing')
    expect(textsOf(await store.load(NOTES)).known).toEqual([])
    const { line, known } = await write(store, { known: ['state'], position: 9 })
    await write(store, { scope: 'news', line, known: ['late'], position: 8 })
    expect((await store.load(NOTES)).history?.position).toBe(9)
    await write(store, { scope: 'unsent', removed: known })
    expect((await store.load(NOTES)).history?.position).toBeUndefined()
    // Another tab that goes on from what was dropped would leave a gap.
    const gap = await store.write(G1, 0, batch({ scope: 'news', line, known: ['more'], position: 12 }))
    expect(gap.outcome).toBe('missing')
    await write(store, { known: ['state'], position: 12 })
    expect((await store.load(NOTES)).history?.position).toBe(12)
  })

  test('[OF6] when the history is replaced, what is unsent stays as a copy with the text around it', async () => {
    const { unsent } = await write(store, { known: ['state'], unsent: ['a', 'b'], title: 'Notes' })
    await store.replace(G1)
    expect((await store.load(NOTES)).history).toBeUndefined()
    await write(store, { known: ['other'] }, 'g2')
    await store.append(G1, 0, [{ update: bytes('late'), edits: 1 }])
    expect(textsOf(await store.load(NOTES))).toEqual({ known: ['other'], unsent: [] })
    const [copy, ...others] = await store.copies(NOTES)
    expect(others).toEqual([])
    expect(copy).toMatchObject({ generation: 'g1', title: 'Notes', edits: 3 })
    expect(copy?.updates.map(text).sort()).toEqual(['a', 'b', 'late', 'state'])
    expect(copy?.rows).toEqual(expect.arrayContaining([...unsent]))
    // What the person has not seen stays.
    await store.append(G1, 0, [{ update: bytes('later'), edits: 1 }])
    if (copy !== undefined) await store.discard(NOTES, copy)
    const [rest] = await store.copies(NOTES)
    expect(rest?.updates.map(text)).toEqual(['later'])
    if (rest !== undefined) await store.discard(NOTES, rest)
    expect(await store.copies(NOTES)).toEqual([])
    expect(textsOf(await store.load(NOTES))).toEqual({ known: ['other'], unsent: [] })
  })

  test('[OF6] when nothing is unsent, a replaced history goes as a whole; a tab that is late brings a copy, not a document', async () => {
    await write(store, { known: ['state'] })
    await store.replace(G1)
    await write(store, { known: ['other'] }, 'g2')
    expect(await store.copies(NOTES)).toEqual([])
    await write(store, { known: ['state'], unsent: ['late'] })
    expect((await store.load(NOTES)).history?.generation).toBe('g2')
    expect(await store.copies(NOTES)).toMatchObject([{ generation: 'g1', edits: 1 }])
  })

  test('[OF6] what was written before there was a generation gets it with the first write that has one', async () => {
    const first = await write(store, { known: ['state'], unsent: ['a'] }, '')
    await write(store, { known: ['of the server'] }, 'g1')
    const loaded = await store.load(NOTES)
    expect(loaded.history?.generation).toBe('g1')
    expect(textsOf(loaded)).toEqual({ known: ['state', 'of the server'], unsent: ['a'] })
    // It has to be written as a whole before anything can go on from it.
    expect(loaded.line).toBeUndefined()
    const removed = [...first.known, ...first.unsent]
    await write(store, { known: ['both'], unsent: ['a'], removed }, 'g1')
    const joined = await store.load(NOTES)
    expect(joined.line).toBeDefined()
    expect(textsOf(joined)).toEqual({ known: ['of the server', 'both'], unsent: ['a'] })
  })

  test('[OF7] a tab that joins its rows leaves those of another, whatever became of them', async () => {
    const ana = await write(store, { known: ['state'], unsent: ['of ana'] })
    const ben = await write(store, { known: ['same state'], unsent: ['of ben'] })
    await write(store, { known: ['joined'], removed: [...ana.known, ...ana.unsent], unsent: ['of ana'] })
    expect(textsOf(await store.load(NOTES)).unsent).toEqual(['of ben', 'of ana'])
    // Ana's tab acknowledges a row that another has joined meanwhile.
    await write(store, { scope: 'news', line: ben.line, acknowledged: ana.unsent })
    expect(textsOf(await store.load(NOTES)).unsent).toEqual(['of ben', 'of ana'])
  })

  test('[OF8] the document that was not used for longest goes, unless it has unsent edits', async () => {
    for (let at = 0; at < limits.offlineDocuments; at += 1) {
      const name = { ...G1, documentId: `document-${at}` }
      await store.write(name, 0, batch({ known: ['state'], unsent: at === 0 ? ['a'] : [] }))
    }
    const titleOf = async (at: number): Promise<unknown> =>
      (await store.load({ ...NOTES, documentId: `document-${at}` })).history?.generation
    // One more than there may be: opening it makes room.
    await write(store, { known: ['state'] })
    await store.load(NOTES)
    expect(await titleOf(0)).toBe('g1')
    expect(await titleOf(1)).toBeUndefined()
    expect(await titleOf(2)).toBe('g1')
  })

  test('[OF10] what is forgotten is gone, and a tab that is still open is told so and brings nothing back', async () => {
    const { line } = await write(store, { known: ['state'], unsent: ['a'] })
    await store.forget(NOTES)
    expect((await store.load(NOTES)).history).toBeUndefined()
    for (const scope of ['news', 'whole', 'unsent'] as const)
      expect((await store.write(G1, 0, batch({ scope, line, unsent: ['b'] }))).outcome).toBe('forgotten')
    await store.append(G1, 0, [{ update: bytes('c'), edits: 1 }])
    const { history, unsent, epoch } = await store.load(NOTES)
    expect({ history, unsent, epoch }).toEqual({ history: undefined, unsent: [], epoch: 1 })
    // Who comes afterwards keeps as ever, and what the first brings then is still refused.
    expect((await store.write(G1, epoch, batch({ known: ['new'] }))).outcome).toBe('written')
    expect((await store.write(G1, 0, batch({ unsent: ['d'] }))).outcome).toBe('forgotten')
    await store.append(G1, 0, [{ update: bytes('e'), edits: 1 }])
    expect(textsOf(await store.load(NOTES))).toEqual({ known: ['new'], unsent: [] })
  })

  test('[OF10] forgetting one document leaves others alone that were just opened, and what was appended to them in a hurry', async () => {
    const other = { ...G1, documentId: 'other' }
    const hurried = { ...G1, documentId: 'hurried' }
    const { epoch } = await store.load(other)
    await store.append(hurried, epoch, [{ update: bytes('a'), edits: 1 }])
    await store.forget(NOTES)
    expect((await store.write(other, epoch, batch({ known: ['state'], unsent: ['b'] }))).outcome).toBe(
      'written',
    )
    expect(textsOf(await store.load(other))).toEqual({ known: ['state'], unsent: ['b'] })
    expect(textsOf(await store.load(hurried))).toEqual({ known: [], unsent: ['a'] })
    // The one that was forgotten is, also when others are after it, and all.
    await store.forget(other)
    expect((await store.write(G1, epoch, batch({ known: ['c'] }))).outcome).toBe('forgotten')
    await store.forget(undefined)
    for (const name of [G1, other, { ...G1, documentId: 'third' }])
      expect((await store.write(name, epoch, batch({ known: ['c'] }))).outcome).toBe('forgotten')
    const again = await store.load(other)
    expect((await store.write(other, again.epoch, batch({ known: ['d'] }))).outcome).toBe('written')
  })

  test('[OF10] so many forgotten documents are remembered, and of more the latest', async () => {
    const names = Array.from({ length: limits.offlineForgotten + 1 }, (_, at) => ({
      ...G1,
      documentId: `forgotten-${at}`,
    }))
    for (const name of names) await store.forget(name)
    const outcomes = await Promise.all(
      names.map(async (name) => (await store.write(name, 0, batch({ known: ['late'] }))).outcome),
    )
    expect(outcomes).toEqual(names.map((_, at) => (at === 0 ? 'written' : 'forgotten')))
  })

  test('[OF10] forgetting one document leaves the others, and forgetting all leaves nothing', async () => {
    const other = { ...G1, documentId: 'other' }
    await write(store, { known: ['state'] })
    await store.write(other, 0, batch({ known: ['other'] }))
    await store.forget(NOTES)
    expect(textsOf(await store.load(other)).known).toEqual(['other'])
    await store.forget(undefined)
    expect((await store.load(other)).history).toBeUndefined()
  })
})

describe('a store in IndexedDB', () => {
  test.each(['unsent', 'known'] as const)(
    '[OF9] a damaged row of %s content is told, taken out, and leaves no position',
    async (kind) => {
      const name = `damaged-${kind}`
      const store = new IndexedDbStore(new Connection(name, new FakeClock()), tick)
      const first = await write(store, { known: ['state'], unsent: ['a', 'b'], position: 5 })
      const db = await openDB(name)
      const id = first[kind][0] ?? 0
      const row: object = await db.get('rows', id)
      await db.put('rows', { ...row, update: bytes('wrong') })
      db.close()
      const loaded = await store.load(NOTES)
      expect(loaded.damaged).toBe(1)
      expect(loaded.history?.position).toBeUndefined()
      expect(loaded.line).not.toBe(first.line)
      expect(textsOf(loaded)).toEqual(
        kind === 'unsent' ? { known: ['state'], unsent: ['b'] } : { known: [], unsent: ['a', 'b'] },
      )
      expect((await store.load(NOTES)).damaged).toBe(0)
    },
  )

  test('[OF9] rows that are anything at all are damaged rows', async () => {
    const store = new IndexedDbStore(new Connection('strange', new FakeClock()), tick)
    await write(store, { unsent: ['a'] })
    const db = await openDB('strange')
    for (const strange of [{ update: 'text' }, { update: null, sum: 1 }, {}])
      await db.add('rows', { ...G1, unsent: 1, ...strange })
    db.close()
    expect(textsOf(await store.load(NOTES)).unsent).toEqual(['a'])
  })

  test('[OF9] a database of a newer version is DEVICE_BLOCKED, and one that comes makes way for it', async () => {
    const newer = await openDB('newer', 2)
    const store = new IndexedDbStore(new Connection('newer', new FakeClock()), tick)
    await expect(store.load(NOTES)).rejects.toMatchObject({ code: 'DEVICE_BLOCKED' })
    newer.close()
    const old = new IndexedDbStore(new Connection('older', new FakeClock()), tick)
    await write(old, { known: ['state'] })
    ;(await openDB('older', 2)).close()
    await expect(old.load(NOTES)).rejects.toMatchObject({ code: 'DEVICE_BLOCKED' })
  })

  test('[OF9] a database that does not open in time is DEVICE_BLOCKED, and is closed when it opens at last', async () => {
    const clock = new FakeClock()
    const open = vi.spyOn(indexedDB, 'open')
    const store = new IndexedDbStore(new Connection('slow', clock), tick)
    const asked = store.load(NOTES)
    clock.advance(limits.offlineOpenMs)
    await expect(asked).rejects.toMatchObject({ code: 'DEVICE_BLOCKED' })
    expect((await store.load(NOTES)).history).toBeUndefined()
    const [late, present] = open.mock.results.map(({ value }) => (value as IDBOpenDBRequest).result)
    expect(() => late?.transaction('meta')).toThrow(expect.objectContaining({ name: 'InvalidStateError' }))
    expect(present?.transaction('meta').mode).toBe('readonly')
    open.mockRestore()
  })

  test('[OF9] a place where opening fails is DEVICE_UNAVAILABLE', async () => {
    const open = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('not here', 'SecurityError')
    })
    const store = new IndexedDbStore(new Connection('private', new FakeClock()), tick)
    await expect(store.load(NOTES)).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' })
    open.mockRestore()
  })
})

test('[OF6, OF10] what goes leaves no row behind', async () => {
  const connection = new MemoryConnection()
  const store = new IndexedDbStore(connection, tick)
  await write(store, { known: ['state'] })
  await store.replace(G1)
  expect(connection.rows).toEqual([])
  await write(store, { known: ['state'], unsent: ['a'] }, 'g2')
  await store.forget(NOTES)
  expect(connection.rows).toEqual([])
})

test('[OF8, OF9] a device that is full gives up documents that the server has, and takes unsent edits then', async () => {
  const connection = new MemoryConnection()
  const store = new IndexedDbStore(connection, tick)
  const other = { ...G1, documentId: 'other' }
  await store.write(other, 0, batch({ known: ['a large document'] }))
  connection.fault = () => {
    if (connection.rows.some(({ documentId }) => documentId === 'other'))
      throw new CometpadError('DEVICE_FULL')
  }
  await write(store, { unsent: ['a'] })
  expect(textsOf(await store.load(NOTES)).unsent).toEqual(['a'])
  connection.fault = () => {
    throw new CometpadError('DEVICE_FULL')
  }
  await expect(store.write(G1, 0, batch({ unsent: ['b'] }))).rejects.toMatchObject({
    code: 'DEVICE_FULL',
  })
})

test('[OF9] a device that is full can still be read, and one that fails in another way says so', async () => {
  const connection = new MemoryConnection()
  const store = new IndexedDbStore(connection, tick)
  await write(store, { known: ['state'], unsent: ['a'] })
  const before = JSON.stringify(connection.histories)
  const refuseChanges = (code: 'DEVICE_FULL' | 'DEVICE_UNAVAILABLE'): void => {
    connection.fault = () => {
      if (JSON.stringify(connection.histories) !== before) throw new CometpadError(code)
    }
  }
  refuseChanges('DEVICE_FULL')
  expect(textsOf(await store.load(NOTES))).toEqual({ known: ['state'], unsent: ['a'] })
  await store.append({ ...G1, documentId: 'hurried' }, 0, [{ update: bytes('b'), edits: 1 }])
  const hurried = await store.load({ ...NOTES, documentId: 'hurried' })
  expect(textsOf(hurried)).toEqual({ known: [], unsent: ['b'] })
  refuseChanges('DEVICE_UNAVAILABLE')
  await expect(store.load(NOTES)).rejects.toMatchObject({ code: 'DEVICE_UNAVAILABLE' })
})

interface Short extends Partial<Omit<Batch, 'known' | 'unsent'>> {
  readonly known?: readonly string[]
  readonly unsent?: readonly string[]
}

function batch({ known = [], unsent = [], ...rest }: Short): Batch {
  return {
    scope: 'whole',
    acknowledged: [],
    removed: [],
    line: undefined,
    position: undefined,
    title: '',
    role: undefined,
    isReplaced: false,
    ...rest,
    known: known.map(bytes),
    unsent: unsent.map((word) => ({ update: bytes(word), edits: 1 })),
  }
}

async function write(
  store: OfflineStore,
  given: Short,
  generation = 'g1',
): Promise<Extract<Written, { outcome: 'written' }>> {
  const written = await store.write({ ...NOTES, generation }, 0, batch(given))
  if (written.outcome !== 'written') throw new Error(`It was not written: ${written.outcome}`)
  return written
}

function bytes(word: string): Uint8Array {
  return new TextEncoder().encode(word)
}

function text(update: Uint8Array): string {
  return new TextDecoder().decode(update)
}

function textsOf({ known, unsent }: Loaded): { known: string[]; unsent: string[] } {
  return { known: known.map(({ update }) => text(update)), unsent: unsent.map(({ update }) => text(update)) }
}
