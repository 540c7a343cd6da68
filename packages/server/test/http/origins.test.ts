import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { allowedHeaders, exposedHeaders } from '../../src/http/cors.ts'
import { RealServer, codeIn } from '../real-server.ts'

const LISTED = 'https://pad.example.org'
const UNLISTED = 'https://evil.example'
let server: RealServer

beforeAll(async () => {
  server = await RealServer.start({ origins: [LISTED, 'http://localhost:8081'] })
})

afterAll(async () => {
  await server.close()
})

/** One request of every kind, and some that lead nowhere. */
const requests = [
  ['GET', '/'],
  ['GET', '/d/doc'],
  ['GET', '/icon.svg'],
  ['GET', '/v1/documents'],
  ['GET', '/v1/documents/none'],
  ['POST', '/v1/documents'],
  ['PATCH', '/v1/documents/none'],
  ['GET', '/v1/ws/doc'],
  ['GET', '/v1/yjs/docs/doc'],
  ['PUT', '/v1/yjs/docs/doc'],
  ['GET', '/healthz'],
  ['GET', '/readyz'],
  ['GET', '/nowhere'],
  ['DELETE', '/'],
  ['GET', '/v1/documents/%zz'],
  ['OPTIONS', '/v1/documents'],
] as const

describe.each(requests)('%s %s', (method, path) => {
  it('[OR1, OR5] is refused to a page of a site that is not listed, and it may read that and nothing else', async () => {
    const answer = await server.ask(path, { method, headers: { origin: UNLISTED } })
    expect(answer.status).toBe(403)
    expect(codeIn(answer)).toBe('ORIGIN_NOT_ALLOWED')
    expect(answer.headers['access-control-allow-origin']).toBe('*')
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined()
    expect(answer.headers['access-control-expose-headers']).toBeUndefined()
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.headers.vary).toBe('Origin')
  })

  it('[OR2] may be read by a page of a listed site, also when it is an error', async () => {
    const { status, headers } = await server.ask(path, { method, headers: { origin: LISTED } })
    expect(status).not.toBe(403)
    expect(headers['access-control-allow-origin']).toBe(LISTED)
    expect(headers['access-control-allow-credentials']).toBeUndefined()
    expect(headers['access-control-expose-headers']).toContain('cometpad-position')
    expect(headers.vary).toContain('Origin')
  })
})

describe('a page is of this server', () => {
  it.each([
    ['by its host and port', { origin: 'http://OWN', host: 'OWN' }],
    ['behind a proxy that ends TLS', { origin: 'https://pad.local', host: 'pad.local' }],
    ['behind a proxy that writes the usual port', { origin: 'https://pad.local', host: 'pad.local:443' }],
    ['on another port', { origin: 'https://pad.local:8443', host: 'pad.local:8443' }],
    [
      'when the browser says so, behind a proxy that writes another host',
      { origin: 'https://pad.local', host: '10.0.0.7:4400', 'sec-fetch-site': 'same-origin' },
    ],
  ])('[OR3] %s', async (_how, headers: Record<string, string>) => {
    const own = withOwnHost(headers)
    expect((await server.ask('/v1/documents', { headers: own })).status).toBe(200)
    expect((await server.askToUpgrade('/v1/ws/doc', own)).status).toBe(101)
  })

  it.each([
    ['without an origin of its own', { origin: 'null' }],
    [
      'without an origin of its own, whatever else it says',
      { origin: 'null', 'sec-fetch-site': 'same-origin' },
    ],
    ['on another port of this host', { origin: 'http://127.0.0.1:1' }],
    ['whose host begins alike', { origin: 'http://OWN.evil.example' }],
    ['whose host ends with a dot', { origin: 'https://pad.example.org.' }],
    ['whose host is written otherwise', { origin: 'https://PAD.example.org' }],
    ['on another port of the listed host', { origin: `${LISTED}:8443` }],
    ['of the listed host without TLS', { origin: 'http://pad.example.org' }],
    ['of a site below the listed one', { origin: 'https://a.pad.example.org' }],
    [
      'of another site of the same owner',
      { origin: 'https://b.local', host: 'a.local', 'sec-fetch-site': 'same-site' },
    ],
    ['with a path', { origin: `${LISTED}/` }],
    ['with two origins', { origin: `${LISTED} ${UNLISTED}` }],
    ['that hides the host behind a name', { origin: 'https://evil.example', host: 'x@evil.example:1' }],
    ['with an empty origin', { origin: '' }],
  ])('[OR1] and not %s', async (_how, headers: Record<string, string>) => {
    const own = withOwnHost(headers)
    expect(codeIn(await server.ask('/v1/documents', { headers: own }))).toBe('ORIGIN_NOT_ALLOWED')
    expect(codeIn(await server.askToUpgrade('/v1/ws/doc', own))).toBe('ORIGIN_NOT_ALLOWED')
  })

  it('[OR3] or no page at all, which no browser protects', async () => {
    const { status, headers } = await server.ask('/v1/documents')
    expect(status).toBe(200)
    expect(headers['access-control-allow-origin']).toBeUndefined()
    expect(headers.vary).toContain('Origin')
  })
})

describe('a preflight', () => {
  it('[OR4] of a listed page is answered at once, for every route, and may be remembered', async () => {
    const { status, headers, text } = await server.ask('/v1/yjs/docs/a/b', {
      method: 'OPTIONS',
      headers: {
        origin: LISTED,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'cometpad-position',
      },
    })
    expect(status).toBe(204)
    expect(text).toBe('')
    expect(headers['access-control-allow-origin']).toBe(LISTED)
    expect(headers['access-control-max-age']).toBe('600')
    expect(headers['access-control-allow-methods']).toContain('PUT')
    expect(headers['access-control-allow-credentials']).toBeUndefined()
    const allowed = String(headers['access-control-allow-headers']).toLowerCase().split(', ')
    for (const name of ['authorization', 'content-type', 'cometpad-position', 'producer-id'])
      expect(allowed).toContain(name)
    expect(allowed).not.toContain('*')
  })

  it('[OR1] of another page is refused', async () => {
    const answer = await server.ask('/v1/documents', {
      method: 'OPTIONS',
      headers: { origin: UNLISTED, 'access-control-request-method': 'GET' },
    })
    expect(codeIn(answer)).toBe('ORIGIN_NOT_ALLOWED')
    expect(answer.headers['access-control-allow-headers']).toBeUndefined()
  })

  it('[OR4] does not make OPTIONS an answer for those who are no page of another site', async () => {
    expect(codeIn(await server.ask('/v1/documents', { method: 'OPTIONS' }))).toBe('METHOD_NOT_ALLOWED')
    expect(codeIn(await server.ask('/nowhere', { method: 'OPTIONS' }))).toBe('NOT_FOUND')
  })
})

it('[OR2] every header of our own that the server or the client names may be set or read by a listed page', () => {
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  const sources = ['server/src', 'provider/src', 'shared/src'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/\.test\.ts$|cors\.ts$/.test(name))
      .map((name) => readFileSync(join(root, folder, name), 'utf8')),
  )
  const named = sources.flatMap((text) =>
    Array.from(text.matchAll(/['"`]((?:stream|cometpad|producer)-[a-z-]+)['"`]/gi), ([, name = '']) =>
      name.toLowerCase(),
    ),
  )
  // What the light says of the transport "stream" begins as its headers do.
  const wordsOfTheLight = ['stream-failed', 'stream-buffered']
  // A kind of node in the editor.
  const kindOfNode = 'cometpad-container'
  const known = [...exposedHeaders, ...allowedHeaders, ...wordsOfTheLight, kindOfNode].map((name) =>
    name.toLowerCase(),
  )
  expect(Array.from(new Set(named)).filter((name) => !known.includes(name))).toEqual([])
})

function withOwnHost(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace('OWN', server.host)]),
  )
}
