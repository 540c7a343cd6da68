/** The one table of exit codes: those of the error table, and a few that no error stands for. */
import { CometpadError, errorTable } from '@cometpad/shared'
import { UsageError } from './command.ts'

export const exitCode = {
  done: 0,
  failed: 1,
  hindered: 2,
  blocked: 3,
  damaged: 4,
  usage: 64,
} as const

const MEANINGS: Readonly<Record<keyof typeof exitCode, string>> = {
  done: 'Done.',
  failed: 'Something went wrong that has no code of its own; the line on standard error says what.',
  hindered: 'The doctor has found something to change; editing works all the same.',
  blocked: 'The doctor has found that editing does not work, or soon will not.',
  damaged: 'Something is damaged; the lines of the command say what.',
  usage: 'The command line is wrong. `cometpad help COMMAND` shows how it is meant.',
}

export interface ExitRow {
  readonly exit: number
  /** A code of the error table; undefined when no error stands for it. */
  readonly error: string | undefined
  readonly meaning: string
}

/** All of them, in their order, for docs/operations.md. */
export function exitRows(): ExitRow[] {
  const own = Object.entries(MEANINGS).map(([name, meaning]) => ({
    exit: exitCode[name as keyof typeof exitCode],
    error: undefined,
    meaning,
  }))
  const errors = Object.entries(errorTable).flatMap(([error, { exit, text }]) =>
    exit === undefined ? [] : [{ exit, error, meaning: text }],
  )
  return [...own, ...errors].toSorted((a, b) => a.exit - b.exit)
}

/** What a failure ends the process with. */
export function exitOf(cause: unknown): number {
  if (cause instanceof UsageError) return exitCode.usage
  return (cause instanceof CometpadError ? errorTable[cause.code].exit : undefined) ?? exitCode.failed
}

/** What a failure says: one line, never a stack. */
export function lineOf(cause: unknown): string {
  if (cause instanceof CometpadError || cause instanceof UsageError) return oneLine(cause.message)
  return `Cometpad cannot go on: ${oneLine(cause instanceof Error ? cause.message : String(cause))}`
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ')
}
