/** Several tabs of one browser and the real server: what a single held request says reaches them all. */
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import type { ClaimEvents, Tabs } from '@cometpad/provider'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { RealServer } from '../real-server.ts'

const WAIT = { timeout: 20_000, interval: 20 }

/** Locks of one browser; the channels are those of Node. */
function tabsOf(): Tabs {
  const locks = new Map<string, ClaimEvents[]>()
  return {
    claim(name, steals, events) {
      const claims = locks.get(name) ?? []
      locks.set(name, claims)
      if (steals) claims.shift()?.lost()
      if (steals) claims.unshift(events)
      else claims.push(events)
      if (claims[0] === events) events.held()
      else events.busy()
      return () => {
        const at = claims.indexOf(events)
        if (at >= 0) claims.splice(at, 1)
        if (at === 0) claims[0]?.held()
      }
    },
    channel(name, hear) {
      const channel = new BroadcastChannel(name)
      // oxlint-disable-next-line unicorn/prefer-add-event-listener -- Node keeps a process alive for a listener of the other kind
      channel.onmessage = (event) => hear((event as MessageEvent<unknown>).data)
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin
      return { post: (message) => channel.postMessage(message), close: () => channel.close() }
    },
  }
}

let server: RealServer
const people: CometpadProvider[] = []

beforeAll(async () => {
  server = await RealServer.start()
})

afterEach(() => {
  for (const provider of people.splice(0)) provider.destroy()
})

afterAll(async () => {
  await server.close()
})

describe.each(['stream', 'poll'] as const)('over %s', (transport) => {
  const join = (tabs: Tabs | undefined, documentId: string): CometpadProvider => {
    const environment = { ...browserEnvironment(), tabs }
    const doc = new Y.Doc()
    const provider = new CometpadProvider({ server: server.url, documentId, doc, transport, environment })
    people.push(provider)
    return provider
  }
  const seenBy = (provider: CometpadProvider, others: readonly CometpadProvider[]): unknown[] =>
    others.map(({ doc }) => provider.awareness?.getStates().get(doc.clientID)?.['name'])

  it('[TB2, TB6, TB7] three tabs and a stranger see each other come, write and go', async () => {
    const tabs = tabsOf()
    const documentId = `tabs-${transport}`
    const own = [join(tabs, documentId), join(tabs, documentId), join(tabs, documentId)]
    const all = [...own, join(undefined, documentId)]
    await expect.poll(() => all.every(({ synced }) => synced), WAIT).toBe(true)
    for (const [index, provider] of all.entries()) {
      provider.awareness?.setLocalStateField('name', `n${index}`)
      provider.doc.getMap('m').set(`n${index}`, 'x'.repeat(index))
    }
    const names = all.map((_, index) => `n${index}`)
    for (const provider of all) {
      await expect.poll(() => seenBy(provider, all), WAIT).toEqual(names)
      await expect.poll(() => [...provider.doc.getMap('m').keys()].toSorted(), WAIT).toEqual(names)
      await expect.poll(() => provider.saved, WAIT).toBe(true)
    }
    // The one that leads goes, and later one that does not.
    for (const gone of [own[0], own[2]]) {
      gone?.awareness?.setLocalState(null)
      await expect.poll(() => gone?.awareness?.getLocalState(), WAIT).toBeNull()
      const left = all.filter((provider) => provider !== gone)
      for (const provider of left)
        await expect
          .poll(() => provider.awareness?.getStates().has(gone?.doc.clientID ?? 0), WAIT)
          .toBe(false)
      all.splice(0, all.length, ...left)
      gone?.destroy()
      all[0]?.doc.getMap('m').set('last', gone?.doc.clientID)
      for (const provider of left)
        await expect.poll(() => provider.doc.getMap('m').get('last'), WAIT).toBe(gone?.doc.clientID)
    }
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 'connected'))
  })
})
