import { expect, test } from 'vitest'
import { World } from './world.ts'

// docs/testing.md says how to run more seeds, or one again.
const RUNS = Number(process.env['TEST_SIMULATION_RUNS'] ?? 400)
const FIRST = Number(process.env['TEST_SEED'] ?? 1)

/** Seeds that once failed stay here, each with what it found. */
const REGRESSIONS: readonly number[] = []

async function play(seed: number): Promise<World['counts']> {
  const world = new World({ seed, clients: 3 + (seed % 3), steps: 250 })
  try {
    await world.run()
  } catch (cause) {
    const again = `TEST_SEED=${seed} TEST_SIMULATION_RUNS=1 npx vitest run packages/server/test/simulation`
    throw new Error(`Seed ${seed} failed. Repeat it with: ${again}\n${world.story.slice(-20).join('\n')}`, {
      cause,
    })
  }
  return world.counts
}

test(
  `[LG1, GA7] ${RUNS} seeded runs with cuts, crashes and a failing store converge and keep what was said to be saved`,
  async () => {
    const total = { cuts: 0, crashes: 0, failures: 0, compactions: 0, saved: 0 }
    for (let seed = FIRST; seed < FIRST + RUNS; seed += 1) {
      const counts = await play(seed)
      for (const key of Object.keys(total) as (keyof typeof total)[]) total[key] += counts[key]
    }
    process.stdout.write(`simulation: ${RUNS} runs from seed ${FIRST}: ${JSON.stringify(total)}\n`)
    // Runs in which nothing happened would prove nothing.
    if (RUNS >= 100)
      for (const [what, count] of Object.entries(total)) expect(count, what).toBeGreaterThan(RUNS / 20)
  },
  60_000 + RUNS * 200,
)

test.each(REGRESSIONS)('[LG1] seed %i, which once failed, passes', async (seed) => {
  await expect(play(seed)).resolves.toBeDefined()
})
