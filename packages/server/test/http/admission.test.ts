// Who is let in: from one address, of one subject, in a while, and while the process is behind. And who never says all of what it
// began to say is cut, however many of these there are.
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { CLIENT_HEADER, FRAMES_TYPE, GENERATION_HEADER, encodeFrames, encodeMessage } from '@cometpad/shared'
import { afterEach, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { RealServer, codeIn } from '../real-server.ts'
import { SECRET, signedToken } from '../signed-token.ts'
import { Client } from '../websocket/client.ts'

const HALF_OPEN = 2_000
const frames = { accept: FRAMES_TYPE }
const stream = '/v1/yjs/docs/doc?live=stream'
const ends: (() => unknown)[] = []
let server: RealServer

async function start(...settings: Parameters<typeof RealServer.start>): Promise<void> {
  server = await RealServer.start(...settings)
  ends.push(() => server.close())
}

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

/** A request that is held, once its answer has begun. Gives what ends it. */
async function hold(headers: Readonly<Record<string, string>> = {}): Promise<() => void> {
  const leaving = new AbortController()
  const answer = await fetch(server.url + stream, {
    headers: { ...frames, ...headers },
    signal: leaving.signal,
  })
  expect(answer.status).toBe(200)
  ends.push(() => leaving.abort())
  return () => leaving.abort()
}

/** The code of the refusal; undefined: let in. */
async function refusal(headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const answer = await server.ask('/v1/yjs/docs/doc', { headers: { ...frames, ...headers } })
  return answer.status === 200 ? undefined : codeIn(answer)
}

describe('from one address', () => {
  it('[AD1] so many connections are open at the same time and no more, until one of them goes', async () => {
    await start({ limits: { connectionsPerAddress: 3 } })
    const client = new Client(`${server.url}/v1/ws/doc`)
    ends.push(() => client.leave())
    await client.hear('vector')
    const leave = await hold()
    await hold()
    expect(await refusal()).toBe('TOO_MANY_CONNECTIONS')
    // However the address is written.
    expect(codeIn(await server.ask('/%761/documents'))).toBe('TOO_MANY_CONNECTIONS')
    expect((await server.ask('/')).status).toBe(200)
    const upgrade = await server.askToUpgrade('/v1/ws/doc')
    expect([upgrade.status, codeIn(upgrade)]).toEqual([429, 'TOO_MANY_CONNECTIONS'])
    expect(upgrade.headers['retry-after']).toBe('1')
    leave()
    await expect.poll(() => refusal()).toBeUndefined()
    await client.leave()
    await hold()
    await expect.poll(() => refusal()).toBeUndefined()
  })

  it('[AD2, ER3] and who is too fast is told when the while is over', async () => {
    await start({ limits: { requestsPerWindow: 1, requestWindowMs: 100_000 } })
    expect(await refusal()).toBeUndefined()
    const { status, headers } = await server.ask('/v1/documents')
    expect(status).toBe(429)
    expect(Number(headers['retry-after'])).toBeGreaterThan(5)
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(100)
  })

  it('[AD2] so many requests come in a while and no more', async () => {
    await start({ limits: { requestsPerWindow: 5, requestWindowMs: 2_000 } })
    const answers = []
    for (let n = 0; n < 6; n += 1) answers.push(await refusal())
    expect(answers).toEqual([undefined, undefined, undefined, undefined, undefined, 'RATE_LIMITED'])
    expect((await server.askToUpgrade('/v1/ws/doc')).status).toBe(429)
    await expect.poll(() => refusal(), { interval: 500 }).toBeUndefined()
  })
})

describe('an address in X-Forwarded-For', () => {
  const from = (text: string): Readonly<Record<string, string>> => ({ 'x-forwarded-for': text })

  it('[AD3] is not believed when nobody says which proxy may tell', async () => {
    await start({ limits: { connectionsPerAddress: 1 } })
    await hold(from('198.51.100.1'))
    expect(await refusal(from('198.51.100.2'))).toBe('TOO_MANY_CONNECTIONS')
  })

  it('[AD3] is believed of a trusted proxy, which knows the last of them', async () => {
    await start({ trustProxy: ['loopback'], limits: { connectionsPerAddress: 1 } })
    await hold(from('198.51.100.1'))
    expect(await refusal(from('198.51.100.2'))).toBeUndefined()
    expect(await refusal(from('198.51.100.1'))).toBe('TOO_MANY_CONNECTIONS')
    // What stands before it comes from the client, who may write what it likes.
    expect(await refusal(from('198.51.100.99, 198.51.100.1'))).toBe('TOO_MANY_CONNECTIONS')
  })
})

describe('of one subject', () => {
  it('[AD4] so many connections are open at the same time, wherever they come from', async () => {
    await start({
      auth: 'token',
      tokenSecret: SECRET,
      trustProxy: ['loopback'],
      limits: { connectionsPerSubject: 2 },
    })
    const as = async (sub: string, address: string): Promise<Readonly<Record<string, string>>> => {
      const token = await signedToken({ sub, doc: '*', role: 'editor' })
      return { authorization: `Bearer ${token}`, 'x-forwarded-for': address }
    }
    const leave = await hold(await as('ada', '198.51.100.1'))
    await hold(await as('ada', '198.51.100.2'))
    expect(await refusal(await as('ada', '198.51.100.3'))).toBe('TOO_MANY_CONNECTIONS')
    for (const path of ['/v1/documents/doc', '/v1/content/doc', '/v1/access/doc', '/v1/links/doc'])
      expect(codeIn(await server.ask(path, { headers: await as('ada', '198.51.100.3') })), path).toBe(
        'TOO_MANY_CONNECTIONS',
      )
    expect(await refusal(await as('ben', '198.51.100.3'))).toBeUndefined()
    leave()
    const ada = await as('ada', '198.51.100.3')
    await expect.poll(() => refusal(ada)).toBeUndefined()
  })
})

describe('while the process is behind', () => {
  it('[AD5] nobody new is let in, who is in goes on, and supervisors are answered', async () => {
    // Far above what a loaded machine does by itself, and far below what comes now.
    await start({ limits: { loopDelayMs: 150 } })
    const first = await server.ask('/v1/yjs/docs/doc', { headers: frames })
    const generation = String(first.headers[GENERATION_HEADER])
    expect(generation).toMatch(/^[0-9a-f]{32}$/)
    const busy = setInterval(() => {
      const end = performance.now() + 600
      while (performance.now() < end);
    }, 1)
    ends.push(() => clearInterval(busy))
    await expect.poll(() => refusal()).toBe('OVERLOADED')
    expect((await server.askToUpgrade('/v1/ws/doc')).status).toBe(503)
    expect(await refusal({ [GENERATION_HEADER]: generation })).toBeUndefined()
    expect((await server.ask('/healthz')).status).toBe(200)
    clearInterval(busy)
    await expect.poll(() => refusal()).toBeUndefined()
  })
})

describe('requests that never end', () => {
  /** Says something, and then nothing more. */
  async function half(text: string): Promise<Socket> {
    const socket = connect(server.port, '127.0.0.1')
    socket.on('error', () => undefined).resume()
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.write(text)
    ends.push(() => socket.destroy())
    return socket
  }

  it(`[AD6] ${HALF_OPEN} of them are cut, and meanwhile everybody else is served`, async () => {
    await start({ limits: { headersMs: 3_000, requestMs: 4_000 } })
    const sockets: Socket[] = []
    for (let n = 0; n < HALF_OPEN; n += 100)
      sockets.push(
        ...(await Promise.all(
          Array.from({ length: 100 }, (_, index) =>
            half(
              index % 2 === 0
                ? 'GET /v1/yjs/docs/doc HTTP/1.1\r\nHost: pad.test\r\nX-Slow: '
                : `POST /v1/yjs/docs/doc HTTP/1.1\r\nHost: pad.test\r\nContent-Type: ${FRAMES_TYPE}\r\nContent-Length: 10\r\n\r\n12`,
            ),
          ),
        )),
      )
    expect(await refusal()).toBeUndefined()
    await expect.poll(() => sockets.filter(({ closed }) => !closed).length, { interval: 200 }).toBe(0)
    expect(await refusal()).toBeUndefined()
    await expect.poll(() => server.connections()).toBe(0)
  })
})

describe('a body on a slow line', () => {
  const slow = { headersMs: 1_000, requestMs: 1_000, slowestBytesPerSecond: 5 }
  const body = 'x'.repeat(200)
  const head = `PUT /v1/content/slow HTTP/1.1\r\nHost: pad.test\r\nContent-Type: text/plain\r\nContent-Length: ${body.length}\r\n`

  /** Says the pieces with a pause between them, and gives what was answered until the server closed. */
  async function dribble(pieces: readonly string[]): Promise<string> {
    const socket = connect(server.port, '127.0.0.1')
    ends.push(() => socket.destroy())
    let heard = ''
    socket.setEncoding('latin1').on('data', (text: string) => (heard += text))
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => undefined)
    for (const piece of pieces) {
      socket.write(piece)
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
    await closed
    return heard
  }

  it('[AD6] is waited for longer than for other requests, as long as it keeps coming', async () => {
    await start({ limits: slow })
    const heard = await dribble([`${head}Connection: close\r\n\r\n`, ...(body.match(/.{5}/g) ?? [])])
    expect(heard).toMatch(/^HTTP\/1\.1 201 /)
  })

  it('[AD6] is cut when it stops coming', async () => {
    await start({ limits: slow })
    expect(await dribble([`${head}\r\n`, 'xxxxx', 'xxxxx'])).toBe('')
    expect(await refusal()).toBeUndefined()
  })
})

describe('who says too much', () => {
  it('[AD7] is read more slowly, and nobody else is', async () => {
    await start({ limits: { messageBurst: 5, messagesPerSecond: 0.01 } })
    const [fast, other] = [new Client(`${server.url}/v1/ws/doc`), new Client(`${server.url}/v1/ws/doc`)]
    ends.push(
      () => fast.socket.terminate(),
      () => other.socket.terminate(),
    )
    await Promise.all([fast.hear('vector'), other.hear('vector')])
    for (const client of [fast, other])
      client.say({ type: 'vector', vector: Y.encodeStateVector(new Y.Doc()) })
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    for (let n = 0; n < 10; n += 1) doc.getText('t').insert(n, String(n))
    const seen = new Y.Doc()
    const text = (): string => {
      for (const message of other.heard.splice(0))
        if (message.type === 'update' || message.type === 'answer') Y.applyUpdate(seen, message.update)
      return seen.getText('t').toJSON()
    }
    // One at a time: what arrives in one piece is heard in one piece.
    for (const [n, update] of updates.slice(0, 5).entries()) {
      fast.say({ type: 'update', update })
      await expect.poll(text).toBe('0123456789'.slice(0, n + 1))
    }
    for (const update of updates.slice(5)) fast.say({ type: 'update', update })
    for (let n = 0; n < 3; n += 1) {
      other.say({ type: 'presenceQuery' })
      other.say({ type: 'vector', vector: Y.encodeStateVector(seen) })
      await other.hear('answer')
      expect(text()).toBe('01234')
    }
  })

  it('[AD7] over HTTP is told so, whatever key it draws itself, and nothing of that request is stored', async () => {
    await start({ limits: { messageBurst: 3, messagesPerSecond: 0.01 } })
    const doc = new Y.Doc()
    let comesBackIn: string | null = null
    const say = async (client: string): Promise<unknown> => {
      let update = new Uint8Array()
      doc.once('update', (made: Uint8Array) => (update = made.slice()))
      doc.getText('t').insert(doc.getText('t').length, 'x')
      const answer = await fetch(`${server.url}/v1/yjs/docs/doc`, {
        method: 'POST',
        headers: { 'content-type': FRAMES_TYPE, accept: FRAMES_TYPE, [CLIENT_HEADER]: client.repeat(16) },
        body: Buffer.from(encodeFrames([encodeMessage({ type: 'update', update })])),
      })
      comesBackIn = answer.headers.get('retry-after')
      return answer.status
    }
    expect([await say('a'), await say('b'), await say('c'), await say('d')]).toEqual([200, 200, 200, 200])
    expect(await say('e')).toBe(429)
    // It owes one message, which takes a hundred seconds.
    expect(Number(comesBackIn)).toBeGreaterThan(5)
    const reader = new Client(`${server.url}/v1/ws/doc`)
    ends.push(() => reader.leave())
    await reader.hear('vector')
    reader.say({ type: 'vector', vector: Y.encodeStateVector(new Y.Doc()) })
    const stored = new Y.Doc()
    await expect
      .poll(() => {
        for (const message of reader.heard.splice(0))
          if (message.type === 'update' || message.type === 'answer') Y.applyUpdate(stored, message.update)
        return stored.getText('t').toJSON()
      })
      .toBe('xxxx')
  })
})
