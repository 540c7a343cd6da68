// Whatever bytes come: they are refused with a code and change nothing, or they are an edit that everybody can apply.
import { encodeMessage, isErrorCode } from '@cometpad/shared'
import type { Message } from '@cometpad/shared'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { Table, Writer } from './table.ts'

const author = new Writer(7)
const valid: readonly Message[] = [
  { type: 'update', update: author.write('an edit') },
  { type: 'answer', update: author.delete(1, 3) },
  { type: 'vector', vector: Y.encodeStateVector(author.doc) },
  { type: 'part', last: true, bytes: encodeMessage({ type: 'update', update: author.write('!') }) },
  { type: 'part', last: false, bytes: Uint8Array.of(0, 2, 3) },
  { type: 'presence', presence: Uint8Array.of(1, 7, 1, 2, 0x7b, 0x7d) },
  { type: 'presenceQuery' },
  { type: 'token', token: 'a.b.c' },
]

const bytes = fc.uint8Array({ maxLength: 60 })
const ofSomeType = fc
  .tuple(fc.constantFrom(0, 1, 2, 3, ...Array.from({ length: 16 }, (_, n) => 32 + n)), bytes)
  .map(([type, rest]) => Uint8Array.of(type, ...rest))
const whole = fc.constantFrom(...valid).map((message) => encodeMessage(message).slice())
const withOtherByte = fc
  .tuple(whole, fc.nat(), fc.integer({ min: 0, max: 255 }))
  .map(([message, where, byte]) => message.with(where % message.length, byte))
const cut = fc.tuple(whole, fc.nat()).map(([message, end]) => message.subarray(0, end % message.length))
const longer = fc.tuple(whole, bytes).map(([message, more]) => Uint8Array.of(...message, ...more))
const message = fc.oneof(
  { arbitrary: whole, weight: 3 },
  { arbitrary: withOtherByte, weight: 3 },
  cut,
  longer,
  ofSomeType,
  bytes,
)

/** Every edit of the log, as a client that reads it from the start applies it. */
function contentOf(updates: readonly Uint8Array[]): string {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc.getText('t').toJSON()
}

test('[GA8, ER4] random and spoilt messages harm nobody but the one who sends them', async () => {
  const seen = { refused: 0, stored: 0, passed: 0 }
  await fc.assert(
    fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 6 }), async (messages) => {
      const table = new Table()
      await table.store('doc', [new Writer(1).write('kept')])
      const [bad, good] = [await table.sit(), await table.sit()]
      for (const bytesOfOne of messages) bad.reader.receive(bytesOfOne)
      await table.turn()

      expect(table.reports.filter((report) => report.startsWith('failed'))).toEqual([])
      if (bad.closed !== undefined) expect(isErrorCode(bad.closed)).toBe(true)
      expect(good.closed).toBeUndefined()
      const { entries } = table.log.durable('doc')
      const content = contentOf(entries.map(({ update }) => update))
      if (entries.length === 1) expect(content).toBe('kept')
      expect(good.content()).toBe(content)
      expect((await table.sit({ position: undefined })).closed).toBeUndefined()
      expect((await table.sit()).content()).toBe(content)
      seen[bad.closed === undefined ? 'passed' : 'refused'] += 1
      if (entries.length > 1) seen.stored += 1
    }),
    { numRuns: 1_500 },
  )
  process.stdout.write(`hostile messages: ${JSON.stringify(seen)}\n`)
  // Runs in which nothing was refused, or nothing taken in, would prove little.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(20)
})
