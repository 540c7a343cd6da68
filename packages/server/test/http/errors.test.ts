import { CometpadError, errorTable, limits } from '@cometpad/shared'
import type { ErrorCode } from '@cometpad/shared'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { registerErrorHandler } from '../../src/http/error-handler.ts'
import { RealServer, codeIn } from '../real-server.ts'

const SECRET = '/var/lib/pad/000042.ldb: sector 7 unreadable'
/** Those that end a process never travel. */
const codes = (Object.keys(errorTable) as ErrorCode[]).filter((code) => errorTable[code].exit === undefined)

/** An app that breaks as it is told. */
function breaking(what: () => unknown): FastifyInstance {
  const app = fastify()
  registerErrorHandler(app)
  app.get('/', async () => {
    throw what()
  })
  return app
}

describe('an error of the table', () => {
  it.each(codes)('[ER3] %s has its status, its code, and tells when to come back', async (code) => {
    const { statusCode, headers, body } = await breaking(() => new CometpadError(code)).inject('/')
    const { status, text } = errorTable[code]
    expect(statusCode).toBe(status)
    expect(JSON.parse(body)).toEqual({ error: { code, message: text } })
    expect(headers['content-type']).toBe('application/json; charset=utf-8')
    expect(headers['cache-control']).toBe('no-store')
    const comesBack = headers['retry-after']
    if (status === 429 || status === 503) expect(String(comesBack)).toMatch(/^[1-9]\d*$/)
    else expect(comesBack).toBeUndefined()
  })

  it.each([
    [undefined, '1'],
    [1, '1'],
    [4_001, '5'],
    [10 * limits.retryAfterMs, String(limits.retryAfterMs / 1_000)],
    [Number.POSITIVE_INFINITY, String(limits.retryAfterMs / 1_000)],
  ])('[ER3] that is over in %s ms says so in whole seconds: %s', async (retryAfterMs, seconds) => {
    const error = new CometpadError('RATE_LIMITED', retryAfterMs === undefined ? {} : { retryAfterMs })
    expect((await breaking(() => error).inject('/')).headers['retry-after']).toBe(seconds)
  })

  it('[ER3] says what exactly is wrong when the one who asks can change it', async () => {
    const app = breaking(() => new CometpadError('INVALID_REQUEST', { detail: '"limit" is no number.' }))
    const { body } = await app.inject('/')
    expect(JSON.parse(body).error.message).toBe(`"limit" is no number. ${errorTable.INVALID_REQUEST.text}`)
  })
})

describe('what broke inside', () => {
  it.each<[string, () => unknown]>([
    ['an error of a library', () => new Error(SECRET)],
    ['one that names a status', () => Object.assign(new Error(SECRET), { statusCode: 500 })],
    ['one with a code of its own', () => Object.assign(new Error(SECRET), { code: 'LEVEL_IO_ERROR' })],
    ['one of ours with a detail', () => new CometpadError('STORE_UNAVAILABLE', { detail: SECRET })],
    ['one of ours with a cause', () => new CometpadError('DOCUMENT_DAMAGED', { cause: new Error(SECRET) })],
    ['a text', () => SECRET],
    ['nothing at all', () => undefined],
    ['null', () => null],
  ])('[ER5] is no part of the answer: %s', async (_what, broken) => {
    const { statusCode, headers, body } = await breaking(broken).inject('/')
    expect(statusCode).toBeGreaterThanOrEqual(500)
    const { code, message } = JSON.parse(body).error as { code: ErrorCode; message: string }
    expect(message).toBe(errorTable[code].text)
    expect(JSON.stringify(headers) + body).not.toMatch(/sector|\.ldb|LEVEL_IO|at .*\.ts:\d+/)
  })
})

describe('a request that the server cannot take', () => {
  let server: RealServer

  beforeAll(async () => {
    server = await RealServer.start()
  })

  afterAll(async () => {
    await server.close()
  })

  const json = { 'content-type': 'application/json' }
  it.each([
    ['POST', '/v1/documents', json, '{"title":', 400, 'INVALID_REQUEST', 'The body is not JSON.'],
    ['POST', '/v1/documents', json, '', 400, 'INVALID_REQUEST', 'The body is empty.'],
    ['POST', '/v1/documents', json, '{"titel":"x"}', 400, 'INVALID_REQUEST', 'additional properties'],
    [
      'POST',
      '/v1/documents',
      { 'content-type': 'text/csv' },
      'a',
      415,
      'UNSUPPORTED_MEDIA_TYPE',
      'content type',
    ],
    ['GET', '/%zz', {}, undefined, 400, 'INVALID_REQUEST', 'cannot be decoded'],
    ['GET', '/nowhere', {}, undefined, 404, 'NOT_FOUND', 'nothing at this address'],
    ['DELETE', '/v1/documents', {}, undefined, 405, 'METHOD_NOT_ALLOWED', 'method'],
  ] as const)('[ER3] %s %s %o %s', async (method, path, headers, body, status, code, text) => {
    const answer = await server.ask(path, { method, headers, ...(body === undefined ? {} : { body }) })
    expect([answer.status, codeIn(answer)]).toEqual([status, code])
    expect(answer.text).toContain(text)
    expect(answer.headers['x-content-type-options']).toBe('nosniff')
    if (status === 405) expect(answer.headers.allow).toMatch(/GET/)
  })

  const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' }
  it.each([
    ['/nowhere', 404, 'There is nothing at this address'],
    ['/nowhere/<script>alert(1)</script>', 404, 'There is nothing at this address'],
    ['/%zz', 400, 'The address cannot be decoded'],
  ])('[ER3] from a browser at %s is told so by a page that leads home', async (path, status, text) => {
    const answer = await server.ask(path, { headers: browser })
    expect([answer.status, answer.headers['content-type']]).toEqual([status, 'text/html; charset=utf-8'])
    expect(answer.text).toContain(text)
    expect(answer.text).toContain('<a href="/">')
    expect(answer.text).not.toMatch(/<script|style=/)
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('[ER3] of the interface for programs is JSON, also in a browser', async () => {
    expect(codeIn(await server.ask('/v1/nowhere', { headers: browser }))).toBe('NOT_FOUND')
  })

  it('[ER3] because its body is too large is told so, and the next one is served', async () => {
    const body = JSON.stringify({ title: 'x'.repeat(2 ** 21) })
    const answer = await server.ask('/v1/documents', { method: 'POST', headers: json, body })
    expect([answer.status, codeIn(answer)]).toEqual([413, 'MESSAGE_TOO_LARGE'])
    expect((await server.ask('/healthz')).status).toBe(200)
  })
})
