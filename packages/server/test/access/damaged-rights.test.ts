/** Rights that cannot be read close their document to everybody, are reported, and can be set anew. */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { runCommandLine } from '../../src/cli/run.ts'
import { DATABASE_FOLDER } from '../../src/storage/index.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { kind } from '../../src/storage/keys.ts'
import { RealServer, codeIn } from '../real-server.ts'
import type { Answer } from '../real-server.ts'
import { SECRET, signedToken } from '../signed-token.ts'
import { temporaryFolder } from '../storage/folders.ts'

let folder: string
let remove: () => Promise<void>
let server: RealServer | undefined

beforeEach(async () => {
  ;({ folder, remove } = await temporaryFolder())
})

afterEach(async () => {
  await server?.close()
  server = undefined
  await remove()
})

async function start(): Promise<RealServer> {
  server = await RealServer.start({ data: folder, auth: 'token', tokenSecret: SECRET })
  return server
}

/** A bit of the one row with rights is another one. */
async function damageRights(): Promise<void> {
  const database = await openDatabase(join(folder, DATABASE_FOLDER))
  const range = { gte: new Uint8Array([kind.access]), lt: new Uint8Array([kind.access + 1]), limit: 1 }
  const found: { key: Uint8Array; value: Uint8Array }[] = []
  await database.view((view) =>
    view.scan(range, ({ key, value }) => {
      found.push({ key: new Uint8Array(key), value: new Uint8Array(value) })
      return true
    }),
  )
  const [row] = found
  if (row === undefined) throw new TypeError('There are no rights')
  row.value[row.value.length - 3] = (row.value.at(-3) ?? 0) ^ 1
  await database.write([{ type: 'put', ...row }])
  await database.close()
}

async function asked(
  running: RealServer,
  method: string,
  path: string,
  { as, role = 'editor', body }: { as: string; role?: string; body?: object },
): Promise<Answer> {
  const token = as.startsWith('share~') ? as : await signedToken({ sub: as, doc: 'plan', role })
  const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) }
  return running.ask(path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
}

async function command(...argv: string[]): Promise<{ code: number; out: string }> {
  let out = ''
  const code = await runCommandLine([...argv, '--data', folder], {
    env: {},
    print: (text) => (out += `${text}\n`),
    tell: (text) => (out += text),
    isWatched: false,
  })
  return { code, out }
}

it('[RV8, LG7] rights that cannot be read let nobody in, are named by verify and doctor, and are set anew by the operator', async () => {
  let running = await start()
  const ada = { as: 'ada', role: 'owner' }
  await asked(running, 'POST', '/v1/documents', { ...ada, body: { documentId: 'plan' } })
  await asked(running, 'PUT', '/v1/access/plan', { ...ada, body: { subject: 'eve', role: 'none' } })
  const made = await asked(running, 'POST', '/v1/links/plan', { ...ada, body: { role: 'viewer' } })
  const share = new URL((JSON.parse(made.text) as { path: string }).path, running.url).searchParams.get(
    'share',
  )
  const guest = { as: `share~${share}` }
  expect((await asked(running, 'GET', '/v1/documents/plan', guest)).status).toBe(200)
  await running.close()
  server = undefined
  await damageRights()

  const verified = await command('verify')
  expect([verified.code, verified.out]).toEqual([4, expect.stringMatching(/1 damaged[^]*plan: /)])
  expect((await command('doctor')).out).toMatch(
    /bad {2,}Documents: 1 of 1 document damaged: plan.*cometpad rights/,
  )
  running = await start()
  for (const person of [ada, { as: 'eve' }, { as: 'bob' }, guest])
    for (const path of [
      '/v1/documents/plan',
      '/v1/yjs/docs/plan?offset=-1',
      '/v1/content/plan',
      '/v1/access/plan',
    ])
      expect(codeIn(await asked(running, 'GET', path, person)), path).toBe('DOCUMENT_DAMAGED')
  const token = await signedToken({ sub: 'ada', doc: 'plan', role: 'owner' })
  expect(codeIn(await running.askToUpgrade(`/v1/ws/plan?token=${token}`))).toBe('DOCUMENT_DAMAGED')

  // Beside the server that runs.
  expect(await command('rights', 'plan', '--owner', 'bob')).toMatchObject({ code: 0 })
  expect((await command('verify')).code).toBe(0)
  const trail = await asked(running, 'GET', '/v1/trail/plan', { as: 'bob' })
  expect(JSON.parse(trail.text)).toEqual({
    trail: [{ at: expect.any(String), by: 'operator', what: 'rights reset', about: 'bob', role: 'owner' }],
  })
  // Of everybody else counts again what their token says, and no link is left.
  expect((await asked(running, 'GET', '/v1/documents/plan', { as: 'eve' })).status).toBe(200)
  expect(codeIn(await asked(running, 'GET', '/v1/access/plan', { as: 'eve' }))).toBe('FORBIDDEN')
  expect(codeIn(await asked(running, 'GET', '/v1/documents/plan', guest))).toBe('LINK_INVALID')
  expect(await command('rights', 'nothing', '--owner', 'bob')).toMatchObject({ code: 1 })
})
