/**
 * Real messages, wounded: whatever of them is refused leaves log and document as they were, and what passes is an edit that
 * everybody can apply. TEST_FRAMES sets how many, TEST_SEED with which seed they begin.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isErrorCode, limits } from '@cometpad/shared'
import { SeededRandom } from '@cometpad/shared/testing'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { shapeOfUpdate } from '../../src/core/gate/update-shape.ts'
import { Table } from '../core/table.ts'
import type { Guest } from '../core/table.ts'
import { bombs, chained, unmergeable } from './bombs.ts'
import { capture, mutate } from './captured.ts'

const FRAMES = Number(process.env['TEST_FRAMES'] ?? 20_000)
const SEED = Number(process.env['TEST_SEED'] ?? 1)
/** One document takes so many, then another one is begun: what passed grows it. */
const PER_DOCUMENT = 1_000
const SHARE_OF_REAL = 0.02

interface Slowest {
  ms: number
  message: Uint8Array
}

test(
  `[GA7, GA8, ER4] ${FRAMES} real messages with wounds harm nobody but who sends them`,
  async () => {
    const seen = new Map<string, number>()
    const slowest: Slowest = { ms: 0, message: Uint8Array.of() }
    for (let from = 0; from < FRAMES; from += PER_DOCUMENT)
      await play(SEED * 1_000_003 + from, Math.min(PER_DOCUMENT, FRAMES - from), seen, slowest)
    process.stdout.write(
      `frames: ${JSON.stringify(Object.fromEntries(seen))}; longest ${slowest.ms.toFixed(1)} ms for ${slowest.message.length} bytes\n`,
    )
    // Runs in which nothing was stored, or nothing refused, would prove little.
    for (const outcome of ['stored', 'dropped', 'MALFORMED_MESSAGE', 'MALFORMED_UPDATE', 'gap'])
      expect(seen.get(outcome) ?? 0, outcome).toBeGreaterThan(FRAMES / 1_000)
    // Once more without the pauses of the machine: no single message holds the thread.
    expect(await leastMs(slowest.message)).toBeLessThan(50)
  },
  60_000 + FRAMES * 2,
)

async function play(
  seed: number,
  frames: number,
  seen: Map<string, number>,
  slowest: Slowest,
): Promise<void> {
  const random = new SeededRandom(seed)
  const messages = capture(seed % 50)
  const table = new Table()
  const stored = (): number => table.log.durable('doc').entries.length
  const good = await table.sit()
  let bad = await table.sit()
  const count = (outcome: string): void => void seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
  for (let frame = 0; frame < frames; frame += 1) {
    const real = messages[frame % messages.length] ?? random.pick(messages)
    // The real ones in their order keep the document growing, so that the wounded ones fit it.
    const message = random.next() < SHARE_OF_REAL || frame < 20 ? real : mutate(random, real, messages)
    const before = stored()
    const started = performance.now()
    bad.reader.receive(message)
    const ms = performance.now() - started
    if (ms > slowest.ms) Object.assign(slowest, { ms, message })
    // What is refused at once is in no commit.
    if (bad.closed === undefined) await table.turn()
    const gaps = bad.news().some((news) => news.type === 'error' && news.code === 'MISSING_DEPENDENCY')
    if (bad.closed !== undefined) {
      expect(isErrorCode(bad.closed)).toBe(true)
      expect(stored(), 'what is refused is not stored').toBe(before)
      count(bad.closed)
      bad = await table.sit({ position: before })
    } else if (gaps) {
      expect(stored(), 'what has a gap is not stored').toBe(before)
      count('gap')
    } else count(stored() > before ? 'stored' : 'dropped')
  }
  expect(table.reports.filter((report) => report.startsWith('failed'))).toEqual([])
  expect(good.closed).toBeUndefined()
  expectOneDocument(table, good)
}

/** What is stored can be applied in its order, leaves nothing pending, and is what the others have heard. */
function expectOneDocument(table: Table, good: Guest): void {
  const stored = new Y.Doc()
  for (const { update } of table.log.durable('doc').entries) Y.applyUpdate(stored, update)
  expect([stored.store.pendingStructs, stored.store.pendingDs]).toEqual([null, null])
  const heard = new Y.Doc()
  for (const message of good.heard)
    if (message.type === 'update' || message.type === 'answer') Y.applyUpdate(heard, message.update)
  expect(Y.encodeStateAsUpdate(heard)).toEqual(Y.encodeStateAsUpdate(stored))
}

async function leastMs(message: Uint8Array): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 10; round += 1) {
    const guest = await new Table().sit()
    const started = performance.now()
    guest.reader.receive(message)
    times.push(performance.now() - started)
  }
  return Math.min(...times)
}

test('[MS7, GA1] one message of the worst kind takes at most 8 MiB of memory beside its own bytes', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const fresh = new Map([
    ...bombs.map(({ what, update }) => [what, update] as const),
    ['a chain of values', chained(100_000)] as const,
    ['texts and objects in turn', unmergeable(29_000)] as const,
  ])
  let most = { what: '', bytes: 0 }
  for (const [what, update] of fresh) {
    // The middle of several: the compiler may take some meanwhile, and some may be collected.
    const bytes = [1, 2, 3, 4, 5].map(() => walked(update, collect)).toSorted((a, b) => a - b)[2] ?? Infinity
    if (bytes > most.bytes) most = { what, bytes }
  }
  process.stdout.write(
    `memory of one message: at most ${(most.bytes / 2 ** 20).toFixed(1)} MiB (${most.what})\n`,
  )
  expect(most.bytes).toBeLessThan(8 * 2 ** 20)
})

/** Memory that a walk has taken, what it let go of included unless it was collected meanwhile. */
function walked(update: Uint8Array, collect: () => void): number {
  collect()
  const before = process.memoryUsage().heapUsed
  try {
    shapeOfUpdate(update, limits)
  } catch {
    // Refused: what that has cost is asked for.
  }
  return process.memoryUsage().heapUsed - before
}
