import type { Environment } from '@cometpad/provider'
import {
  FRAMES_TYPE,
  FrameDecoder,
  POSITION_HEADER,
  decodeMessage,
  encodeFrames,
  encodeMessage,
  limits,
} from '@cometpad/shared'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ChaosService } from './chaos-service.ts'
import { runChaos } from './chaos-run.ts'
import type { RunOptions } from './chaos-run.ts'
import { fastClock } from './fast-clock.ts'

// The long form: TEST_CHAOS_RUNS=5000 npx vitest run packages/server/test/chaos (docs/testing.md).
const RUNS = Number(process.env['TEST_CHAOS_RUNS'] ?? 300)
const SEED = Number(process.env['TEST_SEED'] ?? 1)
const AT_ONCE = 10
const clock = fastClock(20)
let service: ChaosService

beforeAll(async () => {
  service = await ChaosService.start(clock)
})

afterAll(async () => {
  await service.close()
})

it(
  `[CH4, HT11, AK1] ${RUNS} seeded runs through a hostile network lose nothing, double nothing and leave nothing behind`,
  { timeout: 60_000 + RUNS * 5_000 },
  async () => {
    const happened = new Map<string, number>()
    let next = SEED
    const play = async (): Promise<void> => {
      while (next < SEED + RUNS) {
        const seed = next++
        const run = await runChaos(service, { seed, clock }).catch((cause: unknown) => {
          throw new Error(`TEST_CHAOS_RUNS=1 TEST_SEED=${seed} npx vitest run packages/server/test/chaos`, {
            cause,
          })
        })
        for (const [what, count] of run) happened.set(what, (happened.get(what) ?? 0) + count)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, play))
    await expect.poll(() => service.rooms.size.readers, { timeout: 60_000 }).toBe(0)
    await expect.poll(() => service.rooms.size.rooms, { timeout: 60_000 }).toBe(0)
    process.stdout.write(`chaos: ${RUNS} runs, ${JSON.stringify(Object.fromEntries(happened))}\n`)
  },
)

describe('a client without one of its mechanisms is found out', () => {
  /** What the first of a few runs that fails says. */
  async function complaint(options: Omit<RunOptions, 'seed' | 'clock'>): Promise<string> {
    for (let seed = 1; seed <= 10; seed += 1) {
      try {
        await runChaos(service, { seed, clock, percent: 60, patienceMs: 2_500, ...options })
      } catch (cause) {
        return cause instanceof Error ? cause.message : String(cause)
      }
    }
    return 'nothing was noticed'
  }

  it('when it takes what was answered for what has arrived', async () => {
    const sabotage = (place: Environment): Environment => ({ ...place, fetch: believing(place) })
    expect(await complaint({ sabotage, transport: 'poll', only: ['truncate', 'cut'] })).toMatch(
      /[1-9]\d* missing/,
    )
  })

  it('when it takes for saved whatever the server has taken, and more', async () => {
    const sabotage = (place: Environment): Environment => ({ ...place, fetch: answeringItself(place) })
    expect(await complaint({ sabotage, transport: 'stream', only: ['refuse'] })).toMatch(/said to be saved/)
  })

  it('when it waits for ever on a connection that has fallen silent', async () => {
    const patient = { ...clock, after: (ms: number, run: () => void) => clock.after(ms * 1_000, run) }
    const sabotage = (place: Environment): Environment => ({ ...place, clock: patient })
    expect(await complaint({ sabotage, transport: 'ws', only: ['silence'] })).toMatch(
      /[1-9]\d* (not saved|missing)/,
    )
  })
})

/** Names the newest position that any answer has named, whether its body has arrived or not. */
function believing({ fetch = globalThis.fetch }: Environment): NonNullable<Environment['fetch']> {
  let newest = 0
  return async (url, init) => {
    const headers = new Headers(init.headers)
    if (newest > Number(headers.get(POSITION_HEADER) ?? 0))
      headers.set(POSITION_HEADER, String(newest).padStart(16, '0'))
    const response = await fetch(url, { ...init, headers })
    newest = Math.max(newest, Number(response.headers.get(POSITION_HEADER) ?? 0))
    return response
  }
}

/** A post that something in between has answered counts as one that the server has answered. */
function answeringItself({ fetch = globalThis.fetch }: Environment): NonNullable<Environment['fetch']> {
  return async (url, init) => {
    const response = await fetch(url, init)
    if (init.method !== 'POST' || response.headers.get('content-type') !== 'text/html') return response
    const body = init.body instanceof Uint8Array ? init.body : new Uint8Array()
    return new Response(savedAll(body), { headers: { 'content-type': FRAMES_TYPE } })
  }
}

function savedAll(body: Uint8Array): Uint8Array<ArrayBuffer> {
  const types = new FrameDecoder(limits.updateBytes).push(body).map((bytes) => decodeMessage(bytes).type)
  const count = types.filter((type) => type === 'update' || type === 'answer').length
  return encodeFrames(count === 0 ? [] : [encodeMessage({ type: 'saved', count, offset: 1 })]).slice()
}
