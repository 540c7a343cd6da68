/** Sessions in which tables are made and changed as well; see fuzz-two.test.ts. */
import { describe, it } from 'vitest'
import { playMany } from './fuzz/many.ts'
import { TABLE_ACTS, TEXT_ACTS } from './fuzz/script.ts'
import type { Act } from './fuzz/script.ts'

const acts = [...TEXT_ACTS, ...(Object.keys(TABLE_ACTS) as Act[])]

describe('several people who write in tables at the same time', () => {
  it('[BN1, BN2, BN11] two lose nothing in 150 sessions', { timeout: 3_600_000 }, () => {
    playMany({ sessions: 150, writers: 2, rounds: 10, seed: 4_000_000, acts })
  })

  it('[BN1, BN2, BN11] three lose nothing in 75 sessions', { timeout: 3_600_000 }, () => {
    playMany({ sessions: 75, writers: 3, rounds: 10, seed: 5_000_000, acts })
  })
})
