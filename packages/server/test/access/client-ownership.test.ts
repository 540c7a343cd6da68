/** That nobody writes under the Yjs client of somebody else, over every wire, after a restart too, and until the history is another one. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SUBPROTOCOL, documentPath, encodeFrames, limits } from '@cometpad/shared'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { openLevelLog, restoreFolder } from '../../src/storage/index.ts'
import { writeFileWhole } from '../../src/cli/write-file.ts'
import { chunksOf } from '../../src/control/chunks.ts'
import { Writer } from '../core/table.ts'
import { post } from '../documents-http/asking.ts'
import { RealServer } from '../real-server.ts'
import { SECRET, signedToken } from '../signed-token.ts'
import { Client } from '../websocket/client.ts'

const documentId = 'owned'
const ADA = 11
const ada = new Writer(ADA)
let folder = ''
let server: RealServer

async function start(): Promise<void> {
  server = await RealServer.start({ auth: 'token', tokenSecret: SECRET, data: join(folder, 'data') })
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cometpad-owned-'))
  await start()
})

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true, force: true })
})

function tokenOf(sub: string): Promise<string> {
  return signedToken({ sub, doc: documentId, role: 'editor' })
}

async function bearer(sub: string): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await tokenOf(sub)}` }
}

/** What eve makes who has all of ada's and goes on as her. */
function forged(): Uint8Array {
  const writer = new Writer(1)
  Y.applyUpdate(writer.doc, Y.encodeStateAsUpdate(ada.doc))
  writer.doc.clientID = ADA
  return writer.write('forged ')
}

async function writeAsAda(text: string): Promise<void> {
  const update = ada.write(text)
  const answer = await post(server.port, [{ type: 'update', update }], {
    documentId,
    headers: await bearer('ada'),
  })
  expect(answer.messages.map(({ type }) => type)).toEqual(['saved'])
}

/** What eve is told who sends this, over each wire. */
async function refusals(): Promise<unknown[]> {
  const update = forged()
  const headers = await bearer('eve')
  const encoded = Buffer.from(await tokenOf('eve')).toString('base64url')
  const socket = new Client(`${server.url}/v1/ws/${documentId}?position=0`, [
    SUBPROTOCOL,
    `bearer.${encoded}`,
  ])
  await socket.hear('hello')
  socket.say({ type: 'update', update })
  const overSocket = await socket.hear('error')
  await socket.leave()
  const framed = await post(server.port, [{ type: 'answer', update }], { documentId, headers })
  const durable = await server.server.fastify.inject({
    method: 'POST',
    url: documentPath(documentId),
    headers: { ...headers, 'content-type': 'application/octet-stream' },
    payload: Buffer.from(encodeFrames([update])),
  })
  return [
    overSocket.code,
    ...framed.messages.map((message) => (message.type === 'error' ? message.code : message.type)),
    durable.statusCode,
    durable.json<{ error: { code: string } }>().error.code,
  ]
}

async function textNow(): Promise<string> {
  const answer = await server.server.fastify.inject({
    url: `${documentPath(documentId)}?offset=-1`,
    headers: await bearer('bob'),
  })
  const doc = new Y.Doc()
  for (let bytes = answer.rawPayload; bytes.length > 0;) {
    let [length, at, shift] = [0, 0, 0]
    for (let more = true; more; at += 1, shift += 7) {
      length += ((bytes[at] ?? 0) & 127) << shift
      more = (bytes[at] ?? 0) >= 128
    }
    Y.applyUpdate(doc, bytes.subarray(at, at + length))
    bytes = bytes.subarray(at + length)
  }
  return doc.getText('t').toJSON()
}

const TAKEN = ['CLIENT_ID_TAKEN', 'CLIENT_ID_TAKEN', 403, 'CLIENT_ID_TAKEN']

describe('a Yjs client of somebody else', () => {
  it('[GA11] is refused over every wire, and its owner goes on', async () => {
    await writeAsAda('one ')
    expect(await refusals()).toEqual(TAKEN)
    await writeAsAda('two ')
    expect(await textNow()).toBe('one two ')
  })

  it('[GA12] is theirs after a restart, and after a compaction', async () => {
    await server.close()
    const store = await openLevelLog({ folder: join(folder, 'data'), report: { failed: () => undefined } })
    await store.compact(documentId)
    const backup = chunksOf((write) => store.backup({ kind: 'backup' }, write))
    await writeFileWhole(join(folder, 'backup'), backup, () => undefined)
    await store.close()
    await start()
    expect(await refusals()).toEqual(TAKEN)
    await writeAsAda('three ')
    expect(await textNow()).toBe('one two three ')
  })

  it("[GA12, GN4] is nobody's in another history", async () => {
    await server.close()
    const store = await openLevelLog({ folder: join(folder, 'data'), report: { failed: () => undefined } })
    expect((await store.log.owners(documentId)).get(ADA)).toBe('ada')
    const updates = [Y.encodeStateAsUpdate(ada.doc)]
    await (
      await store.prepareReplacement(documentId, { updates })
    )()
    expect((await store.log.owners(documentId)).size).toBe(0)
    await store.close()
    await restoreFolder({
      files: [join(folder, 'backup')],
      folder: join(folder, 'restored'),
      limits,
      by: 'operator',
    })
    const restored = await openLevelLog({
      folder: join(folder, 'restored'),
      report: { failed: () => undefined },
    })
    expect((await restored.log.owners(documentId)).size).toBe(0)
    await restored.close()
    await start()
  })
})
