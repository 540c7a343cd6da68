/** One checkup, from its first question to its diagnosis, as rows that a person can read at any moment of it. Pure. */
import { findingsOf } from '@cometpad/shared/doctor'
import type { Diagnosis, Finding, Sight, Verdict } from '@cometpad/shared/doctor'
import type { Asked } from './asked.ts'

export type Check = Finding['check']

export interface Checkup {
  readonly asked: Asked
  readonly sight: Sight
  /** How long each check took, of those that have ended. */
  readonly tookMs: Readonly<Partial<Record<Check, number>>>
  /** Undefined while it is under way. */
  readonly diagnosis: Diagnosis | undefined
}

/** `waits`: for another check. `skipped`: it was not asked for, or could not be. */
export type Look = 'waits' | 'runs' | 'skipped' | Verdict

export interface Row extends Omit<Finding, 'verdict'> {
  readonly look: Look
  readonly title: string
  readonly time: string
}

/** In the order in which they matter. */
const TITLES: Readonly<Record<Check, string>> = {
  server: 'The server',
  socket: 'WebSockets',
  stream: 'Streams',
  hold: 'Requests that wait',
  size: 'Large changes',
  host: 'The address',
  embed: 'Pages of another site',
  clock: 'The clocks',
}

export function begin(asked: Asked): Checkup {
  return { asked, sight: {}, tookMs: {}, diagnosis: undefined }
}

export function rowsOf(checkup: Checkup): Row[] {
  const findings = new Map(findingsOf(checkup.sight).map((finding) => [finding.check, finding]))
  return Object.entries(TITLES).map(([name, title]) => {
    const check = name as Check
    const finding = findings.get(check)
    const ms = checkup.tookMs[check]
    const time = ms === undefined ? '' : timeInWords(ms)
    if (finding === undefined) return { ...withoutFinding(check, checkup), check, title, time }
    const { verdict: look, ...said } = finding
    return { ...said, look, title, time }
  })
}

/** What is said above all rows. */
export function headlineOf({ asked, sight, diagnosis }: Checkup): { look: Look; text: string } {
  if (diagnosis !== undefined) return { look: diagnosis.verdict, text: diagnosis.summary }
  if (sight.server === undefined) return { look: 'runs', text: 'Looking for the server…' }
  const seconds = asked.holdMs / 1_000
  return {
    look: 'runs',
    text: `${soFarIn(sight)} Some things only break in a silence, so this takes ${seconds} s.`,
  }
}

function soFarIn({ socket, socketOpenMs, stream }: Sight): string {
  if (socketOpenMs !== undefined && socket === undefined)
    return 'So far editing is live here, over WebSocket.'
  if (socket !== undefined && socket.state !== 'works' && stream?.state === 'flows')
    return 'So far editing works here, over a held stream.'
  return 'Trying the way to the server.'
}

function withoutFinding(
  check: Check,
  { asked, sight, diagnosis }: Checkup,
): Pick<Row, 'look' | 'word' | 'text' | 'meaning' | 'advice'> {
  const nothing = { meaning: '', advice: [] }
  if (check === 'embed' && asked.embeddedAt === undefined)
    return {
      ...nothing,
      look: 'skipped',
      word: 'not asked',
      text: 'Does another site embed the editor? Say below which one.',
    }
  if (diagnosis !== undefined)
    return { ...nothing, look: 'skipped', word: 'not asked', text: 'Without the server it cannot be tried.' }
  const text =
    check === 'socket' && sight.socketOpenMs !== undefined
      ? `Open after ${timeInWords(sight.socketOpenMs)}, and it carries. Does it still after ${asked.holdMs / 1_000} s of silence?`
      : tryingInWords(check, asked)
  return sight.server === undefined && check !== 'server'
    ? { ...nothing, look: 'waits', word: 'next', text }
    : { ...nothing, look: 'runs', word: 'checking', text }
}

function tryingInWords(check: Check, { embeddedAt = '', holdMs }: Asked): string {
  const seconds = `${holdMs / 1_000} s`
  switch (check) {
    case 'server':
      return 'Does it answer?'
    case 'socket':
      return `Does one open, carry something, and do so again after ${seconds} of silence?`
    case 'stream':
      return 'Two bytes leave the server a second apart. Do they also arrive so?'
    case 'hold':
      return `The server is asked to answer in ${seconds}. Does the answer come?`
    case 'size':
      return 'Does more than one MiB get through in one request?'
    case 'host':
      return 'Does the server learn which address this browser uses?'
    case 'embed':
      return `May pages of ${embeddedAt} use this server?`
    case 'clock':
      return 'Is it the same time here and at the server?'
  }
}

function timeInWords(ms: number): string {
  return ms < 1_000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1_000).toFixed(1)} s`
}
