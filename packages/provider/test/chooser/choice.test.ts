/** Which transport is used: what is tried beside what, what is held against it, and for how long. */
import { errorTable, limits } from '@cometpad/shared'
import { expect, test } from 'vitest'
import { isRound } from '../../src/chooser-state.ts'
import { AUTO, Play, only } from './play.ts'

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
