/** More than two people; see fuzz-two.test.ts. */
import { describe, it } from 'vitest'
import { playMany } from './fuzz/many.ts'
import { TEXT_ACTS } from './fuzz/script.ts'

describe('several people who write at the same time', () => {
  it('[BN1, BN2] three lose nothing in 600 sessions', { timeout: 3_600_000 }, () => {
    playMany({ sessions: 600, writers: 3, rounds: 10, seed: 2_000_000, acts: TEXT_ACTS })
  })

  it('[BN1, BN2] five lose nothing in 200 sessions', { timeout: 3_600_000 }, () => {
    playMany({ sessions: 200, writers: 5, rounds: 8, seed: 3_000_000, acts: TEXT_ACTS })
  })
})
