import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { connect as connectTls } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RealServer } from '../real-server.ts'

const given = fileURLToPath(new URL('../tls/', import.meta.url))
const servers: RealServer[] = []
let sockets: { readonly plain: () => Socket; readonly TLS: () => Socket }

beforeAll(async () => {
  const plain = await RealServer.start()
  const tls = await RealServer.start({ tlsCert: `${given}first.cert.pem`, tlsKey: `${given}first.key.pem` })
  servers.push(plain, tls)
  sockets = {
    plain: () => connect(plain.port, '127.0.0.1'),
    TLS: () => connectTls({ host: '127.0.0.1', port: tls.port, rejectUnauthorized: false }),
  }
})

afterAll(async () => {
  for (const server of servers) await server.close()
})

/** Says one piece after the other, each once the one before was answered, and gives what came until the server ended it. */
async function talk(way: 'plain' | 'TLS', pieces: readonly string[]): Promise<string> {
  const socket = sockets[way]()
  try {
    let heard = ''
    let next = 0
    socket.setEncoding('latin1')
    const say = (): void => {
      const piece = pieces[next++]
      if (piece !== undefined) socket.write(piece, 'latin1')
    }
    say()
    for await (const chunk of socket as AsyncIterable<string>) {
      heard += chunk
      if (heard.split('HTTP/1.1 ').length - 1 >= next) say()
    }
    return heard
  } finally {
    socket.destroy()
  }
}

const statuses = (heard: string): string[] =>
  Array.from(heard.matchAll(/HTTP\/1\.1 (\d+)/g), ([, status = '']) => status)

const H2C =
  'Host: 127.0.0.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'
const LAST = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n'

describe.each(['plain', 'TLS'] as const)('over a %s connection', (way) => {
  it('[CN13] a page is given to who asks for h2c, and the connection goes on', async () => {
    const heard = await talk(way, [
      `GET /v1/documents HTTP/1.1\r\n${H2C}\r\n`,
      `GET /healthz HTTP/1.1\r\n${H2C}\r\n`,
      LAST,
    ])
    expect(statuses(heard)).toEqual(['200', '200', '200'])
    expect(heard).toContain('"documents"')
  })

  it('[CN13] a body that comes with such a wish is taken, whole or in pieces', async () => {
    const body = '{"title":"Grüße"}'
    const bytes = Buffer.from(body).toString('latin1')
    const head = `POST /v1/documents HTTP/1.1\r\n${H2C}Content-Type: application/json\r\nContent-Length: ${bytes.length}\r\n`
    const heard = await talk(way, [`${head}\r\n${bytes}`, `${head}Expect: 100-continue\r\n\r\n`, bytes, LAST])
    expect(statuses(heard)).toEqual(['201', '100', '201', '200'])
    expect(Buffer.from(heard, 'latin1').toString()).toContain('Grüße')
  })

  it('[CN13] at the address of WebSockets it is told that one is needed', async () => {
    const heard = await talk(way, [`GET /v1/ws/doc HTTP/1.1\r\n${H2C}\r\n`, LAST])
    expect(statuses(heard)).toEqual(['426', '200'])
    expect(heard).toContain('UPGRADE_REQUIRED')
  })
})
