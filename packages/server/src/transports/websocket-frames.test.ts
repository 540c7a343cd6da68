import { Duplex } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { webSocketFrames } from './websocket-frames.ts'

/** What a client that others wrote reads out of these bytes, cut into pieces of this size. */
async function readByClient(bytes: Uint8Array, pieceBytes: number): Promise<Uint8Array[]> {
  const heard: Uint8Array[] = []
  const wire = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  // Made without an address it waits for a socket: how ws itself is tested, and how the plugin injects connections.
  const client = new WebSocket(null as unknown as string, undefined, {}) as WebSocket & {
    _isServer: boolean
    setSocket(socket: Duplex, head: Buffer, options: object): void
  }
  client._isServer = false
  client.setSocket(wire, Buffer.alloc(0), { maxPayload: 0, allowSynchronousEvents: true })
  client.on('message', (data: Buffer, isBinary) => {
    expect(isBinary).toBe(true)
    heard.push(new Uint8Array(data))
  })
  const failed = new Promise<never>((_resolve, reject) => client.on('error', reject))
  for (let from = 0; from < bytes.length; from += pieceBytes)
    wire.push(bytes.subarray(from, from + pieceBytes))
  wire.push(null)
  await Promise.race([new Promise((resolve) => client.on('close', resolve)), failed])
  return heard
}

function messageOf(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + seed) % 256)
}

/** Where the form of the length changes, and everywhere else. */
const anyLength = fc.oneof(
  fc.constantFrom(0, 1, 124, 125, 126, 127, 128, 65_534, 65_535, 65_536, 65_537),
  fc.nat(70_000),
)

describe('webSocketFrames', () => {
  it('[SY2] are read by another implementation as the same messages, one each, in order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyLength, { maxLength: 6 }),
        fc.constantFrom(1_000_000, 16_384, 1_021),
        async (lengths, pieceBytes) => {
          const messages = lengths.map(messageOf)
          const heard = await readByClient(webSocketFrames.frame(messages), pieceBytes)
          expect(heard.map(({ length }) => length)).toEqual(lengths)
          // Compared at once: vitest would look at each byte by itself.
          expect(Buffer.concat(heard).equals(Buffer.concat(messages))).toBe(true)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('[SY2] are read also when every byte comes alone', async () => {
    const messages = [0, 1, 125, 126, 300].map(messageOf)
    expect(await readByClient(webSocketFrames.frame(messages), 1)).toEqual(messages)
  })

  it.each([
    { length: 0, header: [0x82, 0] },
    { length: 125, header: [0x82, 125] },
    { length: 126, header: [0x82, 126, 0, 126] },
    { length: 65_535, header: [0x82, 126, 0xff, 0xff] },
    { length: 65_536, header: [0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0] },
  ])('have the shortest header there is for $length bytes', ({ length, header }) => {
    const frame = webSocketFrames.frame([messageOf(length, 0)])
    expect(Array.from(frame.subarray(0, header.length))).toEqual(header)
    expect(frame).toHaveLength(header.length + length)
  })

  it('are one buffer, and nothing at all for no messages', () => {
    expect(webSocketFrames.frame([])).toHaveLength(0)
  })
})
