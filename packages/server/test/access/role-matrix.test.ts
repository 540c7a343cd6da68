/**
 * Who may do what: everybody × every route that the server has × every message that there is × each way in which messages travel.
 * Routes are those that the server itself lists, and messages those of the contract: one without an expectation fails here.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { SUBPROTOCOL, allows, documentPath, errorTable, messageType, syncType } from '@cometpad/shared'
import type { ErrorCode, Message, Role } from '@cometpad/shared'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { builtApp } from '../../src/http/static-app.ts'
import { get, post } from '../documents-http/asking.ts'
import { RealServer, codeIn } from '../real-server.ts'
import type { Answer } from '../real-server.ts'
import { SECRET, signedToken } from '../signed-token.ts'
import { Client } from '../websocket/client.ts'
import { messageRules } from './message-rules.ts'
import type { Outcome } from './message-rules.ts'
import { edit, routeRules } from './route-rules.ts'
import type { Face } from './route-rules.ts'

const people = [
  'anonymous',
  'viewer',
  'commenter',
  'editor',
  'owner',
  'expired',
  'revoked',
  'of another document',
] as const
type Person = (typeof people)[number]
const ways = ['ws', 'stream', 'poll'] as const
type Way = (typeof ways)[number]
const ALL = 'matrix/*'

/** Why somebody is not let in; undefined: they are, as what they are called. */
const refusals: Readonly<Record<Person, ErrorCode | undefined>> = {
  anonymous: 'UNAUTHORIZED',
  viewer: undefined,
  commenter: undefined,
  editor: undefined,
  owner: undefined,
  expired: 'UNAUTHORIZED',
  revoked: 'FORBIDDEN',
  'of another document': 'FORBIDDEN',
}

let server: RealServer
let openServer: RealServer
const tokens = new Map<Person | 'maker', string>()
let served = 0

beforeAll(async () => {
  const limits = { requestsPerWindow: 1_000_000, connectionsPerSubject: 10_000 }
  server = await RealServer.start({ auth: 'token', tokenSecret: SECRET, limits })
  openServer = await RealServer.start({ limits })
  for (const role of ['viewer', 'commenter', 'editor', 'owner'] as const)
    tokens.set(role, await signedToken({ sub: role, doc: ALL, role }))
  tokens.set('maker', await signedToken({ sub: 'maker', doc: ALL, role: 'owner' }))
  tokens.set('revoked', await signedToken({ sub: 'revoked', doc: ALL, role: 'owner' }))
  tokens.set('of another document', await signedToken({ sub: 'owner', doc: 'elsewhere', role: 'owner' }))
  const exp = Math.floor(Date.now() / 1_000) - 3_600
  tokens.set('expired', await signedToken({ sub: 'owner', doc: ALL, role: 'owner', exp }))
})

afterAll(async () => {
  await Promise.all([server.close(), openServer.close()])
})

function bearer(person: Person | 'maker'): Record<string, string> {
  const token = tokens.get(person)
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

interface Question {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer | undefined
}

async function ask(of: RealServer, person: Person | 'maker', question: Question): Promise<Answer> {
  const { method, path, headers, body } = question
  const {
    statusCode,
    headers: answered,
    payload,
  } = await of.server.fastify.inject({
    method: method as 'GET',
    url: path,
    headers: { ...headers, ...bearer(person) },
    ...(body === undefined ? {} : { payload: body }),
  })
  const { date: _, ...others } = answered
  return { status: statusCode, headers: others as Answer['headers'], text: payload }
}

async function askJson(of: RealServer, method: string, path: string, body: object): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  return ask(of, 'maker', { method, path, headers, body: JSON.stringify(body) })
}

async function newId(of: RealServer): Promise<string> {
  served += 1
  const documentId = `matrix/${served}`
  const made = await askJson(of, 'POST', '/v1/documents', { documentId })
  expect(made.status).toBe(201)
  return documentId
}

async function revoke(documentId: string): Promise<void> {
  const answer = await askJson(server, 'PUT', `/v1/access/${documentId}`, {
    subject: 'revoked',
    role: 'none',
  })
  expect(answer.status).toBe(200)
}

/** Methods and addresses out of the tree that the server prints. */
function routesOf({ server: { fastify } }: RealServer): string[] {
  const branch: string[] = []
  const routes: string[] = []
  for (const line of fastify.printRoutes().split('\n')) {
    const [, stem, text] = /^([│ ]*)[├└]── (.*)$/.exec(line) ?? []
    if (stem === undefined || text === undefined) continue
    const depth = stem.length / 4
    branch.splice(depth)
    if (text === '(empty root node)') continue
    const [, piece = '', methods = ''] = /^(.*?)(?: \(([A-Z, ]+)\))?$/.exec(text) ?? []
    branch[depth] = piece
    if (methods !== '') for (const method of methods.split(', ')) routes.push(`${method} ${branch.join('')}`)
  }
  return routes.filter((route) => !isFileOfTheApp(route)).toSorted()
}

function isFileOfTheApp(route: string): boolean {
  const [, method, path = ''] = /^(GET|HEAD) (.+\..+)$/.exec(route) ?? []
  return method !== undefined && existsSync(join(builtApp, path))
}

describe('routes', () => {
  it('[AC1] each has an expectation', () => {
    expect(routesOf(server)).toEqual(Object.keys(routeRules).toSorted())
    expect(routesOf(openServer)).toEqual(routesOf(server))
  })

  it.each(Object.entries(routeRules))(
    '[AC1, AC3, RV3, SL1] with auth=token everybody gets of %s what is theirs',
    async (route, faces) => {
      const cells = faces.flatMap((face) => people.map((person) => ({ face, person })))
      const name = ({ face, person }: (typeof cells)[number]): string => `${face.name} ${person}`
      const got = await Promise.all(
        cells.map(async (cell) => [name(cell), await routeCell(route, cell.face, cell.person)] as const),
      )
      const expected = cells.map((cell) => [name(cell), expectedOf(route, cell.face, cell.person)] as const)
      expect(Object.fromEntries(got)).toEqual(Object.fromEntries(expected))
    },
  )

  it.each(Object.entries(routeRules))('[RV4, SL1] with auth=open everybody may %s', async (route, faces) => {
    for (const face of faces) {
      const documentId = face.isMissing === true ? `matrix/open-${(served += 1)}` : await newId(openServer)
      const answer = await ask(openServer, 'anonymous', questionOf(route, face, documentId, 'x'))
      expect([face.name, shown(route, answer)]).toEqual([face.name, expectedAs(route, face.open ?? face.ok)])
    }
  })
})

function questionOf(
  route: string,
  { path, headers, body }: Face,
  documentId: string,
  share: string,
): Question {
  const [method = ''] = route.split(' ')
  return { method, path: path(documentId), headers: headers ?? {}, body: body?.(documentId, share) }
}

/** What somebody is answered, and that a refusal has changed nothing and tells nobody whether there is such a document. */
async function routeCell(route: string, face: Face, person: Person): Promise<string> {
  const documentId = face.isMissing === true ? `matrix/new-${(served += 1)}` : await newId(server)
  let share = ''
  if (face.needsLink === true) {
    const made = await askJson(server, 'POST', `/v1/links/${documentId}`, { role: 'viewer' })
    share = /share=([^"]+)"/.exec(made.text)?.[1] ?? ''
  }
  // Nobody's rights can be changed in a document that is not there.
  if (person === 'revoked' && face.isMissing !== true) await revoke(documentId)
  const before = await stateOf(documentId)
  const answer = await ask(server, person, questionOf(route, face, documentId, share))
  const got = shown(route, answer)
  if (answer.status >= 400 && got !== expectedAs(route, face.ok)) {
    if ((await stateOf(documentId)) !== before) return `${got}, and something has changed`
  }
  if (refusals[person] !== undefined && person !== 'revoked' && isOf(face)) {
    const elsewhere = await ask(server, person, questionOf(route, face, `matrix/none-${served}`, share))
    if (JSON.stringify(elsewhere) !== JSON.stringify(answer))
      return `${got}, and it differs where there is none`
  }
  if (route === 'GET /v1/documents' && refusals[person] !== undefined && answer.text.includes(documentId))
    return `${got}, and it names the document`
  return got
}

/** Does it look at rights in a document at all? */
function isOf({ needs }: Face): boolean {
  return needs !== 'nothing' && needs !== 'a token'
}

async function stateOf(documentId: string): Promise<string> {
  const [head, about] = await Promise.all([
    ask(server, 'maker', { method: 'HEAD', path: documentPath(documentId) }),
    ask(server, 'maker', { method: 'GET', path: `/v1/documents/${documentId}` }),
  ])
  const trail = await ask(server, 'maker', { method: 'GET', path: `/v1/trail/${documentId}` })
  return [head.headers['stream-next-offset'], about.text, trail.text].join(' ')
}

function shown(route: string, answer: Answer): string {
  // What has no body says no more than its status.
  if (answer.status < 400 || route.startsWith('HEAD ')) return String(answer.status)
  return answer.headers['content-type']?.startsWith('application/json') === true
    ? String(codeIn(answer))
    : String(answer.status)
}

function expectedAs(route: string, what: number | ErrorCode): string {
  // Pages of the app where it is not built.
  if (/^\w+ \/(d\/\*|doctor)?$/.test(route) && !existsSync(join(builtApp, 'index.html'))) return '503'
  if (typeof what === 'number') return String(what)
  return route.startsWith('HEAD ') ? String(errorTable[what].status) : what
}

function expectedOf(route: string, face: Face, person: Person): string {
  const { needs, ok, tooLow = 'FORBIDDEN' } = face
  if (needs === 'nothing') return expectedAs(route, ok)
  const refusal = refusals[person]
  if (refusal === 'UNAUTHORIZED') return expectedAs(route, refusal)
  if (needs === 'a token') return expectedAs(route, ok)
  if (person === 'revoked' && face.isMissing === true) return expectedAs(route, ok)
  if (refusal !== undefined) return expectedAs(route, refusal)
  return expectedAs(route, allows(person as Role, needs) ? ok : tooLow)
}

const types = Object.keys(messageType).flatMap((type) => (type === 'sync' ? Object.keys(syncType) : [type]))

describe('messages', () => {
  it('[MS4, MS9] each has an expectation', () => {
    expect(Object.keys(messageRules).toSorted()).toEqual(types.toSorted())
  })

  it.each(ways)('[GA5, PR7, MS9, HT17] over %s everybody says each as far as they may', async (way) => {
    const rows = await Promise.all(types.map(async (type) => [type, await messageRow(way, type)] as const))
    const expected = types.map((type) => [type, expectedRow(type)] as const)
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(expected))
  })
})

type Row = Partial<Record<Person, Outcome | string>>

function expectedRow(type: string): Row {
  const { expected } = messageRules[type as Message['type']]
  return Object.fromEntries(people.map((person) => [person, refusals[person] ?? expected(person as Role)]))
}

async function messageRow(way: Way, type: string): Promise<Row> {
  const { sample } = messageRules[type as Message['type']]
  const documentId = await newId(server)
  await revoke(documentId)
  const witness = await Witness.in(documentId)
  const row: Row = {}
  for (const person of people) {
    const token = tokens.get(person)
    const message = sample(token ?? '')
    row[person] =
      refusals[person] === undefined
        ? await said(way, documentId, person, message, witness)
        : await refused(way, documentId, person, message, witness)
  }
  await witness.leave()
  return row
}

/** An owner in the document, who sees what reaches others and how far the log is. */
class Witness {
  readonly #client: Client
  #offset: number
  #saved = 0

  private constructor(client: Client, head: number) {
    this.#client = client
    this.#offset = head
  }

  static async in(documentId: string): Promise<Witness> {
    const client = connect(documentId, 'maker')
    const { head } = await client.hear('hello')
    return new Witness(client, head)
  }

  /** How many edits of others were stored since the last time, and what was told of others. */
  async sees(): Promise<Pick<Outcome, 'stored' | 'told'>> {
    const { heard } = this.#client
    this.#client.say({ type: 'presenceQuery' })
    // Behind everything that the room has taken in.
    this.#client.say({ type: 'update', update: edit() })
    this.#saved += 1
    let saved: Extract<Message, { type: 'saved' }> | undefined
    while (saved === undefined) {
      await this.#client.hear('saved')
      saved = heard.find(
        (message) => message.type === 'saved' && message.count >= this.#saved,
      ) as typeof saved
      if (saved === undefined) await new Promise((resolve) => setImmediate(resolve))
    }
    const stored = saved.offset - this.#offset - 1
    this.#offset = saved.offset
    const told = new Set<string>()
    for (const message of heard.splice(0)) {
      if (message.type === 'broadcast') told.add('broadcast')
      // Of no client: a sign of life.
      if (message.type === 'presence' && message.presence[0] !== 0) told.add('presence')
    }
    return { stored, told: [...told] }
  }

  leave(): Promise<void> {
    return this.#client.leave()
  }
}

function connect(documentId: string, person: Person | 'maker'): Client {
  const encoded = Buffer.from(tokens.get(person) ?? '').toString('base64url')
  return new Client(`${server.url}/v1/ws/${documentId}?position=0`, [SUBPROTOCOL, `bearer.${encoded}`])
}

function keyOf(person: Person): string {
  return `matrix-${person.replaceAll(' ', '-')}`.padEnd(24, '0')
}

async function said(
  way: Way,
  documentId: string,
  person: Person,
  message: Message,
  witness: Witness,
): Promise<Outcome> {
  const headers = bearer(person)
  if (way === 'ws') {
    const client = connect(documentId, person)
    expect((await client.hear('hello')).role).toBe(person)
    client.heard.length = 0
    client.say(message)
    client.say({ type: 'vector', vector: new Uint8Array([0]) })
    const closed = await Promise.race([client.hear('answer').then(() => null), client.closed])
    const seen = await witness.sees()
    const codes = client.heard.flatMap((one) => (one.type === 'error' ? [one.code] : []))
    await client.leave()
    // Presence goes with its connection; the witness has seen that by the next time.
    await witness.sees()
    return { codes, closed: closed === null ? null : (closed.reason as ErrorCode), ...seen }
  }
  const wish = { documentId, headers, client: keyOf(person) }
  const held = get(server.port, { ...wish, live: way === 'stream' ? 'stream' : 'long-poll' })
  expect((await held.hear('hello')).role).toBe(person)
  const answer = await post(server.port, [message], wish)
  const seen = await witness.sees()
  const codes = answer.messages.flatMap((one) => (one.type === 'error' ? [one.code] : []))
  if (message.type === 'presence') {
    await post(server.port, [messageRules.presence.sample('gone')], wish)
    await witness.sees()
  }
  held.leave()
  await held.whole.catch(() => undefined)
  if (answer.status === 200) return { codes, closed: null, ...seen }
  const { code } = answer
  return { codes: [code as ErrorCode], closed: code as ErrorCode, ...seen }
}

/** Somebody who is not let in says it all the same. */
async function refused(
  way: Way,
  documentId: string,
  person: Person,
  message: Message,
  witness: Witness,
): Promise<string> {
  const headers = bearer(person)
  const codes = new Set<unknown>()
  if (way === 'ws') codes.add(codeIn(await server.askToUpgrade(`/v1/ws/${documentId}`, headers)))
  else {
    const live = way === 'stream' ? 'stream' : 'long-poll'
    codes.add((await get(server.port, { documentId, headers, live }).whole).code)
    codes.add((await post(server.port, [message], { documentId, headers })).code)
  }
  const { stored, told } = await witness.sees()
  if (stored > 0 || told.length > 0) codes.add(`stored ${stored}, told ${told.join()}`)
  return [...codes].join()
}
