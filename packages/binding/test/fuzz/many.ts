/** Many sessions in a test. The first that fails is shrunk and printed. */
import { planSession, printSession } from './script.ts'
import { playSession } from './session.ts'
import { shrinkSession } from './shrink.ts'

export function playMany(options: { sessions: number; writers: number; rounds: number; seed: number }): void {
  const factor = Number(process.env['TEST_FUZZ_FACTOR'] ?? 1)
  const { writers, rounds } = options
  const sessions = Math.ceil(options.sessions * factor)
  const started = performance.now()
  let restoredTwice = 0
  for (let seed = options.seed; seed < options.seed + sessions; seed++) {
    const plan = planSession({ seed, writers, rounds })
    const verdict = playSession(plan)
    restoredTwice += verdict.restoredTwice
    if (verdict.faults.length === 0) continue
    const shortest = shrinkSession(plan, 500)
    throw new Error(
      `pnpm fuzz:binding --seed ${seed} --writers ${writers} --rounds ${rounds}\n${verdict.faults.join('\n')}\n` +
        `${printSession(shortest)}\n${playSession(shortest).faults.join('\n')}`,
    )
  }
  const ms = (performance.now() - started) / sessions
  process.stdout.write(
    `${sessions} sessions of ${writers}: ${ms.toFixed(0)} ms each, ${restoredTwice} letters restored twice by Yjs\n`,
  )
}
