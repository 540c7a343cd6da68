/** A bound that is configured holds wherever it is asked for, and not its default. */
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RealServer, codeIn } from './real-server.ts'
import type { Question } from './real-server.ts'

const ORIGIN = 'https://pad.example.org'
let server: RealServer

beforeAll(async () => {
  server = await RealServer.start({
    origins: [ORIGIN],
    limits: {
      preflightMs: 7_000,
      contentBytes: 40,
      titleLength: 5,
      documentIdLength: 20,
      listPage: 2,
      doctorProbes: 1,
      longestHoldMs: 20_000,
      compactionEntries: 3,
      compactionBytes: 1,
    },
  })
})

afterAll(async () => {
  await server.close()
})

async function refusal(path: string, question: Question = {}): Promise<unknown> {
  const answer = await server.ask(path, question)
  return answer.status < 300 ? undefined : codeIn(answer)
}

const made = (body: object): Question => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

describe('a configured limit', () => {
  it('[OR4] of preflights is told to browsers', async () => {
    const { headers } = await server.ask('/v1/documents', {
      method: 'OPTIONS',
      headers: { origin: ORIGIN, 'access-control-request-method': 'POST' },
    })
    expect(headers['access-control-max-age']).toBe('7')
  })

  it('[CO7] of content holds for its bodies', async () => {
    const put = (body: string): Question => ({
      method: 'PUT',
      headers: { 'content-type': 'text/plain' },
      body,
    })
    expect(await refusal('/v1/content/short', put('x'.repeat(40)))).toBeUndefined()
    expect(await refusal('/v1/content/long', put('x'.repeat(41)))).toBe('MESSAGE_TOO_LARGE')
  })

  it('of titles and of lists holds in the catalogue', async () => {
    expect(await refusal('/v1/documents', made({ title: '12345' }))).toBeUndefined()
    expect(await refusal('/v1/documents', made({ title: '123456' }))).toBe('INVALID_REQUEST')
    for (const title of ['a', 'b', 'c']) await refusal('/v1/documents', made({ title }))
    expect(JSON.parse((await server.ask('/v1/documents')).text).documents).toHaveLength(2)
    expect(await refusal('/v1/documents?limit=3')).toBe('INVALID_REQUEST')
    expect(await refusal(`/v1/documents?after=${'a'.repeat(21)}`)).toBe('INVALID_REQUEST')
  })

  it('[DC1] of doctors holds for their requests', async () => {
    const hold = (ms: number): Question => ({ headers: { 'cometpad-hold': String(ms) } })
    const path = '/v1/yjs/docs/+doctor?live=long-poll'
    expect(await refusal(path, hold(20_001))).toBe('INVALID_REQUEST')
    const answers = await Promise.all([refusal(path, hold(1_000)), refusal(path, hold(1_000))])
    expect(answers.filter((code) => code === 'OVERLOADED')).toHaveLength(1)
    expect(answers).toContain(undefined)
  })

  it('of compaction holds in the store', async () => {
    for (const body of ['one', 'two', 'three', 'four'])
      await server.ask('/v1/content/log', {
        method: 'PUT',
        headers: { 'content-type': 'text/plain' },
        body,
      })
    const where = async (): Promise<unknown> =>
      (await server.ask('/v1/yjs/docs/log?offset=snapshot')).headers.location
    await expect.poll(where).toMatch(/_snapshot/)
  })
})

it('no part of the server but its commands, its settings and its root reads the defaults', () => {
  const source = fileURLToPath(new URL('../src/', import.meta.url))
  const readers = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .filter((name) =>
      /import \{[^}]*\blimits\b[^}]*\} from '@cometpad\/shared'/.test(readFileSync(source + name, 'utf8')),
    )
  expect(readers.filter((name) => !name.startsWith('cli/')).toSorted()).toEqual([
    'config.ts',
    // How long clients obey is decided in clients.
    'http/error-handler.ts',
    'server.ts',
    // Is given them by the store, and takes the defaults where a test opens a folder alone.
    'storage/data-folder.ts',
    // In the thread, which no configuration reaches.
    'storage/first-line.ts',
    'storage/open.ts',
  ])
})
