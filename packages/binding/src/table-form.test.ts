import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attrsOf, canonical } from './form.ts'
import { MOST_CELLS, compareLines, orderBetween, placeLines, tableOf } from './table-form.ts'
import type { Line } from './table-form.ts'

const orders = fc.string({ unit: fc.constantFrom('0', '1', 'i', 'z'), maxLength: 6 })
/** As they are made: no text ends in "0". */
const made = orders.map((text) => `${text}1`)

describe('orderBetween', () => {
  it('gives a text between two others', () => {
    fc.assert(
      fc.property(made, made, (a, b) => {
        fc.pre(a < b)
        const middle = orderBetween(a, b) ?? ''
        expect(a < middle && middle < b).toBe(true)
        expect(middle.endsWith('0')).toBe(false)
      }),
    )
  })

  it('always has room at both ends', () => {
    let first = orderBetween('', null) ?? ''
    let last = first
    for (let i = 0; i < 200; i++) {
      const before = orderBetween('', first) ?? ''
      const behind = orderBetween(last, null) ?? ''
      expect(before < first && before !== '' && behind > last).toBe(true)
      first = before
      last = behind
    }
    expect(last.length).toBeLessThan(50)
  })
})

const lines = fc
  .uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.oneof(orders, fc.string())), {
    selector: ([name]) => name,
    maxLength: 6,
  })
  .map((all) => all.map(([name, order]): Line => ({ name, order })).sort(compareLines))

describe('placeLines', () => {
  it('gives every line its place, whatever the places are that are there', () => {
    const wanted = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'n', 'o', 'p', 'q'), { maxLength: 7 })
    fc.assert(
      fc.property(lines, wanted, (old, names) => {
        const places = new Map(old.map((line) => [line.name, line]))
        const at = (name: string): number => old.findIndex((line) => line.name === name)
        const stay = new Set(
          names.filter(
            (name, i) => at(name) >= 0 && names.slice(0, i).every((other) => at(other) < at(name)),
          ),
        )
        const placed = placeLines(names, places, stay)
        expect(placed.toSorted(compareLines).map(({ name }) => name)).toEqual(names)
      }),
    )
  })

  it('changes nothing where nothing moved', () => {
    fc.assert(
      fc.property(lines, (old) => {
        const names = old.map(({ name }) => name)
        expect(placeLines(names, new Map(old.map((line) => [line.name, line])), new Set(names))).toEqual(old)
      }),
    )
  })
})

describe('tableOf', () => {
  it('finds no table in what has no rows, no columns, or too many of both', () => {
    const keys = (rows: number, columns: number): Record<string, string> => ({
      T: 'table',
      ...Object.fromEntries(Array.from({ length: rows }, (_, i) => [`r:${i}`, 'i'])),
      ...Object.fromEntries(Array.from({ length: columns }, (_, i) => [`c:${i}`, 'i'])),
    })
    const isTable = (rows: number, columns: number): boolean =>
      tableOf(attrsOf(canonical(keys(rows, columns)))) !== null
    expect([isTable(0, 3), isTable(3, 0), isTable(1, 1)]).toEqual([false, false, true])
    expect([isTable(100, MOST_CELLS / 100), isTable(101, MOST_CELLS / 100)]).toEqual([true, false])
  })
})
