/** Several tabs of one browser over one held request, on a clock that stands still between two steps. */
import { limits } from '@cometpad/shared'
import type { Tab, TabOptions } from './browser.ts'
import { describe, expect, test } from 'vitest'
import { World } from './world.ts'

const SEEDS = Number(process.env['TEST_TAB_SEEDS'] ?? 5)

describe.each(['stream', 'poll'] as const)('over %s', (transport) => {
  test('[TB1, TB2] five tabs hold one request, and each has what every other writes', async () => {
    const world = new World()
    const tabs = await world.open(5, { transport })
    for (const [index, tab] of tabs.entries()) {
      tab.type(`<${index}>`)
      await world.pass(200)
    }
    world.expectOneHeld()
    expect(world.server.text).toBe('<0><1><2><3><4>')
    expect(world.mostHeld).toBe(1)
    // News come over the channel: nobody reads again what it was told.
    const { catchUps } = world.server.count
    tabs[0]?.type('leader')
    tabs[3]?.type('follower')
    await world.pass(1_000)
    world.expectOneHeld()
    expect(world.server.count.catchUps).toBe(catchUps)
  })

  test('[TB3] when the leader dies in the middle of a message, the next one goes on from its own position', async () => {
    const world = new World()
    await world.open(4, { transport })
    const { leader, followers } = world.browser
    followers[0]?.type('<before>')
    await world.settle()
    // What it has heard it has not told yet.
    world.browser.fate = () => []
    followers[1]?.type('<lost on the channel>')
    await world.settle()
    leader?.kill()
    world.browser.fate = () => [0]
    followers[2]?.type('<after>')
    await world.pass(2_000)
    world.expectOneHeld()
    expect(world.server.text).toContain('<lost on the channel>')
    expect(world.browser.leader).not.toBe(leader)
  })

  test('[TB3] a leader that is closed hands over at once', async () => {
    const world = new World()
    await world.open(3, { transport })
    world.browser.leader?.close()
    await world.pass(300)
    world.browser.followers[0]?.type('<on>')
    await world.pass(300)
    world.expectOneHeld()
  })

  test('[TB2] what is lost, doubled or out of order on the channel is neither missing nor doubled', async () => {
    const world = new World()
    const tabs = await world.open(4, { transport })
    world.browser.fate = () => world.random.pick([[], [0], [0, 0], [40], [300], [0, 700]])
    const words: string[] = []
    for (let turn = 0; turn < 40; turn += 1) {
      const word = `<${turn}>`
      words.push(word)
      world.random.pick(tabs).type(word)
      await world.pass(world.random.below(400))
    }
    // A beat that arrives is enough.
    await world.pass(limits.heartbeatMs + limits.tabAskMs * 3)
    world.browser.fate = () => [0]
    await world.pass(limits.tabAskMs * 2)
    world.expectOneHeld()
    const written = world.server.text.split(/(?<=>)/)
    expect(written.toSorted()).toEqual(words.toSorted())
  })

  test('[TB2] what is too large to be told between tabs is read from the server', async () => {
    const world = new World()
    const tabs = await world.open(3, { transport })
    tabs[0]?.type('x'.repeat(limits.tabBatchBytes + 1))
    await world.pass(500)
    tabs[1]?.type('<and on>')
    await world.pass(500)
    world.expectOneHeld()
  })

  test('[TB4] a leader that is frozen is relieved: soon when a page is looked at, else after a while', async () => {
    for (const isLookedAt of [true, false]) {
      const world = new World()
      await world.open(3, { transport })
      const frozen = world.browser.leader
      frozen?.freeze()
      const [seen, other] = world.browser.followers
      if (isLookedAt) seen?.tell('visible')
      await world.pass(isLookedAt ? limits.probeMs : limits.tabAskMs + limits.tabSilentMs)
      other?.type('<over there>')
      await world.pass(500)
      expect(seen?.text).toBe('<over there>')
      expect(world.browser.leader).not.toBe(frozen)
      frozen?.thaw()
      await world.pass(500)
      world.expectOneHeld()
    }
  })

  test('[TB4] who comes while the leader is frozen waits for it no longer than a stream has to prove itself', async () => {
    const world = new World()
    await world.open(1, { transport })
    world.browser.leader?.freeze()
    const come = world.browser.open({ transport })
    await world.pass(limits.tabJoinMs + 1_000)
    expect(world.browser.leader).toBe(come)
  })

  test('[TB4] a leader that answers keeps the lock, whoever looks', async () => {
    const world = new World()
    await world.open(3, { transport })
    const { leader } = world.browser
    for (let turn = 0; turn < 10; turn += 1) {
      for (const tab of world.browser.tabs) tab.tell('visible')
      await world.pass(limits.tabSilentMs, 500)
    }
    expect(world.browser.leader).toBe(leader)
    world.expectOneHeld()
  })

  test('[TB1] where nothing is known of other tabs each holds a request of its own', async () => {
    const world = new World()
    const [one, other] = await world.open(2, { transport, isAlone: true })
    one?.type('<alone>')
    await world.pass(500)
    expect(other?.text).toBe('<alone>')
    expect(world.server.held.size).toBe(2)
  })

  test('[TB6] what one tab broadcasts every other one hears once, and it does not itself', async () => {
    const world = new World()
    const tabs = await world.open(3, { transport })
    for (const [index, tab] of tabs.entries()) {
      tab.provider.broadcast(Uint8Array.of(index))
      await world.pass(500)
    }
    // The same bytes of another one are no echo.
    tabs[0]?.provider.broadcast(Uint8Array.of(2))
    await world.pass(500)
    const heard = tabs.map(({ told }) => told.filter((word) => word.startsWith('broadcast')))
    const said = [0, 1, 2, 2].map((byte) => `broadcast ${byte}`)
    expect(heard).toEqual([
      [said[1], said[2]],
      [said[0], said[2], said[2]],
      [said[0], said[1], said[2]],
    ])
  })

  test('[TB7] an edit that others have is not saved before the server has said so to the one who made it', async () => {
    const world = new World()
    await world.open(3, { transport })
    const [author] = world.browser.followers
    world.server.losesAnswers = true
    author?.type('<mine>')
    await world.pass(1_000)
    expect(world.texts).toEqual(['<mine>', '<mine>', '<mine>'])
    expect(author?.provider.saved).toBe(false)
    world.server.losesAnswers = false
    await world.pass(limits.requestMs + 1_000, 500)
    world.expectOneHeld()
  })

  test('[TB7] when the server falls silent no tab goes on to call its connection good', async () => {
    const world = new World()
    const tabs = await world.open(3, { transport })
    world.server.isMute = true
    for (const tab of tabs) tab.told.length = 0
    await world.pass(2 * limits.silentServerMs, 500)
    for (const { told } of tabs) expect(told).toContain('connecting')
    world.server.isMute = false
    await world.pass(2 * limits.silentServerMs, 500)
    world.expectOneHeld()
  })

  test('[TB3, TB7] when everything is cut all tabs say so, and come back to one request', async () => {
    const world = new World()
    const tabs = await world.open(4, { transport })
    world.server.isDown = true
    world.server.cut()
    await world.pass(3_000)
    expect(tabs.map(({ provider }) => provider.status)).toEqual(tabs.map(() => 'connecting'))
    tabs[2]?.type('<meanwhile>')
    world.server.isDown = false
    await world.pass(30_000, 500)
    world.expectOneHeld()
    expect(world.server.text).toBe('<meanwhile>')
  })

  test('[TB5] other rights are another lock, another token of the same person is not', async () => {
    const world = new World()
    const ana = { sub: 'ana', doc: 'notes', role: 'editor' }
    await world.open(1, { transport, token: tokenOf({ ...ana, exp: 1_000, jti: 'a' }) })
    await world.open(1, { transport, token: tokenOf({ ...ana, exp: 2_000, jti: 'b' }) })
    expect(world.browser.locks).toHaveLength(1)
    world.expectOneHeld()
    await world.open(1, { transport, token: tokenOf({ ...ana, role: 'viewer' }) })
    await world.open(1, { transport, token: tokenOf({ ...ana, sub: 'ben' }) })
    await world.open(1, { transport, token: 'opaque' })
    await world.open(1, { transport, token: 'another' })
    await world.open(1, { transport })
    expect(world.browser.locks).toHaveLength(6)
    expect(world.browser.locks.join()).not.toContain('opaque')
    expect(world.server.held.size).toBe(6)
  })

  test('[TB5] a token that the server does not take hears nothing of what one that it takes is told', async () => {
    const world = new World()
    const good = tokenOf({ sub: 'ana', exp: 1_000 })
    world.server.tokens = [good]
    const [tab] = await world.open(1, { transport, token: good })
    tab?.type('<secret>')
    await world.pass(500)
    const [stranger] = await world.open(1, { transport, token: tokenOf({ sub: 'ana', exp: 1_001 }) })
    tab?.type('<and more>')
    await world.pass(limits.tabAskMs)
    expect(stranger?.text).toBe('')
    expect(stranger?.provider.stopCode).toBe('UNAUTHORIZED')
    expect(world.server.held.size).toBe(1)
  })

  test('[TB5] a follower whose token ends is told so by the server, whatever the leader has', async () => {
    const world = new World()
    const long = { transport, token: tokenOf({ sub: 'ana', exp: 10_000 }) }
    const short = { transport, token: tokenOf({ sub: 'ana', exp: 60 }) }
    const [leader] = await world.open(1, long)
    const [follower] = await world.open(1, short)
    world.server.tokens = [long.token]
    await world.pass(60_000 + 2 * limits.tokenClockSkewMs + 1_000 - world.clock.now(), 500)
    expect(follower?.provider.stopCode).toBe('UNAUTHORIZED')
    leader?.type('<for others>')
    await world.pass(500)
    expect(follower?.text).toBe('')
  })

  test(
    '[TB1, TB2, TB3] whatever happens to tabs and channel, nothing is lost, and one request is held in the end',
    async () => {
      for (let seed = 1; seed <= SEEDS; seed += 1) await play(seed, { transport })
    },
    60_000 + SEEDS * 10_000,
  )
})

test('[TB1, CH3] tabs behind something that holds streams back share a poll', async () => {
  const world = new World()
  world.server.buffersStreams = true
  const tabs = await world.open(4, { transport: 'auto' })
  await world.pass(10_000)
  tabs[1]?.type('<polled>')
  await world.pass(500)
  world.expectOneHeld()
  expect(tabs.map(({ provider }) => provider.transportState.transport)).toEqual(tabs.map(() => 'poll'))
})

test('[TB3, TB7] a way that begins to hold streams back when another tab leads is noticed', async () => {
  const world = new World()
  await world.open(3, { transport: 'auto' })
  expect([...world.server.held].map(({ live }) => live)).toEqual(['stream'])
  world.server.buffersStreams = true
  world.browser.leader?.close()
  await world.pass(15_000)
  world.browser.tabs[0]?.type('<on>')
  await world.pass(500)
  world.expectOneHeld()
  expect([...world.server.held].map(({ live }) => live)).toEqual(['long-poll'])
})

/** Half a minute in the life of a browser. */
async function play(seed: number, options: TabOptions): Promise<void> {
  const world = new World(seed)
  const { random, browser, server } = world
  await world.open(3, options)
  const written: { readonly word: string; readonly tab: Tab }[] = []
  const killed = new Set<Tab>()
  for (let turn = 0; turn < 60; turn += 1) {
    const tab = random.pick(browser.tabs)
    const chance = random.next()
    if (chance < 0.5) {
      if (!tab.isFrozen) {
        const word = `<${turn}>`
        tab.type(word)
        written.push({ word, tab })
      }
    } else if (chance < 0.58) browser.fate = () => random.pick([[0], [0], [], [0, 0], [50], [400], [0, 900]])
    else if (chance < 0.64) browser.fate = () => [0]
    else if (chance < 0.7) tab.freeze()
    else if (chance < 0.78) tab.thaw()
    else if (chance < 0.82) tab.tell('visible')
    else if (chance < 0.86) server.cut()
    else if (chance < 0.9 && browser.tabs.length > 1) {
      tab.kill()
      killed.add(tab)
    } else if (chance < 0.94 && browser.tabs.length < 6) browser.open(options)
    await world.pass(random.below(1_500), 250)
  }
  browser.fate = () => [0]
  for (const tab of browser.tabs) tab.thaw()
  await world.pass(2 * limits.silentServerMs, 500)
  world.expectOneHeld()
  const words = server.text.split(/(?<=>)/).filter((word) => word !== '')
  expect(new Set(words).size, `seed ${seed}: words that are there once`).toBe(words.length)
  // What nobody has saved dies with its page.
  const expected = written.filter(({ tab }) => !killed.has(tab)).map(({ word }) => word)
  expect(words, `seed ${seed}`).toEqual(expect.arrayContaining(expected))
}

function tokenOf(claims: Readonly<Record<string, unknown>>): string {
  const inBase64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${inBase64({ alg: 'HS256' })}.${inBase64(claims)}.c2lnbmF0dXJl`
}
