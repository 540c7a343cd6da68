/**
 * Finds the command that a command line names and runs it. Every failure becomes one line on standard error and a code
 * of the table. Knows no process: who calls it ends with the code.
 */
import { readFileSync } from 'node:fs'
import { UsageError } from './command.ts'
import type { Command, Terminal } from './command.ts'
import { commands } from './commands.ts'
import { exitCode, exitOf, lineOf } from './exit-codes.ts'

/** Resolves to the exit code; never rejects. */
export async function runCommandLine(
  argv: readonly string[],
  terminal: Terminal,
  known: readonly Command[] = commands,
): Promise<number> {
  try {
    return await dispatch(argv, terminal, known)
  } catch (cause) {
    terminal.tell(`cometpad: ${lineOf(cause)}\n`)
    return exitOf(cause)
  }
}

async function dispatch(
  argv: readonly string[],
  terminal: Terminal,
  known: readonly Command[],
): Promise<number> {
  const [word = 'help', ...rest] = argv
  if (word === '--version' || word === '-v') {
    terminal.print(version())
    return exitCode.done
  }
  if (isHelp(word) || word === 'help') {
    const [about] = rest
    terminal.print(about === undefined ? overview(known) : commandOf(about, known).help())
    return exitCode.done
  }
  const command = commandOf(word, known)
  if (!rest.some(isHelp)) return command.run(rest, terminal)
  terminal.print(command.help())
  return exitCode.done
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h'
}

function commandOf(word: string, known: readonly Command[]): Command {
  const found = known.find(({ name }) => name === word)
  if (found === undefined)
    throw new UsageError(
      `There is no command "${word}". Known are: ${known.map(({ name }) => name).join(', ')}. Say "cometpad --help".`,
    )
  return found
}

function overview(known: readonly Command[]): string {
  const width = Math.max(...known.map(({ name }) => name.length))
  return [
    'Cometpad: self-hosted collaborative editing.',
    '',
    'Usage: cometpad COMMAND [flags]',
    '',
    ...known.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    '  cometpad help COMMAND   what the command takes',
    '  cometpad --version',
  ].join('\n')
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown'
}
