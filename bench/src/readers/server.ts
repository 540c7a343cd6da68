/** The built server as its operator runs it, and what it costs by the word of the kernel. Linux only. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const COMMAND = fileURLToPath(new URL('../../../packages/server/bin/cometpad.cjs', import.meta.url))
const READY = /^Cometpad is ready: (http:\/\/\S+)/

export class BenchServer {
  readonly url: URL
  readonly #process: ChildProcess
  readonly #folder: string

  private constructor(url: URL, child: ChildProcess, folder: string) {
    this.url = url
    this.#process = child
    this.#folder = folder
  }

  static async start(): Promise<BenchServer> {
    const folder = await mkdtemp(join(tmpdir(), 'cometpad-bench-'))
    const args = [COMMAND, 'serve', '--port', '0', '--data', folder, '--log-level', 'error']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const line of createInterface({ input: child.stdout })) {
      const url = READY.exec(line)?.[1]
      if (url === undefined) continue
      child.stdout.resume()
      return new BenchServer(new URL(url), child, folder)
    }
    await rm(folder, { recursive: true })
    throw new Error('The server did not start. "pnpm build" makes it.')
  }

  /** Memory of the process that is not swapped out. */
  async memoryBytes(): Promise<number> {
    const status = await readFile(`/proc/${this.#process.pid}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024
  }

  /** Processor time so far. */
  async cpuMs(): Promise<number> {
    const stat = await readFile(`/proc/${this.#process.pid}/stat`, 'utf8')
    // Behind the name in brackets; utime and stime are fields 14 and 15 of the whole line, in ticks of 10 ms.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * 10
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGTERM')
    await exited
    await rm(this.#folder, { recursive: true })
  }
}
