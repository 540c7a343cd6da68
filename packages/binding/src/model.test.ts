import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { applyDelta, refreshKeys } from './apply-delta.ts'
import { FLOW, META, cleanText, seed, versionOf } from './form.ts'
import { describeBlocks, startsOf } from './model.ts'
import { readFlow } from './read-flow.ts'
import type { Block } from './model.ts'

function seeded(): Y.Text {
  const doc = new Y.Doc()
  seed(doc)
  return doc.getText(FLOW)
}

const attributes = fc.constantFrom<Record<string, unknown> | undefined>(
  undefined,
  { b: 1 },
  { i: 1, a: 'https://example.org' },
  { x: { deep: true } },
)
const changes = fc.constantFrom<Record<string, unknown>>({ b: 1 }, { b: null }, { i: 1, a: null }, { x: 2 })
const edit = fc.oneof(
  fc.record({
    kind: fc.constant('text' as const),
    at: fc.nat(60),
    text: fc.constantFrom('a', 'bc', 'd\ne', 'é', '\n'),
    attributes,
  }),
  fc.record({
    kind: fc.constant('marker' as const),
    at: fc.nat(60),
    keys: fc.constantFrom({}, { T: 'h1' }),
    attributes,
  }),
  fc.record({ kind: fc.constant('object' as const), at: fc.nat(60), attributes }),
  fc.record({ kind: fc.constant('format' as const), at: fc.nat(60), length: fc.nat(12), changes }),
  fc.record({ kind: fc.constant('delete' as const), at: fc.nat(60), length: fc.nat(12) }),
  fc.record({
    kind: fc.constant('keys' as const),
    at: fc.nat(60),
    keys: fc.constantFrom({ T: 'q' }, { I: 2 }),
  }),
)
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never

function perform(flow: Y.Text, step: Edit): void {
  const at = Math.min(step.at, flow.length)
  switch (step.kind) {
    case 'text':
      flow.insert(at, step.text, step.attributes)
      break
    case 'marker':
      flow.insertEmbed(at, new Y.Map(Object.entries(step.keys)), step.attributes ?? {})
      break
    case 'object':
      flow.insertEmbed(at, new Y.Map([['O', 'mention']]), step.attributes ?? {})
      break
    case 'format':
      flow.format(at, Math.min(step.length, flow.length - at), step.changes)
      break
    case 'delete':
      flow.delete(at, Math.min(step.length, flow.length - at))
      break
    case 'keys': {
      const markers = readFlow(flow).flatMap((block) => block.marker ?? [])
      for (const [name, value] of Object.entries(step.keys)) markers[at % markers.length]?.set(name, value)
    }
  }
}

describe('reading a flow', () => {
  it('gives one empty paragraph for the seed, however often it was applied', () => {
    const flow = seeded()
    seed(flow.doc as Y.Doc)
    expect(describeBlocks(readFlow(flow))).toEqual([
      { marker: true, keys: {}, own: '', text: '', runs: [], objects: [] },
    ])
    expect(versionOf(flow.doc as Y.Doc)).toBe(1)
    expect(flow.doc?.getMap(META).toJSON()).toEqual({ v: 1 })
  })

  it('takes text before the first marker as a paragraph without one', () => {
    const flow = new Y.Doc().getText(FLOW)
    flow.insert(0, 'before')
    flow.insertEmbed(6, new Y.Map([['T', 'h1']]))
    expect(readFlow(flow).map(({ marker, text, keys }) => [marker === null, text, keys])).toEqual([
      [true, 'before', ''],
      [false, '', '{"T":"h1"}'],
    ])
  })

  it('keeps one unit for whatever a foreign writer embedded', () => {
    const flow = seeded()
    flow.insertEmbed(1, { image: 'x.png' })
    flow.insert(2, 'a\uFDD0b')
    const [block] = readFlow(flow)
    expect(block?.text).toBe('\uFDD1a\uFFFDb')
    expect(block?.objects).toEqual([{ image: 'x.png' }])
    expect(startsOf(readFlow(flow))).toEqual([0, 5])
  })
})

describe('applyDelta', () => {
  it('makes of the remembered blocks what reading the flow afresh makes', () => {
    fc.assert(
      fc.property(fc.array(fc.array(edit, { minLength: 1, maxLength: 4 }), { maxLength: 12 }), (rounds) => {
        const flow = seeded()
        let blocks: Block[] = readFlow(flow)
        flow.observeDeep((events) => {
          for (const event of events) if (event.target === flow) blocks = applyDelta(blocks, event.delta)
          const markers = events.flatMap(({ target }) => (target instanceof Y.Map ? [target] : []))
          blocks = refreshKeys(blocks, new Set(markers))
        })
        for (const steps of rounds) {
          flow.doc?.transact(() => {
            for (const step of steps) perform(flow, step)
          })
          expect(describeBlocks(blocks)).toEqual(describeBlocks(readFlow(flow)))
        }
      }),
      { numRuns: 400 },
    )
  })

  it('passes through by reference what a cleared format does not change, up to the end of the document', () => {
    const flow = seeded()
    flow.insert(flow.length, 'one')
    for (const text of ['two', 'three']) {
      flow.insertEmbed(flow.length, new Y.Map())
      flow.insert(flow.length, text)
    }
    flow.format(1, 3, { i: 1 })
    const before = readFlow(flow)
    let after: readonly Block[] = before
    let reach = 0
    flow.observe(({ delta }) => {
      after = applyDelta(before, delta)
      reach = delta.reduce((sum, { retain = 0 }) => sum + retain, 0)
    })
    flow.format(1, 3, { i: null })
    // Yjs says so of everything behind it.
    expect(reach).toBe(flow.length)
    expect(describeBlocks(after)).toEqual(describeBlocks(readFlow(flow)))
    expect(after.map((block, index) => block === before[index])).toEqual([false, true, true])
  })

  it('passes through by reference what nothing touches', () => {
    const flow = seeded()
    flow.insert(1, 'one')
    flow.insertEmbed(4, new Y.Map())
    flow.insert(5, 'two')
    flow.insertEmbed(8, new Y.Map())
    const before = readFlow(flow)
    const after = applyDelta(before, [{ retain: 6 }, { insert: 'x' }])
    expect(after.map((block) => block.text)).toEqual(['one', 'txwo', ''])
    expect([after[0] === before[0], after[1] === before[1], after[2] === before[2]]).toEqual([
      true,
      false,
      true,
    ])
  })
})

describe('cleanText', () => {
  it('lets neither stand-ins nor lone surrogates in', () => {
    expect(cleanText('a\uFDD0b\uD83Dc\uDE00d😀e\uFDD1')).toBe('abcd😀e')
  })
})
