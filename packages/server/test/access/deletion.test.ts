/** What goes with a document that is deleted, and what is told of it afterwards: over HTTP and on the command line. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { documentPath } from '@cometpad/shared'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCommandLine } from '../../src/cli/run.ts'
import { RealServer, codeIn } from '../real-server.ts'
import type { Answer } from '../real-server.ts'
import { SECRET, signedToken } from '../signed-token.ts'

let folder = ''
let server: RealServer
let headers: Record<string, string> = {}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cometpad-deleted-'))
  server = await RealServer.start({ auth: 'token', tokenSecret: SECRET, data: join(folder, 'data') })
  headers = { authorization: `Bearer ${await signedToken({ sub: 'ada', doc: '*', role: 'owner' })}` }
})

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

function ask(method: string, path: string, body?: object): Promise<Answer> {
  if (body === undefined) return server.ask(path, { method, headers })
  const type = { 'content-type': 'application/json' }
  return server.ask(path, { method, headers: { ...type, ...headers }, body: JSON.stringify(body) })
}

async function make(documentId: string): Promise<void> {
  expect((await ask('POST', '/v1/documents', { documentId })).status).toBe(201)
}

async function audit(documentId: string): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await runCommandLine(['audit', documentId, '--json', '--data', join(folder, 'data')], {
    env: {},
    print: (text) => (out += text),
    tell: (text) => (err += text),
    isWatched: false,
  })
  return { code, out, err }
}

async function trailOf(documentId: string): Promise<unknown> {
  const { code, out, err } = await audit(documentId)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  return (JSON.parse(out) as { trail: unknown }).trail
}

const at = expect.any(String) as string

it('[DS14] the comments of a document go with it, and with no other one', async () => {
  for (const id of ['plan', 'plan/comments', 'plan/other', 'bare']) await make(id)
  expect((await ask('DELETE', documentPath('plan'))).status).toBe(204)
  expect((await ask('DELETE', documentPath('bare'))).status).toBe(204)
  await make('plan')
  const answers = ['plan', 'plan/other', 'plan/comments'].map((id) => ask('GET', `/v1/documents/${id}`))
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 404])
  expect(codeIn(await ask('DELETE', documentPath('never')))).toBe('DOCUMENT_NOT_FOUND')
})

it('[RV6, CM4] who has deleted it is told afterwards, with a server as without one', async () => {
  await make('gone')
  await ask('PUT', '/v1/access/gone', { subject: 'eve', role: 'viewer' })
  const said = { at, by: 'ada', what: 'role set', about: 'eve', role: 'viewer' }
  expect(await trailOf('gone')).toEqual([said])
  await ask('DELETE', documentPath('gone'))
  const deleted = { at, by: 'ada', what: 'deleted' }
  expect(await trailOf('gone')).toEqual([deleted])
  expect(JSON.parse((await ask('GET', '/v1/trail/gone')).text)).toEqual({ trail: [deleted] })
  await make('gone')
  await ask('PUT', '/v1/access/gone', { subject: 'eve', role: 'viewer' })
  expect(await trailOf('gone')).toEqual([deleted, said])
  expect(JSON.parse((await ask('GET', '/v1/access/gone')).text)).toMatchObject({
    people: [{ subject: 'eve' }],
  })
  expect(await audit('never')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('"never"') as string,
  })
  await server.close()
  expect(await trailOf('gone')).toEqual([deleted, said])
  server = await RealServer.start({ auth: 'token', tokenSecret: SECRET, data: join(folder, 'data') })
})
