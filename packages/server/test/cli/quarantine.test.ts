/** That what is hostile is kept aside over every wire, and what the operator sees of it, beside a server and without one. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SUBPROTOCOL, documentPath, encodeFrames } from '@cometpad/shared'
import type { Limits, Role } from '@cometpad/shared'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { runCommand } from '../command-line.ts'
import { Writer } from '../core/table.ts'
import { post } from '../documents-http/asking.ts'
import { RealServer } from '../real-server.ts'
import { SECRET, signedToken } from '../signed-token.ts'
import { Client } from '../websocket/client.ts'

const WAIT = { timeout: 60_000, interval: 20 }
/** An item whose text is no UTF-8. */
const BAD_TEXT = Uint8Array.from([1, 1, 5, 0, 4, 1, 1, 116, 2, 0xff, 0xff, 0])
const SECRETIVE = 'eve'

let folder = ''
let server: RealServer
let ends: (() => Promise<void>)[] = []
const at = (name: string): string => join(folder, name)

interface Listed {
  readonly id: string
  readonly documentId: string
  readonly subject: string
  readonly code: string
  readonly bytes: number
}

async function start(limits: Partial<Limits> = {}): Promise<void> {
  server = await RealServer.start({ auth: 'token', tokenSecret: SECRET, data: at('data'), limits })
  ends = [() => server.close()]
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cometpad-quarantine-'))
})

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
  await rm(folder, { recursive: true, force: true })
})

function quarantine(...words: string[]): ReturnType<typeof runCommand> {
  return runCommand(['quarantine', ...words, '--data', at('data')])
}

async function listed(): Promise<Listed[]> {
  const { out } = await quarantine('list', '--json')
  return (JSON.parse(out) as { updates: Listed[] }).updates
}

async function codes(): Promise<string[]> {
  return (await listed()).map(({ code, bytes }) => `${code} ${bytes}`)
}

async function bearer(role: Role, sub = SECRETIVE): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await signedToken({ sub, doc: '*', role })}` }
}

async function sayOverSocket(update: Uint8Array): Promise<void> {
  const token = await signedToken({ sub: SECRETIVE, doc: '*', role: 'editor' })
  const subprotocols = [SUBPROTOCOL, `bearer.${Buffer.from(token).toString('base64url')}`]
  const client = new Client(`${server.url}/v1/ws/doc?position=0`, subprotocols)
  await client.hear('hello')
  client.say({ type: 'update', update })
  await client.hear('error')
  await client.leave()
}

/** Makes the document with an edit of ada's. Gives her. */
async function withDocument(): Promise<Writer> {
  const ada = new Writer(11)
  const headers = await bearer('editor', 'ada')
  await post(server.port, [{ type: 'update', update: ada.write('text') }], { documentId: 'doc', headers })
  return ada
}

describe('what is refused', () => {
  it('[GA15] is kept aside when it is hostile, over every wire, and told with document, subject, code and bytes', async () => {
    await start()
    const ada = await withDocument()
    const headers = await bearer('editor')
    await sayOverSocket(BAD_TEXT)
    const framed = await post(server.port, [{ type: 'update', update: BAD_TEXT }], {
      documentId: 'doc',
      headers,
    })
    expect(framed.code).toBe('MALFORMED_UPDATE')
    const durable = await server.server.fastify.inject({
      method: 'POST',
      url: documentPath('doc'),
      headers: { ...headers, 'content-type': 'application/octet-stream' },
      payload: Buffer.from(encodeFrames([BAD_TEXT])),
    })
    expect(durable.statusCode).toBe(400)
    const forger = new Writer(1)
    Y.applyUpdate(forger.doc, Y.encodeStateAsUpdate(ada.doc))
    forger.doc.clientID = 11
    const forged = forger.write('forged')
    await sayOverSocket(forged)
    const bad = `MALFORMED_UPDATE ${BAD_TEXT.length}`
    await expect.poll(codes, WAIT).toEqual([bad, bad, bad, `CLIENT_ID_TAKEN ${forged.length}`])
    for (const { documentId, subject } of await listed())
      expect([documentId, subject]).toEqual(['doc', SECRETIVE])
    // The other words of the same people are not: their editor has them, or sends them again.
    const late = new Writer(9)
    late.write('missing')
    await sayOverSocket(late.write('x'))
    const viewer = await bearer('viewer')
    await post(server.port, [{ type: 'update', update: BAD_TEXT }], { documentId: 'doc', headers: viewer })
    await server.close()
    expect(await codes()).toHaveLength(4)
    const whole = await quarantine('list')
    expect([whole.code, whole.err]).toEqual([0, ''])
    expect(whole.out).not.toContain('127.0.0.1')
  })

  it('[GA15] in a flood is kept by its first of each source, and edits go on', async () => {
    await start({ quarantinedBySource: 2, quarantineWindowMs: 600_000 })
    await withDocument()
    const headers = await bearer('editor')
    for (let n = 0; n < 8; n += 1)
      await post(server.port, [{ type: 'update', update: BAD_TEXT }], { documentId: 'doc', headers })
    const other = await bearer('editor', 'mallory')
    await post(server.port, [{ type: 'update', update: BAD_TEXT }], { documentId: 'doc', headers: other })
    await expect
      .poll(async () => (await listed()).map(({ subject }) => subject), WAIT)
      .toEqual([SECRETIVE, SECRETIVE, 'mallory'])
    const good = { type: 'update', update: new Writer(5).write('good') } as const
    expect((await post(server.port, [good], { documentId: 'doc', headers })).status).toBe(200)
  })
})

describe('cometpad quarantine', () => {
  it('[GA16] lists, explains, writes out and throws away, with a server and without one', async () => {
    await start()
    expect((await quarantine('list').catch(String)) as unknown).toMatchObject({
      code: 0,
      out: 'Nothing is kept.\n',
    })
    const ada = await withDocument()
    await sayOverSocket(BAD_TEXT)
    const forger = new Writer(1)
    Y.applyUpdate(forger.doc, Y.encodeStateAsUpdate(ada.doc))
    forger.doc.clientID = 11
    const forged = forger.write('forged')
    await sayOverSocket(forged)
    await expect.poll(async () => (await listed()).length, WAIT).toBe(2)
    const [bad, taken] = await listed()
    // One after the other: without a server each has the folder for itself.
    const look = async (): Promise<string[]> => {
      const shown: string[] = []
      for (const one of [bad, taken]) {
        const { code, out, err } = await quarantine('show', one?.id ?? '')
        expect([code, err]).toEqual([0, ''])
        shown.push(out)
      }
      return shown
    }
    const beside = await look()
    expect(beside[0]).toMatch(
      /Refused: {2}MALFORMED_UPDATE\. A text is not valid UTF-8\..*\nWhat it holds cannot be read/s,
    )
    expect(beside[1]).toMatch(/Refused: {2}CLIENT_ID_TAKEN\..*Brings clocks 4 to 9 of client 11\./s)
    expect(beside[1]).toContain('Builds on clocks 0 to 3 of client 11.')
    expect((await quarantine('show', taken?.id ?? '', '--raw', at('live.bin'))).code).toBe(0)
    await server.close()
    expect(await look()).toEqual(beside)
    expect((await quarantine('show', taken?.id ?? '', '--raw', at('alone.bin'))).code).toBe(0)
    for (const name of ['live.bin', 'alone.bin'])
      expect(await readFile(at(name))).toEqual(Buffer.from(forged))

    // A backup has it, and a restored folder too.
    for (const argv of [
      ['verify', '--rows-only', '--data', at('data')],
      ['backup', at('all.cpb'), '--data', at('data')],
      ['restore', at('all.cpb'), '--data', at('restored')],
    ]) {
      const { code, err } = await runCommand(argv)
      expect([argv[0], code, err]).toEqual([argv[0], 0, ''])
    }
    const restored = await runCommand(['quarantine', 'list', '--json', '--data', at('restored')])
    expect((JSON.parse(restored.out) as { updates: Listed[] }).updates.map(({ id }) => id)).toEqual([
      bad?.id,
      taken?.id,
    ])

    await start()
    expect(await quarantine('drop', bad?.id ?? '', '--yes')).toMatchObject({
      code: 0,
      out: '1 update thrown away.\n',
    })
    expect(await quarantine('drop', bad?.id ?? '', '--yes')).toMatchObject({ code: 1, out: '' })
    expect(JSON.parse((await quarantine('drop', '--older-than', '1d', '--yes', '--json')).out)).toEqual({
      dropped: 0,
    })
    await server.close()
    expect(await quarantine('drop', '--document', 'doc', '--yes')).toMatchObject({ code: 0 })
    expect(await listed()).toEqual([])
  })

  it.each([
    [[], 'Say what to do'],
    [['look'], 'Say what to do'],
    [['show'], 'Say what to do'],
    [['list', 'a', 'b'], 'Say one UPDATE'],
    [['drop', '--yes'], 'Say what to throw away'],
    [['drop', '--all', '--document', 'doc', '--yes'], 'Say what to throw away'],
    [['drop', '--older-than', 'monday', '--yes'], 'is no TIME'],
    [['drop', '--all'], 'Say --yes'],
  ])('[GA16, CM2] says what is expected when it is %j', async (words, expected) => {
    const { code, out, err } = await quarantine(...words)
    expect([code, out]).toEqual([64, ''])
    expect(err).toContain(expected)
  })

  it('[GA16, CM2] throws nothing away when there is no such update, and no store', async () => {
    await start()
    const unknown = await quarantine('show', 'nothing')
    expect(unknown).toMatchObject({ code: 1, out: '' })
    expect(unknown.err).toContain('No refused update "nothing" is kept.')
    const none = await runCommand(['quarantine', 'list', '--data', at('nowhere')])
    expect(none).toMatchObject({ code: 74, out: '' })
  })
})
