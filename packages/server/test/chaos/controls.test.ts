import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Known } from '../../src/core/gate/known.ts'
import {
  believingAnybody,
  believingHeads,
  neverCallingOff,
  neverClosing,
  sayingOnce,
  timesAs,
} from './broken-clients.ts'
import { WORDS, runChaos } from './chaos-run.ts'
import type { ChaosService, RunOptions } from './chaos-run.ts'
import { KilledService } from './killed-service.ts'
import { NearService } from './near-service.ts'

// For each fault the mechanism that bears it is switched off, and what the other tests look at has to be red.

type Options = Omit<RunOptions, 'seed'>

/** By the fast clock. Nothing but the mechanism that is missing could still bring help. */
const SHORT_MS = 40_000
/** Who has fallen silent is given up before. */
const LONG_MS = 150_000
const ALL_DELAYS = ['upgrade: delay', 'get: delay', 'post: delay'] as const
const opened: { close(): Promise<void> }[] = []
let service: NearService

beforeAll(async () => {
  service = await NearService.start()
})

afterEach(() => vi.restoreAllMocks())

afterAll(async () => {
  await Promise.all(opened.map((one) => one.close()))
  await service.close()
})

/** What the first of a few runs that fails says. */
async function complaint(options: Options, against: ChaosService = service): Promise<string> {
  for (let seed = 1; seed <= 10; seed += 1) {
    try {
      const quick = { seed, percent: 60, program: 'none', patienceMs: SHORT_MS, clearMs: SHORT_MS } as const
      const { cleared } = await runChaos(against, { ...quick, ...options })
      await cleared()
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause)
    }
  }
  return 'nothing was noticed'
}

async function serverWith(limits: Parameters<typeof NearService.start>[0]): Promise<NearService> {
  const other = await NearService.start(limits)
  opened.push(other)
  return other
}

describe.concurrent('a fault that does not end is borne, and not without its mechanism', () => {
  const cases: readonly { fault: string; without: string; options: Options; broken: Options }[] = [
    {
      fault: 'refused upgrades',
      without: 'another transport',
      options: { only: ['upgrade: refuse'] },
      broken: { transport: 'ws' },
    },
    {
      fault: 'buffered streams',
      without: 'a judge of streams',
      options: { only: ['upgrade: refuse', 'get: buffer'] },
      broken: { transport: 'stream' },
    },
    {
      fault: 'delays',
      without: 'patience',
      options: { only: ALL_DELAYS },
      broken: { sabotage: timesAs(1 / 50) },
    },
  ]

  it.each(cases)('$fault, and not without $without', async ({ options, broken }) => {
    const endless = { ...options, transport: 'auto', percent: 100, isEndless: true, program: 'none' } as const
    await runChaos(service, { ...endless, seed: 1 }).then(({ cleared }) => cleared())
    expect(await complaint({ ...endless, ...broken })).toMatch(/[1-9]\d* (not saved|missing)/)
  })
})

describe.concurrent('a client without one of its mechanisms is found out', () => {
  it.each<[string, RegExp, Options]>([
    [
      'truncated answers: it takes what was answered for what has arrived',
      /[1-9]\d* missing/,
      { sabotage: believingHeads, transport: 'poll', only: ['get: truncate', 'get: cut'] },
    ],
    [
      'cut connections: it does not say again what was under way',
      /[1-9]\d* missing|said to be saved/,
      { sabotage: sayingOnce, transport: 'ws', only: ['upgrade: cut'] },
    ],
    [
      'intercepted requests: it takes for saved what somebody else has answered',
      /[1-9]\d* missing|said to be saved/,
      { sabotage: believingAnybody, transport: 'stream', only: ['post: refuse'] },
    ],
    [
      'half-open connections: it waits for ever',
      /[1-9]\d* (not saved|missing)/,
      { sabotage: timesAs(1_000), transport: 'ws', only: ['upgrade: half-open'], patienceMs: LONG_MS },
    ],
    [
      'reordered requests: a program does not number them',
      /refused for good: p\d+: 409/,
      { program: 'not numbered', only: ['post: reorder'], percent: 100 },
    ],
    ['its timers go on when it has left', /timers of [abc]/, { sabotage: neverCallingOff, percent: 0 }],
    [
      'its connections stay when it has left',
      /webSockets of [abc]/,
      { sabotage: neverClosing, transport: 'ws', percent: 0 },
    ],
  ])('%s', async (_what, expected, options) => {
    expect(await complaint(options)).toMatch(expected)
  })
})

describe.concurrent('a server without one of its mechanisms is found out', () => {
  const ENDLESS_MS = 1e12

  it('half-open connections: it never asks for a sign of life', async () => {
    const patient = await serverWith({ silentConnectionMs: ENDLESS_MS })
    expect(
      await complaint(
        { transport: 'ws', only: ['upgrade: half-open'], patienceMs: 600_000, clearMs: LONG_MS },
        patient,
      ),
    ).toMatch(/left are: .*upgrade: half-open \(the server\)/)
  })

  it('half-open streams: it never ends them', async () => {
    const patient = await serverWith({ streamMs: ENDLESS_MS })
    expect(
      await complaint(
        { transport: 'stream', only: ['get: half-open'], patienceMs: 600_000, clearMs: LONG_MS },
        patient,
      ),
    ).toMatch(/left are: .*get: half-open \(the server\)/)
  })

  it('presence that nobody takes back: it never expires', async () => {
    const patient = await serverWith({ leaseMs: ENDLESS_MS })
    expect(await complaint({ transport: 'poll', percent: 0 }, patient)).toMatch(
      /left are: [123] who are still present/,
    )
  })

  it('kill -9: it says that something is saved before it is', async () => {
    const hasty = await KilledService.start('test/chaos/hasty-program.ts')
    opened.push(hasty)
    const onWord = (word: number) => (word === WORDS / 2 ? hasty.kill() : undefined)
    expect(await complaint({ transport: 'ws', percent: 0, onWord }, hasty)).toMatch(/said to be saved/)
  })
})

it('a server that takes every repetition for something new is found out', async () => {
  vi.spyOn(Known.prototype, 'covers').mockReturnValue(false)
  expect(await complaint({ transport: 'poll', only: ['post: duplicate'] })).toMatch(
    /[1-9]\d* entries of the log bring nothing/,
  )
})
