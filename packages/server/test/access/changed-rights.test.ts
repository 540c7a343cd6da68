/** What an owner says of somebody, as it reaches whoever is in the document, over each way in which clients talk. */
import { request } from 'node:http'
import type { ClientRequest, OutgoingHttpHeaders } from 'node:http'
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import type { TransportName } from '@cometpad/provider'
import { FRAMES_TYPE, documentPath, encodeFrames, encodeMessage } from '@cometpad/shared'
import type { Role } from '@cometpad/shared'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { RealServer, codeIn } from '../real-server.ts'
import type { Answer } from '../real-server.ts'
import { SECRET, signedToken } from '../signed-token.ts'

const WAIT = { timeout: 60_000, interval: 20 }
const ways: TransportName[] = ['ws', 'stream', 'poll']

interface Person {
  readonly doc: Y.Doc
  readonly provider: CometpadProvider
  readonly errors: string[]
}

let server: RealServer
const people: Person[] = []

beforeAll(async () => {
  server = await RealServer.start({ auth: 'token', tokenSecret: SECRET })
})

afterEach(() => {
  for (const { provider, doc } of people.splice(0)) {
    provider.destroy()
    doc.destroy()
  }
})

afterAll(() => server.close())

function tokenOf(subject: string, role: Role, documentId: string): Promise<string> {
  return signedToken({ sub: subject, doc: documentId, role })
}

async function join(transport: TransportName, subject: string, documentId: string): Promise<Person> {
  const doc = new Y.Doc()
  const provider = new CometpadProvider({
    server: server.url,
    documentId,
    doc,
    transport,
    environment: browserEnvironment(WebSocket),
    token: await tokenOf(subject, 'editor', documentId),
  })
  const person: Person = { doc, provider, errors: [] }
  provider.on('error', ({ code }) => person.errors.push(code))
  people.push(person)
  await expect.poll(() => provider.synced, WAIT).toBe(true)
  return person
}

async function write(person: Person, text: string): Promise<void> {
  person.doc.getText('text').insert(0, text)
  await expect.poll(() => person.provider.saved, WAIT).toBe(true)
}

const textOf = ({ doc }: Person): string => doc.getText('text').toJSON()

async function askAs(owner: string, documentId: string, body: object): Promise<Answer> {
  return server.ask(`/v1/access/${documentId}`, {
    method: 'PUT',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await tokenOf(owner, 'owner', documentId)}`,
    },
    body: JSON.stringify(body),
  })
}

async function say(documentId: string, subject: string, role: Role | 'none' | null): Promise<void> {
  const answer = await askAs('owner', documentId, { subject, role })
  expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"people"')])
}

function edit(text: string): Uint8Array {
  const doc = new Y.Doc()
  doc.getText('text').insert(0, text)
  return encodeMessage({ type: 'update', update: Y.encodeStateAsUpdate(doc) })
}

/** A POST whose head the server has, and whose status comes when its body was sent. */
async function begun(
  path: string,
  headers: OutgoingHttpHeaders,
): Promise<{ readonly asking: ClientRequest; readonly answered: Promise<number> }> {
  const where = { host: '127.0.0.1', port: server.port, path, method: 'POST', agent: false }
  const asking = request({ ...where, headers: { ...headers, expect: '100-continue' } })
  const answered = new Promise<number>((resolve, reject) => {
    asking.on('error', reject)
    asking.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
  })
  asking.flushHeaders()
  await new Promise((resolve) => asking.once('continue', resolve))
  return { asking, answered }
}

describe.each(ways)('over %s', (way) => {
  it('[RV1, RV2] an editor learns that they may only read; what they write then is not stored', async () => {
    const documentId = `demoted-${way}`
    const [ada, bob] = [await join(way, 'ada', documentId), await join(way, 'bob', documentId)]
    await write(bob, 'before ')
    await say(documentId, 'bob', 'viewer')
    await expect.poll(() => bob.provider.role, WAIT).toBe('viewer')
    bob.doc.getText('text').insert(0, 'after ')
    await expect.poll(() => bob.errors, WAIT).toContain('READ_ONLY')
    expect(bob.provider.saved).toBe(false)
    await write(ada, 'ada ')
    await expect.poll(() => textOf(bob), WAIT).toContain('ada')
    expect(textOf(ada)).toBe('ada before ')
    await say(documentId, 'bob', null)
    await expect.poll(() => bob.provider.role, WAIT).toBe('editor')
  })

  it('[RV3] somebody whose rights were taken away is told so and comes in no more', async () => {
    const documentId = `revoked-${way}`
    const [ada, eve] = [await join(way, 'ada', documentId), await join(way, 'eve', documentId)]
    await write(ada, 'one ')
    await expect.poll(() => textOf(eve), WAIT).toBe('one ')
    await say(documentId, 'eve', 'none')
    // A browser is not told the status of a refused upgrade: that it is for good is said while the connection is there.
    await expect.poll(() => eve.provider.stopCode, WAIT).toBe('FORBIDDEN')
    await write(ada, 'two ')
    eve.provider.disconnect()
    const again = new CometpadProvider({
      server: server.url,
      documentId,
      doc: eve.doc,
      transport: way === 'ws' ? 'stream' : way,
      environment: browserEnvironment(WebSocket),
      token: await tokenOf('eve', 'editor', documentId),
    })
    await expect.poll(() => again.stopCode, WAIT).toBe('FORBIDDEN')
    again.destroy()
    expect(textOf(eve)).toBe('one ')
  })
})

describe('what an owner says', () => {
  it('[RV3] ends held requests of durable streams and of named presence', async () => {
    const documentId = 'held'
    const headers = { authorization: `Bearer ${await tokenOf('eve', 'editor', documentId)}` }
    const octets = { ...headers, 'content-type': 'application/octet-stream' }
    await server.ask(documentPath(documentId), { method: 'PUT', headers: octets })
    await server.ask(`${documentPath(documentId)}?awareness=extra`, { method: 'PUT', headers: octets })
    const held = [
      server.ask(`${documentPath(documentId)}?offset=now&live=long-poll`, { headers }),
      server.ask(`${documentPath(documentId)}?offset=now&live=sse`, { headers }),
      server.ask(`${documentPath(documentId)}?awareness=extra&offset=now&live=long-poll`, { headers }),
    ]
    const ended = Promise.all(held)
    await expect.poll(() => server.server.rooms.size.readers, WAIT).toBeGreaterThanOrEqual(2)
    await say(documentId, 'eve', 'none')
    const [poll, events, named] = await ended
    expect([poll, named].map((answer) => answer && [answer.status, codeIn(answer)])).toEqual([
      [403, 'FORBIDDEN'],
      [403, 'FORBIDDEN'],
    ])
    // Its body had begun: it ends, and the next request is told why.
    expect(events?.status).toBe(200)
  })

  it.each([
    // Frames are answered in frames, with an error among them; everything else by its status.
    [documentPath('slow'), FRAMES_TYPE, 200],
    ['/v1/content/slow', 'text/markdown', 403],
  ])('[RV5] counts for a POST to %s whose body is still coming', async (path, type, status) => {
    await join('ws', 'ada', 'slow')
    await say('slow', 'bob', null)
    const headers = { authorization: `Bearer ${await tokenOf('bob', 'editor', 'slow')}` }
    const before = await server.ask('/v1/documents/slow', { headers })
    const body = type === FRAMES_TYPE ? encodeFrames([edit('slow')]) : Buffer.from('slow')
    const { asking, answered } = await begun(path, {
      ...headers,
      accept: FRAMES_TYPE,
      'content-type': type,
      'content-length': body.length,
    })
    asking.write(body.subarray(0, 1))
    // Asked later and answered: by then the rights of the one above were looked at.
    await server.ask('/v1/documents/slow', { headers })
    await say('slow', 'bob', 'viewer')
    asking.end(body.subarray(1))
    expect(await answered).toBe(status)
    expect((await server.ask('/v1/documents/slow', { headers })).text).toBe(before.text)
  })

  it('[RV1] gives nobody a document that their token does not name', async () => {
    await join('ws', 'ada', 'mine')
    await say('mine', 'bob', 'owner')
    const headers = { authorization: `Bearer ${await tokenOf('bob', 'editor', 'yours')}` }
    expect(codeIn(await server.ask('/v1/documents/mine', { headers }))).toBe('FORBIDDEN')
  })

  it('[RV1] counts for the comments of a document, and for its deletion', async () => {
    await join('ws', 'ada', 'paper')
    const headers = { authorization: `Bearer ${await tokenOf('bob', 'owner', 'paper')}` }
    await say('paper', 'bob', 'none')
    for (const path of ['/v1/documents/paper', '/v1/documents/paper/comments'])
      expect(codeIn(await server.ask(path, { headers }))).toBe('FORBIDDEN')
    const gone = await server.ask(documentPath('paper'), { method: 'DELETE', headers })
    expect(codeIn(gone)).toBe('FORBIDDEN')
  })

  it('[RV4] is for owners to say, of others, and in words that mean something', async () => {
    await join('ws', 'ada', 'rules')
    for (const role of ['viewer', 'commenter', 'editor'] as const) {
      const headers = { authorization: `Bearer ${await tokenOf('bob', role, 'rules')}` }
      expect(codeIn(await server.ask('/v1/access/rules', { headers }))).toBe('FORBIDDEN')
    }
    expect(codeIn(await server.ask('/v1/access/rules'))).toBe('UNAUTHORIZED')
    for (const body of [
      { subject: 'owner', role: 'viewer' },
      { subject: 'bob', role: 'admin' },
      { subject: '', role: 'viewer' },
      { subject: 'bob' },
      { subject: 'bob', role: 'viewer', also: 1 },
    ])
      expect(codeIn(await askAs('owner', 'rules', body))).toBe('INVALID_REQUEST')
    expect(codeIn(await askAs('owner', 'nothing', { subject: 'bob', role: 'viewer' }))).toBe(
      'DOCUMENT_NOT_FOUND',
    )
    await say('rules', 'bob', 'viewer')
    const headers = { authorization: `Bearer ${await tokenOf('owner', 'owner', 'rules')}` }
    const list = await server.ask('/v1/access/rules', { headers })
    expect(JSON.parse(list.text)).toEqual({
      people: [{ subject: 'bob', role: 'viewer', changedBy: 'owner', changedAt: expect.any(String) }],
    })
  })

  it('[RV6] can be read by owners, with who has said it and when', async () => {
    await join('ws', 'ada', 'trail')
    await say('trail', 'bob', 'viewer')
    await say('trail', 'bob', null)
    const ask = async (role: Role): Promise<Answer> =>
      server.ask('/v1/trail/trail', {
        headers: { authorization: `Bearer ${await tokenOf('owner', role, 'trail')}` },
      })
    expect(codeIn(await ask('editor'))).toBe('FORBIDDEN')
    const at = expect.stringMatching(/^\d{4}-.*Z$/)
    expect(JSON.parse((await ask('owner')).text)).toEqual({
      trail: [
        { at, by: 'owner', what: 'role set', about: 'bob', role: 'viewer' },
        { at, by: 'owner', what: 'role set', about: 'bob', role: null },
      ],
    })
  })

  it('[RV4] means nothing where everybody may do everything', async () => {
    const open = await RealServer.start()
    expect(codeIn(await open.ask('/v1/access/doc'))).toBe('ACCESS_IS_OPEN')
    await open.close()
  })
})
