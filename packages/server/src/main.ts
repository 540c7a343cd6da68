/** The process `cometpad`, started by `bin/cometpad.cjs`: gives the command line what it needs of the process, and ends with its code. */
import { exitOf, lineOf } from './cli/exit-codes.ts'
import { runCommandLine } from './cli/run.ts'

/** What nobody has caught: still one line, and no stack. */
function stop(cause: unknown): never {
  process.stderr.write(`cometpad: ${lineOf(cause)}\n`)
  process.exit(exitOf(cause))
}

process.on('uncaughtException', stop)
process.on('unhandledRejection', stop)

const code = await runCommandLine(process.argv.slice(2), {
  env: process.env,
  print: (text) => process.stdout.write(`${text}\n`),
  tell: (text) => process.stderr.write(text),
  isWatched: process.stderr.isTTY,
})
process.exit(code)
