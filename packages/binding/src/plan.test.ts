import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { applyDelta, refreshKeys } from './apply-delta.ts'
import type { Draft } from './draft.ts'
import { FLOW, attrsOf, canonical, knownAttrs, seed } from './form.ts'
import { ContentBuilder, describeBlocks, startsOf } from './model.ts'
import { readFlow } from './read-flow.ts'
import type { Block } from './model.ts'
import { planRegions } from './plan.ts'
import type { Plan } from './plan.ts'

function write(flow: Y.Text, plan: Plan): void {
  flow.doc?.transact(() => {
    flow.applyDelta(plan.delta as never)
    for (const { target, changes } of plan.keyChanges) {
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) target.delete(name)
        else target.set(name, value)
      }
    }
  })
}

function draft(text: string, attrs: Record<string, unknown>[], keys: Record<string, unknown>): Draft {
  const content = new ContentBuilder()
  Array.from(text).forEach((letter, i) =>
    content.addText(letter, canonical(attrs[i % Math.max(1, attrs.length)])),
  )
  return { ...content.build(), objects: [], marker: null, keys: canonical(keys), names: [], isThing: false }
}

const attrs = fc.constantFrom<Record<string, unknown>>(
  {},
  { b: 1 },
  { i: 1, b: 1 },
  { a: 'https://a.example' },
)
const keys = fc.constantFrom<Record<string, unknown>>({}, { T: 'h1' }, { T: 'ul', I: 2 }, { A: 'right' })
const drafts = fc.array(
  fc
    .record({
      text: fc.string({ unit: fc.constantFrom('a', 'b', 'c', '😀', '\n'), maxLength: 8 }),
      attrs: fc.array(attrs, { minLength: 1, maxLength: 4 }),
      keys,
    })
    .map((made) => draft(made.text, made.attrs, made.keys)),
  { minLength: 1, maxLength: 6 },
)

function known(blocks: readonly Block[]): unknown[] {
  return describeBlocks(
    blocks.map((block) => {
      const content = new ContentBuilder()
      let at = 0
      for (const run of block.runs) {
        content.addText(block.text.slice(at, at + run.length), knownAttrs(run.attrs))
        at += run.length
      }
      return { ...block, own: '', ...content.build() }
    }),
  )
}

function region(blocks: readonly Block[], next: readonly Draft[], caret?: number) {
  return { old: blocks, starts: startsOf(blocks), at: 0, drafts: next, caret }
}

describe('planRegions', () => {
  it('makes the flow say what the editor says, and remembers the same as a reader reads', () => {
    fc.assert(
      fc.property(fc.array(drafts, { minLength: 1, maxLength: 6 }), fc.nat(10), (steps, caret) => {
        const doc = new Y.Doc()
        seed(doc)
        const flow = doc.getText(FLOW)
        let blocks = readFlow(flow)
        const first = blocks[0]?.marker
        for (const step of steps) {
          const plan = planRegions([region(blocks, step, caret)])
          write(flow, plan)
          blocks = refreshKeys(
            applyDelta(blocks, plan.delta),
            new Set(plan.keyChanges.map(({ target }) => target)),
          )
          expect(describeBlocks(blocks)).toEqual(describeBlocks(readFlow(flow)))
          expect(known(blocks)).toEqual(
            step.map(({ text, runs, keys }) => ({
              marker: true,
              keys: attrsOf(keys),
              own: '',
              text,
              runs: runs.map((run) => [run.length, run.attrs]),
              objects: [],
            })),
          )
          expect(blocks[0]?.marker).toBe(first)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('plans nothing where nothing differs', () => {
    fc.assert(
      fc.property(drafts, (step) => {
        const doc = new Y.Doc()
        seed(doc)
        const flow = doc.getText(FLOW)
        write(flow, planRegions([region(readFlow(flow), step)]))
        const blocks = readFlow(flow)
        expect(planRegions([region(blocks, step)])).toEqual({ delta: [], keyChanges: [], kind: 'none' })
      }),
    )
  })

  it('sets a key when a paragraph becomes a heading, and leaves every letter where it is', () => {
    const flow = new Y.Doc().getText(FLOW)
    flow.insertEmbed(0, new Y.Map())
    flow.insert(1, 'title')
    const plan = planRegions([region(readFlow(flow), [draft('title', [], { T: 'h1' })])])
    expect(plan.delta).toEqual([])
    expect(plan.keyChanges.map(({ changes }) => changes)).toEqual([{ T: 'h1' }])
  })

  it('inserts one marker for Enter, with the attributes on its left', () => {
    const flow = new Y.Doc().getText(FLOW)
    flow.insertEmbed(0, new Y.Map())
    flow.insert(1, 'onetwo', { b: 1 })
    const bold = [{ b: 1 }]
    const plan = planRegions([region(readFlow(flow), [draft('one', bold, {}), draft('two', bold, {})])])
    expect(plan.delta).toEqual([
      { retain: 4 },
      { insert: expect.any(Y.Map) as unknown, attributes: { b: 1 } },
    ])
    expect(plan.kind).toBe('structure')
  })

  it('never clears what it does not understand, and lets it go on in text typed inside it', () => {
    const flow = new Y.Doc().getText(FLOW)
    flow.insertEmbed(0, new Y.Map([['future', 1]]))
    flow.insert(1, 'ab', { x: 7, b: 1 })
    write(flow, planRegions([region(readFlow(flow), [draft('acb', [{}], { T: 'q' })])]))
    expect(readFlow(flow)).toMatchObject([{ text: 'acb', runs: [{ length: 3, attrs: '{"x":7}' }] }])
    expect(readFlow(flow)[0]?.marker?.toJSON()).toEqual({ future: 1, T: 'q' })
  })

  it('writes no marker before text that has none until that text changes its type', () => {
    const flow = new Y.Doc().getText(FLOW)
    flow.insert(0, 'bare')
    expect(planRegions([region(readFlow(flow), [draft('bare', [], {})])]).delta).toEqual([])
    write(flow, planRegions([region(readFlow(flow), [draft('bare', [], { T: 'h1' })])]))
    expect(readFlow(flow)).toMatchObject([{ keys: '{"T":"h1"}', text: 'bare' }])
  })

  it('copies a thing that was moved, with keys that it does not understand', () => {
    const flow = new Y.Doc().getText(FLOW)
    flow.insertEmbed(0, new Y.Map())
    flow.insertEmbed(
      1,
      new Y.Map([
        ['T', 'widget'],
        ['future', 'kept'],
      ]),
    )
    flow.insertEmbed(2, new Y.Map())
    flow.insert(3, 'long enough to stay')
    const blocks = readFlow(flow)
    const thing: Draft = {
      ...draft('', [], { T: 'widget', future: 'kept' }),
      marker: blocks[1]?.marker ?? null,
      isThing: true,
    }
    write(
      flow,
      planRegions([region(blocks, [draft('', [], {}), draft('long enough to stay', [], {}), thing])]),
    )
    expect(readFlow(flow).map((block) => block.keys)).toEqual(['', '', '{"T":"widget","future":"kept"}'])
  })
})
