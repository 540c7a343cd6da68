/** What a command of `cometpad` is, and what it is given of the process. Knows no command. */

/** Where words come from and go to. A test gives others. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>
  /** A whole line, or several, for standard output. */
  print(text: string): void
  /** Standard error as it is: progress, warnings. */
  tell(text: string): void
  /** Does somebody watch standard error? */
  readonly isWatched: boolean
}

export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  readonly help: () => string
  /** Resolves to the exit code. Rejects with a CometpadError or a UsageError; both become one line. */
  readonly run: (argv: readonly string[], terminal: Terminal) => Promise<number>
}

/** The command line itself is wrong. The message says what is expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}
