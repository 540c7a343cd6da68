/** No secret is in the log, whatever route it was brought to, and wherever in the request it stood. */
import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RealServer } from '../real-server.ts'
import type { Question } from '../real-server.ts'
import { SECRET, signedToken } from '../signed-token.ts'

let server: RealServer
let log = ''

/** Every route; that none is missing here is what the table of rights is for. */
const ROUTES = [
  'GET /',
  'GET /d/a1',
  'GET /doctor',
  'GET /healthz',
  'GET /nowhere',
  'GET /v1/documents',
  'POST /v1/documents',
  'GET /v1/documents/a1',
  'PATCH /v1/documents/a1',
  'GET /v1/ws/a1',
  'GET /v1/ws/+doctor',
  'GET /v1/yjs/docs/a1',
  'PUT /v1/yjs/docs/a1',
  'POST /v1/yjs/docs/a1',
  'DELETE /v1/yjs/docs/a1',
  'GET /v1/yjs/docs/+doctor',
  'POST /v1/yjs/docs/+doctor',
  'GET /v1/content/a1',
  'PUT /v1/content/a1',
  'POST /v1/content/a1',
  'GET /v1/access/a1',
  'PUT /v1/access/a1',
  'GET /v1/links/a1',
  'POST /v1/links/a1',
  'DELETE /v1/links/a1',
  'POST /v1/visits/a1',
  'GET /v1/trail/a1',
]

beforeAll(async () => {
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log += chunk.toString()
      done()
    },
  })
  server = await RealServer.start(
    { auth: 'token', tokenSecret: SECRET, logLevel: 'debug' },
    pino({ level: 'trace' }, sink),
  )
})

afterAll(() => server.close())

it('[AC7, SL2] holds no token, share, password or body of any route', async () => {
  const secrets: string[] = []
  const secret = (kind: string): string => {
    const text = `${kind}-${secrets.length}-marked-${'s3cr3t'.repeat(3)}`
    secrets.push(text)
    return text
  }
  const signed = await signedToken({ sub: 'ada', doc: 'a*', role: 'owner' })
  secrets.push(signed.split('.')[2] ?? '')
  for (const route of ROUTES) {
    const [method = '', path = ''] = route.split(' ')
    const body = JSON.stringify({
      share: secret('share'),
      password: secret('password'),
      token: secret('bodytoken'),
      role: 'viewer',
    })
    const questions: readonly (readonly [string, Question])[] = [
      [path, { headers: { authorization: `Bearer ${secret('header')}` } }],
      [
        path,
        { headers: { authorization: `Basic ${secret('basic')}`, cookie: `session=${secret('cookie')}` } },
      ],
      [`${path}?token=${secret('query')}`, {}],
      [`${path}?share=${secret('link')}`, {}],
      [`${path}?token=share~${secret('linktoken')}~${secret('proof')}`, {}],
      [path, { headers: { 'content-type': 'application/json', authorization: `Bearer ${signed}` }, body }],
      [`${path}?token=${signed}`, { headers: { 'content-type': 'application/json' }, body }],
      [
        path,
        {
          headers: { 'content-type': 'text/plain', authorization: `Bearer ${signed}` },
          body: `{"password": "${secret('broken')}`,
        },
      ],
    ]
    for (const [where, question] of questions)
      if (method !== 'GET' || question.body === undefined) await server.ask(where, { method, ...question })
    const subprotocol = secret('subprotocol')
    secrets.push(Buffer.from(subprotocol).toString('base64url'))
    await server.askToUpgrade(`${path}?token=${secret('upgrade')}`, {
      'sec-websocket-protocol': `cometpad.v1, bearer.${Buffer.from(subprotocol).toString('base64url')}`,
    })
  }
  expect(log.length).toBeGreaterThan(10_000)
  for (const route of ROUTES) expect(log).toContain(JSON.stringify(route.split(' ')[1]))
  expect(secrets.filter((text) => text.length < 15)).toEqual([])
  expect(secrets.filter((text) => log.includes(text) || log.includes(encodeURIComponent(text)))).toEqual([])
  process.stdout.write(
    `log: ${secrets.length} secrets on ${ROUTES.length} routes, ${(log.length / 1024).toFixed(0)} KiB\n`,
  )
})
