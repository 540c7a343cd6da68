/** The command line inside of this process, for tests of what a command says and ends with. */
import type { Command } from '../src/cli/command.ts'
import { runCommandLine } from '../src/cli/run.ts'

export interface Ended {
  readonly code: number
  readonly out: string
  readonly err: string
}

export async function runCommand(argv: readonly string[], known?: readonly Command[]): Promise<Ended> {
  let out = ''
  let err = ''
  const terminal = {
    env: {},
    print: (text: string) => (out += `${text}\n`),
    tell: (text: string) => (err += text),
    isWatched: false,
  }
  const code = await runCommandLine(argv, terminal, known)
  return { code, out, err }
}
