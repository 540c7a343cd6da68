/**
 * The server as its operator runs it, for tests that kill it: a process from the sources or from a bundle of them, on a free
 * port that it keeps over restarts. Knows nothing of documents.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const FROM_SOURCES = ['--conditions', '@cometpad/source', '--import', 'tsx', MAIN]
const READY = /^Cometpad is ready: (http:\/\/\S+)/

export class ServerProcess {
  readonly #folder: string
  readonly #program: readonly string[]
  readonly #flags: readonly string[]
  #process: ChildProcess | undefined
  #url: URL | undefined

  /** @param options the bundled command as `file`, for tests that start it often; further `flags` of it */
  constructor(folder: string, { file, flags = [] }: { file?: string; flags?: readonly string[] } = {}) {
    this.#folder = folder
    this.#program = file === undefined ? FROM_SOURCES : [file]
    this.#flags = flags
  }

  get url(): string {
    if (this.#url === undefined) throw new TypeError('The server has not been started')
    return this.#url.origin
  }

  async start(): Promise<void> {
    const port = this.#url?.port ?? '0'
    const args = [...this.#program, 'serve', '--port', port, '--data', this.#folder, ...this.#flags]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#process = child
    let trouble = ''
    child.stderr.on('data', (chunk: Buffer) => (trouble = (trouble + chunk.toString()).slice(-2_000)))
    for await (const line of createInterface({ input: child.stdout })) {
      const url = READY.exec(line)?.[1]
      if (url === undefined) continue
      this.#url = new URL(url)
      child.stdout.resume()
      return
    }
    throw new Error(`The server did not start: ${trouble}`)
  }

  /** No goodbye: what a crash or the kernel does. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<void> {
    await this.#end('SIGTERM')
  }

  /** Processor time of the process so far, in ms; undefined where the system does not tell. */
  async cpuMs(): Promise<number | undefined> {
    const pid = this.#process?.pid
    if (pid === undefined || process.platform !== 'linux') return undefined
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    // After the name in brackets; utime and stime are fields 14 and 15 of the whole line, in ticks of 10 ms.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  }

  /** Memory of the process that is not swapped out; undefined where the system does not tell. */
  async memoryBytes(): Promise<number | undefined> {
    const pid = this.#process?.pid
    if (pid === undefined || process.platform !== 'linux') return undefined
    const [, kib = ''] = /^VmRSS:\s+(\d+) kB/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kib) * 1024
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null) return
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
}
