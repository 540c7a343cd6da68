import { connect } from 'node:net'
import { join } from 'node:path'
import { SUBPROTOCOL } from '@cometpad/shared'
import { expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { Client } from '../websocket/client.ts'
import type { Command } from './command.ts'
import { servedCommands } from './served.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const served = servedCommands()

async function serve(...words: readonly string[]): Promise<{ command: Command; url: string }> {
  const command = served.start(['serve', '--port', '0', '--data', join(served.folder, 'data'), ...words])
  return { command, url: await command.ready() }
}

function clientOf(url: string, query = '?position=0', protocols = [SUBPROTOCOL]): Client {
  return new Client(`${url}v1/ws/stopped${query}`, protocols)
}

/** Takes nothing that the server says, not even its goodbye: what a frozen page does. */
function freeze(client: Client): void {
  const { _socket: tcp } = client.socket as unknown as { _socket: { pause: () => void } }
  tcp.pause()
}

test('[CN9, LG1] SIGTERM tells everybody to come back, keeps what it took in, and ends with 0 in time', async () => {
  const { command, url } = await serve()
  const [ours, plain] = [clientOf(url), clientOf(url, '', [])]
  await Promise.all([ours.hear('hello'), plain.hear('vector')])
  // Some who do not listen, and somebody who never ends his request.
  const frozen = clientOf(url)
  await frozen.hear('hello')
  freeze(frozen)
  const slow = connect(Number(new URL(url).port), '127.0.0.1')
  slow
    .on('error', () => undefined)
    .write('POST /v1/documents HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{')

  const writer = new Y.Doc()
  const written: Uint8Array[] = []
  writer.on('update', (update: Uint8Array) => written.push(update))
  for (let n = 0; n < 200; n += 1) writer.getText('text').insert(n, '.')
  for (const update of written) ours.say({ type: 'update', update })
  const since = performance.now()
  command.signal('SIGTERM')

  const { delayMs } = await ours.hear('drain')
  expect(delayMs).toBeGreaterThanOrEqual(0)
  expect((await ours.closed).code).toBe(1012)
  expect((await plain.closed).code).toBe(1012)
  const { code, stderr } = await command.ended
  const took = performance.now() - since
  expect({ code, stderr }).toMatchObject({ code: 0 })
  expect(stderr).not.toContain('"level":50')
  expect(took).toBeLessThan(10_000)
  slow.destroy()
  frozen.socket.terminate()

  // Whatever was said to be saved is there, and the folder is free for the next process.
  const told = ours.heard.reduce((most, message) => (message.type === 'saved' ? message.count : most), 0)
  const next = await serve()
  const reader = clientOf(next.url)
  const { head } = await reader.hear('hello')
  expect(head).toBeGreaterThanOrEqual(told)
  const doc = new Y.Doc()
  if (head > 0) {
    await expect
      .poll(() => reader.heard.some((message) => message.type === 'position' && message.offset === head))
      .toBe(true)
    for (const message of reader.heard) if (message.type === 'update') Y.applyUpdate(doc, message.update)
  }
  expect(doc.getText('text').toJSON()).toBe('.'.repeat(head))
  process.stdout.write(
    `SIGTERM: ended after ${Math.round(took)} ms; ${told} of 200 told saved, ${head} kept\n`,
  )
})

test('a second signal ends the process at once', async () => {
  const { command, url } = await serve()
  const frozen = clientOf(url)
  await frozen.hear('hello')
  freeze(frozen)
  const watching = clientOf(url)
  await watching.hear('hello')
  command.signal('SIGINT')
  // The first signal has done its work; what is left is the goodbye of the frozen one.
  await watching.closed
  command.signal('SIGTERM')
  expect((await command.ended).code).not.toBe(0)
  frozen.socket.terminate()
})

test('its log holds neither what people write nor what they are known by', async () => {
  const secret = 'geheimnis'
  const { command, url } = await serve('--log-level', 'debug')
  const headers = { authorization: `Bearer ${secret}-header`, cookie: `session=${secret}-cookie` }
  await fetch(`${url}v1/documents?limit=5&token=${secret}-query`, { headers })
  const body = JSON.stringify({ documentId: 'stopped', title: `${secret}-title` })
  const json = { ...headers, 'content-type': 'application/json' }
  await fetch(`${url}v1/documents`, { method: 'POST', headers: json, body })
  await fetch(`${url}v1/documents`, { method: 'POST', headers: json, body: `${body}${secret}-nonsense` })
  await fetch(`${url}v1/ws/stopped?token=${secret}-query`)
  const ours = clientOf(url, `?position=0&token=${secret}-query`, [SUBPROTOCOL, `bearer.${secret}`])
  await ours.hear('hello')
  const doc = new Y.Doc()
  doc.getText('text').insert(0, `${secret}-content`)
  ours.say({ type: 'update', update: Y.encodeStateAsUpdate(doc) })
  ours.say({ type: 'presence', presence: presenceOf(`{"name":"${secret}-name"}`) })
  await ours.hear('saved')
  ours.say({ type: 'presence', presence: presenceOf(`${secret}, which is no JSON`) })
  await ours.closed
  await expect.poll(() => command.stderr).toContain('"code":"MALFORMED_MESSAGE"')
  command.signal('SIGTERM')
  const { stderr } = await command.ended

  expect(stderr).not.toContain(secret)
  const lines = stderr.trimEnd().split('\n')
  const entries = lines.map((line): { msg?: unknown; path?: unknown } => JSON.parse(line))
  // A log in which nothing stands would prove nothing.
  expect(entries).toContainEqual(
    expect.objectContaining({ msg: 'request', method: 'GET', path: '/v1/documents' }),
  )
  expect(entries).toContainEqual(
    expect.objectContaining({ msg: 'refused', code: 'MALFORMED_MESSAGE', documentId: 'stopped' }),
  )
})

function presenceOf(json: string): Uint8Array {
  const bytes = new TextEncoder().encode(json)
  return Uint8Array.of(1, 1, 1, bytes.length, ...bytes)
}
