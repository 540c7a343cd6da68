import fc from 'fast-check'
import { limits } from '@cometpad/shared'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { joined } from '../../src/core/gate/flat-ranges.ts'
import { Known, readVector } from '../../src/core/gate/known.ts'
import { shapeOfUpdate } from '../../src/core/gate/update-shape.ts'
import type { UpdateShape } from '../../src/core/gate/update-shape.ts'
import { Writer } from './table.ts'

const shape = (update: Uint8Array): UpdateShape => shapeOfUpdate(update, limits)

function knownOf(...updates: readonly Uint8Array[]): Known {
  const known = new Known()
  for (const update of updates) known.add(shape(update))
  return known
}

test('[LG6] an update is new until it was added, and its deletions count', () => {
  const writer = new Writer(1)
  const first = writer.write('hello')
  const second = writer.delete(1, 2)
  const known = knownOf(first)
  expect(known.covers(shape(first))).toBe(true)
  expect(known.covers(shape(second))).toBe(false)
  known.add(shape(second))
  expect(known.covers(shape(second))).toBe(true)
  expect(known.covers(shape(Y.encodeStateAsUpdate(writer.doc)))).toBe(true)
  expect(known.covers(shape(new Uint8Array([0, 0])))).toBe(true)
})

test('[GA4] an update behind a gap, on a missing origin, or deleting what is not there lacks something', () => {
  const ana = new Writer(1)
  const first = ana.write('a')
  const second = ana.write('b')
  expect(knownOf().lacks(shape(first))).toBe(false)
  expect(knownOf().lacks(shape(second))).toBe(true)
  expect(knownOf(first).lacks(shape(second))).toBe(false)
  const ben = new Writer(2)
  Y.applyUpdate(ben.doc, first)
  const third = ben.write('c', 1)
  expect(knownOf().lacks(shape(third))).toBe(true)
  expect(knownOf(first).lacks(shape(third))).toBe(false)
  expect(knownOf().lacks(shape(ana.delete(0, 1)))).toBe(true)
})

test('[SY4] its vector and deletions are those of the document', () => {
  const ana = new Writer(1)
  const updates = [ana.write('hello world'), ana.delete(0, 3), ana.delete(4, 2), ana.write('!')]
  const known = knownOf(...updates)
  expect(Y.decodeStateVector(known.encodeVector())).toEqual(Y.decodeStateVector(Y.encodeStateVector(ana.doc)))
  const behind = new Y.Doc()
  Y.applyUpdate(behind, updates[0] ?? new Uint8Array())
  Y.applyUpdate(behind, updates[3] ?? new Uint8Array())
  expect(behind.getText('t').toJSON()).toBe('hello world!')
  Y.applyUpdate(behind, known.encodeDeletes())
  expect(behind.getText('t').toJSON()).toBe(ana.doc.getText('t').toJSON())
})

test('[LG6] deleted ranges join like a set of numbers, in whatever order they come', () => {
  const range = fc.tuple(fc.nat(3), fc.nat(60), fc.integer({ min: 1, max: 12 }))
  fc.assert(
    fc.property(fc.array(range, { maxLength: 40 }), range, (ranges, asked) => {
      const known = new Known()
      const naive = new Set<string>()
      // The same in two messages, of which each may bring many.
      const few = new Known()
      const half = Math.floor(ranges.length / 3)
      for (const part of [ranges.slice(0, half), ranges.slice(half)]) {
        const deletes = part.map(([client]) => ({
          client,
          bounds: joined(
            part.flatMap(([other, from, length]) => (other === client ? [from, from + length] : [])),
          ),
        }))
        few.add({ ...deleting(0, 0, 1), deletes })
      }
      for (const [client, from, length] of ranges) {
        known.add(deleting(client, from, length))
        for (let clock = from; clock < from + length; clock += 1) naive.add(`${client}.${clock}`)
      }
      const [client, from, length] = asked
      const isDeleted = Array.from({ length }, (_, index) => naive.has(`${client}.${from + index}`)).every(
        Boolean,
      )
      expect(known.covers(deleting(client, from, length))).toBe(isDeleted)
      const written = new Set<string>()
      for (const [owner, list] of Y.decodeUpdate(known.encodeDeletes()).ds.clients)
        for (const { clock, len } of list)
          for (let offset = 0; offset < len; offset += 1) written.add(`${owner}.${clock + offset}`)
      expect(written).toEqual(naive)
      const sets = [known, few].map((each) => Y.decodeUpdate(each.encodeDeletes()).ds.clients)
      const sorted = sets.map((clients) => [...clients].sort(([one], [other]) => one - other))
      expect(sorted[1]).toEqual(sorted[0])
    }),
  )
})

test('[SY3] a vector covers the document when it has every item', () => {
  const ana = new Writer(1)
  const known = knownOf(ana.write('ab'))
  expect(known.vectorCoveredBy(new Map([[1, 2]]))).toBe(true)
  expect(known.vectorCoveredBy(new Map([[1, 1]]))).toBe(false)
  expect(known.vectorCoveredBy(new Map())).toBe(false)
  expect(readVector(Y.encodeStateVector(ana.doc), 10)).toEqual(new Map([[1, 2]]))
})

test('[GA2] a vector of more clients than allowed is refused', () => {
  expect(() => readVector(Uint8Array.of(3, 1, 1, 2, 1, 3, 1), 2)).toThrow()
})

function deleting(client: number, from: number, length: number): UpdateShape {
  return {
    structs: [],
    deletes: [{ client, bounds: [from, from + length] }],
    needs: new Map(),
    holes: false,
    straddles: false,
    depths: new Map(),
  }
}
