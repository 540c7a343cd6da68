/** Many sessions in a test. The first that fails is shrunk and printed. */
import { TEXT_ACTS, planSession, printSession } from './script.ts'
import type { Act } from './script.ts'
import { playSession } from './session.ts'
import { shrinkSession } from './shrink.ts'

interface Sessions {
  readonly sessions: number
  readonly writers: number
  readonly rounds: number
  readonly seed: number
  /** Only these; all by default. */
  readonly acts?: readonly Act[]
}

export function playMany(options: Sessions): void {
  const factor = Number(process.env['TEST_FUZZ_FACTOR'] ?? 1)
  const { writers, rounds, acts } = options
  const sessions = Math.ceil(options.sessions * factor)
  const started = performance.now()
  let restoredTwice = 0
  for (let seed = options.seed; seed < options.seed + sessions; seed++) {
    const plan = planSession({ seed, writers, rounds, ...(acts === undefined ? {} : { acts }) })
    const verdict = playSession(plan)
    restoredTwice += verdict.restoredTwice
    if (verdict.faults.length === 0) continue
    const shortest = shrinkSession(plan, 500)
    throw new Error(
      `pnpm fuzz:binding --seed ${seed} --writers ${writers} --rounds ${rounds}${acts === TEXT_ACTS ? ' --text-only' : ''}\n${verdict.faults.join('\n')}\n` +
        `${printSession(shortest)}\n${playSession(shortest).faults.join('\n')}`,
    )
  }
  const ms = (performance.now() - started) / sessions
  process.stdout.write(
    `${sessions} sessions of ${writers}: ${ms.toFixed(0)} ms each, ${restoredTwice} letters restored twice by Yjs\n`,
  )
}
