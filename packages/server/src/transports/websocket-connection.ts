/**
 * One WebSocket as a reader's sink, and its messages as calls of the reader. Small, and without closures where one
 * function can serve all: ten thousand of them sit idle in one process. Knows nothing of requests.
 */
import type { Socket } from 'node:net'
import { SUBPROTOCOL, errorTable } from '@cometpad/shared'
import type { Clock, ErrorCode, Limits } from '@cometpad/shared'
import { WebSocket } from 'ws'
import type { RawData } from 'ws'
import type { Dialect, ReaderHandle, Sink } from '../core/ports.ts'
import { Pace } from './pace.ts'
import { webSocketFrames } from './websocket-frames.ts'

/** What all connections of a server share. */
export interface Neighbourhood {
  readonly connections: Set<Connection>
  readonly clock: Clock
  readonly limits: Limits
}

/** With this code `ws` closes on a message beyond its limit; clients would take it for "try again", and send it again. */
const MESSAGE_TOO_BIG = 1009

/** A WebSocket that knows its connection. */
export class ConnectionSocket extends WebSocket {
  connection: Connection | undefined

  override close(code?: number, reason?: string | Buffer): void {
    if (code === MESSAGE_TOO_BIG) this.connection?.refuse('MESSAGE_TOO_LARGE')
    super.close(code, reason)
  }
}

export class Connection implements Sink {
  readonly dialect: Dialect
  readonly format = webSocketFrames
  readonly #socket: ConnectionSocket
  readonly #tcp: Socket
  readonly #neighbourhood: Neighbourhood
  #reader: ReaderHandle | undefined
  #heardAt: number
  #pingedAt = 0
  /** Made with the first message: most connections only listen. */
  #pace: Pace | undefined

  /** @param tcp what the WebSocket lies on */
  constructor(socket: ConnectionSocket, tcp: Socket, neighbourhood: Neighbourhood) {
    this.#socket = socket
    this.#tcp = tcp
    this.#neighbourhood = neighbourhood
    this.#heardAt = neighbourhood.clock.now()
    this.dialect = socket.protocol === SUBPROTOCOL ? 'cometpad' : 'yjs'
  }

  /** Listeners first and all at once: a message that comes before its listener is lost. */
  begin(join: (sink: Sink) => ReaderHandle): void {
    this.#socket.connection = this
    this.#neighbourhood.connections.add(this)
    this.#socket.on('message', onMessage).on('pong', onPong).on('close', onClose).on('error', onError)
    this.#tcp.on('drain', () => this.#reader?.resume())
    this.#reader = join(this)
  }

  // For the reader

  get writable(): boolean {
    return this.#tcp.writableLength < this.#neighbourhood.limits.readerBufferBytes
  }

  /**
   * Straight to the TCP socket: the frames are ready, and are shared with other connections. That is safe beside `ws`,
   * which on its own writes here only control frames, each in one piece, because nothing is ever sent through it and
   * compression is off.
   */
  write(bytes: Uint8Array): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#tcp.write(bytes)
  }

  /** The client hears it behind what was written, if it hears it within `goodbyeMs`; then `ws` cuts the connection. */
  close(code: ErrorCode): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.close(errorTable[code].close, code)
  }

  // For the transport

  /** Ends the connection and says why, in the client's own dialect. */
  refuse(code: ErrorCode): void {
    if (this.#reader === undefined) this.close(code)
    else this.#reader.refuse(code)
  }

  /** Called about once a second: asks for a sign of life, and cuts who gave none. */
  beat(): void {
    const { clock, limits } = this.#neighbourhood
    const now = clock.now()
    if (now - this.#heardAt >= limits.silentConnectionMs) this.#socket.terminate()
    else if (now - Math.max(this.#heardAt, this.#pingedAt) >= limits.heartbeatMs) this.#ping(now)
  }

  heard(): void {
    this.#heardAt = this.#neighbourhood.clock.now()
  }

  receive(data: RawData, isBinary: boolean): void {
    this.heard()
    if (!isBinary) {
      this.refuse('MALFORMED_MESSAGE')
      return
    }
    const bytes = copyOf(data)
    this.#slowDown(bytes)
    this.#reader?.receive(bytes)
  }

  /** Who says too much is not read for a while: then its own network holds it back, and nothing is lost. */
  #slowDown(bytes: Uint8Array): void {
    const { clock, limits } = this.#neighbourhood
    const now = clock.now()
    this.#pace ??= new Pace(limits, now)
    this.#pace.take(bytes, now)
    const owedMs = this.#pace.owedMs(now)
    if (owedMs === 0 || this.#socket.isPaused) return
    this.#socket.pause()
    // Not so long that it is taken for dead.
    clock.after(Math.min(owedMs, limits.heartbeatMs), () => {
      this.heard()
      this.#socket.resume()
    })
  }

  ended(): void {
    this.#neighbourhood.connections.delete(this)
    this.#reader?.leave()
  }

  #ping(now: number): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return
    this.#pingedAt = now
    this.#socket.ping()
  }
}

function onMessage(this: WebSocket, data: RawData, isBinary: boolean): void {
  if (this instanceof ConnectionSocket) this.connection?.receive(data, isBinary)
}

function onPong(this: WebSocket): void {
  if (this instanceof ConnectionSocket) this.connection?.heard()
}

function onClose(this: WebSocket): void {
  if (this instanceof ConnectionSocket) this.connection?.ended()
}

/** The close that always follows says the rest. Without a listener it would end the process. */
function onError(): void {}

/** Bytes that may be kept: a view would keep the whole chunk that was read from the network in memory. */
function copyOf(data: RawData): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data.slice(0))
  return new Uint8Array(Array.isArray(data) ? Buffer.concat(data) : data)
}
