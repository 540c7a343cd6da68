import fc from 'fast-check'
import { errorTable, limits } from '@cometpad/shared'
import { expect, test } from 'vitest'
import type { ChooserEffect, ChooserEvent, ChooserPlan, ChooserState, Memory } from './chooser-state.ts'
import { deadline } from './chooser-deadlines.ts'
import { isRound } from './chooser-state.ts'
import { choose, firstState } from './chooser.ts'
import { transportStateOf } from './transport-state-of.ts'
import type { TransportName } from './transport-state.ts'

const AUTO: ChooserPlan = { transports: ['ws', 'stream', 'poll'], reason: 'best', canRefresh: false }
const only = (transport: TransportName): ChooserPlan => ({
  transports: [transport],
  reason: 'chosen',
  canRefresh: false,
})

function inWords(effect: ChooserEffect): string {
  return 'transport' in effect ? `${effect.effect} ${effect.transport}` : effect.effect
}

/** Plays events to a chooser, on a clock of its own. Chance is always one half. */
class Play {
  readonly plan: ChooserPlan
  now = 0
  state: ChooserState
  isEmpty: boolean
  /** What was asked for since it was last looked at. */
  #asked: string[] = []

  constructor(
    plan: ChooserPlan = AUTO,
    { memory, isEmpty = false }: { memory?: Memory; isEmpty?: boolean } = {},
  ) {
    this.plan = plan
    this.isEmpty = isEmpty
    this.state = firstState(memory)
  }

  tell(event: ChooserEvent): this {
    const { now, isEmpty } = this
    const choice = choose(this.plan, this.state, event, { now, random: 0.5, isEmpty })
    this.state = choice.state
    this.#asked.push(...choice.effects.map(inWords))
    return this
  }

  connect(): this {
    return this.tell({ event: 'connect' })
  }

  greeted(transport: TransportName): this {
    return this.tell({ event: 'greeted', transport })
  }

  heard(transport: TransportName): this {
    return this.tell({ event: 'heard', transport })
  }

  closed(transport: TransportName, code = 1006, retryAfterMs?: number): this {
    return this.tell({ event: 'closed', transport, code, retryAfterMs })
  }

  /** Lets time pass; what is due on the way is told in its time. */
  pass(ms: number): this {
    const until = this.now + ms
    for (let n = 0; ; n += 1) {
      expect(n, 'what is due at once, again and again').toBeLessThan(1_000)
      const due = deadline(this.plan, this.state)
      if (due === undefined || due > until) break
      this.now = Math.max(this.now, due)
      this.tell({ event: 'due' })
    }
    this.now = until
    return this
  }

  /** Lets time pass until everything is tried again. */
  passWait(): this {
    const until = this.state.state === 'waiting' ? (deadline(this.plan, this.state) ?? this.now) : this.now
    return this.pass(until - this.now)
  }

  get asked(): string[] {
    const asked = this.#asked
    this.#asked = []
    return asked
  }

  get via(): string {
    const { transport, reason } = transportStateOf(this.plan, this.state)
    return `${transport ?? 'none'}: ${reason}`
  }
}

test('[CH1] who has nothing reads the content first, and then opens ws', () => {
  const play = new Play(AUTO, { isEmpty: true }).connect()
  expect(play.asked).toEqual(['catchUp'])
  play.pass(300).tell({ event: 'caughtUp' })
  expect(play.asked).toEqual(['open ws'])
  play.greeted('ws')
  expect(play.asked).toEqual(['use ws'])
  expect(play.via).toBe('ws: best')
})

test('[CH1] who has something, or nothing but ws, opens ws at once; content that does not come is not waited for', () => {
  expect(new Play().connect().asked).toEqual(['open ws'])
  expect(new Play(only('ws'), { isEmpty: true }).connect().asked).toEqual(['open ws'])
  const play = new Play(AUTO, { isEmpty: true }).connect().pass(limits.provingMs)
  expect(play.asked).toEqual(['catchUp', 'open ws'])
  const refused = new Play(AUTO, { isEmpty: true }).connect().tell({ event: 'catchUpFailed', code: 1006 })
  expect(refused.asked).toEqual(['catchUp', 'open ws'])
})

test('[CH1, CN4] content that may not be had stops for good', () => {
  const play = new Play(AUTO, { isEmpty: true }).connect().tell({ event: 'catchUpFailed', code: 4403 })
  expect(play.state).toMatchObject({ state: 'stopped', code: 'FORBIDDEN' })
})

test('[CH2] a silent ws gets a stream beside it, which takes over, and is closed when the stream is proved', () => {
  const play = new Play().connect().pass(limits.provingMs - 1)
  expect(play.asked).toEqual(['open ws'])
  expect(play.pass(1).asked).toEqual(['open stream'])
  expect(play.pass(50).greeted('stream').asked).toEqual(['use stream'])
  expect(play.via).toBe('stream: ws-silent')
  expect(play.pass(limits.streamTickMs).heard('stream').asked).toEqual(['close ws', 'remember'])
  expect(play.via).toBe('stream: ws-silent')
})

test('[CH2] ws that speaks while the stream is being proved wins', () => {
  const play = new Play().connect().pass(limits.provingMs + 50)
  expect(play.greeted('stream').pass(200).greeted('ws').asked).toEqual([
    'open ws',
    'open stream',
    'use stream',
    'use ws',
    'close stream',
  ])
  expect(play.via).toBe('ws: best')
})

test('[CH2, CH6, CH12] a refused ws gets a stream at once, is tried again when that works, and only then judged', () => {
  const play = new Play().connect().pass(5).closed('ws')
  expect(play.asked).toEqual(['open ws', 'close ws', 'open stream'])
  expect(play.greeted('stream').asked).toEqual(['open ws'])
  expect(play.via).toBe('none: connecting')
  expect(play.pass(5).closed('ws').asked).toEqual(['close ws', 'use stream', 'remember'])
  expect(play.via).toBe('stream: ws-failed')
  expect(play.state.memory).toEqual({
    transport: 'stream',
    until: 10 + limits.fallbackMs,
    spanMs: limits.fallbackMs,
  })
})

test('[CH3] a stream whose hello and tick come together is buffered: poll takes its place', () => {
  const play = new Play().connect().closed('ws').pass(10).greeted('stream').closed('ws')
  expect(play.asked.at(-1)).toBe('remember')
  play.heard('stream')
  play.pass(limits.streamTickMs + limits.tickSlackMs - 1)
  expect(play.asked).toEqual([])
  expect(play.pass(1).asked).toEqual(['open poll'])
  expect(play.via).toBe('stream: ws-failed')
  expect(play.pass(20).greeted('poll').asked).toEqual(['use poll', 'close stream'])
  expect(play.via).toBe('poll: stream-buffered')
})

test('[CH3] a stream that says nothing gets a poll beside it', () => {
  const play = new Play().connect().closed('ws').pass(limits.streamHelloMs)
  expect(play.asked).toEqual(['open ws', 'close ws', 'open stream', 'open poll'])
  expect(play.greeted('poll').closed('ws').asked).toEqual([
    'open ws',
    'close ws',
    'use poll',
    'close stream',
    'remember',
  ])
  expect(play.via).toBe('poll: stream-buffered')
})

test('[CH3] a stream that comes late is used until the poll speaks', () => {
  const play = new Play().connect().closed('ws').pass(limits.streamHelloMs).greeted('stream').closed('ws')
  expect(play.asked.slice(-4)).toEqual(['open ws', 'close ws', 'use stream', 'remember'])
  play.pass(600).heard('stream').greeted('poll')
  expect(play.asked).toEqual(['use poll', 'close stream'])
})

test('[CH3] a stream that fails gives way to poll, before and after its hello', () => {
  const before = new Play().connect().closed('ws').closed('stream')
  expect(before.asked).toEqual(['open ws', 'close ws', 'open stream', 'close stream', 'open poll'])
  const after = new Play().connect().closed('ws').greeted('stream').closed('ws').closed('stream')
  expect(after.asked.slice(-2)).toEqual(['close stream', 'open poll'])
  expect(after.greeted('poll').via).toBe('poll: stream-failed')
  const meanwhile = new Play().connect().closed('ws').greeted('stream').closed('stream').closed('ws')
  expect(meanwhile.asked.slice(-4)).toEqual(['open ws', 'close stream', 'close ws', 'open poll'])
  expect(meanwhile.greeted('poll').via).toBe('poll: stream-failed')
})

test('[CH5] when HTTP fails too, everything is tried again from the beginning, and nothing is remembered', () => {
  const play = new Play().connect()
  for (let n = 0; n < 20; n += 1) {
    play.closed('ws').closed('stream').closed('poll')
    expect(play.state.state).toBe('waiting')
    expect(play.via).toBe('none: unreachable')
    expect(play.asked).toEqual([
      'open ws',
      'close ws',
      'open stream',
      'close stream',
      'open poll',
      'close poll',
    ])
    play.passWait()
  }
  expect(play.state.memory).toBe(undefined)
  expect(play.greeted('ws').via).toBe('ws: best')
})

test('[CH5, CH12] when a server comes back between two tries, ws is in use and nothing else ever was', () => {
  const opened = ['open ws', 'close ws', 'open stream']
  const play = new Play().connect().closed('ws').greeted('stream')
  expect(play.asked).toEqual([...opened, 'open ws'])
  expect(play.greeted('ws').asked).toEqual(['use ws', 'close stream'])
  expect(play.state.memory).toBe(undefined)
  const later = new Play().connect().closed('ws').closed('stream').greeted('poll')
  expect(later.asked).toEqual([...opened, 'close stream', 'open poll', 'open ws'])
  expect(later.greeted('ws').asked).toEqual(['use ws', 'close poll'])
})

test('[CH12] a ws that is silent in its second try is waited for as long as in its first', () => {
  const play = new Play().connect().closed('ws').greeted('stream')
  play.pass(limits.streamTickMs).heard('stream')
  play.pass(limits.provingMs - limits.streamTickMs - 1)
  expect(play.asked.at(-1)).toBe('open ws')
  expect(play.pass(1).asked).toEqual(['use stream'])
  expect(play.greeted('ws').asked).toEqual(['use ws', 'close stream'])
})

test('[CH6] what is remembered is used at once, and told so', () => {
  const memory = { transport: 'stream', until: 1_000, spanMs: limits.fallbackMs } as const
  const play = new Play(AUTO, { memory, isEmpty: true }).connect()
  expect(play.asked).toEqual(['open stream'])
  expect(play.greeted('stream').via).toBe('stream: remembered')
  const poll = new Play(AUTO, { memory: { ...memory, transport: 'poll' } }).connect()
  expect(poll.asked).toEqual(['open poll'])
  expect(poll.greeted('poll').via).toBe('poll: remembered')
})

test('[CH6] what was remembered and turns out true again is remembered twice as long, up to a day', () => {
  let spanMs = limits.fallbackMs
  const spans: number[] = []
  for (let n = 0; n < 10; n += 1) {
    const play = new Play(AUTO, { memory: { transport: 'stream', until: -1, spanMs } }).connect()
    play.closed('ws').greeted('stream').closed('ws')
    spanMs = play.state.memory?.spanMs ?? 0
    spans.push(spanMs / limits.fallbackMs)
  }
  expect(spans).toEqual([2, 4, 8, 16, 32, 64, 128, 144, 144, 144])
})

test('[CH6] it is forgotten when ws works, and when the network is another one', () => {
  const memory = { transport: 'stream', until: 1e9, spanMs: limits.fallbackMs } as const
  const works = new Play(AUTO, { memory }).connect().greeted('stream').pass(600).heard('stream')
  works.pass(limits.climbFirstMs).greeted('ws')
  expect(works.asked.slice(-3)).toEqual(['use ws', 'close stream', 'forget'])
  const online = new Play(AUTO, { memory }).connect().greeted('stream').pass(600).heard('stream')
  online.tell({ event: 'wake', isOnline: true })
  expect(online.asked).toEqual(['open stream', 'use stream', 'forget', 'probe stream', 'open ws'])
})

test('[CH7] ws is tried again after half a minute and then every five minutes', () => {
  const play = new Play(AUTO).connect().closed('ws').greeted('poll').closed('stream').greeted('poll')
  play.closed('ws')
  expect(play.via).toBe('poll: stream-failed')
  const tries: number[] = []
  const start = play.now
  for (let n = 0; n < 900; n += 1) {
    play.pass(1_000).heard('poll')
    if (isRound(play.state) && play.state.links.ws !== undefined) {
      tries.push(play.now - start)
      play.closed('ws')
    }
  }
  expect(tries).toEqual([30_000, 330_000, 630_000])
})

test('[CH7] a try that comes to nothing ends, and nothing else notices', () => {
  const play = new Play().connect().closed('ws').greeted('stream').pass(1_000).heard('stream')
  expect(play.pass(limits.provingMs).asked.slice(-2)).toEqual(['open ws', 'use stream'])
  for (let n = 0; n < 10; n += 1) play.pass(1_000).heard('stream')
  expect(play.asked).toEqual(['close ws', 'remember'])
  expect(play.via).toBe('stream: ws-silent')
})

test('[CH8] WebSockets that break again and again give way to a stream, but a server that is down is not their fault', () => {
  const play = new Play().connect()
  for (let n = 0; n < limits.shortLives; n += 1) {
    play.greeted('ws').pass(1_000).closed('ws')
    expect(play.asked.slice(-2)).toEqual(['close ws', 'ask'])
    play.tell({ event: 'answered', works: true }).passWait()
  }
  expect(play.asked.slice(-1)).toEqual(['open stream'])
  expect(play.greeted('stream').via).toBe('stream: ws-unstable')
  const down = new Play().connect()
  for (let n = 0; n < 9; n += 1) {
    down.greeted('ws').pass(1_000).closed('ws').passWait()
    down.closed('ws').closed('stream').closed('poll').passWait()
    expect(down.asked.at(-1)).toBe('open ws')
  }
})

test.each([
  ['crashes and is back before the next try', 1006, { event: 'answered', works: false } as const],
  ['is there again so late that nobody knows', 1006, undefined],
  ['says why it ends them', errorTable.OVERLOADED.close, { event: 'answered', works: true } as const],
])('[CH8] a server that %s moves nobody to a stream, however often it does', (_how, code, answer) => {
  const play = new Play().connect()
  for (let n = 0; n < 9; n += 1) {
    play.greeted('ws').pass(1_000).closed('ws', code)
    if (answer !== undefined) play.tell(answer)
    play.passWait()
    expect(play.asked.at(-1)).toBe('open ws')
  }
})

test('[CH8] between crashes of the server, WebSockets that broke while HTTP worked do not add up', () => {
  const play = new Play().connect()
  const breakOnce = (works: boolean): void => {
    play.greeted('ws').pass(1_000).closed('ws').tell({ event: 'answered', works }).passWait()
  }
  for (let n = 1; n < limits.shortLives; n += 1) breakOnce(true)
  breakOnce(false)
  for (let n = 1; n < limits.shortLives; n += 1) breakOnce(true)
  expect(play.asked.at(-1)).toBe('open ws')
  breakOnce(true)
  expect(play.asked.at(-1)).toBe('open stream')
})

test('[CH8] an answer of HTTP is waited for before the next try, but not without end, and means nothing later', () => {
  const play = new Play().connect().greeted('ws').pass(1_000).closed('ws')
  expect(play.pass(limits.provingMs - 1).state.state).toBe('waiting')
  expect(play.pass(1).asked.at(-1)).toBe('open ws')
  play.tell({ event: 'answered', works: true })
  expect(play.state.shortLives).toBe(0)
  const soon = new Play()
    .connect()
    .greeted('ws')
    .pass(1_000)
    .closed('ws')
    .pass(limits.provingMs - 1)
  expect(soon.tell({ event: 'answered', works: true }).asked.at(-1)).toBe('open ws')
  const alone = new Play(only('ws')).connect().greeted('ws').closed('ws')
  expect(alone.asked).not.toContain('ask')
})

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
