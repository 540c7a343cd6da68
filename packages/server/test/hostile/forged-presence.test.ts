/** Nobody speaks for another person, or removes them: over every wire, with whatever clock. */
import { FRAMES_TYPE, documentPath, encodeFrames, encodeMessage } from '@cometpad/shared'
import type { Message } from '@cometpad/shared'
import * as encoding from 'lib0/encoding'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Awareness, applyAwarenessUpdate } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { RealServer } from '../real-server.ts'
import { SECRET, signedToken } from '../signed-token.ts'
import { Client } from '../websocket/client.ts'

const VICTIM = 7
let server: RealServer
const clients: Client[] = []

beforeAll(async () => {
  server = await RealServer.start({ auth: 'token', tokenSecret: SECRET })
})

afterAll(async () => {
  for (const client of clients) client.socket.terminate()
  await server.close()
})

function said(clock: number, state: string, ...more: readonly number[]): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, 1 + more.length)
    for (const client of [VICTIM, ...more]) {
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, clock)
      encoding.writeVarString(encoder, state)
    }
  })
}

async function join(subject: string, documentId: string): Promise<Client> {
  const token = await signedToken({ sub: subject, name: subject, doc: documentId, role: 'viewer' })
  const bearer = `bearer.${Buffer.from(token).toString('base64url')}`
  const client = new Client(`${server.url}/v1/ws/${documentId}?position=0`, ['cometpad.v1', bearer])
  clients.push(client)
  await client.hear('hello')
  return client
}

/** Whom somebody sees who has heard this. */
function seenBy({ heard }: Client): string[] {
  const awareness = new Awareness(new Y.Doc())
  awareness.setLocalState(null)
  for (const message of heard)
    if (message.type === 'presence') applyAwarenessUpdate(awareness, message.presence, 'test')
  const states = Array.from(
    awareness.getStates().values(),
    (state) => (state as { user?: { name: string } }).user?.name ?? '',
  )
  awareness.destroy()
  return states
}

const forgeries: readonly (readonly [string, Uint8Array])[] = [
  ['gone, at the same clock', said(5, 'null')],
  ['gone, at a later clock', said(6, 'null')],
  ['gone, at the last clock there is', said(2 ** 53 - 1, 'null')],
  ['another state at the same clock', said(5, '{"user":{"name":"Mallory"}}')],
  ['another state at an earlier clock', said(4, '{"user":{"name":"Mallory"}}')],
  ['another state at a later clock', said(6, '{"user":{"name":"Mallory"}}')],
  ['another state at the last clock there is', said(2 ** 53 - 1, '{"user":{"name":"Mallory"}}')],
  ['among others', said(9, '{"user":{"name":"Mallory"}}', 8)],
]

type Say = (documentId: string, presence: Uint8Array) => Promise<unknown>

async function post(documentId: string, path: string, type: string, body: Uint8Array): Promise<void> {
  const token = await signedToken({ sub: 'Mallory', name: 'Mallory', doc: documentId, role: 'editor' })
  const answer = await fetch(server.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': type,
      accept: type,
      'cometpad-client': 'mallorymallorymallory',
    },
    body: Buffer.from(body),
  })
  expect(answer.status).toBeLessThan(300)
}

const wires: Readonly<Record<string, Say>> = {
  'a WebSocket': async (documentId, presence) => {
    const mallory = await join('Mallory', documentId)
    mallory.say({ type: 'presence', presence } satisfies Message)
    // What comes behind it was heard behind it.
    mallory.say({ type: 'presenceQuery' })
    await mallory.hear('presence')
    await mallory.leave()
  },
  'HTTP in frames': (documentId, presence) =>
    post(
      documentId,
      documentPath(documentId),
      FRAMES_TYPE,
      encodeFrames([encodeMessage({ type: 'presence', presence })]),
    ),
  'a durable stream': (documentId, presence) =>
    post(
      documentId,
      `${documentPath(documentId)}?awareness=default`,
      'application/octet-stream',
      encoding.encode((encoder) => encoding.writeVarUint8Array(encoder, presence)),
    ),
}

describe.each(Object.entries(wires))('over %s', (wire, say) => {
  it.each(forgeries)('[PR2, AC6] somebody else is not %s', async (what, presence) => {
    const documentId = `forged-${wire.length}-${what.replaceAll(/[^a-z]/g, '')}`
    const token = await signedToken({ sub: 'owner', doc: documentId, role: 'owner' })
    await server.ask(documentPath(documentId), {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}` },
    })
    const ana = await join('Ana', documentId)
    ana.say({ type: 'presence', presence: said(5, '{"user":{"name":"whatever"}}') })
    const ben = await join('Ben', documentId)
    await expect.poll(() => seenBy(ben)).toEqual(['Ana'])
    await say(documentId, presence)
    // She moves on, and is still who she is.
    ana.say({ type: 'presence', presence: said(6, '{"user":{"name":"whatever"},"moved":true}') })
    const late = await join('Cleo', documentId)
    for (const each of [ben, late]) await expect.poll(() => seenBy(each)).toContain('Ana')
    for (const each of [ben, late])
      expect(seenBy(each).filter((name) => name !== 'Ana' && name !== 'Mallory')).toEqual([])
    expect(seenBy(late).filter((name) => name === 'Mallory').length).toBeLessThanOrEqual(1)
  })
})
