import { expect, test } from 'vitest'
import { Gathering } from './gathering.ts'

const bounds = { commitsPerSecond: 100, commitBurst: 5 }

/** Commits as fast as allowed; gives when each began. */
function begin(gathering: Gathering, commits: number, from: number): number[] {
  const times: number[] = []
  let now = from
  for (let n = 0; n < commits; n += 1) {
    now += gathering.next(now)
    times.push(Math.round(now))
  }
  return times
}

test('[LG9] a quiet store commits at once', () => {
  const gathering = new Gathering(bounds)
  for (let now = 0; now < 10_000; now += 20) expect(gathering.next(now)).toBe(0)
})

test('[LG9] a busy store spaces its commits, one space at the most', () => {
  expect(begin(new Gathering(bounds), 10, 1_000)).toEqual([
    1_000, 1_000, 1_000, 1_000, 1_000, 1_010, 1_020, 1_030, 1_040, 1_050,
  ])
})

test('[LG9] a store that was busy and has rested commits at once again', () => {
  const gathering = new Gathering(bounds)
  const last = begin(gathering, 20, 0).at(-1) ?? 0
  expect(begin(gathering, 6, last + 1_000)).toEqual([0, 0, 0, 0, 0, 10].map((wait) => last + 1_000 + wait))
})
