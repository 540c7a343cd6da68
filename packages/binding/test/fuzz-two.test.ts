/** Two people. Together with fuzz-many.test.ts 2,000 sessions; TEST_FUZZ_FACTOR=50 makes it 100,000. */
import { describe, expect, it } from 'vitest'
import { TEXT_ACTS, parseSession } from './fuzz/script.ts'
import { playMany } from './fuzz/many.ts'
import { REGRESSIONS } from './fuzz/regressions.ts'
import { playSession } from './fuzz/session.ts'

describe('two people who write at the same time', () => {
  it.each(Object.entries(REGRESSIONS))('no longer: %s', (_, script) => {
    expect(playSession(parseSession(script)).faults).toEqual([])
  })

  it(
    '[BN1, BN2] lose no letter, double none, and see the same tree, in 1,200 sessions',
    { timeout: 3_600_000 },
    () => {
      playMany({ sessions: 1_200, writers: 2, rounds: 10, seed: 1_000_000, acts: TEXT_ACTS })
    },
  )
})
