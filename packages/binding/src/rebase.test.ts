import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DeltaOp } from './model.ts'
import { lengthOf, mapPosition, transformDelta } from './rebase.ts'

const op = fc.oneof(
  fc.nat(5).map((retain): DeltaOp => ({ retain: retain + 1 })),
  fc.nat(3).map((length): DeltaOp => ({ delete: length + 1 })),
  fc
    .string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('x', 'y') })
    .map((insert): DeltaOp => ({ insert })),
)
const base = 'abcdefghijklmnopqrst'

/** Only as long as the text is. */
function fitting(ops: readonly DeltaOp[]): DeltaOp[] {
  let left = base.length
  return ops.filter((each) => {
    if (each.insert !== undefined) return true
    left -= lengthOf(each)
    return left >= 0
  })
}

function apply(text: string, ops: readonly DeltaOp[]): string {
  let result = ''
  let at = 0
  for (const each of ops) {
    if (typeof each.insert === 'string') result += each.insert
    else {
      if (each.retain !== undefined) result += text.slice(at, at + each.retain)
      at += lengthOf(each)
    }
  }
  return result + text.slice(at)
}

describe('transformDelta', () => {
  it('leads both orders to the same text', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 8 }), fc.array(op, { maxLength: 8 }), (one, other) => {
        const a = fitting(one)
        const b = fitting(other)
        const left = apply(apply(base, a), transformDelta(b, a, false))
        const right = apply(apply(base, b), transformDelta(a, b, true))
        expect(left).toBe(right)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('attributes that both set', () => {
  it('are those of the one that was written last', () => {
    const early: DeltaOp[] = [{ retain: 4, attributes: { b: 1, i: 1 } }]
    const late: DeltaOp[] = [{ retain: 2 }, { retain: 4, attributes: { b: null } }]
    expect(transformDelta(early, late, true)).toEqual([
      { retain: 2, attributes: { b: 1, i: 1 } },
      { retain: 2, attributes: { i: 1 } },
    ])
    const flat = transformDelta(late, early, false).flatMap((op) =>
      Array.from({ length: lengthOf(op) }, () => op.attributes),
    )
    expect(flat).toEqual([undefined, undefined, { b: null }, { b: null }, { b: null }, { b: null }])
  })
})

describe('mapPosition', () => {
  it('keeps a caret behind the character on its left', () => {
    expect(mapPosition(3, [{ retain: 3 }, { insert: 'xy' }], 'left')).toBe(3)
    expect(mapPosition(3, [{ retain: 3 }, { insert: 'xy' }], 'right')).toBe(5)
    expect(mapPosition(3, [{ retain: 2 }, { insert: 'xy' }], 'left')).toBe(5)
    expect(mapPosition(3, [{ retain: 1 }, { delete: 5 }], 'left')).toBe(1)
    expect(mapPosition(3, [{ retain: 3 }, { delete: 5 }], 'left')).toBe(3)
  })
})
