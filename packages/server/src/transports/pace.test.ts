import { encodeMessage, limits } from '@cometpad/shared'
import { describe, expect, it } from 'vitest'
import { Pace } from './pace.ts'
import { Paces } from './paces.ts'

const bounds = {
  ...limits,
  messagesPerSecond: 10,
  messageBurst: 20,
  presenceWeight: 10,
  bytesPerSecond: 1_000,
  byteBurst: 5_000,
}
const update = (length: number): Uint8Array => Uint8Array.of(0, 2, ...new Uint8Array(length - 2))
const presence = encodeMessage({ type: 'presence', presence: Uint8Array.of(0) })

describe('[AD7] the pace of a client', () => {
  it('lets a burst through, and then as much as comes in each second', () => {
    const pace = new Pace(bounds, 0)
    for (let n = 0; n < 20; n += 1) pace.take(update(3), 0)
    expect(pace.owedMs(0)).toBe(0)
    pace.take(update(3), 0)
    expect(pace.owedMs(0)).toBe(100)
    expect(pace.owedMs(100)).toBe(0)
    for (let n = 0; n < 10; n += 1) pace.take(update(3), 1_100)
    expect(pace.owedMs(1_100)).toBe(0)
  })

  it('counts bytes apart from messages', () => {
    const pace = new Pace(bounds, 0)
    pace.take(update(7_000), 0)
    expect(pace.owedMs(0)).toBe(2_000)
    expect(pace.owedMs(1_500)).toBe(500)
  })

  it('counts presence for as many messages as it costs', () => {
    const pace = new Pace(bounds, 0)
    for (let n = 0; n < 3; n += 1) pace.take(presence, 0)
    expect(pace.owedMs(0)).toBe(1_000)
  })

  it('never saves up more than a burst, and does not fall for a clock that goes back', () => {
    const pace = new Pace(bounds, 10_000)
    pace.take(update(3), 5_000)
    for (let n = 0; n < 20; n += 1) pace.take(update(3), 1_000_000)
    expect(pace.owedMs(1_000_000)).toBe(0)
    pace.take(update(3), 1_000_000)
    expect(pace.owedMs(1_000_000)).toBe(100)
  })
})

describe('[AD7] the paces of clients that come in single requests', () => {
  it('refuse whoever owes time, take nothing of it, and nobody else', () => {
    let now = 0
    const paces = new Paces(bounds, { now: () => now, after: () => () => undefined })
    paces.take(
      'ana',
      Array.from({ length: 30 }, () => update(3)),
    )
    expect(() => paces.take('ana', [update(3)])).toThrow(/Too many requests/)
    paces.take('ben', [update(3)])
    now = 1_000
    paces.take('ana', [update(3)])
  })

  it('remember only so many', () => {
    const paces = new Paces({ ...bounds, paces: 2 }, { now: () => 0, after: () => () => undefined })
    paces.take(
      'ana',
      Array.from({ length: 30 }, () => update(3)),
    )
    paces.take('ben', [update(3)])
    expect(() => paces.take('ana', [update(3)])).toThrow(/Too many requests/)
    paces.take('cleo', [update(3)])
    // Of the three ben was silent for longest.
    expect(() => paces.take('ana', [update(3)])).toThrow(/Too many requests/)
    for (const other of ['dora', 'emil']) paces.take(other, [update(3)])
    paces.take('ana', [update(3)])
  })
})
