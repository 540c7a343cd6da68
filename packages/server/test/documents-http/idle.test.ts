/** Thousands of readers that hold a request and say nothing: all of them hear of one edit. Prints what they cost. */
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FRAMES_TYPE, GENERATION_HEADER, PRESENCE_HEADER } from '@cometpad/shared'
import { expect, it } from 'vitest'
import { Writer } from '../core/table.ts'
import { ServerProcess } from '../server-process.ts'
import { get, post } from './asking.ts'

const EACH = Number(process.env['TEST_IDLE_READERS'] ?? 2_000)
const WAIT = { timeout: 120_000, interval: 50 }
const IDLE_MS = 3_000
/** So many come at once: more would only wait in the queue of the kernel. */
const AT_ONCE = 100

class IdleReader {
  readonly #socket: Socket
  bytes = 0

  constructor(port: number, headers: string) {
    this.#socket = connect(port, '127.0.0.1', () => this.#socket.write(headers))
    this.#socket.on('data', ({ length }) => (this.bytes += length)).on('error', () => undefined)
  }

  get isConnected(): boolean {
    return this.#socket.readyState === 'open'
  }

  leave(): void {
    this.#socket.destroy()
  }
}

it(`[HT2, HT3] ${EACH} streams and ${EACH} polls are held by one process, and hear of one edit`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cometpad-idle-'))
  const room = 4 * EACH
  const flags = ['--limits', `connectionsPerAddress=${room},requestsPerWindow=${room}`]
  const server = new ServerProcess(folder, { flags })
  const readers: IdleReader[] = []
  try {
    await server.start()
    const port = Number(new URL(server.url).port)
    const { headers } = await get(port).whole
    const common =
      `Host: pad.test\r\nAccept: ${FRAMES_TYPE}\r\nCometpad-Hold: 55000\r\n` +
      `${GENERATION_HEADER}: ${String(headers[GENERATION_HEADER])}\r\n${PRESENCE_HEADER}: ${String(headers[PRESENCE_HEADER])}\r\n\r\n`

    const figures: string[] = []
    for (const live of ['stream', 'long-poll']) {
      const before = await server.memoryBytes()
      const came = readers.length
      while (readers.length < came + EACH) {
        for (let n = 0; n < AT_ONCE && readers.length < came + EACH; n += 1)
          readers.push(new IdleReader(port, `GET /v1/yjs/docs/doc?live=${live} HTTP/1.1\r\n${common}`))
        await expect.poll(() => readers.every((reader) => reader.isConnected), WAIT).toBe(true)
      }
      // A request that is answered at once comes behind all of them.
      await get(port).whole
      const after = await server.memoryBytes()
      if (before !== undefined && after !== undefined)
        figures.push(`${live}: ${((after - before) / EACH / 1024).toFixed(1)} KiB each`)
    }
    await expect.poll(() => readers.slice(0, EACH).every(({ bytes }) => bytes > 0), WAIT).toBe(true)
    expect(readers.slice(EACH).filter(({ bytes }) => bytes > 0)).toEqual([])

    const busy = await server.cpuMs()
    await new Promise((resolve) => setTimeout(resolve, IDLE_MS))
    const spent = await server.cpuMs()
    if (busy !== undefined && spent !== undefined)
      figures.push(`idle: ${(((spent - busy) / IDLE_MS) * 100).toFixed(1)} % of one core`)

    const heard = readers.map(({ bytes }) => bytes)
    const written = performance.now()
    await post(port, [{ type: 'update', update: new Writer(1).write('x') }])
    const all = (): boolean => readers.every(({ bytes }, index) => bytes > (heard[index] ?? 0))
    await expect.poll(all, WAIT).toBe(true)
    figures.push(`one edit reached all in ${Math.round(performance.now() - written)} ms`)
    process.stdout.write(`${EACH} streams and ${EACH} polls: ${figures.join(', ')}\n`)
  } finally {
    for (const reader of readers) reader.leave()
    await server.stop()
    await rm(folder, { recursive: true })
  }
}, 300_000)
