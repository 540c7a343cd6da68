/**
 * Something between clients and the server that does what networks, gateways and sign-in pages do, drawn from one seed: it
 * refuses, cuts, holds back, falls silent, breaks bodies off, and brings a request twice or once more when it is late. Knows
 * nothing of what goes through it.
 */
import { Agent, createServer, request } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { SeededRandom } from '@cometpad/shared/testing'

export const faults = {
  upgrade: ['refuse', 'cut', 'silence', 'slow'],
  get: ['refuse', 'cut', 'silence', 'slow', 'hold', 'truncate'],
  post: ['refuse', 'lose the answer', 'cut', 'silence', 'slow', 'twice', 'again later'],
} as const

type Kind = keyof typeof faults
type FaultOf<K extends Kind> = (typeof faults)[K][number]
export type Fault = FaultOf<Kind>

export interface ChaosOptions {
  readonly upstreamPort: number
  readonly random: SeededRandom
  /** How many of a hundred requests something happens to. */
  readonly percent: number
  /** Only these; default: all. */
  readonly only?: readonly Fault[]
}

const LONGEST_MS = 400
const IDLE = 'nothing'
const SIGN_IN = '<!doctype html><title>Welcome to our network</title>'

export class ChaosProxy {
  readonly #options: ChaosOptions
  readonly #server: Server
  readonly #agent = new Agent({ keepAlive: true })
  readonly #sockets = new Map<Duplex, string>()
  readonly #silent = new Set<Duplex>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly happened = new Map<string, number>()
  #isCalm = false

  private constructor(options: ChaosOptions) {
    this.#options = options
    this.#server = createServer((asking, answer) => this.#serve(asking, answer))
    this.#server.on('upgrade', (asking: IncomingMessage, socket: Socket, head: Buffer) =>
      this.#upgrade(asking, socket, head),
    )
    this.#server.on('connection', (socket: Socket) => this.#watch(socket))
  }

  static async start(options: ChaosOptions): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(options)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** From now on nothing happens any more to what is new. What has fallen silent stays so. */
  calm(): void {
    this.#isCalm = true
  }

  /** What is under way on each connection, without those that wait for a goodbye which will never come. */
  get connections(): string[] {
    return Array.from(this.#sockets, ([socket, last]) =>
      this.#silent.has(socket) || last === IDLE ? [] : [last],
    ).flat()
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const socket of this.#sockets.keys()) socket.destroy()
    this.#agent.destroy()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  #draw<K extends Kind>(kind: K, socket: Duplex): FaultOf<K> | undefined {
    const fault = this.#drawn(kind)
    this.#sockets.set(socket, `${kind}: ${fault ?? 'as it should'}`)
    return fault
  }

  #drawn<K extends Kind>(kind: K): FaultOf<K> | undefined {
    const { random, percent, only } = this.#options
    if (this.#isCalm || random.below(100) >= percent) return undefined
    const possible: readonly FaultOf<K>[] = faults[kind]
    const wanted = only === undefined ? possible : possible.filter((fault) => only.includes(fault))
    if (wanted.length === 0) return undefined
    const fault = random.pick(wanted)
    const name = `${kind}: ${fault}`
    this.happened.set(name, (this.happened.get(name) ?? 0) + 1)
    return fault
  }

  #watch(socket: Duplex): void {
    this.#sockets.set(socket, IDLE)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#silent.delete(socket)
    })
  }

  #later(run: () => void, ms = 5 + this.#options.random.below(LONGEST_MS)): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      run()
    }, ms)
    this.#timers.add(timer)
  }

  // WebSockets

  #upgrade(asking: IncomingMessage, client: Socket, head: Buffer): void {
    const fault = this.#draw('upgrade', client)
    if (fault === 'refuse') {
      client.end(`HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n${SIGN_IN}`)
      return
    }
    const upstream = connect(this.#options.upstreamPort, '127.0.0.1', () => {
      const headers = asking.rawHeaders.map((text, i) => (i % 2 === 0 ? `\r\n${text}: ` : text)).join('')
      upstream.write(`${asking.method} ${asking.url} HTTP/1.1${headers}\r\n\r\n`)
      upstream.write(head)
    })
    let isSilent = false
    const carry = (from: Socket, to: Socket): void => {
      from.on('data', (chunk: Buffer) => {
        if (isSilent) return
        if (fault === 'slow') this.#later(() => to.write(chunk), 40)
        else to.write(chunk)
      })
      from.on('error', () => to.destroy())
      // Who has fallen silent does not say either that the other side is gone.
      from.on('close', () => isSilent || to.destroy())
    }
    carry(client, upstream)
    carry(upstream, client)
    client.on('close', () => upstream.destroy())
    if (fault === 'cut') this.#later(() => client.destroy())
    if (fault === 'silence')
      this.#later(() => {
        isSilent = true
        if (this.#sockets.has(client)) this.#silent.add(client)
      })
  }

  // Requests

  #serve(asking: IncomingMessage, answer: ServerResponse): void {
    const chunks: Buffer[] = []
    answer.on('close', () => this.#sockets.has(asking.socket) && this.#sockets.set(asking.socket, IDLE))
    asking.on('error', () => answer.destroy())
    asking.on('data', (chunk: Buffer) => chunks.push(chunk))
    asking.on('end', () => {
      const body = Buffer.concat(chunks)
      if (asking.method === 'POST') this.#post(asking, body, answer)
      else this.#get(asking, answer)
    })
  }

  #get(asking: IncomingMessage, answer: ServerResponse): void {
    const fault = this.#draw('get', asking.socket)
    if (fault === 'refuse') return this.#intercept(answer)
    const upstream = this.#ask(asking, undefined, (response) => {
      const held: Buffer[] = []
      const bytes = fault === 'truncate' ? this.#options.random.below(400) : Infinity
      let passed = 0
      let isSilent = false
      if (fault === 'cut') this.#later(() => answer.destroy())
      if (fault === 'silence') this.#later(() => (isSilent = true))
      if (fault !== 'hold') answer.writeHead(response.statusCode ?? 502, headersOf(response))
      response.on('data', (chunk: Buffer) => {
        if (isSilent) return
        if (fault === 'hold') held.push(chunk)
        else if (fault === 'slow') this.#later(() => answer.write(chunk), 40)
        else {
          answer.write(chunk.subarray(0, Math.max(0, bytes - passed)))
          passed += chunk.length
          if (passed > bytes) this.#later(() => answer.destroy(), 1)
        }
      })
      response.on('end', () => {
        if (isSilent) return
        if (fault === 'hold') {
          answer.writeHead(response.statusCode ?? 502, headersOf(response))
          answer.end(Buffer.concat(held))
        } else if (fault === 'slow') this.#later(() => answer.end(), 41)
        else answer.end()
      })
      response.on('error', () => isSilent || answer.destroy())
    })
    upstream.on('error', () => answer.destroy())
    answer.on('close', () => upstream.destroy())
  }

  #post(asking: IncomingMessage, body: Buffer, answer: ServerResponse): void {
    const fault = this.#draw('post', asking.socket)
    if (fault === 'refuse') return this.#intercept(answer)
    const send = (hear: (response: IncomingMessage, text: Buffer) => void): void => {
      const upstream = this.#ask(asking, body, (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => hear(response, Buffer.concat(chunks)))
        response.on('error', () => answer.destroy())
      })
      upstream.on('error', () => answer.destroy())
    }
    const unheard = (): void => undefined
    const pass = (response: IncomingMessage, text: Buffer): void => {
      answer.writeHead(response.statusCode ?? 502, headersOf(response))
      answer.end(text)
    }
    switch (fault) {
      case 'lose the answer':
        return send(() => this.#intercept(answer))
      case 'cut':
        return send(() => answer.destroy())
      case 'silence':
        return send(unheard)
      case 'slow':
        return this.#later(() => send(pass))
      case 'twice':
        send(unheard)
        return send(pass)
      case 'again later':
        send(pass)
        return this.#later(() => send(unheard))
      case undefined:
        return send(pass)
    }
  }

  #ask(asking: IncomingMessage, body: Buffer | undefined, hear: (response: IncomingMessage) => void) {
    const upstream = request(
      {
        host: '127.0.0.1',
        port: this.#options.upstreamPort,
        method: asking.method,
        path: asking.url,
        headers: { ...asking.headers, connection: 'keep-alive' },
        agent: this.#agent,
      },
      hear,
    )
    upstream.on('error', () => undefined)
    upstream.end(body)
    return upstream
  }

  #intercept(answer: ServerResponse): void {
    answer.writeHead(200, { 'content-type': 'text/html' })
    answer.end(SIGN_IN)
  }
}

function headersOf({ headers }: IncomingMessage): Record<string, string | string[] | undefined> {
  const { connection: _hop, 'transfer-encoding': _coding, 'content-length': _length, ...others } = headers
  return others
}
