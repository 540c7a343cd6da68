/**
 * A server of one document over HTTP, as far as tabs need one: a log in memory, catch-up, streams, polls and posts. Counts the
 * requests that it holds. Nothing happens at once: what it says is heard when the page that has asked gets to it.
 */
import {
  CLIENT_HEADER,
  FRAMES_TYPE,
  FrameDecoder,
  GENERATION_HEADER,
  POSITION_HEADER,
  PRESENCE_HEADER,
  PartJoiner,
  decodeMessage,
  encodeFrames,
  encodeMessage,
  errorTable,
  limits,
} from '@cometpad/shared'
import type { ErrorCode, Message } from '@cometpad/shared'
import type { FakeClock } from '@cometpad/shared/testing'
import * as Y from 'yjs'

/** Whatever happens in a page goes through this, so that it can be held up. */
export type Run = (happen: () => void) => void

interface Entry {
  readonly update: Uint8Array
  readonly author: string | null
  /** What who has everything up to here has of each writer. */
  readonly clocks: Map<number, number>
}

interface Held {
  readonly live: 'stream' | 'long-poll'
  readonly client: string | null
  position: number
  say(messages: readonly Message[]): void
  end(): void
}

const GENERATION = '0'.repeat(32)

export class LogServer {
  readonly held = new Set<Held>()
  /** Requests that were not held, by what they were. */
  readonly count = { catchUps: 0, posts: 0, streams: 0, polls: 0 }
  /** The tokens that count; undefined: all. */
  tokens: readonly string[] | undefined
  /** Streams begin, and nothing of them arrives. */
  buffersStreams = false
  isDown = false
  /** What is held hears nothing more, and nobody is told that it does not. */
  isMute = false
  /** What is posted is stored, and the answer is lost. */
  losesAnswers = false
  readonly #clock: FakeClock
  readonly #log: Entry[] = []
  readonly #whole = new Y.Doc()

  constructor(clock: FakeClock) {
    this.#clock = clock
    this.#beat()
  }

  get head(): number {
    return this.#log.length
  }

  get text(): string {
    return this.#whole.getText('t').toJSON()
  }

  /** What who has everything up to an offset has of each writer. */
  clocksAt(offset: number): Map<number, number> {
    return this.#log[offset - 1]?.clocks ?? new Map<number, number>()
  }

  /** `fetch` of one page. */
  fetchOf(run: Run): (url: string, init: RequestInit) => Promise<Response> {
    return (url, init) =>
      new Promise((resolve, reject) => {
        const { signal, method = 'GET' } = init
        const fail = (): void => run(() => reject(new TypeError('Failed to fetch')))
        signal?.addEventListener('abort', () => reject(new DOMException('Aborted', 'AbortError')))
        if (this.isDown) return fail()
        const headers = new Headers(init.headers)
        const answer = (response: Response): void => run(() => resolve(response))
        const token = headers.get('authorization')?.replace('Bearer ', '')
        if (this.tokens !== undefined && !this.tokens.includes(token ?? ''))
          return answer(refusal('UNAUTHORIZED'))
        if (method === 'POST') {
          const stored = this.#post(headers, init.body as Uint8Array)
          return this.losesAnswers ? undefined : answer(stored)
        }
        const live = new URL(url).searchParams.get('live')
        if (live === null) return answer(this.#catchUp(headers))
        this.#hold(live === 'stream' ? live : 'long-poll', headers, signal ?? undefined, run, answer)
      })
  }

  /** Cuts what is held, as a network does. */
  cut(): void {
    for (const held of this.held) held.end()
  }

  #catchUp(headers: Headers): Response {
    this.count.catchUps += 1
    const position = Number(headers.get(POSITION_HEADER))
    return framed(this.#after(position, headers.get(CLIENT_HEADER)), this.head)
  }

  #post(headers: Headers, body: Uint8Array): Response {
    this.count.posts += 1
    const author = headers.get(CLIENT_HEADER)
    let count = 0
    const others: Message[] = []
    const parts = new PartJoiner(limits.updateBytes)
    for (const frame of new FrameDecoder(limits.updateBytes).push(body)) {
      const first = decodeMessage(frame)
      const whole = first.type === 'part' ? parts.push(first) : frame
      if (whole === undefined) continue
      const message = decodeMessage(whole)
      if (message.type === 'update' || message.type === 'answer') {
        count += 1
        this.#append(message.update.slice(), author)
      } else if (message.type === 'presence' || message.type === 'broadcast') others.push(message)
    }
    for (const held of this.held) {
      this.#pump(held)
      if (others.length > 0 && (author === null || held.client !== author)) held.say(others)
    }
    return framed(count > 0 ? [{ type: 'saved', count, offset: this.head }] : [], this.head)
  }

  #append(update: Uint8Array, author: string | null): void {
    Y.applyUpdate(this.#whole, update)
    this.#log.push({ update, author, clocks: Y.decodeStateVector(Y.encodeStateVector(this.#whole)) })
  }

  #hold(
    live: Held['live'],
    headers: Headers,
    signal: AbortSignal | undefined,
    run: Run,
    answer: (response: Response) => void,
  ): void {
    this.count[live === 'stream' ? 'streams' : 'polls'] += 1
    const client = headers.get(CLIENT_HEADER)
    const position = Number(headers.get(POSITION_HEADER))
    const first = this.#after(position, client)
    if (live === 'long-poll' && this.head > position) return answer(framed(first, this.head))
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>(undefined, {
      highWaterMark: Infinity,
    })
    const writer = writable.getWriter()
    const write = (messages: readonly Message[]): void => {
      if (this.isMute || (this.buffersStreams && live === 'stream')) return
      run(() => void writer.write(encodeFrames(messages.map(encodeMessage))).catch(() => undefined))
    }
    const leave = (): void => void this.held.delete(held)
    const isMute = (): boolean => this.isMute
    const held: Held = {
      live,
      client,
      position: this.head,
      say(messages) {
        if (live === 'stream') return write(messages)
        if (isMute()) return
        leave()
        answer(framed([...first, ...messages], held.position))
      },
      end() {
        leave()
        run(() => void writer.abort().catch(() => undefined))
        run(() => answer(refusal('INTERNAL_ERROR')))
      },
    }
    this.held.add(held)
    signal?.addEventListener('abort', () => {
      leave()
      void writer.abort().catch(() => undefined)
    })
    if (live === 'stream') {
      write(first)
      answer(new Response(readable, { headers: { 'content-type': FRAMES_TYPE } }))
      this.#clock.after(limits.streamTickMs, () => this.#sign(held))
    }
  }

  /** Says what has come after the position of somebody who waits. */
  #pump(held: Held): void {
    if (held.position >= this.head) return
    const [, ...news] = this.#after(held.position, held.client)
    held.position = this.head
    held.say(news)
  }

  #sign(held: Held): void {
    if (this.held.has(held)) held.say([{ type: 'position', offset: held.position }])
  }

  #beat(): void {
    this.#clock.after(limits.heartbeatMs, () => {
      for (const held of this.held) this.#sign(held)
      this.#beat()
    })
  }

  #after(position: number, client: string | null): Message[] {
    const { messageBytes, partBytes, updateBytes, presenceBytes } = limits
    const updates = this.#log.slice(position).filter(({ author }) => author === null || author !== client)
    return [
      {
        type: 'hello',
        protocol: 1,
        generation: GENERATION,
        role: 'editor',
        head: this.head,
        from: position,
        title: 'Notes',
        limits: { messageBytes, partBytes, updateBytes, presenceBytes },
      },
      ...updates.map(({ update }) => ({ type: 'update', update }) as const),
      { type: 'position', offset: this.head },
    ]
  }
}

function framed(messages: readonly Message[], position: number): Response {
  return new Response(encodeFrames(messages.map(encodeMessage)) as Uint8Array<ArrayBuffer>, {
    headers: {
      'content-type': FRAMES_TYPE,
      [GENERATION_HEADER]: GENERATION,
      [POSITION_HEADER]: String(position),
      [PRESENCE_HEADER]: '0.1',
    },
  })
}

function refusal(code: ErrorCode): Response {
  const { status, text } = errorTable[code]
  return Response.json({ error: { code, message: text } }, { status })
}
