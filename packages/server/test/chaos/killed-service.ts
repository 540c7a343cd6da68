/**
 * The server as a process that is killed under those who use it, and started again on the same folder. In between nobody gets
 * through: what they were told is saved has to be there before they can bring it again.
 */
import { Agent, get } from 'node:http'
import { bundle } from '../bundle.ts'
import type { Bundle } from '../bundle.ts'
import { ServerProcess } from '../server-process.ts'
import { memoryFolder } from '../storage/folders.ts'
import { checkSaved } from './chaos-run.ts'
import type { ChaosService, UnderWay } from './chaos-run.ts'
import { holdTime } from './fast-clock.ts'
import type { Told } from './people.ts'

/** A server that runs answers by then. */
const PROMPT_MS = 40

export class KilledService implements ChaosService {
  readonly #process: ServerProcess
  readonly #remove: () => Promise<void>
  readonly #runs = new Set<UnderWay>()
  /** Undefined: nobody is killing it. */
  #killing: Promise<void> | undefined
  readonly #agent = new Agent({ keepAlive: true })
  #watch: NodeJS.Timeout | undefined
  kills = 0
  /** So many words were told to be saved, all kills together. */
  words = 0

  private constructor(process: ServerProcess, remove: () => Promise<void>) {
    this.#process = process
    this.#remove = remove
    this.#keepTime()
  }

  /** @param entry the program, from the folder of the server's package */
  static async start(entry: string): Promise<KilledService> {
    const program: Bundle = await bundle(entry)
    const { folder, remove } = await memoryFolder()
    const process = new ServerProcess(folder, { file: program.file })
    await process.start()
    return new KilledService(process, async () => {
      await process.kill()
      await remove()
      await program.remove()
    })
  }

  get url(): string {
    return this.#process.url
  }

  get port(): number {
    return Number(new URL(this.url).port)
  }

  enter(run: UnderWay): void {
    this.#runs.add(run)
    run.shut(this.#killing !== undefined)
  }

  leave(run: UnderWay): void {
    this.#runs.delete(run)
  }

  async ready(): Promise<void> {
    while (this.#killing !== undefined) await this.#killing
  }

  /** `kill -9`, and again. Rejects with a Loss when somebody was told what is not there then. */
  async kill(): Promise<void> {
    if (this.#killing !== undefined) return this.#killing
    const killing = this.#kill()
    // Who waits for it to be over does not want to know what came out.
    this.#killing = killing.catch(() => undefined)
    try {
      await killing
    } finally {
      this.#killing = undefined
    }
  }

  async close(): Promise<void> {
    await this.ready()
    clearInterval(this.#watch)
    this.#agent.destroy()
    holdTime(false)
    await this.#remove()
  }

  /** A machine that does not let the server run is no network that does not let it be heard. */
  #keepTime(): void {
    let askedAt: number | undefined
    this.#watch = setInterval(() => {
      const isLate = askedAt !== undefined && performance.now() - askedAt > PROMPT_MS
      holdTime(isLate && this.#killing === undefined)
      if (askedAt !== undefined) return
      askedAt = performance.now()
      const done = (): void => (askedAt = undefined)
      get(`${this.url}/healthz`, { agent: this.#agent }, (answer) => answer.resume().on('close', done)).on(
        'error',
        done,
      )
    }, PROMPT_MS / 4).unref()
  }

  async #kill(): Promise<void> {
    const runs = [...this.#runs]
    for (const run of runs) run.shut(true)
    await this.#process.kill()
    this.kills += 1
    // Whatever had arrived by now was told.
    const promised = runs.map(({ documentId, told }) => ({ documentId, told }))
    await this.#process.start()
    for (const { documentId, told } of promised) {
      await checkSaved(this.url, documentId, told)
      this.words += sum(told)
    }
    for (const run of this.#runs) run.shut(false)
  }
}

function sum(told: readonly Told[]): number {
  return told.reduce((words, { saved }) => words + saved, 0)
}
