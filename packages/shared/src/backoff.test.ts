import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backoffMs } from './backoff.ts'
import { limits } from './limits.ts'

const { backoffBaseMs, backoffCeilingMs, backoffStepMs } = limits
/** What `Math.random` gives at most. */
const almostOne = 1 - 2 ** -53

describe('backoffMs', () => {
  it('[CN5] is at least the base and at most the base and the ceiling, after any number of tries', () => {
    fc.assert(
      fc.property(
        fc.nat(1_000_000),
        fc.double({ min: 0, max: almostOne, noNaN: true }),
        (attempt, random) => {
          const spread = Math.min(backoffCeilingMs, backoffStepMs * 2 ** attempt)
          const ms = backoffMs(attempt, random)
          expect(ms).toBeGreaterThanOrEqual(backoffBaseMs)
          expect(ms).toBeLessThanOrEqual(backoffBaseMs + spread)
        },
      ),
    )
  })

  it('[CN5] uses the whole spread, which doubles with every try until the ceiling', () => {
    const longest = Array.from({ length: 8 }, (_, attempt) => Math.round(backoffMs(attempt, almostOne)))
    expect(longest).toEqual([600, 1_100, 2_100, 4_100, 8_100, 16_100, 20_100, 20_100])
    expect(Array.from({ length: 8 }, (_, attempt) => backoffMs(attempt, 0))).toEqual(Array(8).fill(100))
  })
})
