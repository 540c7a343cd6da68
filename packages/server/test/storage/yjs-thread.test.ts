import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { limits } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import { YjsThread } from '../../src/storage/yjs-thread.ts'
import { codeOf, textOf, typed } from './log-contract.ts'

let thread: YjsThread | undefined

afterEach(async () => {
  await thread?.close()
  thread = undefined
})

function start(bounds: Partial<Limits> = {}, worker?: () => Worker): YjsThread {
  thread = new YjsThread({
    limits: { ...limits, ...bounds },
    ...(worker === undefined ? {} : { start: worker }),
  })
  return thread
}

/** A thread that runs this code; `port` is its side of the channel. */
function scripted(code: string): () => Worker {
  return () =>
    new Worker(`const { parentPort: port } = require('node:worker_threads'); let n = 0; ${code}`, {
      eval: true,
    })
}

const echo = `port.on('message', (job) => port.postMessage({ kind: 'diff', update: job.update }))`
const bytes = new Uint8Array([1, 2, 3])
const nothing = new Uint8Array([0])

const always = { inlineUpdateBytes: 0 }

describe('the thread for Yjs work', () => {
  it('gives what lies beyond a vector, the same at once and in the thread', async () => {
    const doc = new Y.Doc()
    doc.getText('t').insert(0, 'before ')
    const vector = Y.encodeStateVector(doc)
    const before = Y.encodeStateAsUpdate(doc)
    doc.getText('t').insert(7, 'after')
    const update = Y.encodeStateAsUpdate(doc)
    const inline = await start().diff(update, vector)
    const threaded = await start(always).diff(update, vector)
    expect(threaded).toEqual(inline)
    expect(textOf([before, threaded])).toBe('before after')
    // The caller's bytes are still the caller's.
    expect(update.length).toBeGreaterThan(0)
    expect(textOf([update])).toBe('before after')
  })

  it('takes bytes that are part of a larger buffer', async () => {
    const [update] = typed(['hello']) as [Uint8Array]
    const pool = new Uint8Array(update.length + 20)
    pool.set(update, 7)
    const answer = await start(always).diff(pool.subarray(7, 7 + update.length), nothing)
    expect(textOf([answer])).toBe('hello')
    expect(pool.length).toBe(update.length + 20)
  })

  it('compacts', async () => {
    const compacted = await start().compact(typed(['one ', 'two ', 'three']))
    if (compacted.state !== 'compacted') throw new Error(compacted.state)
    expect(textOf([compacted.update])).toBe('one two three')
  })

  it('says so when Yjs cannot read the bytes, and goes on', async () => {
    const wrong = new Uint8Array([9, 9, 9])
    expect(await codeOf(start().diff(wrong, nothing))).toBe('INTERNAL_ERROR')
    const threaded = start(always)
    expect(await codeOf(threaded.diff(wrong, nothing))).toBe('INTERNAL_ERROR')
    expect(await codeOf(threaded.compact([wrong]))).toBe('INTERNAL_ERROR')
    expect((await threaded.compact(typed(['x']))).state).toBe('compacted')
  })

  it('rejects the job that crashed it, and does the next in a new thread', async () => {
    let threads = 0
    const threaded = start(always, () => {
      threads += 1
      return scripted(threads === 1 ? `port.on('message', () => { throw new Error('crash') })` : echo)()
    })
    const [first, second] = [threaded.diff(bytes, nothing), threaded.diff(bytes, nothing)]
    expect(await codeOf(first)).toBe('INTERNAL_ERROR')
    expect(await second).toEqual(bytes)
    expect(threads).toBe(2)
  })

  it('does the same when the thread ends without an error', async () => {
    let threads = 0
    const threaded = start(always, () => {
      threads += 1
      return scripted(threads === 1 ? `port.on('message', () => process.exit(0))` : echo)()
    })
    expect(await codeOf(threaded.diff(bytes, nothing))).toBe('INTERNAL_ERROR')
    expect(await threaded.diff(bytes, nothing)).toEqual(bytes)
  })

  it('gives a job up that takes too long', async () => {
    let threads = 0
    const threaded = start({ ...always, threadJobMs: 2_000 }, () => {
      threads += 1
      return scripted(threads === 1 ? `port.on('message', () => { for (;;) n += 1 })` : echo)()
    })
    expect(await codeOf(threaded.diff(bytes, nothing))).toBe('INTERNAL_ERROR')
    expect(await threaded.diff(bytes, nothing)).toEqual(bytes)
  })

  it('ends with its thread what worked on much, and keeps it for what did not', async () => {
    let threads = 0
    const threaded = start({ ...always, heavyJobBytes: 100 }, () => {
      threads += 1
      return scripted(echo)()
    })
    const heavy = new Uint8Array(200).fill(7)
    const jobs = [bytes, bytes, heavy, bytes, bytes].map((update) => threaded.diff(update, nothing))
    expect(await Promise.all(jobs)).toEqual([bytes, bytes, heavy, bytes, bytes])
    expect(threads).toBe(2)
  })

  it('refuses more jobs than may wait', async () => {
    const threaded = start({ ...always, threadJobs: 2 }, scripted(echo))
    const jobs = [1, 2, 3].map(() => threaded.diff(bytes, nothing))
    expect(await codeOf(threaded.diff(bytes, nothing))).toBe('OVERLOADED')
    expect(await Promise.all(jobs)).toEqual([bytes, bytes, bytes])
  })

  it('rejects whatever is not done when it is closed, and everything later', async () => {
    const threaded = start(always, scripted(`port.on('message', () => undefined)`))
    const jobs = [threaded.diff(bytes, nothing), threaded.diff(bytes, nothing)].map(codeOf)
    await threaded.close()
    expect(await Promise.all(jobs)).toEqual(['DRAINING', 'DRAINING'])
    expect(await codeOf(threaded.diff(bytes, nothing))).toBe('DRAINING')
    await threaded.close()
  })
})
