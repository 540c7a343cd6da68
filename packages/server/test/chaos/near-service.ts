/** The real server over a real store, inside of this process, where one can look at what it holds; with a clock that runs fast. */
import { limits as defaults } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import { loadConfig } from '../../src/config.ts'
import { createServer } from '../../src/server.ts'
import type { Server } from '../../src/server.ts'
import { memoryFolder } from '../storage/folders.ts'
import type { ChaosService } from './chaos-run.ts'
import { fastClock } from './fast-clock.ts'
import type { CountedClock } from './fast-clock.ts'

/** A request that is held without anybody behind it ends in seconds even so. */
export const SHORT_STREAMS: Partial<Limits> = { streamMs: defaults.streamMs / 5 }

export class NearService implements ChaosService {
  readonly port: number
  readonly server: Server
  readonly clock: CountedClock
  /** Timers of a server on which nobody is. */
  readonly #ownTimers: number
  readonly #removeFolder: () => Promise<void>

  private constructor(server: Server, port: number, clock: CountedClock, removeFolder: () => Promise<void>) {
    this.server = server
    this.port = port
    this.clock = clock
    this.#ownTimers = clock.timers
    this.#removeFolder = removeFolder
  }

  static async start(limits: Partial<Limits> = {}): Promise<NearService> {
    const { folder, remove } = await memoryFolder()
    const clock = fastClock()
    const config = loadConfig({ argv: ['--port', '0', '--data', folder], env: {}, readFile: () => '' })
    const server = await createServer(
      { ...config, logLevel: 'silent', limits: { ...SHORT_STREAMS, ...limits } },
      { clock },
    )
    const { url } = await server.listen()
    return new NearService(server, Number(new URL(url).port), clock, remove)
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`
  }

  enter(): void {}

  leave(): void {}

  async ready(): Promise<void> {}

  /** What the server holds, and would not if nobody had ever come. */
  get left(): { readers: number; rooms: number; timers: number } {
    return { ...this.server.rooms.size, timers: this.clock.timers - this.#ownTimers }
  }

  async close(): Promise<void> {
    await this.server.close()
    await this.#removeFolder()
  }
}
