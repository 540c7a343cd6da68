import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { applyDelta } from './apply-delta.ts'
import { FLOW, OBJECT_TYPE, seed } from './form.ts'
import { describeBlocks } from './model.ts'
import type { Block, Delta } from './model.ts'
import { readNearDelta, readWholeDelta } from './near-delta.ts'
import { readFlow } from './read-flow.ts'
import { lengthOf } from './rebase.ts'

type Act = (flow: Y.Text, at: (part: number) => number) => void

const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
const attrs = fc.constantFrom<Record<string, unknown>>(
  {},
  { b: 1 },
  { i: 1 },
  { b: 1, a: 'https://a.example' },
)
const change = fc.constantFrom<Record<string, unknown>>({ b: 1 }, { b: null }, { i: 1, b: null }, { a: null })

const act: fc.Arbitrary<Act> = fc.oneof(
  fc.tuple(place, fc.string({ minLength: 1, maxLength: 4 }), fc.option(attrs, { nil: undefined })).map(
    ([where, text, given]): Act =>
      (flow, at) =>
        flow.insert(at(where), text, given && { ...given }),
  ),
  fc.tuple(place, fc.boolean(), attrs).map(([where, isMarker, given]): Act => (flow, at) => {
    const map = new Y.Map<unknown>(isMarker ? [['T', 'h1']] : [[OBJECT_TYPE, 'x']])
    flow.insertEmbed(at(where), map, { ...given })
  }),
  fc.tuple(place, fc.integer({ min: 1, max: 6 })).map(([where, length]): Act => (flow, at) => {
    const from = at(where)
    flow.delete(from, Math.min(length, flow.length - from))
  }),
  fc
    .tuple(place, fc.integer({ min: 1, max: 12 }), change)
    .map(([where, length, changed]): Act => (flow, at) => {
      const from = at(where)
      flow.format(from, Math.min(length, flow.length - from), { ...changed })
    }),
)

/** What Yjs counts in a text and leaves out of its delta, as somebody writes it who takes the flow for a list; and takes it away. */
const listAct: fc.Arbitrary<Act> = fc.oneof(
  fc
    .tuple(
      place,
      fc.constantFrom<() => unknown[]>(
        () => [1, 'two'],
        () => [new Uint8Array(2)],
        () => [new Y.Doc()],
      ),
    )
    .map(
      ([where, values]): Act =>
        (flow, at) =>
          Y.Array.prototype.insert.call(flow, at(where), values()),
    ),
  fc.tuple(place, fc.integer({ min: 1, max: 4 })).map(([where, length]): Act => (flow, at) => {
    const from = at(where)
    Y.Array.prototype.delete.call(flow, from, Math.min(length, flow.length - from))
  }),
)

function scriptOf(
  acts: fc.Arbitrary<Act>,
): fc.Arbitrary<{ isAlice: boolean; act: Act; isTold: boolean; hears: boolean }[]> {
  return fc.array(
    fc.record({ isAlice: fc.boolean(), act: acts, isTold: fc.boolean(), hears: fc.boolean() }),
    {
      minLength: 1,
      maxLength: 25,
    },
  )
}

/** Somebody who only reads, and remembers the blocks as the binding does. */
class Reader {
  readonly doc = new Y.Doc()
  readonly flow = this.doc.getText(FLOW)
  blocks: readonly Block[] = []
  readonly near: (Delta | null)[] = []

  /** @param isSeenByYjs whether Yjs' own delta says everything */
  constructor(isSeenByYjs = true) {
    this.doc.clientID = 103
    seed(this.doc)
    this.blocks = readFlow(this.flow)
    this.flow.observeDeep((events, transaction) => {
      transaction._needFormattingCleanup = false
      const own = events.find(({ target }) => target === this.flow)
      if (own === undefined) return
      const near = readNearDelta(this.flow, transaction, this.blocks)
      const before = this.blocks
      this.near.push(near)
      this.blocks = applyDelta(before, readWholeDelta(this.flow, transaction))
      if (isSeenByYjs)
        expect(describeBlocks(applyDelta(before, own.delta))).toEqual(describeBlocks(this.blocks))
      if (near !== null) expect(describeBlocks(applyDelta(before, near))).toEqual(describeBlocks(this.blocks))
      expect(describeBlocks(this.blocks)).toEqual(describeBlocks(readFlow(this.flow)))
    })
  }
}

describe('readNearDelta', () => {
  it.each([
    ['reads what Yjs reads, and leads to the blocks that are in the document', scriptOf(act), true],
    [
      '[BN16] counts what Yjs counts and does not show, near a change and from end to end',
      scriptOf(fc.oneof(act, listAct)),
      false,
    ],
  ])('%s', (_title, script, isSeenByYjs) => {
    fc.assert(
      fc.property(script, (steps) => {
        const reader = new Reader(isSeenByYjs)
        const alice = new Y.Doc()
        const bob = new Y.Doc()
        alice.clientID = 101
        bob.clientID = 102
        for (const doc of [alice, bob]) seed(doc)
        for (const { isAlice, act: play, isTold, hears } of steps) {
          const [doc, other] = isAlice ? [alice, bob] : [bob, alice]
          if (hears) Y.applyUpdate(doc, Y.encodeStateAsUpdate(other, Y.encodeStateVector(doc)))
          const flow = doc.getText(FLOW)
          play(flow, (part) => 1 + Math.floor(part * Math.max(0, flow.length - 1)))
          if (isTold)
            Y.applyUpdate(reader.doc, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(reader.doc)), 'network')
        }
        for (const doc of [alice, bob])
          Y.applyUpdate(reader.doc, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(reader.doc)), 'network')
        expect(reader.near).not.toContain(null)
      }),
      isSeenByYjs ? { numRuns: 150 } : { numRuns: 60, seed: 16 },
    )
  })

  it('says nothing of what stands before and behind a change', () => {
    const reader = new Reader()
    const doc = new Y.Doc()
    seed(doc)
    const flow = doc.getText(FLOW)
    doc.transact(() => {
      for (let i = 0; i < 50; i++) {
        flow.insertEmbed(flow.length, new Y.Map())
        flow.insert(flow.length, 'plain ', {})
        flow.insert(flow.length, 'bold', { b: 1 })
      }
    })
    Y.applyUpdate(reader.doc, Y.encodeStateAsUpdate(doc), 'network')
    const before = Y.encodeStateVector(doc)
    flow.format(113, 3, { i: 1 })
    Y.applyUpdate(reader.doc, Y.encodeStateAsUpdate(doc, before), 'network')
    expect(reader.near.at(-1)).toEqual([{ retain: 113 }, { retain: 3, attributes: { i: 1 } }])
  })

  it('is not for changes of nearly everything', () => {
    const reader = new Reader()
    const doc = new Y.Doc()
    seed(doc)
    const flow = doc.getText(FLOW)
    doc.transact(() => {
      for (let i = 0; i < 3_000; i++) flow.insertEmbed(1, new Y.Map())
    })
    Y.applyUpdate(reader.doc, Y.encodeStateAsUpdate(doc), 'network')
    expect(reader.near).toEqual([null])
    expect(reader.blocks.reduce((sum, block) => sum + 1 + lengthOf({ insert: block.text }), 0)).toBe(3_001)
  })
})
