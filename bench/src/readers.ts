/** `pnpm bench:readers`: what one more idle reader costs the server, by its transport, all on one process. */
import { availableParallelism } from 'node:os'
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { IdleReader } from './readers/idle-reader.ts'
import type { ReaderKind, Whereabouts } from './readers/idle-reader.ts'
import { BenchServer } from './readers/server.ts'

const HELP = `pnpm bench:readers [--readers 2000] [--settle 5]

Starts the built server (pnpm build), lets so many idle readers follow one document over WebSocket, as many over HTTP
stream and as many over long-poll, one kind after the other on the same process, and prints

  the memory (resident set) that the server took for each reader of a kind, and the ratio of each kind to WebSocket
  the processor time that all of them take while nothing happens
  how long it takes until one edit has reached all of them

  --readers  readers of each kind
  --settle   seconds to wait before memory is looked at

Asserts no figure; ends with 1 when a reader is lost or does not hear of the edit. Linux only.
`

const KINDS: readonly ReaderKind[] = ['ws', 'stream', 'poll']
/** So many come at once: more would only wait in the queue of the kernel. */
const AT_ONCE = 100
const WARM_UP = 20
const PATIENCE_MS = 120_000

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    readers: { type: 'string', default: '2000' },
    settle: { type: 'string', default: '5' },
  },
})
const each = wholeNumber('readers', values.readers)
const settleMs = wholeNumber('settle', values.settle) * 1_000

function wholeNumber(name: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number > 0) return number
  process.stderr.write(`--${name} is a whole number above 0, not "${text}".\n`)
  process.exit(64)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`After ${PATIENCE_MS / 1_000} s still not so: ${what}.`)
    await after(20)
  }
}

async function arrive(kind: ReaderKind, count: number, where: Whereabouts): Promise<IdleReader[]> {
  const readers: IdleReader[] = []
  while (readers.length < count) {
    const some = Array.from(
      { length: Math.min(AT_ONCE, count - readers.length) },
      () => new IdleReader(kind, where),
    )
    readers.push(...some)
    // A poll says nothing until there is news; the others begin with hello.
    await until(`all ${kind} readers are there`, () =>
      some.every(({ isConnected, bytes }) => isConnected && (kind === 'poll' || bytes > 0)),
    )
  }
  // What is asked now is answered behind all of them.
  await whereabouts(where.documentId)
  return readers
}

async function whereabouts(documentId: string): Promise<Whereabouts> {
  const { hostname: host, port } = server.url
  const answer = await fetch(new URL(`/v1/yjs/docs/${documentId}`, server.url), {
    headers: { accept: 'application/vnd.cometpad.frames' },
  })
  await answer.arrayBuffer()
  const header = (name: string): string => answer.headers.get(name) ?? ''
  return {
    host,
    port: Number(port),
    documentId,
    generation: header('cometpad-generation'),
    position: header('cometpad-position'),
    presence: header('cometpad-presence'),
  }
}

/** One update that inserts a word, behind its length. */
const EDIT = Buffer.from('\x12\x01\x01\x01\x00\x04\x01\x04text\x05hello\x00', 'latin1')

async function measure(): Promise<void> {
  for (const kind of KINDS) {
    const warm = await arrive(kind, WARM_UP, await whereabouts('warm-up'))
    for (const reader of warm) reader.leave()
  }
  const where = await whereabouts('idle')
  const readers: IdleReader[] = []
  const costs = new Map<ReaderKind, number>()
  await after(settleMs)
  let before = await server.memoryBytes()
  say(`before: ${(before / 2 ** 20).toFixed(0)} MiB`)
  for (const kind of KINDS) {
    readers.push(...(await arrive(kind, each, where)))
    await after(settleMs)
    const now = await server.memoryBytes()
    const cost = (now - before) / each
    costs.set(kind, cost)
    before = now
    const ratio = cost / (costs.get('ws') ?? Number.NaN)
    say(
      `${kind.padEnd(6)}  ${(cost / 1024).toFixed(1).padStart(6)} KiB for each reader, ${ratio.toFixed(2)} × ws`,
    )
  }
  await hearNothing(readers)
  await hearOfAnEdit(readers)
}

async function hearNothing(readers: readonly IdleReader[]): Promise<void> {
  const [started, busy] = [performance.now(), await server.cpuMs()]
  await after(settleMs)
  const share = ((await server.cpuMs()) - busy) / (performance.now() - started)
  say(`idle: ${(share * 100).toFixed(1)} % of one core for all ${readers.length}`)
}

async function hearOfAnEdit(readers: readonly IdleReader[]): Promise<void> {
  for (const reader of readers) reader.stopAsking()
  const heard = readers.map(({ bytes }) => bytes)
  const started = performance.now()
  const answer = await fetch(new URL('/v1/yjs/docs/idle', server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: EDIT,
  })
  if (answer.status !== 204) throw new Error(`The edit was answered with ${answer.status}.`)
  await until('all have heard of the edit', () =>
    readers.every(({ bytes }, index) => bytes > (heard[index] ?? 0)),
  )
  say(`one edit has reached all ${readers.length} after ${Math.round(performance.now() - started)} ms`)
  for (const reader of readers) reader.leave()
}

if (values.help) {
  process.stdout.write(HELP)
  process.exit(0)
}
say(
  `${each} idle readers of each kind on one process; ${availableParallelism()} cores, Node ${process.version}`,
)
const server = await BenchServer.start()
try {
  await measure()
} finally {
  await server.stop()
}
