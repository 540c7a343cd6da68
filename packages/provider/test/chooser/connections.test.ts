/** Whether and when there is a connection at all, whatever it travels over. */
import fc from 'fast-check'
import { errorTable, limits } from '@cometpad/shared'
import { expect, test } from 'vitest'
import type { ChooserEvent, ChooserPlan } from '../../src/chooser-state.ts'
import { deadline } from '../../src/chooser-deadlines.ts'
import { isRound } from '../../src/chooser-state.ts'
import { choose, firstState } from '../../src/chooser.ts'
import type { TransportName } from '../../src/transport-state.ts'
import { AUTO, Play, only } from './play.ts'

test('[CN3] nothing is waited for without end', () => {
  for (const transport of ['ws', 'stream', 'poll'] as const) {
    const play = new Play(only(transport)).connect().pass(limits.connectMs)
    expect(play.asked).toEqual([`open ${transport}`, `close ${transport}`])
    expect(play.state.state).toBe('waiting')
  }
  const play = new Play(AUTO, { isEmpty: true }).connect().pass(limits.provingMs + limits.connectMs)
  expect(play.asked).toContain('open poll')
})

test('[CN4] a close code from 4400 to 4499 stops for good, with its reason; every other tries again', () => {
  for (const [code, { close, exit }] of Object.entries(errorTable)) {
    if (exit !== undefined) continue
    const { state } = new Play().connect().greeted('ws').closed('ws', close)
    if (close >= 4400 && close < 4500) expect(state).toMatchObject({ state: 'stopped', code })
    else expect(state.state).toBe('waiting')
  }
  for (const code of [1000, 1001, 1006, 1009, 1011, 1012, 4000, 4399, 4500])
    expect(new Play(only('ws')).connect().closed('ws', code).state.state).toBe('waiting')
  expect(new Play().connect().closed('ws', 4499).state).toMatchObject({ state: 'stopped', code: 'FORBIDDEN' })
})

test('[CN4] a server without documents over HTTP stops nobody who has another way', () => {
  const play = new Play().connect().pass(limits.provingMs).closed('stream', errorTable.NOT_FOUND.close)
  expect(isRound(play.state)).toBe(true)
  const alone = new Play(only('stream')).connect().closed('stream', errorTable.NOT_FOUND.close)
  expect(alone.state).toMatchObject({ state: 'stopped', code: 'NOT_FOUND' })
})

test('[CH9] a refused token is asked for anew once', () => {
  const play = new Play({ ...AUTO, canRefresh: true }).connect().closed('ws', 4401)
  expect(play.state.state).toBe('waiting')
  play.pass(200).closed('ws', 4401)
  expect(play.state).toMatchObject({ state: 'stopped', code: 'UNAUTHORIZED' })
  const later = new Play({ ...AUTO, canRefresh: true }).connect().greeted('ws').closed('ws', 4401)
  later.pass(200).greeted('ws').closed('ws', 4401)
  expect(later.state.state).toBe('waiting')
  expect(new Play().connect().closed('ws', 4401).state.state).toBe('stopped')
})

test('[CH9] a server that says when to come back is not tried before, nor kept waiting for ever', () => {
  const play = new Play(only('poll')).connect().closed('poll', 4529, 7_000)
  expect(play.pass(7_000).asked).toEqual(['open poll', 'close poll'])
  expect(play.pass(500).asked).toEqual(['open poll'])
  const patient = new Play(only('poll'))
    .connect()
    .closed('poll', 4529, 1e12)
    .pass(limits.retryAfterMs + 500)
  expect(patient.asked.at(-1)).toBe('open poll')
})

test('[CN5, CN6] waits grow, until a connection has held long enough', () => {
  const play = new Play(only('ws')).connect().closed('ws')
  expect(play.state).toMatchObject({ state: 'waiting', attempt: 1, until: 350 })
  play.pass(350).closed('ws')
  expect(play.state).toMatchObject({ state: 'waiting', attempt: 2, until: 350 + 600 })
  play
    .pass(600)
    .greeted('ws')
    .pass(limits.provedMs - 1)
    .closed('ws')
  expect(play.state).toMatchObject({ attempt: 3 })
  play.pass(5_000).greeted('ws').pass(limits.provedMs).closed('ws')
  expect(play.state).toMatchObject({ attempt: 1 })
})

test('[CN8] a silent server is given up, one that speaks is not', () => {
  const play = new Play()
    .connect()
    .greeted('ws')
    .pass(20_000)
    .heard('ws')
    .pass(limits.silentServerMs - 1)
  expect(play.state.state).toBe('live')
  expect(play.pass(1).state.state).toBe('waiting')
})

test('[CN9] after a drain it comes back when it was told to, whatever was in use', () => {
  for (const transport of ['ws', 'stream', 'poll'] as const) {
    const play = new Play(only(transport)).connect().greeted(transport)
    play.tell({ event: 'drain', transport, delayMs: 3_000 })
    expect(play.asked.at(-1)).toBe(`close ${transport}`)
    expect(play.pass(2_999).asked).toEqual([])
    expect(play.pass(1).asked).toEqual([`open ${transport}`])
  }
})

test('[CN11, CH10] who waits tries at once when woken; who is connected asks for a sign of life', () => {
  const wake = { event: 'wake', isOnline: false } as const
  const waiting = new Play().connect().greeted('ws').closed('ws').tell(wake)
  expect(waiting.asked.at(-1)).toBe('open ws')
  const dead = new Play().connect().greeted('ws').pass(500).tell(wake).tell(wake)
  expect(dead.asked).toEqual(['open ws', 'use ws', 'probe ws'])
  expect(dead.pass(limits.probeMs).state.state).toBe('waiting')
  const alive = new Play().connect().greeted('ws').tell(wake).heard('ws').pass(limits.probeMs)
  expect(alive.state.state).toBe('live')
  for (const play of [new Play(), new Play().connect()]) {
    const { state } = play
    expect(play.tell(wake).state).toEqual(state)
  }
})

test('[CH11] a page that goes away ends everything, and comes back when it is shown', () => {
  const play = new Play().connect().greeted('ws').tell({ event: 'hide' })
  expect(play.asked).toEqual(['open ws', 'use ws', 'close ws'])
  expect(play.tell({ event: 'wake', isOnline: false }).asked).toEqual(['open ws'])
})

test('[CN4] what was stopped stays so until somebody connects anew', () => {
  const play = new Play().connect().closed('ws', 4403)
  const { state } = play
  play.greeted('ws').heard('ws').closed('ws').tell({ event: 'due' }).tell({ event: 'hide' })
  expect(play.tell({ event: 'caughtUp' }).tell({ event: 'wake', isOnline: false }).state).toBe(state)
  expect(play.connect().state.state).toBe('connecting')
  expect(play.tell({ event: 'disconnect' }).state.state).toBe('idle')
})

const transports = fc.constantFrom<TransportName>('ws', 'stream', 'poll')
const anyEvent: fc.Arbitrary<ChooserEvent> = fc.oneof(
  { weight: 3, arbitrary: transports.map((transport): ChooserEvent => ({ event: 'greeted', transport })) },
  { weight: 5, arbitrary: transports.map((transport): ChooserEvent => ({ event: 'heard', transport })) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(transports, fc.constantFrom(1000, 1006, 1012, 4401, 4403, 4412, 4503), fc.option(fc.nat(90_000)))
      .map(([transport, code, wait]): ChooserEvent => ({
        event: 'closed',
        transport,
        code,
        retryAfterMs: wait ?? undefined,
      })),
  },
  fc.tuple(transports, fc.nat(9_000)).map(([transport, delayMs]): ChooserEvent => ({
    event: 'drain',
    transport,
    delayMs,
  })),
  fc.constantFrom<ChooserEvent>(
    { event: 'connect' },
    { event: 'connect' },
    { event: 'caughtUp' },
    { event: 'catchUpFailed', code: 1006 },
    { event: 'wake', isOnline: true },
    { event: 'wake', isOnline: false },
    { event: 'disconnect' },
    { event: 'distrust' },
    { event: 'hide' },
    { event: 'answered', works: true },
    { event: 'answered', works: false },
    { event: 'stop', code: 'READ_ONLY' },
  ),
)
const anyPlan = fc.constantFrom<ChooserPlan>(
  AUTO,
  AUTO,
  { ...AUTO, canRefresh: true },
  { ...AUTO, transports: ['stream', 'poll'], reason: 'ws-missing' },
  only('ws'),
  only('stream'),
  only('poll'),
)

test('[CN5, CH4] whatever happens: what is open is known, one is in use, and something is waited for', () => {
  const steps = fc.array(fc.tuple(fc.nat(20_000), anyEvent), { maxLength: 60 })
  fc.assert(
    fc.property(anyPlan, fc.boolean(), steps, (plan, isEmpty, events) => {
      let now = 0
      let state = firstState(undefined)
      const open = new Set<TransportName>()
      let isReading = false
      let hasHttpWorked = false
      const tell = (event: ChooserEvent): void => {
        const before = state
        const { effects, state: next } = choose(plan, state, event, { now, random: 0.5, isEmpty })
        state = next
        if (event.event === 'greeted' && event.transport !== 'ws' && open.has(event.transport))
          hasHttpWorked = true
        for (const effect of effects) {
          if (effect.effect === 'catchUp') isReading = true
          if (effect.effect === 'abandonCatchUp') isReading = false
          if (effect.effect === 'remember') expect(hasHttpWorked).toBe(true)
          if (effect.effect === 'use') expect(open.has(effect.transport)).toBe(true)
          if (effect.effect === 'open') {
            expect(open.has(effect.transport)).toBe(false)
            expect(plan.transports).toContain(effect.transport)
            open.add(effect.transport)
          }
          if (effect.effect === 'close') expect(open.delete(effect.transport)).toBe(true)
        }
        if (event.event === 'caughtUp' || event.event === 'catchUpFailed') isReading = false
        const links = isRound(state) ? Object.keys(state.links) : []
        expect(links.toSorted()).toEqual([...open].toSorted())
        const greeted = isRound(state)
          ? Object.values(state.links).filter(({ greetedAt }) => greetedAt !== undefined)
          : []
        expect(greeted.length).toBe(state.state === 'live' ? 1 : 0)
        if (state.state === 'live') expect(state.links[state.via]?.greetedAt).toBeDefined()
        if (!isRound(state)) expect(isReading).toBe(false)
        const isWaitedFor = deadline(plan, state) !== undefined
        expect(isWaitedFor).toBe(state.state !== 'idle' && state.state !== 'stopped')
        expect(choose(plan, before, event, { now, random: 0.5, isEmpty }).state).toEqual(state)
      }
      for (const [wait, event] of events) {
        const until = now + wait
        for (let n = 0; ; n += 1) {
          expect(n).toBeLessThan(1_000)
          const due = deadline(plan, state)
          if (due === undefined || due > until) break
          now = Math.max(now, due)
          tell({ event: 'due' })
        }
        now = until
        tell(event)
      }
    }),
    { numRuns: 500 },
  )
})
