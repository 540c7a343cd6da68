/**
 * The command as its operator types it: a process with its words, its environment, what it says and how it ends. Knows
 * nothing of what the words mean.
 */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url))
const COMMAND = join(ROOT, 'packages/server/bin/cometpad.cjs')
const TSC = join(ROOT, 'node_modules/.bin/tsc')
const READY = /^Cometpad is ready: (http:\/\/\S+)$/m

export interface CommandOptions {
  /** Besides what a shell needs; what surrounds the tests is not handed on. */
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** A program and its words that run the command. */
  readonly through?: readonly string[]
}

export interface Ending {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The command is run as it is installed, so what is built must not be old. */
export function buildCommand(): void {
  const { status, stdout } = spawnSync(TSC, ['-b', 'packages/server'], { cwd: ROOT, encoding: 'utf8' })
  if (status !== 0) throw new Error(`The server cannot be built: ${stdout}`)
}

export class Command {
  readonly ended: Promise<Ending>
  #stdout = ''
  #stderr = ''
  readonly #child: ChildProcessByStdio<null, Readable, Readable>

  constructor(words: readonly string[], { env = {}, cwd, through = [] }: CommandOptions = {}) {
    const [program = '', ...rest] = [...through, process.execPath, COMMAND, ...words]
    this.#child = spawn(program, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'], ...env },
      cwd,
    })
    this.#child.stdout.setEncoding('utf8').on('data', (text: string) => (this.#stdout += text))
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text))
    this.ended = new Promise((resolve) => {
      this.#child.on('close', (code) => resolve({ code, stdout: this.#stdout, stderr: this.#stderr }))
    })
  }

  /** Runs it to its end. */
  static run(words: readonly string[], options?: CommandOptions): Promise<Ending> {
    return new Command(words, options).ended
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** What it has said so far on standard error. */
  get stderr(): string {
    return this.#stderr
  }

  /** The address that it prints when it is ready; rejects when it ends before. */
  async ready(): Promise<string> {
    const isReady = new Promise<string>((resolve) => {
      const look = (): void => {
        const url = READY.exec(this.#stdout)?.[1]
        if (url !== undefined) resolve(url)
      }
      this.#child.stdout.on('data', look)
      look()
    })
    const first = await Promise.race([isReady, this.ended])
    if (typeof first !== 'string') throw new Error(`It ended with ${first.code}: ${first.stderr}`)
    return first
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }
}
