import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Acks } from '../../src/core/acks.ts'

test('[AK2] the first n are said to be saved when the head has reached the n-th, and each only once', () => {
  const acks = new Acks()
  acks.accepted(5, false)
  acks.accepted(6, false)
  acks.accepted(9, false)
  expect(acks.settle(4)).toBeUndefined()
  expect(acks.settle(6)).toEqual({ count: 2, offset: 6 })
  expect(acks.settle(6)).toBeUndefined()
  expect(acks.settle(20)).toEqual({ count: 3, offset: 9 })
})

test('[AK4] nothing is saved from a refused one on until an answer covers it', () => {
  const acks = new Acks()
  acks.accepted(1, false)
  acks.refused()
  acks.accepted(2, false)
  expect(acks.settle(10)).toEqual({ count: 1, offset: 1 })
  acks.accepted(11, true)
  expect(acks.settle(10)).toBeUndefined()
  expect(acks.settle(11)).toEqual({ count: 4, offset: 11 })
})

test('[AK2] counts grow, and never run ahead of what is durable', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('accepted' as const), answer: fc.boolean(), by: fc.nat(2) }),
    fc.record({ kind: fc.constant('refused' as const) }),
    fc.record({ kind: fc.constant('settle' as const), by: fc.nat(3) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const acks = new Acks()
      const offsets: (number | undefined)[] = []
      let accepted = 0
      let head = 0
      let said = 0
      for (const action of steps) {
        if (action.kind === 'accepted') {
          accepted += action.by
          if (action.answer) offsets.forEach((offset, index) => (offsets[index] = offset ?? accepted))
          offsets.push(accepted)
          acks.accepted(accepted, action.answer)
        } else if (action.kind === 'refused') {
          offsets.push(undefined)
          acks.refused()
        } else {
          head = Math.min(accepted, head + action.by)
          const expected = offsets.findIndex((offset) => offset === undefined || offset > head)
          const count = expected === -1 ? offsets.length : expected
          const saved = acks.settle(head)
          expect(saved?.count).toBe(count > said ? count : undefined)
          said = Math.max(said, saved?.count ?? 0)
        }
      }
    }),
  )
})
