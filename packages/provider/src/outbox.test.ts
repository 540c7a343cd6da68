import fc from 'fast-check'
import { limits } from '@cometpad/shared'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { Outbox } from './outbox.ts'

/** A document whose edits go into an outbox. */
function typing(outbox: Outbox): { doc: Y.Doc; type: (text: string) => void } {
  const doc = new Y.Doc()
  doc.on('update', (update: Uint8Array) => outbox.add(update))
  return { doc, type: (text) => doc.getText('t').insert(doc.getText('t').length, text) }
}

function sendAll(outbox: Outbox): Uint8Array[] {
  const sent: Uint8Array[] = []
  for (let update = outbox.next(); update !== undefined; update = outbox.next()) sent.push(update)
  return sent
}

function textOf(updates: readonly Uint8Array[]): string {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc.getText('t').toJSON()
}

test('[AK5] an edit is forgotten when it is acknowledged, and sent again when it was not', () => {
  const outbox = new Outbox()
  const { type } = typing(outbox)
  for (const letter of 'abc') type(letter)
  expect(sendAll(outbox).length).toBe(3)
  expect(outbox.acknowledge(1)).toBe(true)
  expect(outbox.edits).toBe(2)
  outbox.restart()
  expect(outbox.edits).toBe(2)
  expect(sendAll(outbox).length).toBe(2)
  expect(outbox.acknowledge(2)).toBe(true)
  expect(outbox.edits).toBe(0)
  outbox.restart()
  expect(sendAll(outbox)).toEqual([])
})

test('[AK6] an impossible acknowledgement forgets nothing', () => {
  const count = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(NaN, Infinity, -1, 2 ** 53, 0.5))
  fc.assert(
    fc.property(fc.nat(20), fc.array(count, { maxLength: 20 }), (edits, counts) => {
      const outbox = new Outbox()
      const { type } = typing(outbox)
      for (let n = 0; n < edits; n += 1) type('x')
      sendAll(outbox)
      let known = 0
      for (const claimed of counts) {
        const isPossible = Number.isSafeInteger(claimed) && claimed >= known && claimed <= edits
        expect(outbox.acknowledge(claimed)).toBe(isPossible)
        if (isPossible) known = claimed
        expect(outbox.edits).toBe(edits - known)
      }
    }),
  )
})

test('[AK7] no more goes on the wire than is allowed without an acknowledgement', () => {
  const outbox = new Outbox()
  const { type } = typing(outbox)
  const sent: Uint8Array[] = []
  for (let n = 0; n < limits.inFlightUpdates + 100; n += 1) {
    type('x')
    sent.push(...sendAll(outbox))
  }
  expect(sent.length).toBe(limits.inFlightUpdates)
  expect(outbox.acknowledge(10)).toBe(true)
  sent.push(...sendAll(outbox))
  expect(outbox.acknowledge(sent.length)).toBe(true)
  sent.push(...sendAll(outbox))
  expect(textOf(sent).length).toBe(limits.inFlightUpdates + 100)
})

test('[AK7] large edits count by their bytes', () => {
  const outbox = new Outbox()
  const { type } = typing(outbox)
  for (let n = 0; n < 10; n += 1) type('x'.repeat(500_000))
  const first = sendAll(outbox)
  expect(first.length).toBeLessThan(10)
  expect(outbox.acknowledge(first.length)).toBe(true)
  expect(sendAll(outbox).length).toBeGreaterThan(0)
})

test('[AK7] a long time offline costs about what its text weighs, and nothing of it is lost', () => {
  const outbox = new Outbox()
  const { doc, type } = typing(outbox)
  let singleBytes = 0
  doc.on('update', (update: Uint8Array) => (singleBytes += update.length))
  for (let n = 0; n < 5_000; n += 1) type(`${n} `)
  expect(outbox.edits).toBe(5_000)
  const sent = sendAll(outbox)
  expect(sent.length).toBeLessThanOrEqual(limits.unmergedUpdates)
  const bytes = sent.reduce((sum, update) => sum + update.length, 0)
  expect(bytes).toBeLessThan(singleBytes)
  expect(textOf(sent)).toBe(doc.getText('t').toJSON())
  expect(outbox.acknowledge(sent.length)).toBe(true)
  expect(outbox.edits).toBe(0)
})

test('[AK2] an answer covers what was waiting, which does not go any more', () => {
  const outbox = new Outbox()
  const { doc, type } = typing(outbox)
  type('a')
  type('b')
  outbox.answered(Y.encodeStateAsUpdate(doc))
  expect(sendAll(outbox)).toEqual([])
  type('c')
  expect(sendAll(outbox).length).toBe(1)
  expect(outbox.acknowledge(1)).toBe(true)
  expect(outbox.edits).toBe(1)
  outbox.restart()
  expect(sendAll(outbox).length).toBe(1)
})

test('[AK5] what was added as one, and however many edits it is, counts until an answer with it is acknowledged', () => {
  const outbox = new Outbox()
  outbox.add(Uint8Array.of(0, 0), 3)
  expect(outbox.edits).toBe(3)
  outbox.answered(Uint8Array.of(0, 0))
  expect(outbox.edits).toBe(3)
  expect(outbox.acknowledge(1)).toBe(true)
  expect(outbox.edits).toBe(0)
})
