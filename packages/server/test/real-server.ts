/**
 * The whole server inside this process: a real store in a folder of its own, a real port. For tests that look from outside,
 * with requests exactly as they write them. Knows nothing of documents.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyBaseLogger } from 'fastify'
import { loadConfig } from '../src/config.ts'
import type { Config } from '../src/config.ts'
import { createServer } from '../src/server.ts'
import type { Server } from '../src/server.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Question {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export class RealServer {
  readonly server: Server
  readonly port: number
  readonly #folder: string

  private constructor(server: Server, port: number, folder: string) {
    this.server = server
    this.port = port
    this.#folder = folder
  }

  static async start(settings: Partial<Config> = {}, logger?: FastifyBaseLogger): Promise<RealServer> {
    const folder = await mkdtemp(join(tmpdir(), 'cometpad-server-'))
    const config = loadConfig({ argv: ['--port', '0', '--data', folder], env: {}, readFile: () => '' })
    const server = await createServer(
      { ...config, logLevel: 'silent', ...settings },
      logger === undefined ? {} : { logger },
    )
    const { url } = await server.listen()
    return new RealServer(server, Number(new URL(url).port), folder)
  }

  get host(): string {
    return `127.0.0.1:${this.port}`
  }

  get url(): string {
    return `http://${this.host}`
  }

  /** Without what `fetch` would tidy up: paths and headers go out as they are. */
  ask(path: string, { method = 'GET', headers = {}, body }: Question = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const asking = request({ host: '127.0.0.1', port: this.port, path, method, headers, agent: false })
      asking.on('error', reject)
      asking.on('upgrade', ({ headers: answered }, socket) => {
        socket.destroy()
        resolve({ status: 101, headers: answered, text: '' })
      })
      asking.on('response', (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (text += chunk))
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        )
      })
      asking.end(body)
    })
  }

  /** TCP connections that are open now. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.fastify.server.getConnections((error, count) => (error ? reject(error) : resolve(count)))
    })
  }

  /** Asks to become a WebSocket, and gives what is answered to that. */
  askToUpgrade(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.ask(path, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'MDEyMzQ1Njc4OWFiY2RlZg==',
        ...headers,
      },
    })
  }

  async close(): Promise<void> {
    await this.server.close()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

/** The code in the body of an error; undefined when it has another form. */
export function codeIn({ text }: Answer): unknown {
  const body: unknown = JSON.parse(text)
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined
  const { error } = body
  const isWhole =
    typeof error === 'object' &&
    error !== null &&
    Object.keys(body).length === 1 &&
    Object.keys(error).toSorted().join() === 'code,message'
  return isWhole && 'code' in error ? error.code : undefined
}
