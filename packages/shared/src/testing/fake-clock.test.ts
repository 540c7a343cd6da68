import { describe, expect, it } from 'vitest'
import { FakeClock } from './fake-clock.ts'

describe('FakeClock', () => {
  it('stands still until it is moved', () => {
    const clock = new FakeClock()
    expect(clock.now()).toBe(0)
    clock.advance(7)
    clock.advance(0)
    expect(clock.now()).toBe(7)
  })

  it('runs timers in the order of their times, and those of one time as they were set', () => {
    const clock = new FakeClock()
    const log: string[] = []
    for (const [name, ms] of [
      ['c', 20],
      ['a', 10],
      ['d', 20],
      ['b', 10],
      ['now', 0],
      ['past', -5],
    ] as const)
      clock.after(ms, () => log.push(`${name} at ${clock.now()}`))
    clock.advance(20)
    expect(log).toEqual(['now at 0', 'past at 0', 'a at 10', 'b at 10', 'c at 20', 'd at 20'])
    expect(clock.timers).toBe(0)
  })

  it('runs what a timer sets when that is due, and leaves the rest', () => {
    const clock = new FakeClock()
    const log: number[] = []
    const tick = (): void => {
      log.push(clock.now())
      clock.after(10, tick)
    }
    clock.after(10, tick)
    clock.advance(35)
    expect(log).toEqual([10, 20, 30])
    expect(clock.timers).toBe(1)
    expect(clock.now()).toBe(35)
  })

  it('does not run what was called off, before or during the same move', () => {
    const clock = new FakeClock()
    const log: string[] = []
    const cancelEarly = clock.after(5, () => log.push('early'))
    const cancelLate = clock.after(10, () => log.push('late'))
    clock.after(7, () => cancelLate())
    cancelEarly()
    cancelEarly()
    clock.advance(10)
    expect(log).toEqual([])
    expect(clock.timers).toBe(0)
  })
})
