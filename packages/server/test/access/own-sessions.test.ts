/** A server inside of a program that knows by itself who somebody is. The example of docs/access.md is what is run. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createServer, loadConfig } from '../../src/index.ts'
import type { ReadToken, Server, ServerOptions } from '../../src/index.ts'

const page = new URL('../../../../docs/access.md', import.meta.url)
const inAnHour = (): number => Math.floor(Date.now() / 1_000) + 3_600
let folder: string
let server: Server | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cometpad-own-'))
})

afterEach(async () => {
  await server?.close()
  server = undefined
  await rm(folder, { recursive: true, force: true })
})

async function start(options: ServerOptions): Promise<string> {
  const config = loadConfig({ argv: ['--port', '0', '--data', folder], env: {}, readFile: () => '' })
  server = await createServer({ ...config, logLevel: 'silent' }, options)
  return (await server.listen()).url
}

async function status(url: string, token?: string): Promise<[number, string | undefined]> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const answer = await fetch(new URL('/v1/content/notes', url), {
    method: 'PUT',
    headers: { ...headers, 'content-type': 'text/plain' },
    body: 'words',
  })
  const body: unknown = await answer.json().catch(() => ({}))
  return [answer.status, (body as { error?: { code: string } }).error?.code]
}

test('[AC8] whoever embeds the server says whose a token is, and of what it may be', async () => {
  const readToken: ReadToken = async (token) => {
    if (token === 'down') throw new Error('the sessions are away')
    const role = { ana: 'editor', ben: 'viewer' }[token] as 'editor' | 'viewer' | undefined
    if (token === 'late') return { sub: 'late', doc: '*', role: 'editor', exp: inAnHour() - 7_200 }
    if (token === 'odd') return { sub: '', doc: '*', role: 'editor', exp: inAnHour() }
    return role && { sub: token, doc: 'notes', role, exp: inAnHour() }
  }
  const url = await start({ readToken })
  expect((await status(url, 'ana'))[0]).toBeLessThan(300)
  expect(await status(url, 'ben')).toEqual([403, 'FORBIDDEN'])
  expect(await status(url, 'eve')).toEqual([401, 'UNAUTHORIZED'])
  expect(await status(url, 'late')).toEqual([401, 'UNAUTHORIZED'])
  expect(await status(url, 'odd')).toEqual([401, 'UNAUTHORIZED'])
  expect(await status(url, 'down')).toEqual([503, 'KEYS_UNAVAILABLE'])
  expect(await status(url)).toEqual([401, 'UNAUTHORIZED'])
})

test('[AC8] the example of the docs does so', async () => {
  const [, example = ''] = /```js\n(import \{ createServer[^`]*)```/.exec(await readFile(page, 'utf8')) ?? []
  const body = example
    .replace(/^import .*$/gm, '')
    .replace('const server = ', '')
    .replace(/^await server\.listen.*$/m, '')
  expect(body).toContain('readToken')
  // oxlint-disable-next-line typescript/no-implied-eval -- the page of the docs is what is tried
  const made = new Function('createServer', 'loadConfig', 'sessions', `return (async () => {${body}})()`) as (
    ...given: readonly unknown[]
  ) => Promise<void>
  let options: ServerOptions = {}
  await made(
    async (_config: unknown, given: ServerOptions) => void (options = given),
    () => ({}),
    new Map([['s1', { user: { id: 'ana', name: 'Ana' }, endsAt: Date.now() + 60_000 }]]),
  )
  const url = await start(options)
  expect((await status(url, 's1'))[0]).toBeLessThan(300)
  expect(await status(url, 's2')).toEqual([401, 'UNAUTHORIZED'])
})
