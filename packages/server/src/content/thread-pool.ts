/**
 * A few threads that convert content, started when there is work and ended when there was none for a while. Who asks for too much
 * is refused alone: a thread that takes too long, too much memory, or crashes is given up, and the next job gets a new one.
 * Knows no document and no store.
 */
import { Worker } from 'node:worker_threads'
import { CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { ContentAnswer, ContentJob } from './content-job.ts'

type PoolLimits = Pick<
  Limits,
  'contentThreads' | 'contentHeapBytes' | 'contentJobs' | 'contentJobMs' | 'contentIdleMs'
>

export interface ThreadPoolOptions {
  readonly limits: PoolLimits
  /** For tests: another worker file. */
  readonly start?: (limits: PoolLimits) => Worker
}

interface Waiting {
  readonly prepare: () => Promise<ContentJob>
  readonly resolve: (answer: ContentAnswer) => void
  readonly reject: (cause: unknown) => void
}

interface Thread {
  readonly worker: Worker
  /** Ends it when it has been idle for long. */
  timer: NodeJS.Timeout | undefined
  /** The job that it works on now hears of its end. */
  lost: ((cause: unknown) => void) | undefined
}

export class ThreadPool {
  readonly #options: ThreadPoolOptions
  #waiting: Waiting[] = []
  #busy = 0
  readonly #idle: Thread[] = []
  readonly #threads = new Set<Thread>()
  #isClosed = false

  constructor(options: ThreadPoolOptions) {
    this.#options = options
  }

  /**
   * `prepare` is called once a thread is free: what waits holds no document in memory. Rejects with OVERLOADED,
   * CONTENT_TOO_COMPLEX, DRAINING, INTERNAL_ERROR, or as `prepare` does.
   */
  run(prepare: () => Promise<ContentJob>): Promise<ContentAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) throw stopped()
      if (this.#waiting.length >= this.#options.limits.contentJobs) throw new CometpadError('OVERLOADED')
      this.#waiting.push({ prepare, resolve, reject })
      this.#evaluate()
    })
  }

  /** Threads that are there, for tests. */
  get size(): number {
    return this.#threads.size
  }

  /** Rejects whatever is not done. */
  async close(): Promise<void> {
    this.#isClosed = true
    const waiting = this.#waiting
    this.#waiting = []
    for (const { reject } of waiting) reject(stopped())
    await Promise.all(
      [...this.#threads].map((thread) => {
        thread.lost?.(stopped())
        return this.#drop(thread)
      }),
    )
  }

  #evaluate(): void {
    while (this.#busy < this.#options.limits.contentThreads) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#busy += 1
      void this.#serve(next)
    }
  }

  /** Never rejects. */
  async #serve({ prepare, resolve, reject }: Waiting): Promise<void> {
    try {
      resolve(await this.#ask(await prepare()))
    } catch (cause) {
      reject(cause)
    } finally {
      this.#busy -= 1
      this.#evaluate()
    }
  }

  #ask(job: ContentJob): Promise<ContentAnswer> {
    if (this.#isClosed) throw stopped()
    const thread = this.#idle.pop() ?? this.#start()
    const { worker } = thread
    clearTimeout(thread.timer)
    return new Promise<ContentAnswer>((resolve, reject) => {
      const deadline = setTimeout(() => {
        thread.lost?.(new CometpadError('CONTENT_TOO_COMPLEX', { detail: 'It took too long.' }))
        void this.#drop(thread)
      }, this.#options.limits.contentJobMs)
      const settle = (): void => {
        clearTimeout(deadline)
        worker.off('message', answered)
        thread.lost = undefined
      }
      const answered = (answer: ContentAnswer): void => {
        if (answer.kind === 'ready') {
          // Loading the thread was not the job's fault.
          deadline.refresh()
          return
        }
        settle()
        if (answer.kind === 'broken') void this.#drop(thread)
        else this.#rest(thread)
        resolve(answer)
      }
      thread.lost = (cause) => {
        settle()
        reject(cause)
      }
      worker.on('message', answered)
      worker.ref()
      worker.postMessage(job, [job.state.buffer as ArrayBuffer])
    })
  }

  #rest(thread: Thread): void {
    if (this.#isClosed) return
    // A thread that waits does not keep the process alive.
    thread.worker.unref()
    thread.timer = setTimeout(() => void this.#drop(thread), this.#options.limits.contentIdleMs).unref()
    this.#idle.push(thread)
  }

  #start(): Thread {
    const worker = (this.#options.start ?? startWorker)(this.#options.limits)
    const thread: Thread = { worker, timer: undefined, lost: undefined }
    this.#threads.add(thread)
    worker.on('error', (cause) => {
      thread.lost?.(refusalOf(cause))
      void this.#drop(thread)
    })
    worker.on('exit', (code) => {
      thread.lost?.(new CometpadError('INTERNAL_ERROR', { cause: new Error(`A thread ended with ${code}`) }))
      void this.#drop(thread)
    })
    return thread
  }

  async #drop(thread: Thread): Promise<void> {
    if (!this.#threads.delete(thread)) return
    clearTimeout(thread.timer)
    const at = this.#idle.indexOf(thread)
    if (at >= 0) this.#idle.splice(at, 1)
    await thread.worker.terminate()
  }
}

function refusalOf(cause: unknown): CometpadError {
  const isMemory = cause instanceof Error && 'code' in cause && cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
  return isMemory
    ? new CometpadError('CONTENT_TOO_COMPLEX', { detail: 'It took too much memory.', cause })
    : new CometpadError('INTERNAL_ERROR', { cause })
}

/** The worker is this file's neighbour: JavaScript when built, else TypeScript behind a file that can load it. */
function startWorker({ contentHeapBytes }: PoolLimits): Worker {
  const isSource = import.meta.url.endsWith('.ts')
  const file = isSource ? './content-worker.dev.mjs' : './content-worker.js'
  return new Worker(new URL(file, import.meta.url), {
    // Nothing of the parent: neither a loader or an inspector that may not work in a thread, nor the secrets in its environment.
    execArgv: [],
    env: { NODE_ENV: 'production' },
    resourceLimits: { maxOldGenerationSizeMb: contentHeapBytes / 2 ** 20 },
  })
}

function stopped(): CometpadError {
  return new CometpadError('DRAINING', { detail: 'The thread was stopped.' })
}
