/** The provider with a database, as a page has it: what is typed, lost, found again and sent. */
import 'fake-indexeddb/auto'
import { browserEnvironment } from '@cometpad/provider'
import type { Environment } from '@cometpad/provider'
import { limits } from '@cometpad/shared'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Tab } from './tab.ts'
import { TinyServer } from './tiny-server.ts'

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

async function open(isConnected = server.isUp): Promise<Tab> {
  const tab = new Tab(server, () => store(prefix))
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

function storeOfThisPlace(): NonNullable<Environment['offlineStore']> {
  const { offlineStore } = browserEnvironment()
  if (offlineStore === undefined) throw new TypeError('There is no IndexedDB here')
  return offlineStore
}
