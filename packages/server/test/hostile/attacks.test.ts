/** What has hurt other servers, and Yjs: each such message costs one walk, is refused by its code, and changes nothing for anybody. */
import { encodeMessage, limits } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { Known } from '../../src/core/gate/known.ts'
import { shapeOfUpdate } from '../../src/core/gate/update-shape.ts'
import type { Guest } from '../core/table.ts'
import { Table, Writer } from '../core/table.ts'
import { bombs, chained, collected, deleting, manyDeletes, unmergeable } from './bombs.ts'

const victim = new Writer(1)
const KEPT = victim.write('kept by everybody')

interface Scene {
  readonly table: Table
  readonly bad: Guest
  readonly good: Guest
}

async function scene(bounds: Partial<Limits> = {}): Promise<Scene> {
  const table = new Table({ limits: bounds })
  await table.store('doc', [KEPT])
  return { table, bad: await table.sit(), good: await table.sit() }
}

/** The log, and what who is there and who comes anew have. */
async function expectUnharmed({ table, good }: Scene, entries = 1): Promise<void> {
  await table.turn()
  expect(table.log.durable('doc').entries).toHaveLength(entries)
  expect(good.closed).toBeUndefined()
  expect(good.content()).toBe('kept by everybody')
  expect((await table.sit()).content()).toBe('kept by everybody')
  expect(table.reports.filter((report) => report.startsWith('failed'))).toEqual([])
}

/** Processor time, and the least of several: what else the machine does counts less. */
function costMs(act: () => void): number {
  const times = [1, 2, 3].map(() => {
    const before = process.cpuUsage()
    act()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  })
  return Math.min(...times)
}

function walkMs(update: Uint8Array): number {
  return costMs(() => {
    try {
      shapeOfUpdate(update, limits)
    } catch {
      // Refused: that is what is timed.
    }
  })
}

test.each(bombs)('[GA1, GA2, GA8, GA10] $what: refused, and nobody else notices', async ({ update }) => {
  const table = await scene()
  for (const type of ['update', 'answer'] as const) {
    const bad = type === 'update' ? table.bad : await table.table.sit()
    bad.reader.receive(encodeMessage({ type, update }))
    expect(bad.closed).toMatch(/^(MALFORMED_UPDATE|UPDATE_TOO_COMPLEX)$/)
  }
  await expectUnharmed(table)
})

test('[GA1, GA2] the worst of them costs less than an edit of its size that is allowed', () => {
  const allowed = walkMs(chained(100_000))
  const worst = Math.max(...bombs.map(({ update }) => walkMs(update)))
  process.stdout.write(
    `gate: worst bomb ${worst.toFixed(1)} ms, an edit of its size ${allowed.toFixed(1)} ms\n`,
  )
  // A walk that believes a count, or parses what it will refuse, is a hundred times as long.
  expect(worst).toBeLessThan(3 * allowed + 20)
})

test('[GA4] deletions of what does not exist yet are not stored: nobody’s next words are taken away', async () => {
  const all = await scene()
  for (const [clock, length] of [
    [17, 1_000],
    [17, 2 ** 31],
    [0, 2 ** 31],
    [2 ** 52, 1],
  ] as const)
    all.bad.reader.receive(encodeMessage({ type: 'update', update: deleting(1, clock, length) }))
  expect(all.bad.news().filter(({ type }) => type === 'error')).toHaveLength(4)
  await expectUnharmed(all)
  all.good.reader.receive(encodeMessage({ type: 'update', update: victim.write(', and more') }))
  await all.table.turn()
  expect((await all.table.sit()).content()).toBe('kept by everybody, and more')
})

test('[GA7, GA13] an item that goes on where its author has collected the clocks before breaks nobody who applies it', async () => {
  const all = await scene()
  const goesOn = new Writer(7).write('abcd')
  for (const type of ['update', 'answer'] as const) {
    const client = await all.table.sit()
    client.reader.receive(encodeMessage({ type: 'update', update: collected(7, 0, 2) }))
    client.reader.receive(encodeMessage({ type, update: goesOn }))
    await all.table.turn()
    expect(client.closed).toBeUndefined()
  }
  // By itself Yjs fails at it, whenever the document is opened.
  const plain = new Y.Doc()
  Y.applyUpdate(plain, collected(7, 0, 2))
  expect(() => Y.applyUpdate(plain, goesOn)).toThrow(TypeError)
  await expectUnharmed(all, 3)
})

test('[GA13, SY1] of what its author has sent in part before, the rest is stored, and all of it is there', async () => {
  const all = await scene()
  const author = new Writer(9)
  const first = author.write('a b')
  author.write('eginning, and an end')
  all.bad.reader.receive(encodeMessage({ type: 'update', update: first }))
  all.bad.reader.receive(encodeMessage({ type: 'update', update: Y.encodeStateAsUpdate(author.doc) }))
  await all.table.turn()
  const [, , rest] = all.table.log.durable('doc').entries
  expect(shapeOfUpdate(rest?.update ?? Uint8Array.of(), limits).structs).toEqual([
    { client: 9, from: 3, to: 23 },
  ])
  expect(all.good.content()).toContain('a beginning, and an end')
  expect((await all.table.sit()).content()).toBe(all.good.content())
})

test('[GA4, GA6] a thousand edits behind a gap leave nothing pending, and nothing stored', async () => {
  const all = await scene()
  const far = new Writer(9)
  far.write('the first one never comes')
  for (let each = 0; each < 1_000; each += 1)
    all.bad.reader.receive(encodeMessage({ type: 'update', update: far.write('x') }))
  await expectUnharmed(all)
})

test('[LG6, SY1] the same clock with other content changes nothing: who was first is kept', async () => {
  const all = await scene()
  all.bad.reader.receive(encodeMessage({ type: 'update', update: new Writer(1).write('not what I wrote.') }))
  await expectUnharmed(all)
})

test('[GA4] a clock that goes on behind the victim’s as if it had written there is not stored where there is a gap', async () => {
  const all = await scene()
  all.bad.reader.receive(encodeMessage({ type: 'update', update: collected(1, 1_000, 5) }))
  await expectUnharmed(all)
})

test('[GA7] what Yjs joins in quadratic time, or cannot join, is walked once and costs memory in proportion', async () => {
  for (const update of [chained(16_000), unmergeable(16_000)]) {
    const { table, bad } = await scene()
    bad.reader.receive(encodeMessage({ type: 'update', update }))
    await table.turn()
    expect(bad.closed).toBeUndefined()
    // Kept as the bytes that came, and not as objects.
    const stored = table.log.durable('doc').entries.at(-1)?.update ?? Uint8Array.of()
    expect(Buffer.compare(stored, update)).toBe(0)
  }
})

test('[GA2, GA7] 300,000 ranges of deletions in one update cost less than 8 MB, and in another order hardly more', () => {
  const count = 300_000
  const text = new Writer(5).write('x'.repeat(2 * count))
  const takenIn = (['forwards', 'backwards'] as const).map((order) => {
    const update = manyDeletes(5, count, order)
    // Both that a room holds: of what was taken in, and of what is durable.
    const take = (): readonly Known[] => {
      const known = [new Known(), new Known()]
      for (const each of known) each.add(shapeOfUpdate(text, limits))
      const shape = shapeOfUpdate(update, { ...limits, unsortedDeletes: count })
      for (const each of known)
        if (each.covers(shape) || each.lacks(shape)) throw new Error('It brings nothing')
      for (const each of known) each.add(shape)
      return known
    }
    const ms = costMs(() => void take())
    const before = process.memoryUsage()
    const [accepted] = take()
    const after = process.memoryUsage()
    const bytes = after.heapUsed - before.heapUsed + after.arrayBuffers - before.arrayBuffers
    process.stdout.write(
      `gate: ${count} ranges ${order} ${ms.toFixed(0)} ms, ${(bytes / 2 ** 20).toFixed(1)} MiB\n`,
    )
    return { ms, bytes, deletes: accepted?.encodeDeletes() }
  })
  const [forwards, backwards] = takenIn
  expect(forwards?.bytes).toBeLessThan(8 * 2 ** 20)
  expect(backwards?.ms).toBeLessThan(10 * (forwards?.ms ?? 0) + 200)
  expect(Buffer.compare(backwards?.deletes ?? Buffer.of(), manyDeletes(5, count, 'forwards'))).toBe(0)
})

test('[GA2] many of them that are not sorted, as no writer leaves them, are refused before they are put in order', async () => {
  const all = await scene()
  const update = manyDeletes(1, limits.unsortedDeletes + 1, 'backwards')
  all.bad.reader.receive(encodeMessage({ type: 'update', update }))
  expect(all.bad.closed).toBe('UPDATE_TOO_COMPLEX')
  await expectUnharmed(all)
})

test('[GA2] more than the allowed number of them is refused', async () => {
  for (const update of [chained(1_001), unmergeable(1_001)]) {
    const all = await scene({ updateItems: 1_000 })
    all.bad.reader.receive(encodeMessage({ type: 'update', update }))
    expect(all.bad.closed).toBe('UPDATE_TOO_COMPLEX')
    await expectUnharmed(all)
  }
})
