/**
 * Somebody who follows a document and says nothing: a bare socket, so that thousands fit into the process that measures. Looks
 * only at how many bytes came, and at where an answer ends.
 */
import { connect } from 'node:net'
import type { Socket } from 'node:net'

export type ReaderKind = 'ws' | 'stream' | 'poll'

export interface Whereabouts {
  readonly host: string
  readonly port: number
  readonly documentId: string
  /** As an answer of the server has said them. */
  readonly generation: string
  readonly position: string
  readonly presence: string
}

export class IdleReader {
  bytes = 0
  readonly #socket: Socket
  readonly #request: string
  #answer = ''
  #asksAgain: boolean

  constructor(kind: ReaderKind, whereabouts: Whereabouts) {
    this.#request = requestOf(kind, whereabouts)
    this.#asksAgain = kind === 'poll'
    this.#socket = connect(whereabouts.port, whereabouts.host, () => this.#socket.write(this.#request))
    this.#socket.setEncoding('latin1')
    this.#socket.on('data', (text: string) => this.#hear(text)).on('error', () => undefined)
  }

  get isConnected(): boolean {
    return this.#socket.readyState === 'open'
  }

  /** What comes next is the last thing that it waits for. */
  stopAsking(): void {
    this.#asksAgain = false
  }

  leave(): void {
    this.#socket.destroy()
  }

  #hear(text: string): void {
    this.bytes += text.length
    if (!this.#asksAgain) return
    // A poll that was held to its end is asked for again, as a client does.
    this.#answer += text
    const [head, body] = this.#answer.split('\r\n\r\n', 2)
    const length = /^content-length: (\d+)/im.exec(head ?? '')?.[1]
    if (body === undefined || body.length < Number(length)) return
    this.#answer = ''
    this.#socket.write(this.#request)
  }
}

function requestOf(
  kind: ReaderKind,
  { host, documentId, generation, position, presence }: Whereabouts,
): string {
  if (kind === 'ws')
    return lines(
      `GET /v1/ws/${documentId}?position=${Number(position)}&generation=${generation} HTTP/1.1`,
      `Host: ${host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==',
      'Sec-WebSocket-Protocol: cometpad.v1',
    )
  return lines(
    `GET /v1/yjs/docs/${documentId}?live=${kind === 'poll' ? 'long-poll' : 'stream'} HTTP/1.1`,
    `Host: ${host}`,
    'Accept: application/vnd.cometpad.frames',
    'Cometpad-Hold: 55000',
    `Cometpad-Generation: ${generation}`,
    `Cometpad-Position: ${position}`,
    `Cometpad-Presence: ${presence}`,
  )
}

function lines(...all: readonly string[]): string {
  return `${all.join('\r\n')}\r\n\r\n`
}
