/** Readers that take nothing in a busy room: what they cost is bounded, their time is up at some point, and nobody else notices. */
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { FRAMES_TYPE, limits } from '@cometpad/shared'
import { afterEach, expect, test } from 'vitest'
import { RealServer } from '../real-server.ts'
import { Client } from '../websocket/client.ts'
import { Writer } from '../core/table.ts'

/** Of each kind. */
const STALLED = 8
const EDIT_BYTES = 60_000
/** The buffers of the kernel come first, and their size is its own affair. */
const MOST_EDITS = 400
const MORE_EDITS = 20
const BUFFER_BYTES = 64 * 1024

let server: RealServer | undefined
const ends: (() => void)[] = []

afterEach(async () => {
  for (const end of ends.splice(0)) end()
  await server?.close()
})

/** Reads nothing once it has asked, but for what the kernel takes. */
function stalled(request: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(server?.port ?? 0, '127.0.0.1')
    ends.push(() => socket.destroy())
    socket.on('error', reject)
    socket.on('connect', () => {
      socket.pause()
      socket.write(request)
      resolve(socket)
    })
  })
}

const REQUESTS = [
  [
    'GET /v1/ws/busy?position=0 HTTP/1.1',
    'Host: pad.test',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==',
    'Sec-WebSocket-Protocol: cometpad.v1',
  ],
  ['GET /v1/yjs/docs/busy?live=stream HTTP/1.1', 'Host: pad.test', `Accept: ${FRAMES_TYPE}`],
].map((lines) => `${lines.join('\r\n')}\r\n\r\n`)

/** What Node keeps for sockets: all bytes, and those of different buffers. It has no public name for its queue. */
function heldBy(sockets: Iterable<Socket>): { readonly all: number; readonly different: number } {
  let all = 0
  const different = new Map<ArrayBufferLike, number>()
  for (const socket of sockets) {
    const { buffered } = Reflect.get(socket, '_writableState') as { buffered: { chunk: unknown }[] }
    for (const { chunk } of buffered) {
      if (!(chunk instanceof Uint8Array)) continue
      all += chunk.length
      different.set(chunk.buffer, chunk.buffer.byteLength)
    }
  }
  return { all, different: [...different.values()].reduce((sum, bytes) => sum + bytes, 0) }
}

test('[RS9] hold no more than their buffer and one message each, are dropped in time, and keep nobody from writing', async () => {
  const running = await RealServer.start({
    limits: { readerBufferBytes: BUFFER_BYTES, stalledReaderMs: 4_000, byteBurst: 2 ** 30 },
  })
  server = running
  const accepted = new Set<Socket>()
  running.server.fastify.server.on('connection', (socket: Socket) => {
    accepted.add(socket)
    socket.on('close', () => accepted.delete(socket))
  })
  const [ana, ben] = [0, 1].map(() => new Client(`${running.url}/v1/ws/busy?position=0`, ['cometpad.v1']))
  if (ana === undefined || ben === undefined) throw new TypeError('Nobody is there')
  ends.push(
    () => ana.socket.terminate(),
    () => ben.socket.terminate(),
  )
  await Promise.all([ana.hear('hello'), ben.hear('hello')])
  for (const request of REQUESTS) for (let n = 0; n < STALLED; n += 1) await stalled(request)
  await expect.poll(() => accepted.size).toBe(2 + 2 * STALLED)

  const writer = new Writer(1)
  let [edits, most, last] = [0, 0, MOST_EDITS]
  let held = { all: 0, different: 0 }
  for (; edits < last; edits += 1) {
    ana.say({ type: 'update', update: writer.write('x'.repeat(EDIT_BYTES)) })
    // Nobody else waits for them: each edit is durable, and has come to the other one, before the next is made.
    await expect
      .poll(() => ben.heard.filter(({ type }) => type === 'update').length, { interval: 5 })
      .toBe(edits + 1)
    for (const { writableLength } of accepted) most = Math.max(most, writableLength)
    const now = heldBy(accepted)
    if (now.all > held.all) held = now
    if (most > BUFFER_BYTES) last = Math.min(last, edits + MORE_EDITS)
  }
  const mib = (edits * EDIT_BYTES) / 2 ** 20
  process.stdout.write(
    `stalled: ${2 * STALLED} readers of ${mib.toFixed(1)} MiB, at most ${(most / 1024).toFixed(0)} KiB held for one, ${(held.all / 1024).toFixed(0)} KiB for all in ${(held.different / 1024).toFixed(0)} KiB\n`,
  )
  // Where nobody was held back nothing was proved.
  expect(most).toBeGreaterThan(BUFFER_BYTES)
  expect(most).toBeLessThan(BUFFER_BYTES + limits.messageBytes)
  // Readers of one kind hold the same bytes together: a thousand cost hardly more memory than one.
  expect(held.all).toBeGreaterThan(STALLED * BUFFER_BYTES)
  expect(held.different).toBeLessThan((3 * held.all) / STALLED)
  await expect.poll(() => accepted.size, { interval: 200 }).toBe(2)
  expect(await Promise.race([ben.closed, Promise.resolve('open')])).toBe('open')
  await expect.poll(() => ana.heard.filter(({ type }) => type === 'saved').length).toBeGreaterThan(0)
})
