import { SeededRandom } from '@cometpad/shared/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WORDS } from './chaos-run.ts'
import { KilledService } from './killed-service.ts'
import { RUNS, playMany } from './play-many.ts'

/** The server dies in so many of a hundred runs, at a word of theirs, under all that are under way then. */
const KILLS_PERCENT = 15

let service: KilledService

beforeAll(async () => {
  service = await KilledService.start('test/chaos/chaos-program.ts')
}, 180_000)

afterAll(async () => {
  await service.close()
})

it(
  `[LG1, CH4, CH5, AK2] ${RUNS} seeded runs through a hostile network lose nothing to kill -9 that was said to be saved`,
  { timeout: 120_000 + RUNS * 10_000 },
  async () => {
    await playMany(service, 'kill.test.ts', (seed) => {
      const random = new SeededRandom(seed + 2)
      const word = random.below(100) < KILLS_PERCENT ? random.below(WORDS) : -1
      return { onWord: (typed) => (typed === word ? service.kill() : undefined) }
    })
    process.stdout.write(
      `kill -9: ${service.kills} kills, ${service.words} words told saved, 0 of these lost\n`,
    )
    // Without that it would prove nothing.
    if (RUNS >= 100) expect(Math.min(service.kills, service.words)).toBeGreaterThan(5)
  },
)
