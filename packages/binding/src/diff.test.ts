import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffUnits } from './diff.ts'
import { cleanText } from './form.ts'
import type { Hunk, Units } from './hunk.ts'

function units(text: string): Units {
  return { text, codes: Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)) }
}

function diff(a: string, b: string, caret?: number): Hunk[] {
  return diffUnits(units(a), units(b), caret)
}

function patch(a: string, b: string, hunks: readonly Hunk[]): string {
  let result = ''
  let at = 0
  for (const { oldStart, oldEnd, newStart, newEnd } of hunks) {
    result += a.slice(at, oldStart) + b.slice(newStart, newEnd)
    at = oldEnd
  }
  return result + a.slice(at)
}

const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\uFDD0'), maxLength: 30 })
const emoji = fc.string({
  unit: fc.constantFrom('a', 'e', '\u0301', '😀', '😁', '👍', '🏽', '👩‍👩‍👧', '🇩🇪', '한'),
  maxLength: 12,
})

describe('diffUnits', () => {
  it('leads from every text to every other, wherever the caret is', () => {
    fc.assert(
      fc.property(letters, letters, fc.option(fc.nat(30), { nil: undefined }), (a, b, caret) => {
        const hunks = diff(a, b, caret === undefined ? undefined : Math.min(caret, b.length))
        expect(patch(a, b, hunks)).toBe(b)
      }),
      { numRuns: 2_000 },
    )
  })

  it('never cuts a surrogate pair, in the old text or in the new', () => {
    fc.assert(
      fc.property(emoji, emoji, (a, b) => {
        const hunks = diff(a, b)
        expect(patch(a, b, hunks)).toBe(b)
        for (const { oldStart, oldEnd, newStart, newEnd } of hunks) {
          const parts = [a.slice(0, oldStart), a.slice(oldStart, oldEnd), a.slice(oldEnd)]
          for (const part of [...parts, b.slice(newStart, newEnd)]) expect(cleanText(part)).toBe(part)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('replaces a whole emoji by another that shares its first half', () => {
    expect(diff('x😀y', 'x😁y')).toEqual([{ oldStart: 1, oldEnd: 3, newStart: 1, newEnd: 3 }])
  })

  it('inserts an emoji before one that begins alike without touching that one', () => {
    expect(diff('😀', '😁😀')).toEqual([{ oldStart: 0, oldEnd: 0, newStart: 0, newEnd: 2 }])
  })

  it('replaces a family as a whole when one of its members changes', () => {
    expect(diff('👩‍👩‍👧', '👩‍👩‍👦')).toEqual([{ oldStart: 0, oldEnd: 8, newStart: 0, newEnd: 8 }])
  })

  it('does not write a letter anew because an accent is typed behind it', () => {
    expect(diff('he', 'he\u0301')).toEqual([{ oldStart: 2, oldEnd: 2, newStart: 2, newEnd: 3 }])
  })

  it('puts a repeated letter where the caret says that it was typed', () => {
    expect(diff('aaaa', 'aaaaa', 2)).toEqual([{ oldStart: 1, oldEnd: 1, newStart: 1, newEnd: 2 }])
    expect(diff('aaaa', 'aaaaa', 5)).toEqual([{ oldStart: 4, oldEnd: 4, newStart: 4, newEnd: 5 }])
  })

  it('ignores a caret that would make the edit larger', () => {
    expect(diff('hello', 'hello!', 0)).toEqual([{ oldStart: 5, oldEnd: 5, newStart: 5, newEnd: 6 }])
  })

  it('leaves the words between two replaced words alone', () => {
    expect(diff('foo and foo', 'quux and quux')).toEqual([
      { oldStart: 0, oldEnd: 3, newStart: 0, newEnd: 4 },
      { oldStart: 8, oldEnd: 11, newStart: 9, newEnd: 13 },
    ])
  })

  it('does not tear two replaced words apart for one letter that they share', () => {
    expect(diff('axb', 'cxd')).toEqual([{ oldStart: 0, oldEnd: 3, newStart: 0, newEnd: 3 }])
    expect(diff('a\uFDD0b', 'c\uFDD0d')).toHaveLength(2)
  })

  it('gives one replacement instead of searching for long', () => {
    const a = 'ab'.repeat(20_000)
    const b = 'cd'.repeat(20_000)
    expect(diff(a, b)).toEqual([{ oldStart: 0, oldEnd: 40_000, newStart: 0, newEnd: 40_000 }])
  })
})
