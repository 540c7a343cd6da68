/**
 * What a process that may die at any moment has said about itself, line by line: the oracle of the fault tests lies outside
 * of what they try. Knows the lines, not the store.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface Ended {
  readonly signal: NodeJS.Signals | null
  readonly code: number | null
  readonly errors: string
  /** Whole lines only: the last one may be cut. */
  readonly lines: readonly string[]
}

export interface RunOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Gets each line as it comes, and how to end the process. */
  readonly onLine?: (line: string, kill: () => void) => void
  /** After so long the process is killed. */
  readonly timeoutMs?: number
}

/** Runs a program to its end. */
export async function run(file: string, options: RunOptions = {}): Promise<Ended> {
  const { args = [], env = {}, onLine, timeoutMs = 60_000 } = options
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })
  const kill = (): void => void child.kill('SIGKILL')
  const timer = setTimeout(kill, timeoutMs)
  const lines: string[] = []
  let rest = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) {
      lines.push(line)
      onLine?.(line, kill)
    }
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-4_000)))
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  clearTimeout(timer)
  return { code, signal, errors, lines }
}

/** The highest number of each document in lines "saved document number". */
export function savedIn(lines: readonly string[]): Map<string, number> {
  const saved = new Map<string, number>()
  for (const line of lines) {
    const [word, documentId = '', number] = line.split(' ')
    if (word === 'saved') saved.set(documentId, Math.max(saved.get(documentId) ?? 0, Number(number)))
  }
  return saved
}
