import { Writable } from 'node:stream'
import { SignJWT } from 'jose'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RealServer, codeIn } from '../real-server.ts'
import { Client } from '../websocket/client.ts'

const secret = 'a secret of more than thirty-two bytes'
let server: RealServer
let log = ''

beforeAll(async () => {
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log += chunk.toString()
      done()
    },
  })
  server = await RealServer.start({ auth: 'token', tokenSecret: secret }, pino({ level: 'trace' }, sink))
})

afterAll(async () => {
  await server.close()
})

async function token(claims: Record<string, unknown> = {}): Promise<string> {
  return new SignJWT({ sub: 'ada', doc: 'team/*', role: 'editor', name: 'Ada', ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(typeof claims['exp'] === 'number' ? claims['exp'] : '5m')
    .sign(new TextEncoder().encode(secret))
}

const bearer = (text: string): Record<string, string> => ({ authorization: `Bearer ${text}` })
const subprotocol = (text: string): string => `bearer.${Buffer.from(text).toString('base64url')}`

const ROUTES = [
  { method: 'GET', path: '/v1/documents' },
  { method: 'POST', path: '/v1/documents', body: '{"documentId":"team/new"}' },
  { method: 'GET', path: '/v1/documents/team/notes' },
  { method: 'PATCH', path: '/v1/documents/team/notes', body: '{"title":"Taken"}' },
  { method: 'DELETE', path: '/v1/yjs/docs/team/notes' },
  { method: 'GET', path: '/v1/content/team/notes' },
  { method: 'PUT', path: '/v1/content/team/notes', body: '{}' },
  { method: 'POST', path: '/v1/content/team/notes', body: '{}' },
]

describe('with auth=token', () => {
  it.each(ROUTES)('[AC1] $method $path asks for a token', async ({ method, path, body }) => {
    const headers = body === undefined ? {} : { 'content-type': 'application/json' }
    const question = { method, headers, ...(body === undefined ? {} : { body }) }
    const without = await server.ask(path, question)
    expect([without.status, codeIn(without)]).toEqual([401, 'UNAUTHORIZED'])
    const forged = await server.ask(path, { ...question, headers: { ...headers, ...bearer('x.y.z') } })
    expect([forged.status, codeIn(forged)]).toEqual([401, 'UNAUTHORIZED'])
  })

  it('[AC1] an upgrade is refused before it happens', async () => {
    const answer = await server.askToUpgrade('/v1/ws/team/notes')
    expect([answer.status, codeIn(answer)]).toEqual([401, 'UNAUTHORIZED'])
    const two = await server.askToUpgrade(
      `/v1/ws/team/notes?token=${await token()}`,
      bearer(await token({ sub: 'bob' })),
    )
    expect(two.status).toBe(401)
  })

  it.each([
    ['header', async () => server.askToUpgrade('/v1/ws/team/a', bearer(await token()))],
    ['query', async () => server.askToUpgrade(`/v1/ws/team/a?token=${await token()}`)],
    [
      'subprotocol',
      async () =>
        server.askToUpgrade('/v1/ws/team/a', {
          'sec-websocket-protocol': `cometpad.v1, ${subprotocol(await token())}`,
        }),
    ],
  ])('[AC1] a token in the %s opens a connection', async (_where, ask) => {
    expect((await ask()).status).toBe(101)
  })

  it('[AC3] another document is forbidden, whether there is one or not', async () => {
    const mine = await token({ doc: 'mine' })
    await server.ask('/v1/documents', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...bearer(await token({ doc: '*', role: 'owner' })) },
      body: '{"documentId":"theirs"}',
    })
    for (const path of ['/v1/documents/theirs', '/v1/documents/nobodys', '/v1/documents/mine2']) {
      const answer = await server.ask(path, { headers: bearer(mine) })
      expect([answer.status, codeIn(answer)]).toEqual([403, 'FORBIDDEN'])
      const upgrade = await server.askToUpgrade(path.replace('/documents/', '/ws/'), bearer(mine))
      expect([upgrade.status, codeIn(upgrade)]).toEqual([403, 'FORBIDDEN'])
    }
    const list = await server.ask('/v1/documents', { headers: bearer(mine) })
    expect(list.text).not.toContain('theirs')
  })

  it('[AC3] who may not write makes no document by opening it', async () => {
    const headers = bearer(await token({ doc: 'team/unwritten', role: 'viewer' }))
    for (const live of ['', '?live=stream', '?live=long-poll'])
      expect(
        (
          await server.ask(`/v1/yjs/docs/team/unwritten${live}`, {
            headers: { ...headers, accept: 'application/vnd.cometpad.frames' },
          })
        ).status,
        live,
      ).toBe(404)
    const client = new Client(`${server.url}/v1/ws/team/unwritten`, [
      'cometpad.v1',
      subprotocol(await token({ doc: 'team/unwritten', role: 'viewer' })),
    ])
    await expect(client.hear('hello')).rejects.toThrow('DOCUMENT_NOT_FOUND')
    expect((await server.ask('/v1/documents/team/unwritten', { headers })).status).toBe(404)
  })

  it('[AC3] a commenter writes comments and nothing else; a viewer neither', async () => {
    const roleAt = async (role: string, path: string): Promise<string> => {
      const client = new Client(`${server.url}/v1/ws/${path}`, [
        'cometpad.v1',
        subprotocol(await token({ doc: 'team/paper', role })),
      ])
      const hello = await client.hear('hello')
      await client.leave()
      return hello.role
    }
    expect(await roleAt('editor', 'team/paper')).toBe('editor')
    expect(await roleAt('commenter', 'team/paper')).toBe('commenter')
    expect(await roleAt('commenter', 'team/paper/comments')).toBe('editor')
    expect(await roleAt('viewer', 'team/paper/comments')).toBe('viewer')
  })

  it('[DS14] only an owner deletes a document', async () => {
    const path = '/v1/yjs/docs/team/gone'
    const as = async (role: string, method: string): Promise<number> => {
      const headers = bearer(await token({ doc: 'team/gone', role }))
      return (await server.ask(path, { method, headers })).status
    }
    expect(await as('editor', 'PUT')).toBe(201)
    for (const role of ['viewer', 'commenter', 'editor']) expect(await as(role, 'DELETE')).toBe(403)
    expect(await as('viewer', 'HEAD')).toBe(200)
    expect(await as('owner', 'DELETE')).toBe(204)
    expect(await as('owner', 'HEAD')).toBe(404)
  })

  it('[AC4] a connection ends with its token', async () => {
    const soon = Math.floor(Date.now() / 1_000) + 1
    const client = new Client(`${server.url}/v1/ws/team/short`, [
      'cometpad.v1',
      subprotocol(await token({ exp: soon })),
    ])
    await client.hear('hello')
    expect((await client.closed).code).toBe(4401)
  })

  it('[AC7] nothing of a token is in the log', async () => {
    const text = await token({ sub: 'logged' })
    await server.ask(`/v1/documents/team/x?token=${text}`)
    await server.askToUpgrade(`/v1/ws/team/x?token=${text}`, {
      'sec-websocket-protocol': subprotocol('forged'),
    })
    const [, , signature = ''] = text.split('.')
    expect(log.length).toBeGreaterThan(100)
    expect(log).not.toContain(signature)
    expect(log).not.toContain(secret)
    expect(log).not.toContain(subprotocol('forged'))
  })
})
