/** Many runs against one server, some at once. Says which seed failed, and what has happened. */
import { Loss, runChaos } from './chaos-run.ts'
import type { ChaosService, RunOptions } from './chaos-run.ts'

// The long form: TEST_CHAOS_RUNS=5000 npx vitest run packages/server/test/chaos (docs/testing.md).
export const RUNS = Number(process.env['TEST_CHAOS_RUNS'] ?? 150)
export const SEED = Number(process.env['TEST_SEED'] ?? 1)
const AT_ONCE = 10
/** In CI what fails once is tried once more; what was lost once was lost. */
const losses: Loss[] = []

/** @param file the test, for who wants to repeat a run */
export async function playMany(
  service: ChaosService,
  file: string,
  more: (seed: number) => Partial<RunOptions> = () => ({}),
): Promise<void> {
  if (losses[0] !== undefined) throw losses[0]
  const happened = new Map<string, number>()
  const clearing: Promise<void>[] = []
  let next = SEED
  const play = async (): Promise<void> => {
    while (next < SEED + RUNS) {
      const seed = next++
      const repeat = (cause: unknown): never => {
        if (cause instanceof Loss) losses.push(cause)
        throw new Error(
          `TEST_CHAOS_RUNS=1 TEST_SEED=${seed} npx vitest run packages/server/test/chaos/${file}`,
          {
            cause,
          },
        )
      }
      const run = await runChaos(service, { seed, ...more(seed) }).catch(repeat)
      for (const [what, count] of run.happened) happened.set(what, (happened.get(what) ?? 0) + count)
      // Leases and silent connections take their time; the next run need not wait for them.
      clearing.push(run.cleared().catch(repeat))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, play))
  await Promise.all(clearing)
  process.stdout.write(`chaos: ${RUNS} runs, ${JSON.stringify(Object.fromEntries(happened))}\n`)
}
