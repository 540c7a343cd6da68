/**
 * One thread for Yjs work that is too heavy for the thread that serves everybody. Started at the first job, ended by
 * `close`. A job that crashes the thread, or keeps it busy for too long, is rejected alone; the next job gets a new
 * thread. Knows no document and no store.
 */
import { Worker } from 'node:worker_threads'
import * as Y from 'yjs'
import { CometpadError, encodeFrames } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { Compute } from '../core/ports.ts'
import type { Compacted } from './compaction-work.ts'
import type { ThreadAnswer, ThreadJob } from './yjs-worker.ts'

interface Job {
  readonly job: ThreadJob
  /** Of what it works on; the bytes themselves are the thread's. */
  readonly bytes: number
  readonly resolve: (answer: ThreadAnswer) => void
  readonly reject: (error: Error) => void
}

type State =
  | { readonly state: 'stopped' }
  | { readonly state: 'idle'; readonly worker: Worker }
  | { readonly state: 'busy'; readonly worker: Worker; readonly job: Job; readonly timer: NodeJS.Timeout }
  | { readonly state: 'closed' }

export interface YjsThreadOptions {
  readonly limits: Pick<Limits, 'heavyJobBytes' | 'inlineUpdateBytes' | 'threadJobs' | 'threadJobMs'>
  /** For tests: another worker file. */
  readonly start?: () => Worker
}

export class YjsThread implements Compute {
  readonly #options: YjsThreadOptions
  #state: State = { state: 'stopped' }
  #waiting: Job[] = []

  constructor(options: YjsThreadOptions) {
    this.#options = options
  }

  /** Rejects with OVERLOADED, or INTERNAL_ERROR when Yjs cannot read the bytes. */
  async diff(update: Uint8Array, vector: Uint8Array): Promise<Uint8Array> {
    if (update.length < this.#options.limits.inlineUpdateBytes) return this.cut(update, vector)
    const answer = await this.#run({ kind: 'diff', update: copyOf(update), vector: copyOf(vector) })
    if (answer.kind !== 'diff') throw unexpected(answer)
    return answer.update
  }

  /** Here and now. Throws INTERNAL_ERROR when Yjs cannot read the bytes. */
  cut(update: Uint8Array, vector: Uint8Array): Uint8Array {
    try {
      return Y.diffUpdate(update, vector)
    } catch (cause) {
      throw new CometpadError('INTERNAL_ERROR', { cause })
    }
  }

  /** One update for all of these. Rejects with OVERLOADED or INTERNAL_ERROR. */
  async compact(updates: readonly Uint8Array[]): Promise<Compacted> {
    const answer = await this.#run({ kind: 'compact', frames: encodeFrames(updates) })
    if (answer.kind !== 'compact') throw unexpected(answer)
    return answer.compacted
  }

  /** How the text that these make up begins. Rejects with OVERLOADED or INTERNAL_ERROR. */
  async firstLine(updates: readonly Uint8Array[]): Promise<string> {
    const answer = await this.#run({ kind: 'firstLine', frames: encodeFrames(updates) })
    if (answer.kind !== 'firstLine') throw unexpected(answer)
    return answer.firstLine
  }

  /** Rejects whatever is not done. */
  async close(): Promise<void> {
    const before = this.#state
    const waiting = this.#waiting
    this.#state = { state: 'closed' }
    this.#waiting = []
    for (const { reject } of waiting) reject(stopped())
    if (before.state === 'busy') {
      clearTimeout(before.timer)
      before.job.reject(stopped())
    }
    if (before.state === 'busy' || before.state === 'idle') await before.worker.terminate()
  }

  #run(job: ThreadJob): Promise<ThreadAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#state.state === 'closed') throw stopped()
      if (this.#waiting.length >= this.#options.limits.threadJobs) throw new CometpadError('OVERLOADED')
      const bytes = contentOf(job).reduce((sum, { length }) => sum + length, 0)
      this.#waiting.push({ job, bytes, resolve, reject })
      this.#evaluate()
    })
  }

  /** Gives the next job to the thread if it has none. */
  #evaluate(): void {
    if (this.#state.state === 'closed' || this.#state.state === 'busy') return
    const job = this.#waiting.shift()
    if (job === undefined) {
      // A thread that waits does not keep the process alive.
      if (this.#state.state === 'idle') this.#state.worker.unref()
      return
    }
    const worker = this.#state.state === 'idle' ? this.#state.worker : this.#start()
    const { threadJobMs } = this.#options.limits
    const timer = setTimeout(() => {
      this.#lose(worker, new Error(`The job took longer than ${threadJobMs} ms`))
      void worker.terminate()
    }, threadJobMs)
    this.#state = { state: 'busy', worker, job, timer }
    worker.ref()
    worker.postMessage(job.job, transferOf(job.job))
  }

  #start(): Worker {
    const worker = (this.#options.start ?? startWorker)()
    worker.on('message', (answer: ThreadAnswer) => this.#answer(worker, answer))
    worker.on('error', (cause) => this.#lose(worker, cause))
    worker.on('exit', (code) => this.#lose(worker, new Error(`The thread ended with ${code}`)))
    return worker
  }

  #answer(worker: Worker, answer: ThreadAnswer): void {
    if (this.#state.state !== 'busy' || this.#state.worker !== worker) return
    const { job, timer } = this.#state
    clearTimeout(timer)
    if (job.bytes < this.#options.limits.heavyJobBytes) this.#state = { state: 'idle', worker }
    else {
      // What such a job has left lies in its memory until the next one: with the thread it goes at once.
      this.#state = { state: 'stopped' }
      void worker.terminate()
    }
    job.resolve(answer)
    this.#evaluate()
  }

  /** The thread is gone. */
  #lose(worker: Worker, cause: unknown): void {
    const before = this.#state
    if (!('worker' in before) || before.worker !== worker) return
    this.#state = { state: 'stopped' }
    if (before.state === 'busy') {
      clearTimeout(before.timer)
      before.job.reject(new CometpadError('INTERNAL_ERROR', { detail: 'A thread ended.', cause }))
    }
    this.#evaluate()
  }
}

/** The worker is this file's neighbour: JavaScript when built, else TypeScript behind a file that can load it. */
function startWorker(): Worker {
  const file = import.meta.url.endsWith('.ts') ? './yjs-worker.dev.mjs' : './yjs-worker.js'
  // No options of the parent: what was meant for it (a loader, an inspector) may not work in a thread.
  return new Worker(new URL(file, import.meta.url), { execArgv: [] })
}

/** Bytes of their own, which may be handed over to the thread without a further copy. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes)
}

function contentOf(job: ThreadJob): readonly Uint8Array[] {
  return job.kind === 'diff' ? [job.update, job.vector] : [job.frames]
}

function transferOf(job: ThreadJob): ArrayBuffer[] {
  return contentOf(job).map(({ buffer }) => buffer as ArrayBuffer)
}

function unexpected(answer: ThreadAnswer): CometpadError {
  const cause = answer.kind === 'failed' ? new Error(answer.reason) : undefined
  return new CometpadError('INTERNAL_ERROR', { detail: 'A job failed.', cause })
}

function stopped(): CometpadError {
  return new CometpadError('DRAINING', { detail: 'The thread was stopped.' })
}
