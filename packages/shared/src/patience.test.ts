import { expect, test } from 'vitest'
import { requestPatienceMs } from './patience.ts'

const BOUNDS = { requestMs: 1_000, slowestBytesPerSecond: 300 }

test('[AD6] a request may take so much longer as its body takes on the slowest line, in whole milliseconds', () => {
  expect([0, 1, 300, 3_000].map((bytes) => requestPatienceMs(bytes, BOUNDS))).toEqual([
    1_000, 1_004, 2_000, 11_000,
  ])
})
