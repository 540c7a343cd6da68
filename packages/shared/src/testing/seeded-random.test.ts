import { describe, expect, it } from 'vitest'
import { SeededRandom } from './seeded-random.ts'

function numbers(seed: number, count = 1_000): number[] {
  const random = new SeededRandom(seed)
  return Array.from({ length: count }, () => random.next())
}

describe('SeededRandom', () => {
  it('repeats itself from one seed and not from another', () => {
    expect(numbers(5)).toEqual(numbers(5))
    expect(numbers(5)).not.toEqual(numbers(6))
    // Pinned: a seed that somebody wrote down has to stay worth something.
    expect(numbers(1, 3).map((number) => Math.floor(number * 1_000_000))).toEqual([627_073, 2_735, 527_447])
  })

  it('gives numbers from 0 to below 1, evenly', () => {
    const drawn = numbers(3, 20_000)
    expect(drawn.every((number) => number >= 0 && number < 1)).toBe(true)
    for (let tenth = 0; tenth < 10; tenth += 1) {
      const share = drawn.filter((number) => Math.floor(number * 10) === tenth).length / drawn.length
      expect(share).toBeGreaterThan(0.08)
      expect(share).toBeLessThan(0.12)
    }
  })

  it('draws whole numbers, chances and items from within their bounds', () => {
    const random = new SeededRandom(9)
    const draws = Array.from({ length: 500 }, () => random.below(3))
    expect(new Set(draws)).toEqual(new Set([0, 1, 2]))
    expect(Array.from({ length: 50 }, () => random.chance(0)).includes(true)).toBe(false)
    expect(Array.from({ length: 50 }, () => random.chance(1)).includes(false)).toBe(false)
    expect(new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b'])))).toEqual(new Set(['a', 'b']))
    expect(() => random.pick([])).toThrow(TypeError)
  })
})
