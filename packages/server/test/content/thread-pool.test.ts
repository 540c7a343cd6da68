/** The threads that convert content, with worker files that misbehave in place of the real one. */
import { Worker } from 'node:worker_threads'
import { limits } from '@cometpad/shared'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ContentJob } from '../../src/content/content-job.ts'
import { ThreadPool } from '../../src/content/thread-pool.ts'

const WAIT = { timeout: 20_000, interval: 10 }
/** Does what the format of its job says. */
const MISBEHAVING = `
  const { parentPort } = require('node:worker_threads')
  const kept = []
  parentPort.on('message', ({ format }) => {
    if (format === 'hang') for (;;) {}
    if (format === 'crash') throw new Error('crashed')
    if (format === 'exit') process.exit(3)
    if (format === 'eat') for (;;) kept.push(new Array(1e5).fill({}))
    if (format === 'broken') return parentPort.postMessage({ kind: 'broken', code: 'INTERNAL_ERROR', reason: 'x' })
    if (format === 'silent') return
    parentPort.postMessage({ kind: 'content', text: format })
  })
`

const pools: ThreadPool[] = []

function newPool(changed: Partial<typeof limits> = {}): ThreadPool {
  const pool = new ThreadPool({
    limits: { ...limits, contentJobMs: 10_000, ...changed },
    start: ({ contentHeapBytes }) =>
      new Worker(MISBEHAVING, {
        eval: true,
        resourceLimits: { maxOldGenerationSizeMb: contentHeapBytes / 2 ** 20 },
      }),
  })
  pools.push(pool)
  return pool
}

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()))
})

function job(what: string): () => Promise<ContentJob> {
  return async () => ({ kind: 'read', state: new Uint8Array(), format: what as never })
}

async function codeOf(answer: Promise<unknown>): Promise<unknown> {
  return answer.then(
    (value) => value,
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  )
}

describe('threads that convert content', () => {
  it.each([
    ['hang', 'CONTENT_TOO_COMPLEX', { contentJobMs: 2_000 }],
    ['eat', 'CONTENT_TOO_COMPLEX', { contentHeapBytes: 16 * 2 ** 20 }],
    ['crash', 'INTERNAL_ERROR', {}],
    ['exit', 'INTERNAL_ERROR', {}],
  ] as const)(
    '[CO7, CO8] that %s are ended with %s, and the next job gets another',
    async (what, code, bounds) => {
      const pool = newPool({ contentThreads: 1, ...bounds })
      const bad = codeOf(pool.run(job(what)))
      const next = pool.run(job('fine'))
      expect(await bad).toBe(code)
      expect(await next).toEqual({ kind: 'content', text: 'fine' })
      expect(pool.size).toBe(1)
    },
  )

  it('[CO8] is not used again after a mistake of its own', async () => {
    const pool = newPool({ contentThreads: 1 })
    expect(await pool.run(job('broken'))).toMatchObject({ kind: 'broken' })
    await expect.poll(() => pool.size, WAIT).toBe(0)
    expect(await pool.run(job('fine'))).toEqual({ kind: 'content', text: 'fine' })
  })

  it('[CO7] are few, and who waits behind too many is refused', async () => {
    const pool = newPool({ contentThreads: 2, contentJobs: 3 })
    const held = Array.from({ length: 5 }, () => codeOf(pool.run(job('silent'))))
    expect(await codeOf(pool.run(job('fine')))).toBe('OVERLOADED')
    await expect.poll(() => pool.size, WAIT).toBe(2)
    await pool.close()
    expect(await Promise.all(held)).toEqual(Array(5).fill('DRAINING'))
    expect(await codeOf(pool.run(job('fine')))).toBe('DRAINING')
    expect(pool.size).toBe(0)
  })

  it('[CO8] end when there was no work for a while, and a job that cannot begin takes none', async () => {
    const pool = newPool({ contentIdleMs: 50 })
    const cause = new Error('no such document')
    await expect(pool.run(() => Promise.reject(cause))).rejects.toBe(cause)
    expect(pool.size).toBe(0)
    await pool.run(job('fine'))
    await vi.waitFor(() => expect(pool.size).toBe(0), WAIT)
    expect(await pool.run(job('again'))).toEqual({ kind: 'content', text: 'again' })
  })
})
