/** Requests for frames as they are, and what was answered to them. Does nothing by itself. */
import { request } from 'node:http'
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http'
import {
  CLIENT_HEADER,
  FRAMES_TYPE,
  FrameDecoder,
  GENERATION_HEADER,
  HOLD_HEADER,
  POSITION_HEADER,
  PRESENCE_HEADER,
  decodeMessage,
  documentPath,
  encodeFrames,
  encodeMessage,
} from '@cometpad/shared'
import type { LiveMode, Message } from '@cometpad/shared'

export interface Wish {
  readonly documentId?: string
  readonly live?: LiveMode
  readonly position?: number
  readonly generation?: string
  readonly client?: string
  readonly presence?: string
  readonly holdMs?: number
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  readonly messages: Message[]
  /** Of an error. */
  readonly code: string | undefined
}

/** An answer that comes piece by piece. */
export class Answering {
  readonly begun: Promise<IncomingMessage>
  readonly whole: Promise<Answered>
  /** Of an answer that is not in frames and no error either. */
  readonly raw: Promise<Buffer>
  readonly heard: Message[] = []
  readonly #asking: ClientRequest
  #look: (() => void)[] = []
  #isOver = false

  constructor(
    port: number,
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: Uint8Array,
  ) {
    const asking = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
    this.#asking = asking
    this.begun = new Promise((resolve, reject) => asking.on('response', resolve).on('error', reject))
    this.whole = this.begun.then((response) => this.#read(response))
    this.raw = this.whole.then(({ body: bytes }) => bytes)
    // Who leaves in the middle does not look at the rest.
    this.raw.catch(() => undefined)
    asking.end(body)
  }

  /** The n-th message of a type, as soon as it has come. */
  async hear<T extends Message['type']>(type: T, n = 1): Promise<Extract<Message, { type: T }>> {
    for (;;) {
      const found = this.heard.filter((message) => message.type === type)[n - 1]
      if (found !== undefined) return found as Extract<Message, { type: T }>
      if (this.#isOver) throw new Error(`Over before "${type}" came: ${this.heard.map((m) => m.type).join()}`)
      await new Promise<void>((resolve) => this.#look.push(resolve))
    }
  }

  /** The client goes, whatever the server does. */
  leave(): void {
    this.#asking.destroy()
  }

  async #read(response: IncomingMessage): Promise<Answered> {
    const decoder = new FrameDecoder(2 ** 28 - 1)
    const isFrames = response.headers['content-type'] === FRAMES_TYPE
    const chunks: Buffer[] = []
    try {
      for await (const chunk of response as AsyncIterable<Buffer>) {
        chunks.push(chunk)
        if (isFrames) for (const bytes of decoder.push(chunk)) this.heard.push(decodeMessage(bytes.slice()))
        for (const look of this.#look.splice(0)) look()
      }
    } finally {
      this.#isOver = true
      for (const look of this.#look.splice(0)) look()
    }
    decoder.end()
    const body = Buffer.concat(chunks)
    const { statusCode: status = 0, headers } = response
    return { status, headers, body, messages: this.heard, code: isFrames ? undefined : codeIn(body) }
  }
}

export function get(port: number, wish: Wish = {}): Answering {
  const query = wish.live === undefined ? '' : `?live=${wish.live}`
  return new Answering(port, 'GET', pathOf(wish) + query, headersOf(wish))
}

export function post(port: number, messages: readonly Message[], wish: Wish = {}): Promise<Answered> {
  return postBytes(port, encodeFrames(messages.map(encodeMessage)), wish)
}

export function postBytes(port: number, body: Uint8Array, wish: Wish = {}): Promise<Answered> {
  const headers = { 'content-type': FRAMES_TYPE, ...headersOf(wish) }
  return new Answering(port, 'POST', pathOf(wish), headers, body).whole
}

export function kindsOf({ messages }: { readonly messages: readonly Message[] }): string[] {
  return messages.map(({ type }) => type)
}

function pathOf({ documentId = 'doc' }: Wish): string {
  return documentPath(documentId)
}

function headersOf(wish: Wish): Record<string, string> {
  const headers: Record<string, string> = { accept: FRAMES_TYPE, ...wish.headers }
  const said: Record<string, string | number | undefined> = {
    [POSITION_HEADER]: wish.position,
    [GENERATION_HEADER]: wish.generation,
    [CLIENT_HEADER]: wish.client,
    [PRESENCE_HEADER]: wish.presence,
    [HOLD_HEADER]: wish.holdMs,
  }
  for (const [name, value] of Object.entries(said)) if (value !== undefined) headers[name] = String(value)
  return headers
}

function codeIn(body: Buffer): string | undefined {
  if (body[0] !== 0x7b) return undefined
  const parsed = JSON.parse(body.toString()) as { error?: { code?: string } }
  return parsed.error?.code
}
