/** `cometpad doctor --url`: what lies between this shell and a server, one line for each thing that editing needs. */
import { limits } from '@cometpad/shared'
import { adviceInWords, diagnose, examine } from '@cometpad/shared/doctor'
import type { Diagnosis, Verdict } from '@cometpad/shared/doctor'
import { UsageError } from './command.ts'
import type { Command, Terminal } from './command.ts'
import { nodePorts } from './doctor-ports.ts'
import { exitCode } from './exit-codes.ts'
import { helpOf, readWords, resultFlags } from './flags.ts'
import type { Flag, Words } from './flags.ts'
import { Output } from './output.ts'

export const serverDoctor: Pick<Command, 'help' | 'run'> = { help, run }

const flags: readonly Flag[] = [
  { flag: 'url', value: 'URL', help: 'Address of the server, as people open it.' },
  {
    flag: 'origin',
    value: 'ORIGIN',
    help: 'A site whose pages embed the editor: may they use this server, and do its headers arrive?',
  },
  {
    flag: 'hold',
    value: 'SECONDS',
    help: `For how long a silence is tried. Default: ${limits.pollHoldMs / 1_000}.`,
  },
  ...resultFlags,
]

interface Asked {
  readonly server: URL
  readonly embeddedAt: string | undefined
  readonly holdMs: number
}

const MARKS: Readonly<Record<Verdict, string>> = { good: 'ok  ', worse: 'warn', bad: 'bad ' }
const EXITS: Readonly<Record<Verdict, number>> = {
  good: exitCode.done,
  worse: exitCode.hindered,
  bad: exitCode.blocked,
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const words = readWords(argv, flags)
  if (words.rest.length > 0)
    throw new UsageError(`"${words.rest[0]}" is no flag. Say "cometpad help doctor".`)
  const { server, embeddedAt, holdMs } = asked(words)
  const isSilent = words.has('json') || words.has('quiet')
  if (terminal.isWatched && !isSilent) terminal.tell(`Asking ${server.origin}, ${holdMs / 1_000} s\n`)
  const observations = await examine(nodePorts(server), {
    host: server.host,
    embeddedAt,
    canActAsBrowser: true,
    holdMs,
  })
  const diagnosis = diagnose(observations)
  new Output(terminal, words).result(linesOf(diagnosis), {
    url: server.href,
    ...inWords(diagnosis),
    observations,
  })
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

function linesOf({ findings, summary }: Diagnosis): string[] {
  return [
    ...findings.flatMap(({ verdict, text, meaning, advice }) => [
      `${MARKS[verdict]}  ${text}`,
      ...[...(meaning === '' ? [] : [meaning]), ...advice.map(adviceInWords)].map(
        (line) => `        ${line}`,
      ),
    ]),
    '',
    summary,
  ]
}

function asked(words: Words): Asked {
  const url = words.text('url')
  if (url === undefined)
    throw new UsageError('Say which server: cometpad doctor --url https://pad.example.org')
  const [origin, hold] = [words.text('origin'), words.text('hold')]
  return {
    server: readUrl(url),
    embeddedAt: origin === undefined ? undefined : readOrigin(origin),
    holdMs: hold === undefined ? limits.pollHoldMs : readHold(hold),
  }
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
  return helpOf({
    usage: ['doctor --url URL [flags]'],
    text: [
      'Asks a running server, through whatever lies in between, for everything that editing needs: WebSockets, streams that',
      'nobody holds back, requests that may wait, large changes, the host, the clock. One line for each, and which line of the',
      `proxy to change. No document is touched. Ends with ${exitCode.done} when all is well, with ${exitCode.hindered} when editing works and`,
      `something can be made better, with ${exitCode.blocked} when editing does not work.`,
    ],
    flags,
  })
}
