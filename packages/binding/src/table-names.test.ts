import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attrsOf, canonical } from './form.ts'
import type { Attrs } from './form.ts'
import { orderByFlow } from './flow-order.ts'
import { tableOf } from './table-form.ts'
import { gridOf } from './table-grid.ts'
import type { Grid } from './table-grid.ts'
import { nameTable } from './table-names.ts'
import type { ReadTable } from './table-names.ts'

let names = 0
const newName = (): string => `n${++names}`

/** Any claims that a document may make, sensible or not. */
const claims = fc
  .record({
    rows: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 4 }),
    columns: fc.uniqueArray(fc.constantFrom('u', 'v', 'w', 'x'), { minLength: 1, maxLength: 4 }),
    orders: fc.array(fc.constantFrom('1', '2', 'z'), { minLength: 8, maxLength: 8 }),
    spans: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'q'), fc.constantFrom('u', 'v', 'w', 'q')), {
      maxLength: 6,
    }),
  })
  .map(({ rows, columns, orders, spans }): Attrs => {
    const keys: Record<string, unknown> = { T: 'table' }
    rows.forEach((row, i) => (keys[`r:${row}`] = orders[i]))
    columns.forEach((column, i) => (keys[`c:${column}`] = orders[4 + i]))
    for (let i = 0; i + 1 < spans.length; i += 2)
      keys[`s:${(spans[i] ?? []).join(':')}`] = (spans[i + 1] ?? []).join(':')
    return attrsOf(canonical(keys))
  })

function gridIn(keys: Attrs): Grid {
  const form = tableOf(keys)
  if (form === null) throw new Error('no table')
  return gridOf(form, keys)
}

/** What an editor would have of it. */
function read(keys: Attrs): ReadTable {
  return {
    rows: gridIn(keys).rows.map((cells, i) => ({
      name: tableOf(keys)?.rows[i]?.name ?? null,
      height: undefined,
      cells: cells.map((cell) => ({ ...cell, says: {} })),
    })),
    widths: undefined,
    says: {},
  }
}

describe('gridOf', () => {
  it('covers every place of a table once, whatever a document claims', () => {
    fc.assert(
      fc.property(claims, (keys) => {
        const { rows, coverOf, placeOf } = gridIn(keys)
        const cells = rows.flat()
        expect(coverOf.size).toBe(placeOf.size)
        expect(cells.reduce((sum, { rowSpan, colSpan }) => sum + rowSpan * colSpan, 0)).toBe(placeOf.size)
        for (const cell of cells) expect(coverOf.get(cell.label)).toBe(cell)
      }),
    )
  })
})

describe('nameTable', () => {
  it('gives a table that nobody changed the grid and the names that it has', () => {
    fc.assert(
      fc.property(claims, (keys) => {
        const named = nameTable(read(keys), keys, newName)
        if (named === null) throw new Error('no table')
        expect(gridIn(attrsOf(canonical(named.keys))).rows).toEqual(gridIn(keys).rows)
        expect(named.labels.flat()).toEqual(
          gridIn(keys)
            .rows.flat()
            .map(({ label }) => label),
        )
      }),
    )
  })

  it('names new rows, keeps the others, and gives the order that the editor shows', () => {
    const index = fc.nat(3)
    fc.assert(
      fc.property(
        claims,
        fc.array(index, { maxLength: 4 }),
        fc.array(index, { maxLength: 4 }),
        (keys, drops, adds) => {
          const simple = attrsOf(
            canonical(Object.fromEntries(Object.entries(keys).filter(([name]) => !name.startsWith('s:')))),
          )
          const rows = [...read(simple).rows]
          for (const drop of drops) if (rows.length > 1) rows.splice(drop % rows.length, 1)
          const blank = { label: null, rowSpan: 1, colSpan: 1, says: {} }
          const width = rows[0]?.cells.length ?? 0
          for (const add of adds)
            rows.splice(add, 0, {
              name: null,
              height: undefined,
              cells: Array.from({ length: width }, () => blank),
            })
          const named = nameTable({ rows, widths: undefined, says: {} }, simple, newName)
          if (named === null) throw new Error('no table')
          const shown = tableOf(attrsOf(canonical(named.keys)))?.rows.map(({ name }) => name)
          expect(shown).toEqual(named.rows)
          rows.forEach(({ name }, i) => {
            if (name !== null) expect(named.rows[i]).toBe(name)
          })
          expect(new Set(shown).size).toBe(rows.length)
        },
      ),
    )
  })
})

describe('orderByFlow', () => {
  it('keeps what stands in order within each cell where it is, and loses nothing', () => {
    const cells = fc
      .tuple(fc.array(fc.nat(3), { minLength: 1, maxLength: 4 }), fc.infiniteStream(fc.nat(1000)))
      .map(([sizes, random]) => {
        const used = new Set<number>()
        return sizes.map((size) =>
          Array.from({ length: size }, () => {
            const place = random.next().value
            if (used.has(place)) return { place: undefined }
            used.add(place)
            return { place: place % 3 === 0 ? undefined : place }
          }),
        )
      })
    fc.assert(
      fc.property(cells, (all) => {
        const ordered = orderByFlow(all, ({ place }) => place)
        expect(new Set(ordered)).toEqual(new Set(all.flat()))
        expect(ordered.length).toBe(all.flat().length)
        for (const cell of all) expect(ordered.filter((item) => cell.includes(item))).toEqual(cell)
        const sorted = all.map((cell) => cell.toSorted((a, b) => (a.place ?? 0) - (b.place ?? 0)))
        const places = orderByFlow(sorted, ({ place }) => place).flatMap(({ place }) => place ?? [])
        expect(places).toEqual(places.toSorted((a, b) => a - b))
      }),
    )
  })
})
