/** The provider with a database, as a page has it: what is typed, lost, found again and sent. */
import 'fake-indexeddb/auto'
import { browserEnvironment, forgetOnThisDevice } from '@cometpad/provider'
import { CometpadError, limits } from '@cometpad/shared'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Doc, applyUpdate } from 'yjs'
import type { OfflineStore } from '../../src/offline/store.ts'
import { Tab } from './tab.ts'
import type { OpenStore } from './tab.ts'
import { TinyServer } from './tiny-server.ts'

const NOTES = { server: 'https://pad.example', documentId: 'notes' }
const WAIT = { timeout: 20_000, interval: 5 }
const store = storeOfThisPlace()

let number = 0
let prefix: string
let server: TinyServer
let tabs: Tab[] = []

beforeEach(() => {
  number += 1
  // A database of its own for every test.
  prefix = `test-${number}`
  server = new TinyServer()
})

afterEach(() => {
  for (const tab of tabs.splice(0)) tab.provider.destroy()
})

async function open(isConnected = server.isUp, openStore: OpenStore = () => store(prefix)): Promise<Tab> {
  const tab = new Tab(server, openStore)
  tabs.push(tab)
  await expect.poll(() => tab.provider.keeping.state, WAIT).not.toBe('opening')
  if (isConnected) await expect.poll(() => tab.provider.synced, WAIT).toBe(true)
  return tab
}

/** Lets a tab write what it has to write. */
async function settle(tab: Tab): Promise<void> {
  await expect
    .poll(() => {
      tab.clock.advance(limits.offlineStateMs)
      return tab.provider.keeping.state
    }, WAIT)
    .toBe('kept')
  // Steps follow each other: what was under way has ended.
  await store(prefix).load(NOTES)
}

test('[OF1, OF4] what was typed without a server is there after the page was killed, and is stored once', async () => {
  const first = await open()
  first.type('saved ')
  await settle(first)
  server.goDown()
  first.type('un')
  first.type('sent')
  await settle(first)
  first.kill()

  const second = await open(false)
  expect(second.text).toBe('saved unsent')
  expect(second.provider.restored).toBe(true)
  expect(second.provider.unsavedChanges).toBe(2)
  second.type('!')
  server.isUp = true
  second.clock.advance(limits.backoffBaseMs + limits.backoffCeilingMs)
  await expect.poll(() => second.provider.saved, WAIT).toBe(true)
  expect(server.text).toBe('saved unsent!')
  expect(second.text).toBe('saved unsent!')
})

test('[OF1] what was typed a moment before the page went away is there, and so is what was typed while that was written', async () => {
  const first = await open()
  await settle(first)
  server.goDown()
  first.type('one ')
  first.hide()
  first.type('two')
  first.close()

  const second = await open(false)
  expect(second.text).toBe('one two')
})

test('[OF1] the first words are there though the page goes before anything else of the document is written', async () => {
  const stuck: OfflineStore = { ...bound(store(prefix)), write: () => new Promise(() => undefined) }
  for (const [at, word] of ['one ', 'two '].entries()) {
    const tab = await open(at === 0, () => stuck)
    server.goDown()
    tab.type(word)
    // The second time that is while the whole document is being written.
    if (at > 0) tab.clock.advance(limits.offlineDelayMs)
    tab.hide()
    await store(prefix).load(NOTES)
    tab.kill()
  }
  expect((await open(false)).text).toBe('one two ')
})

/** A device that answers when it is let. */
function slowStore(): { readonly device: OfflineStore; readonly answer: () => void } {
  let answer: () => void = () => undefined
  const isAsked = new Promise<void>((resolve) => (answer = resolve))
  const device = {
    ...bound(store(prefix)),
    load: (name: typeof NOTES) => isAsked.then(() => store(prefix).load(name)),
  }
  return { device, answer }
}

test.each(['goes on', 'is hidden', 'is closed'])(
  '[OF1, OF4] what is typed before the device has answered is kept once it has, and the page %s',
  async (how) => {
    const before = await open()
    before.type('old ')
    await settle(before)
    await expect.poll(() => before.provider.saved, WAIT).toBe(true)
    server.goDown()
    before.kill()

    const { device, answer } = slowStore()
    const early = new Tab(server, () => device)
    tabs.push(early)
    early.type('early ')
    expect(early.provider.keeping).toEqual({ state: 'opening' })
    if (how === 'is hidden') early.hide()
    if (how === 'is closed') early.close()
    answer()
    if (how === 'goes on') {
      await settle(early)
      expect(early.text).toContain('old ')
    } else
      // No timer rings any more.
      await expect.poll(async () => (await store(prefix).load(NOTES)).unsent.length, WAIT).toBe(1)
    early.kill()

    const next = await open(false)
    expect(next.text.split(' ').toSorted()).toEqual(['', 'early', 'old'])
    expect(next.provider.unsavedChanges).toBe(1)
    server.isUp = true
    next.clock.advance(limits.backoffBaseMs + limits.backoffCeilingMs)
    await expect.poll(() => next.provider.saved, WAIT).toBe(true)
    expect(server.text).toBe(next.text)
  },
)

test('[OF1] what another tab has made unusable is written anew when the page goes, and not only later', async () => {
  const missed: string[] = []
  const other: OfflineStore = {
    ...bound(store(prefix)),
    write: async (history, epoch, batch) => {
      if (batch.scope === 'whole' || missed.length > 0) return store(prefix).write(history, epoch, batch)
      missed.push('once')
      return { outcome: 'missing' }
    },
  }
  const first = await open(true, () => other)
  await settle(first)
  server.goDown()
  first.type('one two')
  first.clock.advance(limits.offlineDelayMs)
  await expect.poll(() => missed, WAIT).toEqual(['once'])
  // The page is on its way out before a timer rings.
  await store(prefix).load(NOTES)
  first.hide()
  await store(prefix).load(NOTES)
  first.kill()
  expect((await open(false)).text).toBe('one two')
})

test('[OF2] it says "kept" only once that is so', async () => {
  const tab = await open()
  await settle(tab)
  server.goDown()
  const said: string[] = []
  tab.provider.on('keeping', ({ state }) => said.push(state))
  tab.type('a')
  expect(tab.provider.keeping).toEqual({ state: 'writing' })
  tab.clock.advance(limits.offlineDelayMs)
  expect(tab.provider.keeping).toEqual({ state: 'writing' })
  await expect.poll(() => tab.provider.keeping.state, WAIT).toBe('kept')
  expect(said).toEqual(['writing', 'kept'])
})

test('[OF1] edits that the server acknowledges at once cost the device a write in a second, others one in a tenth of it', async () => {
  let writes = 0
  const counted: OfflineStore = {
    ...bound(store(prefix)),
    write: (...rest) => {
      writes += 1
      return store(prefix).write(...rest)
    },
  }
  const tab = await open(true, () => counted)
  await settle(tab)
  writes = 0
  const SECONDS = 5
  const type = async (): Promise<void> => {
    for (let passed = 0; passed < SECONDS * 1_000; passed += 50) {
      tab.type('a')
      tab.clock.advance(50)
      // What is under way ends.
      await store(prefix).load(NOTES)
    }
  }
  await type()
  expect(tab.provider.saved).toBe(true)
  expect(writes).toBeGreaterThan(0)
  expect(writes).toBeLessThanOrEqual(SECONDS + 1)
  server.acknowledges = false
  writes = 0
  await type()
  expect(writes).toBeGreaterThan(SECONDS * 4)
  expect(writes).toBeLessThanOrEqual(SECONDS * 10 + 1)
})

test('[OF3, OF5] what was acknowledged is read, and not sent by the next page, which goes on from its position', async () => {
  const first = await open()
  first.type('saved')
  await settle(first)
  first.clock.advance(limits.offlineStateMs)
  await settle(first)
  await expect.poll(async () => (await store(prefix).load(NOTES)).history?.position, WAIT).toBe(1)
  expect((await store(prefix).load(NOTES)).unsent).toEqual([])
  first.close()

  const second = await open()
  expect(second.text).toBe('saved')
  expect(second.provider.position).toBe(1)
  expect(server.asked.at(-1)).toEqual({ position: 1, generation: 'g1' })
  expect(server.repeated).toBe(0)
})

test('[OF6, RS10] what was unsent when the history was replaced is kept apart, also when the page learns of it late', async () => {
  const first = await open()
  first.type('as it was')
  await settle(first)
  server.goDown()
  first.type(' and unsent')
  await settle(first)
  first.kill()
  server.replace('g2', 'restored')
  server.isUp = true

  const late = await open(false)
  await expect.poll(() => late.provider.stopCode, WAIT).toBe('GENERATION_CHANGED')
  expect(late.text).toBe('as it was and unsent')
  expect(server.text).toBe('restored')
  late.close()

  const next = await open()
  expect(next.text).toBe('restored')
  const [copy, ...others] = await next.provider.keptCopies()
  expect(others).toEqual([])
  expect(copy).toMatchObject({ generation: 'g1', edits: 1 })
  const doc = new Doc()
  for (const update of copy?.updates ?? []) applyUpdate(doc, update)
  expect(doc.getText('t').toJSON()).toBe('as it was and unsent')
  if (copy !== undefined) await next.provider.discardCopy(copy)
  expect(await next.provider.keptCopies()).toEqual([])
  expect(server.text).toBe('restored')
})

test('[RV7, OF6] what was refused is set aside as a copy, and the next page begins with what the server has', async () => {
  const first = await open()
  first.type('as it was')
  await settle(first)
  server.goDown()
  first.type(' and refused')
  await settle(first)
  first.type(' at once')
  await first.provider.setAside()
  first.close()
  server.isUp = true

  const next = await open()
  expect(next.text).toBe('as it was')
  expect(next.provider.saved).toBe(true)
  next.type('!')
  await settle(next)
  const [copy, ...others] = await next.provider.keptCopies()
  expect(others).toEqual([])
  expect(copy).toMatchObject({ reason: 'refused', edits: 2 })
  const doc = new Doc()
  for (const update of copy?.updates ?? []) applyUpdate(doc, update)
  expect(doc.getText('t').toJSON()).toBe('as it was and refused at once')
  next.close()
  const later = await open()
  expect([later.text, server.text]).toEqual(['as it was!', 'as it was!'])
  if (copy !== undefined) await later.provider.discardCopy(copy)
  expect(await later.provider.keptCopies()).toEqual([])
})

test('[OF6] without anything unsent a replaced history leaves nothing, and the next page has the new one', async () => {
  const first = await open()
  first.type('as it was')
  await settle(first)
  server.replace('g2', 'restored')
  await expect.poll(() => first.provider.stopCode, WAIT).toBe('GENERATION_CHANGED')
  first.close()
  const next = await open()
  expect(next.text).toBe('restored')
  expect(await next.provider.keptCopies()).toEqual([])
})

test('[OF7] what another tab has typed is sent by whoever comes, and by that tab too, and stored once', async () => {
  const [ana, ben] = [await open(), await open()]
  ana.type('first ')
  await settle(ana)
  await expect.poll(() => ben.text, WAIT).toBe('first ')
  server.goDown()
  ana.type('of ana ')
  ben.type('of ben ')
  await settle(ana)
  await settle(ben)
  const heir = await open(false)
  expect(heir.text.split(' ').sort()).toEqual(['', 'ana', 'ben', 'first', 'of', 'of'])
  server.isUp = true
  for (const tab of [heir, ana, ben]) tab.clock.advance(limits.backoffBaseMs + limits.backoffCeilingMs)
  for (const tab of [heir, ana, ben]) {
    await expect.poll(() => tab.provider.saved, WAIT).toBe(true)
    await settle(tab)
    await expect.poll(() => tab.text, WAIT).toBe(server.text)
  }
  expect(server.text.match(/of \w+/g)?.sort()).toEqual(['of ana', 'of ben'])
})

test('[OF9] a device that cannot write is told of once, and written to when it can again', async () => {
  let isFull = false
  const full: OfflineStore = {
    ...bound(store(prefix)),
    write: (...rest) =>
      isFull ? Promise.reject(new CometpadError('DEVICE_FULL')) : store(prefix).write(...rest),
    append: () => Promise.reject(new CometpadError('DEVICE_FULL')),
  }
  const tab = await open(true, () => full)
  await settle(tab)
  server.goDown()
  isFull = true
  tab.type('typed on')
  tab.clock.advance(limits.offlineDelayMs)
  await expect.poll(() => tab.provider.keeping, WAIT).toEqual({ state: 'failed', code: 'DEVICE_FULL' })
  tab.type(', and on')
  tab.hide()
  expect(tab.text).toBe('typed on, and on')
  tab.clock.advance(limits.offlineRetryMs)
  await expect.poll(() => tab.provider.keeping.state, WAIT).toBe('failed')
  expect(tab.errors.filter((code) => code.startsWith('DEVICE'))).toEqual(['DEVICE_FULL'])
  isFull = false
  await expect
    .poll(() => {
      tab.clock.advance(limits.offlineRetryMs)
      return tab.provider.keeping.state
    }, WAIT)
    .toBe('kept')
  tab.kill()
  expect((await open(false)).text).toBe('typed on, and on')
})

test('[OF9] a device that does not answer keeps nobody waiting for long, and what it says late is taken in', async () => {
  const first = await open()
  first.type('saved ')
  await settle(first)
  server.goDown()
  first.type('unsent')
  await settle(first)
  first.kill()
  server.isUp = true
  let answer: () => void = () => undefined
  const asked = new Promise<void>((resolve) => (answer = resolve))
  const slow: OfflineStore = {
    ...bound(store(prefix)),
    load: async (name) => {
      await asked
      return store(prefix).load(name)
    },
  }
  const tab = new Tab(server, () => slow)
  tabs.push(tab)
  expect(tab.provider.status).toBe('disconnected')
  tab.clock.advance(limits.offlineWaitMs)
  await expect.poll(() => tab.provider.synced, WAIT).toBe(true)
  expect(tab.text).toBe('saved ')
  answer()
  await expect.poll(() => server.text, WAIT).toBe('saved unsent')
  expect(tab.text).toBe('saved unsent')
})

test('[OF9] where there is no database, or none is wanted, everything works, and nothing is said to be kept', async () => {
  for (const tab of [new Tab(server, undefined), new Tab(server, () => store(prefix), { persist: false })]) {
    tabs.push(tab)
    await expect.poll(() => tab.provider.synced, WAIT).toBe(true)
    tab.type('a')
    expect(tab.provider.keeping).toEqual({ state: 'off' })
    await tab.provider.forget()
    expect(await tab.provider.keptCopies()).toEqual([])
    expect(tab.errors).toEqual([])
  }
  expect((await store(prefix).load(NOTES)).history).toBeUndefined()
})

test('[OF10] what is forgotten is gone, and a tab that is still open says that it keeps nothing any more', async () => {
  const [ana, ben] = [await open(), await open()]
  ana.type('secret')
  await settle(ana)
  await expect.poll(() => ben.text, WAIT).toBe('secret')
  await settle(ben)
  await ana.provider.forget()
  expect(ana.provider.keeping).toEqual({ state: 'failed', code: 'DEVICE_FORGOTTEN' })
  ben.type(' and more')
  await expect
    .poll(() => {
      ben.clock.advance(limits.offlineStateMs)
      return ben.provider.keeping
    }, WAIT)
    .toEqual({ state: 'failed', code: 'DEVICE_FORGOTTEN' })
  ana.type('!')
  ana.close()
  ben.close()
  expect((await store(prefix).load(NOTES)).history).toBeUndefined()

  const cleo = await open()
  await settle(cleo)
  await forgetOnThisDevice({ prefix })
  expect((await store(prefix).load(NOTES)).history).toBeUndefined()
})

/** A store whose methods can be replaced one by one. */
function bound(whole: OfflineStore): OfflineStore {
  return {
    load: (...rest) => whole.load(...rest),
    write: (...rest) => whole.write(...rest),
    append: (...rest) => whole.append(...rest),
    replace: (...rest) => whole.replace(...rest),
    copies: (...rest) => whole.copies(...rest),
    discard: (...rest) => whole.discard(...rest),
    forget: (...rest) => whole.forget(...rest),
  }
}

function storeOfThisPlace(): OpenStore {
  const { offlineStore } = browserEnvironment()
  if (offlineStore === undefined) throw new TypeError('There is no IndexedDB here')
  return offlineStore
}
