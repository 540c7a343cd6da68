/** Sessions in which blocks come into containers and out of them as well; see fuzz-two.test.ts. */
import { describe, it } from 'vitest'
import { playMany } from './fuzz/many.ts'
import { CONTAINER_ACTS, TEXT_ACTS } from './fuzz/script.ts'
import type { Act } from './fuzz/script.ts'

const acts = [...TEXT_ACTS, ...(Object.keys(CONTAINER_ACTS) as Act[])]

describe('several people who write in containers at the same time', () => {
  it('[BN1, BN2, BN15] two lose nothing in 40 sessions', { timeout: 3_600_000 }, () => {
    playMany({ sessions: 40, writers: 2, rounds: 10, seed: 6_000_000, acts })
  })

  it('[BN1, BN2, BN15] three lose nothing in 15 sessions', { timeout: 3_600_000 }, () => {
    playMany({ sessions: 15, writers: 3, rounds: 10, seed: 7_000_000, acts })
  })
})
