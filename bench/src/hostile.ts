/** `pnpm bench:hostile`: what people in a room notice of bombs, and of readers who take nothing. */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { availableParallelism } from 'node:os'
import { setTimeout as after } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { BenchServer } from './readers/server.ts'

const HELP = `pnpm bench:hostile [--readers 100] [--stalled 1000] [--edits 100]

Starts the built server (pnpm build), lets readers follow one document over WebSocket while somebody edits it, and prints how
long an edit takes to reach them: alone, while twenty bombs arrive, and beside readers that take nothing; and the memory
(resident set) that these cost the server.

Asserts no figure; ends with 1 when a reader misses an edit. Linux only.
`
const PATIENCE_MS = 120_000
const BOMBS = 20
const AT_ONCE = 100
/** So much text for each edit beside readers that take nothing: enough to fill the buffers of the kernel in a while. */
const HEAVY = 60_000

const SIGN_MS = 20_000
/** Of a client, and so masked, here with zeros. */
const PONG = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', short: 'h', default: false },
    readers: { type: 'string', default: '100' },
    stalled: { type: 'string', default: '1000' },
    edits: { type: 'string', default: '100' },
  },
})

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** One that reads, and remembers when it last heard something. */
class Follower {
  bytes = 0
  heardAt = 0
  readonly socket: Socket

  constructor(url: URL, documentId: string) {
    this.socket = connect(Number(url.port), url.hostname, () => this.socket.write(upgrade(documentId)))
    this.socket.on('error', () => undefined)
    // An answer to whatever the server may have asked: who says nothing for a minute is taken for gone.
    setInterval(() => this.socket.write(PONG), SIGN_MS).unref()
    this.socket.on('data', (chunk) => {
      this.bytes += chunk.length
      this.heardAt = performance.now()
    })
  }
}

function upgrade(documentId: string): string {
  return `${[
    `GET /v1/ws/${documentId}?position=0 HTTP/1.1`,
    'Host: localhost',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==',
    'Sec-WebSocket-Protocol: cometpad.v1',
  ].join('\r\n')}\r\n\r\n`
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!isSo()) {
    if (performance.now() > end) throw new Error(`After ${PATIENCE_MS / 1_000} s still not so: ${what}.`)
    await after(2)
  }
}

function uint(value: number): number[] {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest]
    bytes.push((rest % 128) + 128)
  }
}

/** A Yjs update that puts a text at the beginning of the root "t". */
function edit(clock: number, length: number): Buffer {
  const head = [1, 1, ...uint(7), ...uint(clock), 4, 1, 1, 0x74, ...uint(length)]
  return Buffer.concat([Buffer.from(head), Buffer.alloc(length, 'x'), Buffer.from([0])])
}

async function post(url: URL, documentId: string, update: Buffer): Promise<void> {
  const answer = await fetch(new URL(`/v1/yjs/docs/${documentId}`, url), {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: Buffer.concat([Buffer.from(uint(update.length)), update]),
  })
  if (answer.status !== 204) throw new Error(`The edit was answered with ${answer.status}.`)
}

/** Each as one WebSocket message: client frames are masked, here with zeros. */
function messageOf(update: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from([0, 2, ...uint(update.length)]), update])
  const length = Buffer.alloc(8)
  length.writeBigUInt64BE(BigInt(body.length))
  return Buffer.concat([Buffer.from([0x82, 0xff]), length, Buffer.alloc(4), body])
}

function bombs(): Buffer[] {
  const deep = Buffer.concat([
    Buffer.from([1, 1, 5, 0, 8, 1, 1, 0x74, 1]),
    Buffer.alloc(400_000, Buffer.from([117, 1])),
    Buffer.from([126, 0]),
  ])
  const json = Buffer.from(`[${'{},'.repeat(300_000)}0]`)
  return [
    Buffer.from([1, 0xff, 0xff, 0xff, 0x0f, 1, 0]),
    Buffer.from([1, 1, 5, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0]),
    deep,
    Buffer.concat([Buffer.from([1, 1, 5, 0, 5, 1, 1, 0x74, ...uint(json.length)]), json, Buffer.from([0])]),
  ]
}

class Scene {
  readonly #url: URL
  readonly #documentId: string
  readonly #followers: Follower[] = []
  #clock = 0

  constructor(url: URL, documentId: string) {
    this.#url = url
    this.#documentId = documentId
  }

  async begin(readers: number): Promise<void> {
    await fetch(new URL(`/v1/yjs/docs/${this.#documentId}`, this.#url), { method: 'PUT' })
    for (let n = 0; n < readers; n += 1) this.#followers.push(new Follower(this.#url, this.#documentId))
    await until('all readers are there', () => this.#followers.every(({ bytes }) => bytes > 200))
  }

  async measure(what: string, edits: number, length = 5): Promise<void> {
    const times: number[] = []
    for (let n = 0; n < edits; n += 1) {
      const before = this.#followers.map(({ bytes }) => bytes)
      const started = performance.now()
      const posted = post(this.#url, this.#documentId, edit(this.#clock, length))
      this.#clock += length
      await until('all have the edit', () =>
        this.#followers.every(({ bytes }, index) => bytes >= (before[index] ?? 0) + length),
      )
      for (const { heardAt } of this.#followers) times.push(heardAt - started)
      await posted
      await after(5)
    }
    times.sort((one, other) => one - other)
    const at = (share: number): string => (times[Math.floor((times.length - 1) * share)] ?? 0).toFixed(1)
    say(`${what.padEnd(44)} p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`)
  }

  /** Who sends a bomb is sent away. */
  async bomb(): Promise<void> {
    const closed = Array.from({ length: BOMBS }, async (_, index) => {
      const message = messageOf(bombs()[index % bombs().length] ?? Buffer.alloc(0))
      const bad = new Follower(this.#url, this.#documentId)
      await until('the bomber is there', () => bad.bytes > 200)
      bad.socket.write(message)
      await until('the bomber is sent away', () => bad.socket.closed || bad.socket.readableEnded)
    })
    await Promise.all(closed)
  }

  async stall(count: number): Promise<Socket[]> {
    const sockets: Socket[] = []
    while (sockets.length < count) {
      const some = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, () => {
        const { port, hostname } = this.#url
        const socket = connect(Number(port), hostname, () => socket.write(upgrade(this.#documentId)))
        socket.pause()
        socket.on('error', () => undefined)
        return socket
      })
      sockets.push(...some)
      await until('they are there', () => some.every(({ readyState }) => readyState === 'open'))
    }
    return sockets
  }

  end(): void {
    for (const { socket } of this.#followers) socket.destroy()
  }
}

if (values.help) {
  process.stdout.write(HELP)
  process.exit(0)
}
const [readers, stalled, edits] = [Number(values.readers), Number(values.stalled), Number(values.edits)]
say(`${readers} readers, ${availableParallelism()} cores, Node ${process.version}`)
const server = await BenchServer.start()
try {
  const scene = new Scene(server.url, 'busy')
  await scene.begin(readers)
  await scene.measure('alone', edits)
  const bombing = scene.bomb()
  await scene.measure(`while ${BOMBS} bombs arrive`, edits)
  await bombing
  const empty = await server.memoryBytes()
  // The same text first: what it costs by itself is not put down to those who take nothing.
  await scene.measure('alone, with much text', edits, HEAVY)
  const before = await server.memoryBytes()
  const sockets = await scene.stall(stalled)
  await after(1_000)
  const idle = await server.memoryBytes()
  await scene.measure(`beside ${stalled} readers that take nothing`, edits, HEAVY)
  const now = await server.memoryBytes()
  const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(0)
  const text = mib(edits * HEAVY)
  say(
    `memory: ${mib(empty)} MiB, after ${text} MiB of text ${mib(before)} MiB, with them ${mib(idle)} MiB, after ${text} MiB more ${mib(now)} MiB`,
  )
  for (const socket of sockets) socket.destroy()
  scene.end()
} finally {
  await server.stop()
}
