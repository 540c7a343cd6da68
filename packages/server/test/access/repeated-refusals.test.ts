/** That whoever brings again and again what is refused is sent away for a while, over every wire, and nobody for good. */
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import type { TransportName } from '@cometpad/provider'
import { SUBPROTOCOL, documentPath, encodeFrames, errorTable } from '@cometpad/shared'
import type { Limits, Message, Role } from '@cometpad/shared'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { Writer } from '../core/table.ts'
import { post } from '../documents-http/asking.ts'
import { RealServer } from '../real-server.ts'
import { SECRET, signedToken } from '../signed-token.ts'
import { Client } from '../websocket/client.ts'

const WAIT = { timeout: 60_000, interval: 20 }
// Longer than the slowest machine takes for what is to be refused within it.
const WINDOW_MS = 100_000
const ways: TransportName[] = ['ws', 'stream', 'poll']
let server: RealServer
/** Forgets soon. */
let lenient: RealServer

function start(limits: Partial<Limits>): Promise<RealServer> {
  return RealServer.start({ auth: 'token', tokenSecret: SECRET, limits })
}

beforeAll(async () => {
  server = await start({ refusedUpdates: 3, refusalWindowMs: WINDOW_MS })
  lenient = await start({ refusedUpdates: 1, refusalWindowMs: 2_000 })
})

afterAll(async () => {
  await server.close()
  await lenient.close()
})

function tokenOf(sub: string, role: Role): Promise<string> {
  return signedToken({ sub, doc: '*', role })
}

async function bearer(sub: string, role: Role): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await tokenOf(sub, role)}` }
}

async function socketOf(sub: string, role: Role, documentId = 'doc'): Promise<Client> {
  const encoded = Buffer.from(await tokenOf(sub, role)).toString('base64url')
  const path = `/v1/ws/${documentId}?position=0`
  const client = new Client(server.url + path, [SUBPROTOCOL, `bearer.${encoded}`])
  await client.hear('hello')
  return client
}

async function make(documentId: string, { port } = server): Promise<void> {
  const headers = await bearer('ada', 'editor')
  const update = new Writer(1).write('text')
  expect((await post(port, [{ type: 'update', update }], { documentId, headers })).status).toBe(200)
}

/** Edits that are good but for the right to make them. */
function edits(count: number): Message[] {
  const writer = new Writer(Math.floor(Math.random() * 2 ** 31))
  return Array.from({ length: count }, () => ({ type: 'update', update: writer.write('x') }))
}

describe('who brings what is refused again and again', () => {
  it('[GA14] is closed over a WebSocket, told when to come back, and others are not', async () => {
    await make('doc')
    const [eve, bob] = [await socketOf('eve', 'viewer'), await socketOf('bob', 'viewer')]
    for (const message of edits(4)) eve.say(message)
    expect((await eve.closed).code).toBe(errorTable.RATE_LIMITED.close)
    expect(eve.heard.filter(({ type }) => type === 'saved')).toEqual([])
    const codes = eve.heard.flatMap((message) => (message.type === 'error' ? [message.code] : []))
    expect(codes).toEqual(['READ_ONLY', 'READ_ONLY', 'READ_ONLY', 'READ_ONLY', 'RATE_LIMITED'])
    const { delayMs } = await eve.hear('drain')
    expect(delayMs).toBeGreaterThan(0)
    expect(delayMs).toBeLessThanOrEqual(WINDOW_MS)
    for (const message of edits(3)) bob.say(message)
    bob.say({ type: 'vector', vector: Uint8Array.of(0) })
    await bob.hear('answer')
    await bob.leave()
  })

  it('[GA14] finds the same over HTTP and another connection, in frames and as a durable stream', async () => {
    await make('doc')
    const headers = await bearer('kim', 'viewer')
    const said = await post(server.port, edits(3), { documentId: 'doc', headers })
    expect(said.messages.map(({ type }) => type)).toEqual(['error', 'error', 'error'])
    const socket = await socketOf('kim', 'viewer')
    for (const message of edits(1)) socket.say(message)
    expect((await socket.closed).code).toBe(errorTable.RATE_LIMITED.close)
    const refused = await post(server.port, edits(1), { documentId: 'doc', headers })
    expect([refused.status, refused.code]).toEqual([429, 'RATE_LIMITED'])
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(WINDOW_MS / 1_000)
    const durable = await server.server.fastify.inject({
      method: 'POST',
      url: documentPath('doc'),
      headers: { ...headers, 'content-type': 'application/octet-stream' },
      payload: Buffer.from(encodeFrames([new Writer(7).write('x')])),
    })
    expect([durable.statusCode, durable.json<{ error: { code: string } }>().error.code]).toEqual([
      429,
      'RATE_LIMITED',
    ])
  })

  it('[GA14] has what is not refused taken in as ever', async () => {
    const documentId = 'good'
    await make(documentId)
    const lee = await socketOf('lee', 'editor', documentId)
    const late = new Writer(9)
    late.write('missing')
    for (let n = 0; n < 3; n += 1) lee.say({ type: 'update', update: late.write('x') })
    lee.say({ type: 'answer', update: Y.encodeStateAsUpdate(late.doc) })
    expect((await lee.hear('saved')).count).toBe(4)
    await lee.leave()
  })
})

describe.each(ways)('over %s', (way) => {
  it('[GA14, RV7] a person comes back by themselves, keeps what was refused, and has it stored once they may', async () => {
    const documentId = `patient-${way}`
    const sub = `eve-${way}`
    await make(documentId, lenient)
    const doc = new Y.Doc()
    const errors: string[] = []
    const provider = new CometpadProvider({
      server: lenient.url,
      documentId,
      doc,
      transport: way,
      environment: browserEnvironment(WebSocket),
      token: await tokenOf(sub, 'viewer'),
    })
    try {
      provider.on('error', ({ code }) => errors.push(code))
      await expect.poll(() => provider.synced, WAIT).toBe(true)
      for (const letter of 'refused') {
        doc.getText('text').insert(0, letter)
        // Each an update of its own.
        await new Promise((resolve) => setImmediate(resolve))
      }
      await expect.poll(() => errors, WAIT).toContain('RATE_LIMITED')
      expect(doc.getText('text').toJSON()).toBe('desufer')
      expect([provider.stopCode, provider.saved]).toEqual([undefined, false])
      await lenient.ask(`/v1/access/${documentId}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', ...(await bearer('owner', 'owner')) },
        body: JSON.stringify({ subject: sub, role: 'editor' }),
      })
      await expect.poll(() => provider.saved, WAIT).toBe(true)
    } finally {
      provider.destroy()
      doc.destroy()
    }
  })
})
