import { afterAll, beforeAll, expect, it } from 'vitest'
import { NearService } from './near-service.ts'
import { RUNS, playMany } from './play-many.ts'

let service: NearService

beforeAll(async () => {
  service = await NearService.start()
})

afterAll(async () => {
  await service.close()
})

it(
  `[CH4, HT11, AK1, HT15] ${RUNS} seeded runs through a hostile network lose nothing, double nothing and leave nothing behind`,
  { timeout: 60_000 + RUNS * 5_000 },
  async () => {
    await playMany(service, 'chaos.test.ts')
    await expect.poll(() => service.left, { timeout: 60_000 }).toEqual({ readers: 0, rooms: 0, timers: 0 })
  },
)
