/** Tokens that are worth nothing, or nothing any more, over every way into a server whose tokens are signed with a public key. */
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { FRAMES_TYPE, SUBPROTOCOL, documentPath, encodeFrames } from '@cometpad/shared'
import type { ErrorCode } from '@cometpad/shared'
import { SignJWT, exportJWK, exportSPKI, generateKeyPair } from 'jose'
import type { CryptoKey } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { RealServer, codeIn } from '../real-server.ts'
import type { Answer, Question } from '../real-server.ts'
import { Client } from '../websocket/client.ts'

const DOC = 'plan'
const [ISSUER, AUDIENCE] = ['https://site.example', 'cometpad']
const KEY = { kid: 'k1', alg: 'RS256' } as const

let keys: Server
let server: RealServer
let mine: CryptoKey
let theirs: CryptoKey
let publicPem = ''
let modulus = ''
/** What the server says of the document. */
let before = ''

beforeAll(async () => {
  const [pair, other] = [
    await generateKeyPair('RS256', { extractable: true }),
    await generateKeyPair('RS256', { extractable: true }),
  ]
  mine = pair.privateKey
  theirs = other.privateKey
  publicPem = await exportSPKI(pair.publicKey)
  const jwk = await exportJWK(pair.publicKey)
  modulus = jwk.n ?? ''
  keys = createServer((_request, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [{ ...jwk, ...KEY }] }))
  })
  await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve))
  server = await RealServer.start({
    auth: 'token',
    jwksUrl: `http://127.0.0.1:${(keys.address() as AddressInfo).port}/`,
    tokenIssuer: ISSUER,
    tokenAudience: AUDIENCE,
    limits: { tokenClockSkewMs: 0 },
  })
  for (const documentId of [DOC, 'other'])
    expect((await make(documentId, await signed({ doc: documentId, role: 'owner' }))).status).toBe(201)
  before = await told()
})

afterAll(async () => {
  await server.close()
  await new Promise((resolve) => keys.close(resolve))
})

function make(documentId: string, token: string): Promise<Answer> {
  const headers = { ...bearer(token), 'content-type': 'application/json' }
  return server.ask('/v1/documents', { method: 'POST', headers, body: JSON.stringify({ documentId }) })
}

const now = (): number => Math.floor(Date.now() / 1_000)

function claims(change: Record<string, unknown> = {}): Record<string, unknown> {
  const whole = {
    sub: 'ada',
    doc: DOC,
    role: 'editor',
    iss: ISSUER,
    aud: AUDIENCE,
    exp: now() + 300,
    ...change,
  }
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined))
}

function signed(change: Record<string, unknown> = {}, key: CryptoKey = mine): Promise<string> {
  return new SignJWT(claims(change)).setProtectedHeader(KEY).sign(key)
}

/** What must not be a secret, used as one. */
function signedWithPublic(secret: string): Promise<string> {
  return new SignJWT(claims({ role: 'owner' }))
    .setProtectedHeader({ alg: 'HS256', kid: KEY.kid })
    .sign(new TextEncoder().encode(secret))
}

function unsigned(alg: string): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ ...KEY, alg })}.${part(claims({ role: 'owner' }))}.`
}

async function altered(): Promise<string> {
  const [head, , signature] = (await signed()).split('.')
  const body = Buffer.from(JSON.stringify(claims({ role: 'owner' }))).toString('base64url')
  return `${head}.${body}.${signature}`
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

function edit(): Uint8Array {
  const doc = new Y.Doc()
  doc.getText('t').insert(0, 'forged')
  return Y.encodeStateAsUpdate(doc)
}

type Way = readonly [name: string, path: string, question?: Question]

const frames = { accept: FRAMES_TYPE }
const octets = { 'content-type': 'application/octet-stream' }
const json = { 'content-type': 'application/json' }
const ways: readonly Way[] = [
  ['a stream of frames', `${documentPath(DOC)}?live=stream`, { headers: frames }],
  ['a poll for frames', `${documentPath(DOC)}?live=long-poll`, { headers: frames }],
  ['a catch-up of frames', documentPath(DOC), { headers: frames }],
  [
    'a POST of frames',
    documentPath(DOC),
    {
      method: 'POST',
      headers: { ...frames, 'content-type': FRAMES_TYPE },
      body: Buffer.from(encodeFrames([edit()])).toString('latin1'),
    },
  ],
  ['a durable stream', `${documentPath(DOC)}?offset=-1`],
  ['a durable stream that polls', `${documentPath(DOC)}?offset=now&live=long-poll`],
  ['a durable stream of events', `${documentPath(DOC)}?offset=now&live=sse`],
  ['a snapshot', `${documentPath(DOC)}?offset=snapshot`],
  ['a named stream of presence', `${documentPath(DOC)}?awareness=default&offset=now&live=long-poll`],
  ['a durable POST', documentPath(DOC), { method: 'POST', headers: octets, body: 'x' }],
  ['a durable PUT', documentPath(DOC), { method: 'PUT', headers: octets }],
  ['a durable HEAD', documentPath(DOC), { method: 'HEAD' }],
  ['a durable DELETE', documentPath(DOC), { method: 'DELETE' }],
  ['the meta data', `/v1/documents/${DOC}`],
  ['a rename', `/v1/documents/${DOC}`, { method: 'PATCH', headers: json, body: '{"title":"Taken"}' }],
  ['the content', `/v1/content/${DOC}`],
  [
    'an append',
    `/v1/content/${DOC}`,
    { method: 'POST', headers: { 'content-type': 'text/markdown' }, body: 'x' },
  ],
  ['the rights', `/v1/access/${DOC}`],
  ['the links', `/v1/links/${DOC}`],
  ['the trail', `/v1/trail/${DOC}`],
]

/** Every way in, three times over where the token can stand in three places; each has to be answered in the same way. */
async function expectRefused(token: string, code: ErrorCode, status: number): Promise<void> {
  const encoded = Buffer.from(token).toString('base64url')
  const upgrades = [
    server.askToUpgrade(`/v1/ws/${DOC}`, bearer(token)),
    server.askToUpgrade(`/v1/ws/${DOC}?token=${encodeURIComponent(token)}`),
    server.askToUpgrade(`/v1/ws/${DOC}`, { 'sec-websocket-protocol': `${SUBPROTOCOL}, bearer.${encoded}` }),
  ]
  for (const answer of await Promise.all(upgrades))
    expect([answer.status, codeIn(answer)]).toEqual([status, code])
  for (const [name, path, question] of ways) {
    const answer = await server.ask(path, {
      ...question,
      headers: { ...question?.headers, ...bearer(token) },
    })
    const told = question?.method === 'HEAD' ? code : codeIn(answer)
    expect([name, answer.status, told]).toEqual([name, status, code])
  }
}

/** Nothing of what was tried has come into the document. */
async function expectUntouched(): Promise<void> {
  expect(await told()).toBe(before)
}

async function told(): Promise<string> {
  return (await server.ask(`/v1/documents/${DOC}`, { headers: bearer(await signed({ role: 'viewer' })) }))
    .text
}

describe('a token', () => {
  it.each<[string, () => Promise<string> | string, ErrorCode, number]>([
    ['has expired', () => signed({ exp: now() - 1 }), 'UNAUTHORIZED', 401],
    ['counts only later', () => signed({ nbf: now() + 60 }), 'UNAUTHORIZED', 401],
    ['never ends', () => signed({ exp: undefined }), 'UNAUTHORIZED', 401],
    ['is for another document', () => signed({ doc: 'other', role: 'owner' }), 'FORBIDDEN', 403],
    ['is for the beginning of another id', () => signed({ doc: 'plans/*', role: 'owner' }), 'FORBIDDEN', 403],
    ['is signed with the key of somebody else', () => signed({}, theirs), 'UNAUTHORIZED', 401],
    ['names another issuer', () => signed({ iss: 'https://other.example' }), 'UNAUTHORIZED', 401],
    ['is meant for another service', () => signed({ aud: 'mail' }), 'UNAUTHORIZED', 401],
    ['is not signed, and says so', () => unsigned('none'), 'UNAUTHORIZED', 401],
    ['is not signed, and says that it is', () => unsigned('RS256'), 'UNAUTHORIZED', 401],
    ['is signed with the public key as a secret', () => signedWithPublic(publicPem), 'UNAUTHORIZED', 401],
    ['is signed with the modulus as a secret', () => signedWithPublic(modulus), 'UNAUTHORIZED', 401],
    ['was altered after it was signed', altered, 'UNAUTHORIZED', 401],
  ])(
    '[AC1, AC2, AC3] that %s opens nothing, over any transport and route',
    async (_what, token, code, status) => {
      await expectRefused(await token(), code, status)
      await expectUntouched()
    },
  )

  it('[RV3] of somebody who was removed opens nothing when it comes again', async () => {
    const token = await signed({ sub: 'eve', role: 'owner' })
    expect((await server.ask(`/v1/documents/${DOC}`, { headers: bearer(token) })).status).toBe(200)
    const owner = bearer(await signed({ role: 'owner' }))
    const say = (role: string | null): Promise<Answer> =>
      server.ask(`/v1/access/${DOC}`, {
        method: 'PUT',
        headers: { ...owner, ...json },
        body: JSON.stringify({ subject: 'eve', role }),
      })
    expect((await say('none')).status).toBe(200)
    await expectRefused(token, 'FORBIDDEN', 403)
    expect((await say(null)).status).toBe(200)
    await expectUntouched()
  })

  it('[SL1, SL4] of a link that was revoked opens nothing when it comes again', async () => {
    const owner = bearer(await signed({ role: 'owner' }))
    const question = { method: 'POST', headers: { ...owner, ...json }, body: '{"role":"owner"}' }
    const made = JSON.parse((await server.ask(`/v1/links/${DOC}`, question)).text) as {
      linkId: string
      path: string
    }
    const token = `share~${new URL(made.path, server.url).searchParams.get('share')}`
    expect((await server.ask(`/v1/documents/${DOC}`, { headers: bearer(token) })).status).toBe(200)
    await server.ask(`/v1/links/${DOC}?link=${made.linkId}`, { method: 'DELETE', headers: owner })
    const status = (await server.ask(`/v1/documents/${DOC}`, { headers: bearer(token) })).status
    await expectRefused(token, 'LINK_INVALID', status)
    await expectUntouched()
  })

  it('[AC4] whose session has ended with it opens nothing when it comes again', async () => {
    const token = await signed({ exp: now() + 3 })
    const client = new Client(`${server.url}/v1/ws/${DOC}?token=${token}`, [SUBPROTOCOL])
    await client.hear('hello')
    expect((await client.closed).code).toBe(4401)
    await expectRefused(token, 'UNAUTHORIZED', 401)
  })
})

describe('a fresh token', () => {
  it('[AC5] of another subject, for another document, expired, forged or of a link leaves the old one as it was', async () => {
    const client = new Client(`${server.url}/v1/ws/${DOC}?token=${await signed({ role: 'viewer' })}`, [
      SUBPROTOCOL,
    ])
    expect((await client.hear('hello')).role).toBe('viewer')
    const refusals: readonly (readonly [string, ErrorCode])[] = [
      [await signed({ sub: 'bob', role: 'owner' }), 'FORBIDDEN'],
      [await signed({ doc: 'other', role: 'owner' }), 'FORBIDDEN'],
      [await signed({ role: 'owner', exp: now() - 1 }), 'UNAUTHORIZED'],
      [await signed({ role: 'owner', nbf: now() + 60 }), 'UNAUTHORIZED'],
      [await signed({ role: 'owner' }, theirs), 'UNAUTHORIZED'],
      [unsigned('none'), 'UNAUTHORIZED'],
      [await signedWithPublic(publicPem), 'UNAUTHORIZED'],
      [`share~${'B'.repeat(11)}~${'A'.repeat(32)}`, 'LINK_INVALID'],
    ]
    const told: string[] = []
    for (const [token, code] of refusals) {
      client.say({ type: 'token', token })
      await expect
        .poll(() => client.heard.filter(({ type }) => type === 'error').length, { timeout: 20_000 })
        .toBe(told.length + 1)
      told.push(code)
      expect(client.heard.findLast(({ type }) => type === 'error')).toMatchObject({ code })
    }
    expect(client.heard.filter(({ type }) => type === 'grant')).toEqual([])
    // What it may do is what it might before.
    client.say({ type: 'update', update: edit() })
    await expect
      .poll(() => client.heard.findLast(({ type }) => type === 'error'), { timeout: 20_000 })
      .toMatchObject({ code: 'READ_ONLY' })
    client.say({ type: 'token', token: await signed({ role: 'editor' }) })
    expect((await client.hear('grant')).role).toBe('editor')
    await client.leave()
    await expectUntouched()
  })
})
