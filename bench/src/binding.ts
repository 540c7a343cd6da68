/** `pnpm bench:binding`: our binding beside the stock one and beside an editor alone, in one run, as ratios with bounds. */
import * as Y from 'yjs'
import { alone, own, stock } from './binding/contenders.ts'
import type { Contender, Opened } from './binding/contenders.ts'
import { EDITS, edit, fill, middleOf } from './binding/edits.ts'

const PARAGRAPHS = 5_000
const OPENINGS = 7
const SAMPLES = 25

let crossed = 0

/** Says a ratio, and whether it is within its bound. */
function report(what: string, value: number, other: number, than: string, most: number, unit: string): void {
  const ratio = value / other
  const isWithin = ratio <= most
  if (!isWithin) crossed += 1
  const figures = `${value.toFixed(1)} ${unit}, ${than} ${other.toFixed(1)} ${unit}`
  say(
    `${isWithin ? 'holds ' : 'FAILS '} ${what}: ${ratio.toFixed(2)} of ${most.toFixed(1)} × ${than} (${figures})`,
  )
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Milliseconds of the processor: what others do on the machine does not count. */
function timed(act: () => void): number {
  const started = process.cpuUsage()
  act()
  const { user, system } = process.cpuUsage(started)
  return (user + system) / 1_000
}

/** The document that this binding makes of so many paragraphs. */
function written(contender: Contender, paragraphs: number): Uint8Array {
  const opened = contender.open(null)
  fill(opened, paragraphs)
  return Y.encodeStateAsUpdate(opened.doc)
}

function measureBytes(): void {
  report('bytes of one paragraph', written(own, 1).length, written(stock, 1).length, 'V2', 0.6, 'B')
  const [ours, theirs] = [own, stock].map((one) => written(one, 1_000).length / 1_000)
  report('bytes of each of 1,000', ours ?? 0, theirs ?? 0, 'V2', 0.6, 'B')
}

function measureOpening(documents: ReadonlyMap<Contender, Uint8Array>): void {
  const times = new Map<Contender, number[]>([own, stock].map((one) => [one, []]))
  // In turn, so that a busy machine is busy for both; the first round warms up.
  for (let round = 0; round <= OPENINGS; round++) {
    for (const [one, list] of times) {
      const ms = timed(() => one.open(documents.get(one) ?? null).editor.dispose())
      if (round > 0) list.push(ms)
    }
  }
  report('opening', median(times.get(own) ?? []), median(times.get(stock) ?? []), 'V2', 0.7, 'ms')
}

function measureKeys(open: ReadonlyMap<Contender, Opened>): void {
  const times = new Map<Contender, number[]>()
  for (let sample = -5; sample < SAMPLES; sample++) {
    for (const [one, opened] of open) {
      const key = middleOf(opened)
      const ms = timed(() => edit(opened, key, EDITS.character))
      if (sample >= 0) times.set(one, [...(times.get(one) ?? []), ms])
    }
  }
  const [ours, theirs, none] = [own, stock, alone].map((one) => median(times.get(one) ?? []))
  report('a key', ours ?? 0, theirs ?? 0, 'V2', 0.7, 'ms')
  report('a key', ours ?? 0, none ?? 0, 'alone', 1.5, 'ms')
}

function measureRemote(
  documents: ReadonlyMap<Contender, Uint8Array>,
  readers: ReadonlyMap<Contender, Opened>,
): void {
  const writers = new Map([own, stock].map((one) => [one, one.open(documents.get(one) ?? null)]))
  for (const [one, writer] of writers) readers.get(one)?.receive(Y.encodeStateAsUpdate(writer.doc))
  for (const [name, change] of Object.entries(EDITS)) {
    const times = new Map<Contender, number[]>()
    for (let sample = -3; sample < SAMPLES; sample++) {
      for (const [one, writer] of writers) {
        const reader = readers.get(one)
        if (reader === undefined) continue
        const updates: Uint8Array[] = []
        const note = (update: Uint8Array): void => void updates.push(update)
        writer.doc.on('update', note)
        edit(writer, middleOf(writer), change)
        writer.doc.off('update', note)
        const ms = timed(() => updates.forEach(reader.receive))
        if (sample >= 0) times.set(one, [...(times.get(one) ?? []), ms])
      }
    }
    report(
      `a ${name} of somebody else`,
      median(times.get(own) ?? []),
      median(times.get(stock) ?? []),
      'V2',
      1,
      'ms',
    )
  }
}

say(`Documents of ${PARAGRAPHS} paragraphs; medians. Node ${process.version}`)
measureBytes()
const documents = new Map([own, stock].map((one) => [one, written(one, PARAGRAPHS)]))
measureOpening(documents)
const readers = new Map([own, stock].map((one) => [one, one.open(documents.get(one) ?? null)]))
const lonely = alone.open(null)
fill(lonely, PARAGRAPHS)
measureKeys(new Map([...readers, [alone, lonely]]))
const fresh = new Map([own, stock].map((one) => [one, one.open(documents.get(one) ?? null)]))
measureRemote(documents, fresh)
process.exitCode = crossed === 0 ? 0 : 1
