import { FRAMES_TYPE } from '@cometpad/shared'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RealServer, codeIn } from '../real-server.ts'
import { Answering } from './asking.ts'

const LISTED = 'https://listed.test'
let server: RealServer
beforeAll(async () => {
  server = await RealServer.start({ origins: [LISTED] })
  await server.ask('/v1/yjs/docs/doc', { method: 'PUT' })
})
afterAll(() => server.close())

describe.each([
  ['a catch-up in frames', '', { accept: FRAMES_TYPE }],
  ['a stream of frames', '?live=stream', { accept: FRAMES_TYPE }],
  ['a poll for frames', '?live=long-poll', { accept: FRAMES_TYPE }],
  ['a catch-up', '?offset=-1', {}],
  ['server-sent events', '?offset=-1&live=sse', {}],
  ['presence as server-sent events', '?awareness=default&offset=now&live=sse', {}],
])('%s', (_what, query, headers) => {
  it('[HT7, OR2] may be read by a listed page, and tells everybody on the way to let it pass', async () => {
    const asking = new Answering(server.port, 'GET', `/v1/yjs/docs/doc${query}`, {
      ...headers,
      origin: LISTED,
    })
    const response = await asking.begun
    asking.leave()
    expect(response.statusCode).toBe(200)
    expect(response.headers).toMatchObject({
      'access-control-allow-origin': LISTED,
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      vary: 'Origin',
    })
    expect(response.headers['cache-control']).toMatch(/^(no-store|private, no-cache), no-transform$/)
    const exposed = String(response.headers['access-control-expose-headers']).toLowerCase().split(', ')
    for (const name of Object.keys(response.headers))
      if (/^(stream|cometpad|producer)-/.test(name)) expect(exposed).toContain(name)
  })

  it('[OR1] is refused to a page of a site that is not listed, before anything is made', async () => {
    const path = `/v1/yjs/docs/never${query}`
    const answer = await server.ask(path, { headers: { ...headers, origin: 'https://other.test' } })
    expect(answer.status).toBe(403)
    expect(codeIn(answer)).toBe('ORIGIN_NOT_ALLOWED')
    expect(server.server.rooms.size.rooms).toBeLessThan(2)
    expect((await server.ask('/v1/documents')).text).not.toContain('never')
  })
})
