/**
 * A proxy between browsers and the server that does what real ones do to them: refuses WebSockets, holds back streams, cuts
 * everything. Knows HTTP, and nothing of documents.
 */
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

export class FaultProxy {
  /** What asks for an upgrade is told 403. */
  refusesUpgrades = false
  /** What asks for an upgrade is never answered. */
  swallowsUpgrades = false
  /** An answer is passed on when it is whole, not before. */
  buffersAnswers = false
  /** Methods of the requests that were passed on, in their order. */
  readonly passed: string[] = []
  /** What lies below this address gets no answer. */
  #cutOff: string | undefined
  readonly #to: URL
  readonly #server: Server
  readonly #sockets = new Set<Duplex>()
  /** Those that speak WebSocket, on both sides. */
  readonly #upgraded = new Set<Duplex>()
  #isCut = false
  /** Requests that are held now, by path. */
  readonly #held = new Map<string, number>()
  readonly #mostHeld = new Map<string, number>()

  constructor(to: URL) {
    this.#to = to
    this.#server = createServer((near, answer) => this.#pass(near, answer))
    this.#server.on('connection', (socket) => {
      if (this.#isCut) socket.destroy()
      else this.#keep(socket, this.#sockets)
    })
    this.#server.on('upgrade', (near, socket, head) => this.#upgrade(near, socket, head))
  }

  async start(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.cut()
    this.#server.close()
    await once(this.#server, 'close')
  }

  /** How many requests are held at this path now. */
  heldAt(path: string): number {
    return this.#held.get(path) ?? 0
  }

  /** The most that were held at this path at the same time since this was asked last. */
  mostHeldAt(path: string): number {
    const most = this.#mostHeld.get(path) ?? 0
    this.#mostHeld.set(path, this.heldAt(path))
    return most
  }

  /** Ends the WebSockets that are open, and lets no other open. */
  refuseUpgradesFromNowOn(): void {
    this.refusesUpgrades = true
    for (const socket of this.#upgraded) socket.destroy()
  }

  /** Nothing gets through, and nothing is answered, until `mend`. */
  cut(): void {
    this.#isCut = true
    for (const socket of [...this.#sockets, ...this.#upgraded]) socket.destroy()
  }

  /** Nothing below this address gets through until `mend`; the rest does. */
  cutOff(path: string): void {
    this.#cutOff = path
    for (const socket of [...this.#sockets, ...this.#upgraded]) socket.destroy()
  }

  mend(): void {
    this.#isCut = false
    this.#cutOff = undefined
  }

  #isCutOff({ url }: IncomingMessage): boolean {
    return this.#cutOff !== undefined && url?.startsWith(this.#cutOff) === true
  }

  #keep(socket: Duplex, among: Set<Duplex>): void {
    among.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => among.delete(socket))
  }

  #countHeld(path: string, change: 1 | -1): void {
    const held = this.heldAt(path) + change
    this.#held.set(path, held)
    this.#mostHeld.set(path, Math.max(held, this.#mostHeld.get(path) ?? 0))
  }

  #pass(near: IncomingMessage, answer: ServerResponse): void {
    if (this.#isCutOff(near)) {
      near.socket.destroy()
      return
    }
    const { pathname, searchParams } = new URL(near.url ?? '/', this.#to)
    if (searchParams.has('live')) {
      this.#countHeld(pathname, 1)
      answer.on('close', () => this.#countHeld(pathname, -1))
    }
    const { hostname: host, port } = this.#to
    this.passed.push(near.method ?? 'GET')
    const far = request({ host, port, method: near.method, path: near.url, headers: near.headers })
    far.on('response', (response) => {
      if (this.buffersAnswers) void passWhole(response, answer)
      else {
        answer.writeHead(response.statusCode ?? 502, response.rawHeaders)
        answer.flushHeaders()
        response.pipe(answer)
      }
      response.on('error', () => answer.destroy())
    })
    far.on('error', () => answer.destroy())
    near.on('error', () => far.destroy())
    near.pipe(far)
    answer.on('close', () => far.destroy())
  }

  #upgrade(near: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#isCutOff(near)) {
      socket.destroy()
      return
    }
    if (this.refusesUpgrades) {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
      return
    }
    if (this.swallowsUpgrades) {
      this.#keep(socket, this.#upgraded)
      return
    }
    const far = connect(Number(this.#to.port), this.#to.hostname)
    for (const end of [socket, far]) this.#keep(end, this.#upgraded)
    socket.on('close', () => far.destroy())
    far.on('close', () => socket.destroy())
    const lines = [`${near.method ?? 'GET'} ${near.url ?? '/'} HTTP/1.1`]
    for (let at = 0; at < near.rawHeaders.length; at += 2)
      lines.push(`${near.rawHeaders[at] ?? ''}: ${near.rawHeaders[at + 1] ?? ''}`)
    far.write(`${lines.join('\r\n')}\r\n\r\n`)
    far.write(head)
    far.pipe(socket)
    socket.pipe(far)
  }
}

async function passWhole(response: IncomingMessage, answer: ServerResponse): Promise<void> {
  const body: Buffer[] = []
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) body.push(chunk)
  } catch {
    // Cut in the middle: nothing was whole.
    answer.destroy()
    return
  }
  answer.writeHead(response.statusCode ?? 502, response.rawHeaders)
  answer.end(Buffer.concat(body))
}
