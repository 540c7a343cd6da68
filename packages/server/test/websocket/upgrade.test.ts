import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RealServer, codeIn } from '../real-server.ts'

const LISTED = 'https://pad.example.org'
let server: RealServer

beforeAll(async () => {
  server = await RealServer.start({ origins: [LISTED] })
})

afterAll(async () => {
  await server.close()
})

describe('an upgrade is refused with an HTTP answer', () => {
  it.each([
    { what: 'without an id', path: '/v1/ws/' },
    { what: 'with a space', path: '/v1/ws/a%20b' },
    { what: 'with an empty segment', path: '/v1/ws/a//b' },
    { what: 'with dots for a segment', path: '/v1/ws/a/..' },
    { what: 'with dots behind an encoded slash', path: '/v1/ws/..%2fetc' },
    { what: 'with a letter beyond ASCII', path: '/v1/ws/%C3%A9' },
    { what: 'that is too long', path: `/v1/ws/${'a'.repeat(201)}` },
    { what: 'that is far too long', path: `/v1/ws/${'a'.repeat(5_000)}` },
  ])('[ID2, CN2] for a document id $what', async ({ path }) => {
    const answer = await server.askToUpgrade(path)
    expect(answer.status).toBe(400)
    expect(codeIn(answer)).toBe('INVALID_DOCUMENT_ID')
    expect(answer.text).toContain('1 to 200 characters')
  })

  it.each(['', 'x', '-1', '1.5', '0x10', ' 1', '12345678901234567'])(
    '[ID3] for a position of "%s"',
    async (position) => {
      const answer = await server.askToUpgrade(`/v1/ws/doc?position=${encodeURIComponent(position)}`)
      expect(answer.status).toBe(400)
      expect(codeIn(answer)).toBe('INVALID_REQUEST')
      expect(answer.text).toContain('position')
    },
  )

  it('[CN2] for an address that cannot be decoded', async () => {
    const answer = await server.askToUpgrade('/v1/ws/%zz')
    expect(answer.status).toBe(400)
    expect(codeIn(answer)).toBe('INVALID_REQUEST')
  })

  it.each([
    ['another site', () => 'https://evil.example'],
    ['a page without an origin of its own', () => 'null'],
    ['another port of this machine', () => `http://127.0.0.1:${server.port + 1}`],
    ['a host that begins like this one', () => `http://${server.host}.evil.example`],
    ['the listed host without TLS', () => 'http://pad.example.org'],
    ['another port of the listed host', () => `${LISTED}:8443`],
    ['an extension', () => `chrome-extension://${server.host}`],
    ['no origin at all', () => 'nonsense'],
  ])('[CN2] for a page of %s', async (_what, origin) => {
    const answer = await server.askToUpgrade('/v1/ws/doc', { origin: origin() })
    expect(answer.status).toBe(403)
    expect(codeIn(answer)).toBe('ORIGIN_NOT_ALLOWED')
  })

  it('[CN2] for the origin first, whatever else is wrong', async () => {
    const answer = await server.askToUpgrade('/v1/ws/a//b', { origin: 'https://evil.example' })
    expect(codeIn(answer)).toBe('ORIGIN_NOT_ALLOWED')
  })

  it.each(['/v1/documents?token=secret', '/', '/d/doc', '/nowhere'])(
    '[CN1] at %s, which is no WebSocket',
    async (path) => {
      const answer = await server.askToUpgrade(path)
      expect(answer.status).toBe(404)
      expect(codeIn(answer)).toBe('NOT_FOUND')
    },
  )

  it.each([
    ['/v1/ws/a//b', {}],
    ['/v1/ws/doc', { origin: 'https://evil.example' }],
    ['/v1/ws/%zz', {}],
    ['/nowhere', {}],
    ['/v1/documents', {}],
  ])('[CN2] and its connection is over: %s %o', async (path, headers: Record<string, string>) => {
    const { headers: answered } = await server.askToUpgrade(path, headers)
    expect(answered['content-security-policy']).toContain("default-src 'self'")
    await expect.poll(() => server.connections()).toBe(0)
  })

  it('[ID2] and then no document has come into being', async () => {
    await server.askToUpgrade('/v1/ws/doc?position=x')
    await server.askToUpgrade('/v1/ws/doc', { origin: 'https://evil.example' })
    const list = await server.ask('/v1/documents')
    expect(JSON.parse(list.text)).toMatchObject({ documents: [] })
  })
})

describe('a request without an upgrade', () => {
  it.each(['GET', 'HEAD'])('[CN1] is told by %s that one is needed', async (method) => {
    const answer = await server.ask('/v1/ws/plain', { method })
    expect(answer.status).toBe(426)
    expect(answer.headers.upgrade).toBe('websocket')
    if (method === 'GET') expect(codeIn(answer)).toBe('UPGRADE_REQUIRED')
  })

  it('[ID2] is told first that its id is none', async () => {
    expect(codeIn(await server.ask('/v1/ws/a//b'))).toBe('INVALID_DOCUMENT_ID')
  })
})

describe('an upgrade is granted', () => {
  it.each([
    ['that names no origin', () => undefined],
    ['from a page of this server', () => `http://${server.host}`],
    ['from a page of this server behind TLS', () => `https://${server.host}`],
    ['from a listed page', () => LISTED],
  ])('[CN2] to a request %s', async (_what, origin) => {
    const from = origin()
    const answer = await server.askToUpgrade('/v1/ws/open', from === undefined ? {} : { origin: from })
    expect(answer.status).toBe(101)
  })

  it.each(['a', 'a/b/c', 'A-z_0.9~', '...', `${'a'.repeat(99)}/${'b'.repeat(100)}`])(
    '[ID1] for the document id "%s"',
    async (documentId) => {
      expect((await server.askToUpgrade(`/v1/ws/${documentId}`)).status).toBe(101)
    },
  )

  it.each([
    { offered: undefined, selected: undefined },
    { offered: 'cometpad.v1', selected: 'cometpad.v1' },
    { offered: 'bearer.c2VjcmV0, cometpad.v1', selected: 'cometpad.v1' },
    { offered: 'cometpad.v1, bearer.c2VjcmV0', selected: 'cometpad.v1' },
    { offered: 'bearer.c2VjcmV0', selected: undefined },
    { offered: 'cometpad.v2', selected: undefined },
  ])('[CN1] with the subprotocol $selected when $offered is offered', async ({ offered, selected }) => {
    const answer = await server.askToUpgrade(
      '/v1/ws/doc',
      offered === undefined ? {} : { 'sec-websocket-protocol': offered },
    )
    expect(answer.status).toBe(101)
    expect(answer.headers['sec-websocket-protocol']).toBe(selected)
    // Compression would cost every idle connection its own state.
    expect(answer.headers['sec-websocket-extensions']).toBeUndefined()
  })

  it('without compression, even when it is offered', async () => {
    const answer = await server.askToUpgrade('/v1/ws/doc', {
      'sec-websocket-extensions': 'permessage-deflate; client_max_window_bits',
    })
    expect(answer.headers['sec-websocket-extensions']).toBeUndefined()
  })
})
