/** `cometpad serve`: runs the server until a signal comes, and ends it as a good process does. */
import { readFileSync } from 'node:fs'
import { limits } from '@cometpad/shared'
import { loadConfig } from '../config.ts'
import { createServer } from '../server.ts'
import type { Server } from '../server.ts'
import { settings } from '../settings.ts'
import type { Command, Terminal } from './command.ts'
import { exitCode } from './exit-codes.ts'

export const serve: Command = {
  name: 'serve',
  summary: 'run the server',
  help,
  run,
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const config = loadConfig({ argv, env: terminal.env, readFile: (path) => readFileSync(path, 'utf8') })
  const server = await createServer(config)
  const ended = untilSignal(server, terminal)
  const { url } = await server.listen()
  terminal.print(`Cometpad is ready: ${url}`)
  return ended
}

/** Resolves when a signal came and everything is closed. A second signal ends the process at once. */
function untilSignal(server: Server, terminal: Terminal): Promise<number> {
  return new Promise((resolve, reject) => {
    let isEnding = false
    const end = (): void => {
      if (isEnding) process.exit(exitCode.failed)
      isEnding = true
      // Whatever hangs, the process ends: what was acknowledged is on the disk.
      setTimeout(() => {
        terminal.tell('cometpad: Not everything could be closed in time.\n')
        process.exit(exitCode.failed)
      }, limits.drainMs).unref()
      server.close().then(() => resolve(exitCode.done), reject)
    }
    process.on('SIGTERM', end)
    process.on('SIGINT', end)
  })
}

function help(): string {
  const rows = Object.values(settings).map(({ flag, variable, help: text, allowed, fallback }) =>
    [
      `  --${flag}  (${variable})`,
      `      ${text}`,
      `      Allowed: ${allowed}. Default: ${typeof fallback === 'object' || fallback === '' ? 'none' : String(fallback)}.`,
    ].join('\n'),
  )
  return [
    'Usage: cometpad serve [flags]',
    '',
    'A flag outranks its environment variable, and that outranks the file.',
    '',
    ...rows,
    '  --config  (COMETPAD_CONFIG)',
    `      A JSON file with settings under the names ${Object.keys(settings).join(', ')}.`,
  ].join('\n')
}
