/** That nobody makes documents without end, in whatever way documents are made. */
import { FRAMES_TYPE, SUBPROTOCOL, documentPath, errorTable } from '@cometpad/shared'
import { afterEach, describe, expect, it } from 'vitest'
import { RealServer, codeIn } from '../real-server.ts'
import type { Question } from '../real-server.ts'
import { SECRET, signedToken } from '../signed-token.ts'
import { Client } from '../websocket/client.ts'

const limits = { documentsPerWindow: 4, documentWindowMs: 60_000 }
let server: RealServer

afterEach(() => server.close())

type Asked = readonly [path: string, question: Question]

/** Every way over HTTP in which a document comes into being. */
function waysToMake(name: string, headers: Readonly<Record<string, string>> = {}): readonly Asked[] {
  const body = JSON.stringify({ documentId: `${name}-made` })
  const json = { ...headers, 'content-type': 'application/json' }
  const text = { ...headers, 'content-type': 'text/plain' }
  const octets = { ...headers, 'content-type': 'application/octet-stream' }
  return [
    [documentPath(`${name}-opened`), { headers: { ...headers, accept: FRAMES_TYPE } }],
    ['/v1/documents', { method: 'POST', headers: json, body }],
    [`/v1/content/${name}-written`, { method: 'PUT', headers: text, body: 'text' }],
    [documentPath(`${name}-put`), { method: 'PUT', headers: octets }],
  ]
}

async function refusalsOf(asked: readonly Asked[]): Promise<unknown[]> {
  const codes: unknown[] = []
  for (const [path, question] of asked) {
    const answer = await server.ask(path, question)
    codes.push(answer.status < 300 ? undefined : codeIn(answer))
    if (answer.status >= 300) expect(Number(answer.headers['retry-after'])).toBeGreaterThan(5)
  }
  return codes
}

const allLetIn = [undefined, undefined, undefined, undefined]
const allRefused = ['RATE_LIMITED', 'RATE_LIMITED', 'RATE_LIMITED', 'RATE_LIMITED']

describe('so many documents are made in a while and no more', () => {
  it('[AD8] of one address where everybody is the same, while documents that are there are open to it', async () => {
    server = await RealServer.start({ limits, trustProxy: ['loopback'] })
    const from = (address: string): Readonly<Record<string, string>> => ({ 'x-forwarded-for': address })
    expect(await refusalsOf(waysToMake('first', from('198.51.100.1')))).toEqual(allLetIn)
    expect(await refusalsOf(waysToMake('second', from('198.51.100.1')))).toEqual(allRefused)
    const [opened] = waysToMake('first', from('198.51.100.1'))
    expect(await refusalsOf(opened === undefined ? [] : [opened])).toEqual([undefined])
    expect(await refusalsOf(waysToMake('second', from('198.51.100.2')))).toEqual(allLetIn)
  })

  it('[AD8] of one subject of tokens, wherever it comes from', async () => {
    server = await RealServer.start({ auth: 'token', tokenSecret: SECRET, limits, trustProxy: ['loopback'] })
    const as = async (sub: string, address: string): Promise<Readonly<Record<string, string>>> => {
      const token = await signedToken({ sub, doc: '*', role: 'editor' })
      return { authorization: `Bearer ${token}`, 'x-forwarded-for': address }
    }
    const made = async (name: string, headers: Readonly<Record<string, string>>): Promise<unknown> => {
      const body = JSON.stringify({ documentId: name })
      const json = { ...headers, 'content-type': 'application/json' }
      const [code] = await refusalsOf([['/v1/documents', { method: 'POST', headers: json, body }]])
      return code
    }
    for (let n = 0; n < limits.documentsPerWindow; n += 1)
      expect(await made(`ada-${n}`, await as('ada', `198.51.100.${n}`))).toBeUndefined()
    expect(await made('more', await as('ada', '198.51.100.99'))).toBe('RATE_LIMITED')
    expect(await made('more', await as('ben', '198.51.100.99'))).toBeUndefined()
  })

  it('[AD8] by opening them over a WebSocket, which is told when to come back', async () => {
    server = await RealServer.start({ limits: { ...limits, documentsPerWindow: 1 } })
    const [first, second] = ['one', 'two'].map(
      (id) => new Client(`${server.url}/v1/ws/${id}?position=0`, [SUBPROTOCOL]),
    )
    await first?.hear('hello')
    expect((await second?.closed)?.code).toBe(errorTable.RATE_LIMITED.close)
    expect((await second?.hear('drain'))?.delayMs).toBeLessThanOrEqual(limits.documentWindowMs)
    const again = new Client(`${server.url}/v1/ws/one?position=0`, [SUBPROTOCOL])
    await again.hear('hello')
    for (const client of [first, again]) await client?.leave()
  })
})
