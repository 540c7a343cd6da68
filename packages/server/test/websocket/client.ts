/** A WebSocket that says and hears single messages, for tests of what goes over the wire. Does nothing by itself. */
import { decodeMessage, encodeMessage } from '@cometpad/shared'
import type { Message } from '@cometpad/shared'
import { WebSocket } from 'ws'
import type { RawData } from 'ws'

export interface Close {
  readonly code: number
  readonly reason: string
}

export class Client {
  readonly socket: WebSocket
  readonly heard: Message[] = []
  readonly closed: Promise<Close>
  #waiting: (() => void)[] = []

  constructor(url: string, protocols: readonly string[] = []) {
    this.socket = new WebSocket(url.replace(/^http/, 'ws'), [...protocols], { perMessageDeflate: false })
    this.socket.on('message', (data: RawData) => {
      this.heard.push(decodeMessage(new Uint8Array(data as Buffer)))
      for (const look of this.#waiting.splice(0)) look()
    })
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
    })
    // The close that follows is what tests look at.
    this.socket.on('error', () => undefined)
  }

  /** The first message of a type, as soon as it has come. */
  async hear<T extends Message['type']>(type: T): Promise<Extract<Message, { type: T }>> {
    for (;;) {
      const found = this.heard.find((message) => message.type === type)
      if (found !== undefined) return found as Extract<Message, { type: T }>
      const next = new Promise<'more'>((resolve) => this.#waiting.push(() => resolve('more')))
      const end = await Promise.race([next, this.closed])
      if (end !== 'more') throw new Error(`Closed with ${end.code} ${end.reason} before "${type}" came`)
    }
  }

  say(message: Message): void {
    this.socket.send(encodeMessage(message))
  }

  /** The goodbye is answered when this resolves. */
  async leave(): Promise<void> {
    this.socket.close()
    await this.closed
  }
}
