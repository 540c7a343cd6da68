/** `cometpad doctor --url`: what lies between this shell and a server, one line for each thing that editing needs. */
import { limits } from '@cometpad/shared'
import { adviceInWords, diagnose, examine } from '@cometpad/shared/doctor'
import type { Diagnosis, Verdict } from '@cometpad/shared/doctor'
import { UsageError } from './command.ts'
import type { Command, Terminal } from './command.ts'
import { nodePorts } from './doctor-ports.ts'
import { exitCode } from './exit-codes.ts'

export const serverDoctor: Pick<Command, 'help' | 'run'> = { help, run }

interface Asked {
  readonly server: URL
  readonly embeddedAt: string | undefined
  readonly holdMs: number
  readonly isJson: boolean
}

const MARKS: Readonly<Record<Verdict, string>> = { good: 'ok  ', worse: 'warn', bad: 'bad ' }
const EXITS: Readonly<Record<Verdict, number>> = {
  good: exitCode.done,
  worse: exitCode.hindered,
  bad: exitCode.blocked,
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const { server, embeddedAt, holdMs, isJson } = readFlags(argv)
  if (terminal.isWatched) terminal.tell(`Asking ${server.origin}, ${holdMs / 1_000} s\n`)
  const observations = await examine(nodePorts(server), {
    host: server.host,
    embeddedAt,
    canActAsBrowser: true,
    holdMs,
  })
  const diagnosis = diagnose(observations)
  terminal.print(
    isJson
      ? JSON.stringify({ url: server.href, ...inWords(diagnosis), observations }, undefined, 2)
      : linesOf(diagnosis),
  )
  return EXITS[diagnosis.verdict]
}

/** With one line for each piece of advice. */
function inWords(diagnosis: Diagnosis): object {
  const findings = diagnosis.findings.map((finding) => ({
    ...finding,
    advice: finding.advice.map(adviceInWords),
  }))
  return { ...diagnosis, findings }
}

function linesOf({ findings, summary }: Diagnosis): string {
  return [
    ...findings.flatMap(({ verdict, text, meaning, advice }) => [
      `${MARKS[verdict]}  ${text}`,
      ...[...(meaning === '' ? [] : [meaning]), ...advice.map(adviceInWords)].map(
        (line) => `        ${line}`,
      ),
    ]),
    '',
    summary,
  ].join('\n')
}

function readFlags(argv: readonly string[]): Asked {
  let server: URL | undefined
  let embeddedAt: string | undefined
  let holdMs = limits.pollHoldMs
  let isJson = false
  for (let index = 0; index < argv.length; index += 1) {
    const [flag = '', inline] = (argv[index] ?? '').split(/=(.*)/s)
    if (flag === '--json') {
      isJson = true
      continue
    }
    if (!['--url', '--origin', '--hold'].includes(flag))
      throw new UsageError(`There is no flag "${flag}". Say "cometpad help doctor".`)
    const value = inline ?? argv[(index += 1)]
    if (value === undefined) throw new UsageError(`The flag ${flag} needs a value.`)
    if (flag === '--url') server = readUrl(value)
    else if (flag === '--origin') embeddedAt = readOrigin(value)
    else holdMs = readHold(value)
  }
  if (server === undefined)
    throw new UsageError('Say which server: cometpad doctor --url https://pad.example.org')
  return { server, embeddedAt, holdMs, isJson }
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw new UsageError(`"${text}" is no address of a server. It looks like https://pad.example.org`)
  return url
}

function readOrigin(text: string): string {
  if (URL.canParse(text) && new URL(text).origin === text) return text
  throw new UsageError(
    `"${text}" is no origin. It looks like https://www.example.org, without a slash at its end.`,
  )
}

function readHold(text: string): number {
  const ms = Number(text) * 1_000
  if (text.trim() !== '' && ms >= limits.shortestHoldMs && ms <= limits.longestHoldMs) return ms
  throw new UsageError(
    `--hold is ${limits.shortestHoldMs / 1_000} to ${limits.longestHoldMs / 1_000} seconds, not "${text}".`,
  )
}

function help(): string {
  return [
    'Usage: cometpad doctor --url URL [--origin ORIGIN] [--hold SECONDS] [--json]',
    '',
    'Asks a running server, through whatever lies in between, for everything that editing needs: WebSockets, streams that',
    'nobody holds back, requests that may wait, large changes, the host, the clock. One line for each, and which line of the',
    'proxy to change. No document is touched.',
    '',
    '  --url      Address of the server, as people open it.',
    '  --origin   A site whose pages embed the editor: may they use this server, and do its headers arrive?',
    `  --hold     For how many seconds a silence is tried. Default: ${limits.pollHoldMs / 1_000}.`,
    '  --json     All that was seen, for programs.',
    '',
    `Exit codes: ${exitCode.done} all is well, ${exitCode.hindered} editing works and something can be made better,`,
    `${exitCode.blocked} editing does not work.`,
  ].join('\n')
}
