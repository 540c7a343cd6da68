import { once } from 'node:events'
import { connect } from 'node:net'
import { SUBPROTOCOL, encodeMessage, errorTable, limits } from '@cometpad/shared'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { RealServer } from '../real-server.ts'
import { Client } from './client.ts'

let server: RealServer

beforeAll(async () => {
  server = await RealServer.start()
})

afterAll(async () => {
  await server.close()
})

function ours(documentId: string, query = '?position=0'): Client {
  return new Client(`${server.url}/v1/ws/${documentId}${query}`, [SUBPROTOCOL])
}

function plain(documentId: string): Client {
  return new Client(`${server.url}/v1/ws/${documentId}`)
}

/** A message of exactly so many bytes that says nothing anybody keeps. */
function broadcastOf(bytes: number): Buffer {
  const head = encodeMessage({ type: 'broadcast', payload: new Uint8Array(0) }).length
  return Buffer.from(encodeMessage({ type: 'broadcast', payload: new Uint8Array(bytes - head) }))
}

function updateOf(text: string): Uint8Array {
  const doc = new Y.Doc()
  doc.getText('t').insert(0, text)
  return Y.encodeStateAsUpdate(doc)
}

describe('a message of text', () => {
  it('[CN10, ER4] is refused: ours is told why and then closed', async () => {
    const client = ours('text-ours')
    await client.hear('hello')
    client.socket.send('hello?')
    expect(await client.hear('error')).toMatchObject({ code: 'MALFORMED_MESSAGE' })
    expect(await client.closed).toEqual({ code: 4400, reason: 'MALFORMED_MESSAGE' })
  })

  it('[CN10, SY2] is refused: a plain client is closed and told nothing it does not know', async () => {
    const client = plain('text-plain')
    await client.hear('vector')
    client.socket.send('hello?')
    expect(await client.closed).toEqual({ code: 4400, reason: 'MALFORMED_MESSAGE' })
    expect(client.heard.map(({ type }) => type)).toEqual(['vector'])
  })
})

describe('a message that is too large', () => {
  it('[GA3, ER4] is refused as MESSAGE_TOO_LARGE, so that nobody sends it again', async () => {
    const client = ours('large-ours')
    await client.hear('hello')
    client.socket.send(broadcastOf(limits.messageBytes + 1))
    expect(await client.hear('error')).toMatchObject({ code: 'MESSAGE_TOO_LARGE' })
    expect(await client.closed).toEqual({
      code: errorTable.MESSAGE_TOO_LARGE.close,
      reason: 'MESSAGE_TOO_LARGE',
    })
  })

  it('[GA3, CN4] stops a plain client for good too', async () => {
    const client = plain('large-plain')
    await client.hear('vector')
    client.socket.send(Buffer.alloc(limits.messageBytes + 1))
    expect((await client.closed).code).toBe(4413)
  })

  it('[GA3] counts what its pieces carry together', async () => {
    const client = ours('large-pieces')
    await client.hear('hello')
    const half = broadcastOf(limits.messageBytes + 1)
    client.socket.send(half.subarray(0, limits.messageBytes), { fin: false })
    client.socket.send(half.subarray(limits.messageBytes), { fin: true })
    expect((await client.closed).code).toBe(4413)
  })

  it('[GA3] of which nothing is taken in, and nobody else notices', async () => {
    const other = ours('large-alone')
    await other.hear('hello')
    const client = ours('large-alone')
    await client.hear('hello')
    const update = encodeMessage({ type: 'update', update: updateOf('x'.repeat(limits.messageBytes)) })
    client.socket.send(update)
    await client.closed
    other.say({ type: 'update', update: updateOf('small') })
    expect((await other.hear('saved')).offset).toBe(1)
    expect(other.heard.some(({ type }) => type === 'update' || type === 'error')).toBe(false)
    await other.leave()
  })

  it('[GA3] is one byte larger than the largest that is taken', async () => {
    const [one, two] = [ours('largest'), ours('largest')]
    await Promise.all([one.hear('hello'), two.hear('hello')])
    one.socket.send(broadcastOf(limits.messageBytes))
    expect((await two.hear('broadcast')).payload).toHaveLength(broadcastOf(limits.messageBytes).length - 1)
    await Promise.all([one.leave(), two.leave()])
  })
})

describe('bytes that are no WebSocket', () => {
  it('[GA8] end their own connection and no other', async () => {
    const other = ours('garbage')
    await other.hear('hello')
    const tcp = connect(server.port, '127.0.0.1')
    tcp.write(
      `GET /v1/ws/garbage HTTP/1.1\r\nHost: ${server.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n',
    )
    await once(tcp, 'data')
    const ended = once(tcp, 'close')
    tcp.on('error', () => undefined).resume()
    // A frame that is not masked, with bits that mean nothing.
    tcp.write(Buffer.from([0xf3, 0x01, 0x00]))
    await ended
    other.say({ type: 'update', update: updateOf('still here') })
    expect((await other.hear('saved')).count).toBe(1)
    await other.leave()
  })
})

describe('what a connection is opened with', () => {
  it('[RS1, RS4] reaches the room: position and generation', async () => {
    const first = ours('resume')
    const { generation } = await first.hear('hello')
    first.say({ type: 'update', update: updateOf('abc') })
    await first.hear('saved')
    await first.leave()

    const same = ours('resume', `?position=1&generation=${generation}`)
    expect(await same.hear('hello')).toMatchObject({ from: 1, head: 1 })
    await same.leave()
    const other = ours('resume', `?position=1&generation=${'0'.repeat(32)}`)
    expect(await other.hear('reset')).toEqual({ type: 'reset', generation })
    expect(await other.closed).toEqual({ code: 4409, reason: 'GENERATION_CHANGED' })
  })
})
