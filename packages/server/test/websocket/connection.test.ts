import { once } from 'node:events'
import { SUBPROTOCOL, limits as defaults } from '@cometpad/shared'
import type { ErrorCode, Limits } from '@cometpad/shared'
import { FakeClock } from '@cometpad/shared/testing'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { JoinRequest, ReaderHandle, RoomsPort, Sink } from '../../src/core/ports.ts'
import { registerWebSocket } from '../../src/transports/websocket.ts'

/** A reader that writes down what the transport tells it. */
class Listener implements ReaderHandle {
  readonly request: JoinRequest
  readonly received: Uint8Array[] = []
  readonly events: string[] = []
  readonly progress = undefined
  readonly isSettled = false

  constructor(request: JoinRequest) {
    this.request = request
  }

  get sink(): Sink {
    return this.request.sink
  }

  receive(message: Uint8Array): void {
    this.received.push(message)
    this.events.push('receive')
  }

  refuse(code: ErrorCode): void {
    this.events.push(`refuse ${code}`)
    this.sink.close(code)
  }

  resume(): void {
    this.events.push('resume')
  }

  tick(): void {
    this.events.push('tick')
  }

  leave(): void {
    this.events.push('leave')
  }
}

class RoomsDouble implements RoomsPort {
  readonly size = { rooms: 0, readers: 0 }
  readonly readers: Listener[] = []
  beats = 0
  /** Called inside of `join`, before it returns. */
  joining: (request: JoinRequest) => void = () => undefined

  join(request: JoinRequest): ReaderHandle {
    this.joining(request)
    const reader = new Listener(request)
    this.readers.push(reader)
    return reader
  }

  beat(): void {
    this.beats += 1
  }

  async create(): Promise<never> {
    throw new TypeError('Nobody makes a document over a WebSocket')
  }
  async setTitle(): Promise<void> {}
  async delete(): Promise<void> {}
  async drain(): Promise<void> {}
}

interface Table {
  readonly app: FastifyInstance
  readonly rooms: RoomsDouble
  readonly clock: FakeClock
  readonly url: string
}

const undo: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const run of undo.splice(0).toReversed()) await run()
})

async function table(over: Partial<Limits> = {}): Promise<Table> {
  const app = fastify({ forceCloseConnections: true })
  const rooms = new RoomsDouble()
  const clock = new FakeClock()
  await registerWebSocket(app, {
    rooms,
    clock,
    limits: { ...defaults, ...over },
    authorize: async () => ({ subject: 'somebody', role: 'viewer' }),
    sourceOf: () => 'somebody',
  })
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  undo.push(() => app.close())
  return { app, rooms, clock, url: url.replace('http', 'ws') }
}

/** An open client and the reader it has got. */
async function connected(
  { rooms, url }: Table,
  { path = '/v1/ws/doc', protocols = [SUBPROTOCOL] }: { path?: string; protocols?: string[] } = {},
): Promise<{ client: WebSocket; reader: Listener }> {
  const client = new WebSocket(url + path, protocols, { perMessageDeflate: false })
  client.on('error', () => undefined)
  undo.push(async () => client.terminate())
  await once(client, 'open')
  await expect.poll(() => rooms.readers.length).toBeGreaterThan(0)
  const reader = rooms.readers.at(-1)
  if (reader === undefined) throw new TypeError('Nobody has joined')
  return { client, reader }
}

/** What lies under a client: tests stop its reading, as a frozen page does. */
function tcpOf(client: WebSocket): { pause: () => void; resume: () => void } {
  return (client as unknown as { _socket: { pause: () => void; resume: () => void } })._socket
}

describe('a connection joins its room', () => {
  it('[RS1, RS4] with what stood in its address, the rights it was given, and its dialect', async () => {
    const here = await table()
    const path = '/v1/ws/a/b%7Ec?position=0012&generation=abc&token=secret'
    const { reader } = await connected(here, { path })
    expect(reader.request).toMatchObject({
      documentId: 'a/b~c',
      position: 12,
      generation: 'abc',
      grant: { subject: 'somebody', role: 'viewer' },
    })
    expect(reader.sink.dialect).toBe('cometpad')
  })

  it('[RS3] without a position when none is given', async () => {
    const { reader } = await connected(await table(), { protocols: [] })
    expect(reader.request.position).toBeUndefined()
    expect(reader.request.generation).toBeUndefined()
    expect(reader.sink.dialect).toBe('yjs')
  })

  it('and hears what the room says while it joins, before anything else', async () => {
    const here = await table()
    here.rooms.joining = ({ sink }) => sink.write(sink.format.frame([Uint8Array.of(1, 2, 3)]), 'content')
    const client = new WebSocket(`${here.url}/v1/ws/doc`)
    undo.push(async () => client.terminate())
    const [data] = (await once(client, 'message')) as [Buffer]
    expect(Array.from(data)).toEqual([1, 2, 3])
  })

  it('and is closed at once when the room refuses it', async () => {
    const here = await table()
    here.rooms.joining = ({ sink }) => sink.close('OVERLOADED')
    const client = new WebSocket(`${here.url}/v1/ws/doc`)
    const [code, reason] = (await once(client, 'close')) as [number, Buffer]
    expect([code, reason.toString()]).toEqual([4505, 'OVERLOADED'])
  })
})

describe('messages', () => {
  it('sent right behind the upgrade are not lost', async () => {
    const here = await table()
    const client = new WebSocket(`${here.url}/v1/ws/doc`)
    undo.push(async () => client.terminate())
    client.on('open', () => {
      for (let n = 0; n < 5; n += 1) client.send(Uint8Array.of(n))
    })
    await expect.poll(() => here.rooms.readers[0]?.received.map(([first]) => first)).toEqual([0, 1, 2, 3, 4])
  })

  it('are given as bytes of their own, that a later message does not change', async () => {
    const here = await table()
    const { client, reader } = await connected(here)
    for (let n = 0; n < 20; n += 1) client.send(new Uint8Array(100).fill(n))
    await expect.poll(() => reader.received.length).toBe(20)
    for (const [n, message] of reader.received.entries()) {
      expect(message.buffer.byteLength).toBe(100)
      expect(new Set(message)).toEqual(new Set([n]))
    }
  })

  it('of nothing are messages', async () => {
    const { client, reader } = await connected(await table())
    client.send(new Uint8Array(0))
    await expect.poll(() => reader.received.length).toBe(1)
  })
})

describe('writing', () => {
  it('[RS9] is not possible while the client takes nothing, and goes on when it does', async () => {
    const here = await table({ readerBufferBytes: 100_000 })
    const { client, reader } = await connected(here)
    let heard = 0
    client.on('message', (data: Buffer) => (heard += data.length))
    tcpOf(client).pause()
    const frames = reader.sink.format.frame([new Uint8Array(50_000)])
    let writes = 0
    // The buffers of the kernel come first, and their size is its own affair; they end below 64 MiB.
    for (; reader.sink.writable && writes < 1_300; writes += 1) {
      reader.sink.write(frames, 'content')
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(reader.sink.writable).toBe(false)
    expect(reader.events).not.toContain('resume')
    tcpOf(client).resume()
    await expect.poll(() => reader.events).toContain('resume')
    expect(reader.sink.writable).toBe(true)
    await expect.poll(() => heard).toBe(writes * 50_000)
  })

  it('does nothing once the connection is closing, and closing it twice does nothing more', async () => {
    const { client, reader } = await connected(await table())
    const heard: Buffer[] = []
    client.on('message', (data: Buffer) => heard.push(data))
    const frame = reader.sink.format.frame([Uint8Array.of(7)])
    reader.sink.write(frame, 'content')
    reader.sink.close('SLOW_READER')
    reader.sink.write(frame, 'content')
    reader.sink.close('INTERNAL_ERROR')
    const [code] = (await once(client, 'close')) as [number]
    expect(code).toBe(4508)
    expect(heard).toHaveLength(1)
    reader.sink.write(frame, 'content')
    await expect.poll(() => reader.events).toContain('leave')
  })

  it('does nothing after the goodbye of the client', async () => {
    const { client, reader } = await connected(await table())
    const heard: Buffer[] = []
    client.on('message', (data: Buffer) => heard.push(data))
    client.close(1000)
    await expect.poll(() => reader.events).toEqual(['leave'])
    reader.sink.write(reader.sink.format.frame([Uint8Array.of(7)]), 'content')
    reader.sink.close('DRAINING')
    await new Promise((resolve) => setImmediate(resolve))
    expect(heard).toEqual([])
  })
})

describe('a client that is gone', () => {
  it('[PR3] leaves, whether it said goodbye or not, and once', async () => {
    const here = await table()
    for (const end of ['close', 'terminate'] as const) {
      const { client, reader } = await connected(here)
      client[end]()
      await expect.poll(() => reader.events).toEqual(['leave'])
    }
  })

  it('[CN8] is asked for a sign of life when it is quiet, and stays while it gives one', async () => {
    const here = await table()
    const { client, reader } = await connected(here)
    let pings = 0
    client.on('ping', () => (pings += 1))
    here.clock.advance(defaults.heartbeatMs - 1_000)
    expect(pings).toBe(0)
    for (let round = 1; round <= 6; round += 1) {
      here.clock.advance(defaults.heartbeatMs)
      await expect.poll(() => pings).toBe(round)
      // Its answer is on the way; the next round begins when it has come.
      const pong = once(client, 'pong')
      client.ping()
      await pong
    }
    expect(reader.events).toEqual([])
    expect(client.readyState).toBe(WebSocket.OPEN)
  })

  it('is not asked while it speaks', async () => {
    const here = await table()
    const { client, reader } = await connected(here)
    let pings = 0
    client.on('ping', () => (pings += 1))
    for (let n = 1; n <= 5; n += 1) {
      here.clock.advance(defaults.heartbeatMs - 2_000)
      client.send(Uint8Array.of(1))
      await expect.poll(() => reader.received.length).toBe(n)
    }
    expect(pings).toBe(0)
  })

  it('[CN8] is cut when nothing was heard from it for long, and not before', async () => {
    const here = await table()
    const { client, reader } = await connected(here)
    tcpOf(client).pause()
    here.clock.advance(defaults.silentConnectionMs - 1_000)
    await new Promise((resolve) => setImmediate(resolve))
    expect(reader.events).toEqual([])
    here.clock.advance(1_000)
    await expect.poll(() => reader.events).toEqual(['leave'])
  })
})

describe('the wheel', () => {
  it('[CN7] beats once a second for all rooms, and stops with the server', async () => {
    const { app, rooms, clock } = await table()
    clock.advance(10_000)
    expect(rooms.beats).toBe(10)
    await app.close()
    clock.advance(10_000)
    expect(rooms.beats).toBe(10)
    expect(clock.timers).toBe(0)
  })
})

describe('the end of the server', () => {
  it('[CN9] closes whom the rooms have not closed', async () => {
    const here = await table()
    const { client } = await connected(here)
    const closed = once(client, 'close')
    await here.app.close()
    expect((await closed)[0]).toBe(1012)
  })

  it('waits for no client that does not answer its goodbye', async () => {
    const here = await table({ goodbyeMs: 100 })
    const { client, reader } = await connected(here)
    tcpOf(client).pause()
    await here.app.close()
    await expect.poll(() => reader.events).toEqual(['refuse DRAINING', 'leave'])
  })
})
