/** Values, bytes and documents among the text, which Yjs counts and never shows: edits beside them land where somebody made them. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as Y from 'yjs'
import { FLOW } from '../src/form.ts'
import { $select, erase, type } from './gestures.ts'
import { createWriter, findFaults, sync, treeOf } from './writer.ts'
import type { Writer } from './writer.ts'

/** The seed is fixed, so that only more runs play something else. */
const FACTOR = Number(process.env['TEST_FUZZ_FACTOR'] ?? 1)

const values: fc.Arbitrary<() => unknown[]> = fc.constantFrom<() => unknown[]>(
  () => [7],
  () => ['word', { deep: [1] }, null, true],
  () => [new Uint8Array([1, 2, 3])],
  () => [new Y.Doc({ guid: 'inner' })],
)
const part = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
const step = fc.record({
  kind: fc.constantFrom('type', 'type', 'erase', 'erase', 'put', 'put', 'undo', 'sync'),
  isAlice: fc.boolean(),
  part,
  length: fc.integer({ min: 1, max: 4 }),
  values,
})

function letters(text: string): string[] {
  return text.split('')
}

/** The flow unit for unit, read without the binding. */
function unitsOf(flow: Y.Text): string[] {
  const units: string[] = []
  for (let item = flow._start; item !== null; item = item.right) {
    const { content } = item
    if (item.deleted || !item.countable) continue
    if (content instanceof Y.ContentString) units.push(...letters(content.str))
    else if (content instanceof Y.ContentType) units.push('marker')
    else if (content instanceof Y.ContentDoc) units.push(`document ${content.doc.guid}`)
    else units.push(...content.getContent().map((value) => `value ${JSON.stringify(value)}`))
  }
  return units
}

function put(doc: Y.Doc, at: number, what: readonly unknown[]): void {
  Y.Array.prototype.insert.call(doc.getText(FLOW), at, [...what])
}

function begin(): { alice: Writer; bob: Writer } {
  const alice = createWriter({ clientId: 10 })
  const bob = createWriter({ clientId: 20 })
  type(alice, [0, 0], 'some words')
  sync(alice, bob)
  return { alice, bob }
}

it('[BN16] typing and deleting beside content that Yjs counts and does not show does just that, for everybody', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const { alice, bob } = begin()
      for (const [index, { kind, isAlice, part: where, length, values: what }] of steps.entries()) {
        const writer = isAlice ? alice : bob
        const { flow, doc } = writer.binding
        const before = unitsOf(flow)
        const last = before.length - 1
        const from = Math.floor(where * (last + 1))
        const to = Math.min(last, from + length)
        if (kind === 'sync') sync(alice, bob)
        else if (kind === 'put') put(doc, from + 1, what())
        else if (kind === 'undo') writer.output.undo()
        else if (kind === 'type') {
          type(writer, [0, from], String(index % 10))
          expect(unitsOf(flow)).toEqual(before.toSpliced(from + 1, 0, String(index % 10)))
        } else {
          erase(writer, [0, from], [0, to])
          expect(unitsOf(flow)).toEqual(before.toSpliced(from + 1, to - from))
        }
        expect(findFaults(writer)).toEqual([])
      }
      sync(alice, bob)
      expect(unitsOf(bob.binding.flow)).toEqual(unitsOf(alice.binding.flow))
      expect(treeOf(bob)).toEqual(treeOf(alice))
      expect([...findFaults(alice), ...findFaults(bob)]).toEqual([])
    }),
    { numRuns: Math.ceil(60 * FACTOR), seed: 16 },
  )
})

it('[BN16] is kept while both sides of it are written, and what others write meanwhile stands where they wrote it', () => {
  const { alice, bob } = begin()
  put(alice.doc, 5, [1, 'two', 3])
  put(alice.doc, 8, [new Uint8Array(1)])
  put(alice.doc, 9, [new Y.Doc({ guid: 'inner' })])
  sync(alice, bob)
  const kept = ['value 1', 'value "two"', 'value 3', 'value {"0":0}', 'document inner']
  expect(unitsOf(bob.binding.flow)).toEqual(['marker', ...letters('some'), ...kept, ...letters(' words')])
  type(alice, [0, 4], '<')
  type(alice, [0, 10], '>')
  type(bob, [0, 0], 'a')
  erase(bob, [0, 11], [0, 13])
  sync(alice, bob)
  for (const { binding } of [alice, bob])
    expect(unitsOf(binding.flow)).toEqual(['marker', ...letters('asome<'), ...kept, ...letters('> rds')])
  expect(treeOf(bob)).toEqual(treeOf(alice))
  expect([...findFaults(alice), ...findFaults(bob)]).toEqual([])
})

it('[BN16] can be deleted by hand alone, in the midst of the text, while somebody else types before it', () => {
  const { alice, bob } = begin()
  put(alice.doc, 5, [1, 2, 3])
  sync(alice, bob)
  type(bob, [0, 2], 'XY')
  // Not written yet when the other's letters come in.
  alice.editor.update(() => $select(alice, [0, 3], [0, 6]).removeText())
  Y.applyUpdate(alice.doc, Y.encodeStateAsUpdate(bob.doc), 'sync')
  sync(alice, bob)
  for (const { binding } of [alice, bob])
    expect(unitsOf(binding.flow)).toEqual(['marker', ...letters('soXYm'), 'value 3', ...letters(' words')])
})
