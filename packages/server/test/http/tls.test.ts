import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { PeerCertificate, TLSSocket } from 'node:tls'
import { connect } from 'node:tls'
import { fileURLToPath } from 'node:url'
import type { Limits } from '@cometpad/shared'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { createServer } from '../../src/server.ts'
import type { Server } from '../../src/server.ts'
import { loadConfig } from '../../src/config.ts'

const given = fileURLToPath(new URL('../tls/', import.meta.url))
const lax = { host: '127.0.0.1', rejectUnauthorized: false }
let folder: string
let cert: string
let key: string
let server: Server | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cometpad-tls-'))
  cert = join(folder, 'cert.pem')
  key = join(folder, 'key.pem')
  await put('first')
})

afterEach(async () => {
  await server?.close()
  server = undefined
  await rm(folder, { recursive: true, force: true })
})

async function put(name: 'first' | 'second'): Promise<void> {
  await copyFile(join(given, `${name}.cert.pem`), cert)
  await copyFile(join(given, `${name}.key.pem`), key)
}

async function start(limits: Partial<Limits> = {}): Promise<number> {
  const argv = ['--port', '0', '--data', join(folder, 'data'), '--tls-cert', cert, '--tls-key', key]
  server = await createServer({
    ...loadConfig({ argv, env: {}, readFile: () => '' }),
    logLevel: 'silent',
    limits,
  })
  const { protocol, port } = new URL((await server.listen()).url)
  expect(protocol).toBe('https:')
  return Number(port)
}

/** Whose certificate a new connection is shown. */
async function shown(port: number): Promise<PeerCertificate['subject']['CN']> {
  const socket = connect({ ...lax, port })
  await once(socket, 'secureConnect')
  const { subject } = socket.getPeerCertificate()
  socket.destroy()
  return subject.CN
}

function healthOver1(
  port: number,
): Promise<{ status: number | undefined; version: string; comeBack: string | undefined }> {
  return new Promise((resolve, reject) => {
    const asking = request({ ...lax, port, path: '/healthz', agent: false }, (response) => {
      response.resume()
      response.on('end', () =>
        resolve({
          status: response.statusCode,
          version: response.httpVersion,
          comeBack: response.headers['strict-transport-security'],
        }),
      )
    })
    asking.on('error', reject)
    asking.end()
  })
}

async function healthOver2(port: number): Promise<{ status: unknown; version: string | false | null }> {
  const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  try {
    const stream = session.request({ ':path': '/healthz' })
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>]
    stream.resume()
    await once(stream, 'end')
    return { status: headers[':status'], version: (session.socket as TLSSocket).alpnProtocol }
  } finally {
    session.destroy()
  }
}

async function opened(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`wss://127.0.0.1:${port}/v1/ws/tls`, { rejectUnauthorized: false })
  await once(socket, 'open')
  return socket
}

describe('a server with a certificate', () => {
  it('[TL1, OR6] speaks HTTP/1.1 and HTTP/2 on one port, and WebSocket, and wants to be come back to so', async () => {
    const port = await start()
    const { comeBack, ...health } = await healthOver1(port)
    expect(health).toEqual({ status: 200, version: '1.1' })
    expect(comeBack).toMatch(/^max-age=\d{7,}/)
    expect(await healthOver2(port)).toEqual({ status: 200, version: 'h2' })
    const socket = await opened(port)
    socket.send(Uint8Array.of(0, 0, 1, 0))
    const [message] = (await once(socket, 'message')) as [Buffer]
    expect(message[0]).toBe(0)
    socket.terminate()
  })

  it('[AD6] cuts a body over HTTP/2 that stops coming, and no other request of that connection', async () => {
    const session = connectHttp2(`https://127.0.0.1:${await start({ headersMs: 500, requestMs: 500 })}`, {
      rejectUnauthorized: false,
    })
    try {
      const slow = session.request({
        ':method': 'PUT',
        ':path': '/v1/content/slow',
        'content-type': 'text/plain',
        'content-length': 9,
      })
      slow.write('x')
      const cut = new Promise((resolve) => slow.once('close', resolve))
      slow.on('error', () => undefined)
      await cut
      const other = session.request({ ':path': '/healthz' })
      const [headers] = (await once(other, 'response')) as [Record<string, unknown>]
      expect(headers[':status']).toBe(200)
    } finally {
      session.destroy()
    }
  })

  it('[TL1] answers plain HTTP with nothing of the product', async () => {
    const port = await start()
    await expect(fetch(`http://127.0.0.1:${port}/healthz`)).rejects.toThrow()
  })

  it('[TL2] shows a renewed certificate to new connections, and keeps those that are open', async () => {
    const port = await start()
    const socket = await opened(port)
    expect(await shown(port)).toBe('cometpad-first.test')
    await put('second')
    await vi.waitFor(async () => expect(await shown(port)).toBe('cometpad-second.test'), {
      timeout: 60_000,
      interval: 200,
    })
    socket.send(Uint8Array.of(0, 0, 1, 0))
    await once(socket, 'message')
    socket.terminate()
  })

  it('[TL1] closes with HTTP/2 sessions open', async () => {
    const port = await start()
    const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
    await once(session, 'connect')
    await server?.close()
    await vi.waitFor(() => expect(session.closed).toBe(true), { timeout: 60_000 })
  })
})

describe('a certificate that cannot be used', () => {
  const refusal = async (): Promise<unknown> => start().catch((cause: unknown) => cause)

  it('[TL3] ends the start when its file is missing', async () => {
    await rm(cert)
    expect(await refusal()).toMatchObject({ code: 'TLS_UNUSABLE', message: expect.stringContaining(cert) })
  })

  it('[TL3] ends the start when it is no certificate', async () => {
    await writeFile(cert, 'no certificate')
    expect(await refusal()).toMatchObject({ code: 'TLS_UNUSABLE' })
  })

  it('[TL3] ends the start when the key belongs to another', async () => {
    await copyFile(join(given, 'second.key.pem'), key)
    expect(await refusal()).toMatchObject({ code: 'TLS_UNUSABLE' })
  })
})
