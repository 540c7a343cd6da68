/** `pnpm fuzz:binding`: plays sessions until one fails, and prints the shortest script that does. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { TEXT_ACTS, parseSession, planSession, printSession } from './script.ts'
import { playSession } from './session.ts'
import { shrinkSession } from './shrink.ts'

const HELP = `Usage: pnpm fuzz:binding [options]

Plays editing sessions of several writers with real editors and documents, and checks that nobody loses a letter.

  --seed N       the first seed (1)
  --sessions N   how many sessions, each with the next seed (1)
  --writers N    2 to 5 people (3)
  --rounds N     rounds of edits and deliveries in each session (100)
  --text-only    nothing is done to tables and containers
  --script FILE  play a printed script instead
  --no-shrink    print the failing session as it is
  --help         this text

Exit code: 0 when everything held, 1 when a session failed, 2 when an option is wrong.`

function main(): number {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '1' },
      sessions: { type: 'string', default: '1' },
      writers: { type: 'string', default: '3' },
      rounds: { type: 'string', default: '100' },
      script: { type: 'string' },
      'text-only': { type: 'boolean', default: false },
      'no-shrink': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
    // pnpm passes a lone "--" on.
    args: process.argv.slice(2).filter((argument) => argument !== '--'),
  })
  if (values.help) {
    say(HELP)
    return 0
  }
  if (values.script !== undefined) {
    const { faults } = playSession(parseSession(readFileSync(values.script, 'utf8')))
    say(faults.length === 0 ? 'held' : faults.join('\n'))
    return faults.length === 0 ? 0 : 1
  }
  const seed = whole('seed', values.seed, 0, 2 ** 32 - 1)
  const sessions = whole('sessions', values.sessions, 1, 10_000_000)
  const writers = whole('writers', values.writers, 2, 5)
  const rounds = whole('rounds', values.rounds, 1, 400)
  const only = values['text-only'] ? { acts: TEXT_ACTS } : {}
  const started = performance.now()
  let told = started
  let restoredTwice = 0
  for (let played = 0; played < sessions; played++) {
    const plan = planSession({ seed: seed + played, writers, rounds, ...only })
    const verdict = playSession(plan)
    restoredTwice += verdict.restoredTwice
    if (verdict.faults.length > 0) {
      complain(`seed ${seed + played} failed: ${verdict.faults.join('\n')}`)
      if (!values['no-shrink']) complain('shrinking …')
      const shortest = values['no-shrink'] ? plan : shrinkSession(plan)
      complain(printSession(shortest))
      complain(playSession(shortest).faults.join('\n'))
      complain(
        `again: pnpm fuzz:binding --seed ${seed + played} --writers ${writers} --rounds ${rounds}${values['text-only'] ? ' --text-only' : ''}`,
      )
      return 1
    }
    if (performance.now() - told > 5_000) {
      told = performance.now()
      say(`${played + 1} of ${sessions} sessions, seed ${seed + played}`)
    }
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const fault =
    restoredTwice === 0 ? '' : `; ${restoredTwice} letters came back twice by the known fault of Yjs`
  say(`${sessions} sessions of ${writers} writers and ${rounds} rounds held in ${seconds} s${fault}`)
  return 0
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function complain(text: string): void {
  process.stderr.write(`${text}\n`)
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new TypeError(`--${name} is a whole number from ${least} to ${most}`)
}

try {
  process.exitCode = main()
} catch (error) {
  complain(error instanceof Error ? error.message : String(error))
  complain('pnpm fuzz:binding --help')
  process.exitCode = 2
}
