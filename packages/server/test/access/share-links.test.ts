/** Share links from outside: made and revoked by owners, used by whoever has them. */
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { Writable } from 'node:stream'
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import type { TransportName } from '@cometpad/provider'
import { limits } from '@cometpad/shared'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { RealServer, codeIn } from '../real-server.ts'
import type { Answer } from '../real-server.ts'
import { SECRET, signedToken } from '../signed-token.ts'

const WAIT = { timeout: 60_000, interval: 20 }
const ways: TransportName[] = ['ws', 'stream', 'poll']

interface Link {
  readonly linkId: string
  readonly role: string
  readonly path: string
  /** What stands behind "?share=". */
  readonly share: string
}

let folder = ''
let server: RealServer
let log = ''
const providers: CometpadProvider[] = []

beforeAll(async () => {
  folder = await mkdtemp(joinPath(tmpdir(), 'cometpad-links-'))
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      log += chunk.toString()
      done()
    },
  })
  server = await RealServer.start(
    { auth: 'token', tokenSecret: SECRET, data: folder },
    pino({ level: 'trace' }, sink),
  )
})

afterEach(() => {
  for (const provider of providers.splice(0)) {
    provider.destroy()
    provider.doc.destroy()
  }
})

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

async function bearer(documentId: string, role = 'owner'): Promise<Record<string, string>> {
  const token = await signedToken({ sub: 'ada', doc: documentId, role })
  return { authorization: `Bearer ${token}` }
}

async function ask(method: string, path: string, body?: object, headers = {}): Promise<Answer> {
  if (body === undefined) return server.ask(path, { method, headers })
  const type = { 'content-type': 'application/json' }
  return server.ask(path, { method, headers: { ...type, ...headers }, body: JSON.stringify(body) })
}

async function makeDocument(documentId: string): Promise<void> {
  const answer = await ask('POST', '/v1/documents', { documentId }, await bearer(documentId))
  expect(answer.status).toBe(201)
}

async function makeLink(documentId: string, link: object): Promise<Link> {
  const answer = await ask('POST', `/v1/links/${documentId}`, link, await bearer(documentId))
  expect([answer.status, answer.text]).toEqual([201, expect.stringContaining('"path"')])
  const made = JSON.parse(answer.text) as Link
  return { ...made, share: new URL(made.path, server.url).searchParams.get('share') ?? '' }
}

async function revoke(documentId: string, { linkId }: Link): Promise<void> {
  const path = `/v1/links/${documentId}?link=${encodeURIComponent(linkId)}`
  expect((await ask('DELETE', path, undefined, await bearer(documentId))).status).toBe(204)
}

function visit(documentId: string, share: string, password?: string): Promise<Answer> {
  return ask('POST', `/v1/visits/${documentId}`, password === undefined ? { share } : { share, password })
}

const withToken = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

function open(transport: TransportName, documentId: string, token: string): CometpadProvider {
  const provider = new CometpadProvider({
    server: server.url,
    documentId,
    doc: new Y.Doc(),
    transport,
    environment: browserEnvironment(WebSocket),
    token,
  })
  providers.push(provider)
  return provider
}

describe.each(ways)('over %s', (way) => {
  it('[SL1, SL4] a link lets in with its role, until it is revoked', async () => {
    const documentId = `shared-${way}`
    await makeDocument(documentId)
    const [reading, writing] = [
      await makeLink(documentId, { role: 'viewer' }),
      await makeLink(documentId, { role: 'editor' }),
    ]
    const [reader, writer] = [
      open(way, documentId, `share~${reading.share}`),
      open(way, documentId, `share~${writing.share}`),
    ]
    await expect.poll(() => [reader.role, writer.role], WAIT).toEqual(['viewer', 'editor'])
    writer.doc.getText('text').insert(0, 'hello')
    await expect.poll(() => reader.doc.getText('text').toJSON(), WAIT).toBe('hello')
    await revoke(documentId, reading)
    await expect.poll(() => reader.stopCode, WAIT).toBe('LINK_INVALID')
    expect(writer.status).toBe('connected')
    writer.doc.getText('text').insert(0, 'more ')
    await expect.poll(() => writer.saved, WAIT).toBe(true)
    expect(reader.doc.getText('text').toJSON()).toBe('hello')
  })
})

describe('a share link', () => {
  it('[SL4] ends when it expires, and is listed no more', async () => {
    await makeDocument('brief')
    const link = await makeLink('brief', {
      role: 'viewer',
      expiresAt: new Date(Date.now() + 1_500).toISOString(),
    })
    await expect.poll(async () => codeIn(await visit('brief', link.share)), WAIT).toBe('LINK_INVALID')
    const list = await ask('GET', '/v1/links/brief', undefined, await bearer('brief'))
    expect(JSON.parse(list.text)).toEqual({ links: [] })
  })

  it('[SL1] gives the same answer for every document and link that it does not open', async () => {
    await makeDocument('here')
    await makeDocument('elsewhere')
    const [link, gone] = [
      await makeLink('here', { role: 'editor' }),
      await makeLink('here', { role: 'editor' }),
    ]
    await revoke('here', gone)
    const wrong = `${link.linkId}~${'A'.repeat(32)}`
    const answers: Answer[] = []
    for (const [documentId, share] of [
      ['elsewhere', link.share],
      ['nowhere', link.share],
      ['here', gone.share],
      ['here', wrong],
      ['here', `${'B'.repeat(11)}~${'A'.repeat(32)}`],
      ['here', 'nonsense'],
    ] as const) {
      answers.push(await visit(documentId, share))
      answers.push(await ask('GET', `/v1/documents/${documentId}`, undefined, withToken(`share~${share}`)))
      answers.push(await server.askToUpgrade(`/v1/ws/${documentId}?token=share~${share}`))
      answers.push(
        await ask('GET', `/v1/yjs/docs/${documentId}?offset=-1`, undefined, withToken(`share~${share}`)),
      )
    }
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(answers.map(codeIn)).toContain('LINK_INVALID')
    const right = await ask('GET', '/v1/documents/here', undefined, withToken(`share~${link.share}`))
    expect(right.status).toBe(200)
    const comments = await server.askToUpgrade(`/v1/ws/here/comments?token=share~${link.share}`)
    expect(comments.status).toBe(101)
  })

  it('[SL2] is for owners to make, list and revoke; a link may make an owner', async () => {
    await makeDocument('owned')
    for (const role of ['viewer', 'commenter', 'editor']) {
      const link = await makeLink('owned', { role })
      for (const headers of [await bearer('owned', role), withToken(`share~${link.share}`)]) {
        expect(codeIn(await ask('GET', '/v1/links/owned', undefined, headers))).toBe('FORBIDDEN')
        expect(codeIn(await ask('POST', '/v1/links/owned', { role: 'viewer' }, headers))).toBe('FORBIDDEN')
        expect(codeIn(await ask('DELETE', '/v1/links/owned?link=x', undefined, headers))).toBe('FORBIDDEN')
      }
    }
    const owner = await makeLink('owned', { role: 'owner' })
    const list = await ask('GET', '/v1/links/owned', undefined, withToken(`share~${owner.share}`))
    const { links } = JSON.parse(list.text) as { links: { role: string }[] }
    expect(links.map(({ role }) => role)).toEqual(['viewer', 'commenter', 'editor', 'owner'])
    expect(list.text).not.toMatch(/hash|secret|salt/i)
    for (const body of [
      {},
      { role: 'admin' },
      { role: 'viewer', expiresAt: '2001-01-01T00:00:00Z' },
      { role: 'viewer', expiresAt: 'soon' },
      { role: 'viewer', password: '' },
    ])
      expect(codeIn(await ask('POST', '/v1/links/owned', body, await bearer('owned')))).toBe(
        'INVALID_REQUEST',
      )
    expect(codeIn(await ask('POST', '/v1/links/none', { role: 'viewer' }, await bearer('none')))).toBe(
      'DOCUMENT_NOT_FOUND',
    )
  })

  it('[SL3] asks for its password once, and lets it be tried so often', async () => {
    await makeDocument('locked')
    const link = await makeLink('locked', { role: 'editor', password: 'caf\u00e9 au lait' })
    expect(codeIn(await visit('locked', link.share))).toBe('PASSWORD_REQUIRED')
    const bare = withToken(`share~${link.share}`)
    expect(codeIn(await ask('GET', '/v1/documents/locked', undefined, bare))).toBe('PASSWORD_REQUIRED')
    expect(codeIn(await visit('locked', link.share, 'tea'))).toBe('PASSWORD_WRONG')
    // The same letters, composed in another way.
    const answer = await visit('locked', link.share, 'cafe\u0301 au lait')
    const { token, role } = JSON.parse(answer.text) as { token: string; role: string }
    expect([answer.status, role]).toEqual([200, 'editor'])
    expect((await ask('GET', '/v1/documents/locked', undefined, withToken(token))).status).toBe(200)
    const forged = token.replace(/.{10}$/, 'AAAAAAAAAA')
    expect(codeIn(await ask('GET', '/v1/documents/locked', undefined, withToken(forged)))).toBe(
      'PASSWORD_REQUIRED',
    )
    for (let tries = 1; tries < limits.passwordTries; tries += 1)
      expect(codeIn(await visit('locked', link.share, 'tea'))).toBe('PASSWORD_WRONG')
    expect(codeIn(await visit('locked', link.share, 'caf\u00e9 au lait'))).toBe('RATE_LIMITED')
    expect((await ask('GET', '/v1/documents/locked', undefined, withToken(token))).status).toBe(200)
  })

  it('[SL2] leaves neither secret nor password in the log and on the disk', async () => {
    await makeDocument('quiet')
    const link = await makeLink('quiet', { role: 'viewer', password: 'open sesame please' })
    const { token } = JSON.parse((await visit('quiet', link.share, 'open sesame please')).text) as {
      token: string
    }
    const [, , secret = '', proof = ''] = token.split('~')
    await server.ask(link.path)
    await server.ask(`/v1/documents/quiet?token=${token}`)
    await server.askToUpgrade(`/v1/ws/quiet?token=${token}`)
    await server.askToUpgrade('/v1/ws/quiet', {
      'sec-websocket-protocol': `cometpad.v1, bearer.${Buffer.from(token).toString('base64url')}`,
    })
    let disk = ''
    for (const name of await readdir(joinPath(folder, 'leveldb')))
      disk += (await readFile(joinPath(folder, 'leveldb', name))).toString('latin1')
    expect(disk).toContain(link.linkId)
    expect(log).toContain('/v1/visits/quiet')
    for (const words of [secret, proof, 'open sesame']) {
      expect(words.length).toBeGreaterThan(10)
      expect(log).not.toContain(words)
      expect(disk).not.toContain(words)
    }
  })

  it('[RV4] rights are those of the document, of people, and changed by people', async () => {
    await makeDocument('ruled')
    const owner = await makeLink('ruled', { role: 'owner' })
    const refused = async (code: string, ...question: Parameters<typeof ask>): Promise<void> =>
      expect(codeIn(await ask(...question)), `${question[0]} ${question[1]}`).toBe(code)
    const ada = await bearer('ruled')
    const role = { subject: 'eve', role: 'none' }
    await refused('INVALID_REQUEST', 'PUT', '/v1/access/ruled/comments', role, ada)
    await refused('INVALID_REQUEST', 'POST', '/v1/links/ruled/comments', { role: 'viewer' }, ada)
    await refused('INVALID_REQUEST', 'PUT', '/v1/access/ruled', { ...role, subject: 'link:abc' }, ada)
    const byLink = withToken(`share~${owner.share}`)
    await refused('FORBIDDEN', 'PUT', '/v1/access/ruled', role, byLink)
    await refused('INVALID_REQUEST', 'DELETE', `/v1/links/ruled?link=${owner.linkId}`, undefined, byLink)
  })

  it('[AC3] a list names what its token opens, and no other document, also not as the place to go on at', async () => {
    for (const documentId of ['list', 'list-a', 'list/comments', 'lisp', 'zebra', 'aardvark'])
      await makeDocument(documentId)
    for (const [doc, ids] of [
      ['list', ['list', 'list/comments']],
      ['list-*', ['list-a']],
      ['zebra', ['zebra']],
      ['nothing', []],
    ] as const) {
      const told: (string | null)[] = []
      let after = ''
      for (let page = 0; page < 20; page += 1) {
        const answer = await ask('GET', `/v1/documents?limit=1${after}`, undefined, await bearer(doc))
        const { documents, next } = JSON.parse(answer.text) as {
          documents: { documentId: string }[]
          next: string | null
        }
        told.push(...documents.map(({ documentId }) => documentId), next)
        if (next === null) break
        after = `&after=${encodeURIComponent(next)}`
      }
      expect([...new Set(told)].filter((id) => id !== null).toSorted(), doc).toEqual(ids)
      expect(told.at(-1)).toBe(null)
    }
  })

  it('[SL1] is no right to see other documents, and means nothing where everybody may do everything', async () => {
    await makeDocument('seen')
    await makeDocument('unseen')
    const link = await makeLink('seen', { role: 'editor' })
    for (const token of [`share~${link.share}`, `share~${'A'.repeat(11)}~${'A'.repeat(32)}`]) {
      const list = await ask('GET', '/v1/documents?limit=1', undefined, withToken(token))
      expect(codeIn(list)).toBe('FORBIDDEN')
      expect(list.text).not.toMatch(/seen/)
    }
    const free = await RealServer.start()
    for (const [method, path, body] of [
      ['GET', '/v1/links/doc', undefined],
      ['POST', '/v1/links/doc', { role: 'viewer' }],
      ['DELETE', '/v1/links/doc?link=x', undefined],
      ['POST', '/v1/visits/doc', { share: link.share }],
    ] as const) {
      const question = body === undefined ? {} : { body: JSON.stringify(body) }
      const headers = { 'content-type': 'application/json' }
      expect(codeIn(await free.ask(path, { method, ...question, ...(body && { headers }) }))).toBe(
        'ACCESS_IS_OPEN',
      )
    }
    await free.close()
  })
})
