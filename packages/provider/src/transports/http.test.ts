import {
  FRAMES_TYPE,
  FrameDecoder,
  GENERATION_HEADER,
  HOLD_HEADER,
  decodeMessage,
  encodeFrames,
  encodeMessage,
  errorTable,
  limits,
} from '@cometpad/shared'
import type { ErrorCode, Message } from '@cometpad/shared'
import { FakeClock } from '@cometpad/shared/testing'
import { describe, expect, it } from 'vitest'
import type { TransportConnection } from '../transport.ts'
import { pollTransport, streamTransport } from './http.ts'

const UPDATE: Message = { type: 'update', update: new Uint8Array([0, 0]) }
const KINDS = { stream: streamTransport, poll: pollTransport }
type Kind = keyof typeof KINDS

interface Asked {
  readonly method: string
  readonly url: string
  readonly body: Uint8Array | undefined
  readonly signal: AbortSignal | null | undefined
  readonly init: RequestInit
}

/** What answers a request; undefined: nobody does. */
type Answer = (asked: Asked) => Response | Error | undefined

/** A transport whose requests are answered by hand. */
class Desk {
  readonly clock = new FakeClock()
  readonly asked: Asked[] = []
  readonly heard: Message[] = []
  readonly closed: { code: number; retryAfterMs: number | undefined }[] = []
  readonly connection: TransportConnection

  constructor(kind: Kind, answers: { readonly get?: Answer; readonly post?: Answer }) {
    const fetch = (url: string, init: RequestInit): Promise<Response> =>
      new Promise((resolve, reject) => {
        const { method = 'GET', body, signal } = init
        const asked = { method, url, body: body instanceof Uint8Array ? body : undefined, signal, init }
        this.asked.push(asked)
        signal?.addEventListener('abort', () => reject(new DOMException('Aborted', 'AbortError')))
        const answer = (method === 'POST' ? answers.post : answers.get)?.(asked)
        if (answer instanceof Error) reject(answer)
        else if (answer !== undefined) resolve(answer)
      })
    const place = { fetch, clock: this.clock, random: () => 0.5, wallClock: () => 0, tabs: undefined }
    this.connection = KINDS[kind](place).open(
      {
        server: 'https://pad.example',
        documentId: 'notes',
        token: undefined,
        whereabouts: () => ({ position: 0, generation: undefined }),
      },
      {
        message: (bytes) => this.heard.push(decodeMessage(bytes)),
        alive: () => undefined,
        close: (code, retryAfterMs) => this.closed.push({ code, retryAfterMs }),
      },
    )
  }

  get posts(): Asked[] {
    return this.asked.filter(({ method }) => method === 'POST')
  }

  /** Lets everything happen that waits for nothing from outside. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
  }

  async send(...messages: readonly Message[]): Promise<void> {
    for (const message of messages) this.connection.send(encodeMessage(message))
    await this.settle()
  }
}

function framed(...messages: readonly Message[]): Response {
  return answer(encodeFrames(messages.map(encodeMessage)) as Uint8Array<ArrayBuffer>)
}

function answer(body: BodyInit, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, headers: { 'content-type': FRAMES_TYPE, ...headers } })
}

function refusal(code: ErrorCode, headers: Record<string, string> = {}): Response {
  const { status, text } = errorTable[code]
  return Response.json({ error: { code, message: text } }, { status, headers })
}

/** An answer that begins and then says nothing more until its request is given up. */
function halfOpen({ signal }: Asked, beginning: Uint8Array = new Uint8Array()): Response {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (beginning.length > 0) controller.enqueue(beginning)
      signal?.addEventListener('abort', () => controller.error(new DOMException('Aborted', 'AbortError')))
    },
  })
  return new Response(body, { headers: { 'content-type': FRAMES_TYPE } })
}

function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(limits.messageBytes)) })
}

function html(status = 200): Response {
  return answer('<html>Sign in to our network</html>', status, { 'content-type': 'text/html' })
}

const intercepted = errorTable.INTERCEPTED.close
const strangers: Record<string, [() => Response | Error, number]> = {
  'a sign-in page with 200': [() => html(), intercepted],
  'the page of a broken gateway': [() => html(502), intercepted],
  'a page that is not there': [() => html(404), intercepted],
  'JSON that is no error of ours': [() => Response.json({ error: 'no' }, { status: 403 }), intercepted],
  'what only says that it is JSON': [
    () => answer('<html>', 401, { 'content-type': 'application/json' }),
    intercepted,
  ],
  'JSON without an end': [() => answer(endless(), 401, { 'content-type': 'application/json' }), intercepted],
  'frames with an odd status': [() => answer('', 203), intercepted],
  'no network': [() => new TypeError('Failed to fetch'), 1006],
  'a frame that is cut': [() => answer(new Uint8Array([9, 0, 1])), 1006],
  'a frame that says it is endless': [
    () => answer(new Uint8Array([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f])),
    1006,
  ],
}

describe.each(['stream', 'poll'] as const)('over %s', (kind) => {
  it.each(Object.entries(strangers))('ends at %s, and hears nothing of it', async (_, [get, code]) => {
    const desk = new Desk(kind, { get })
    await desk.settle()
    expect(desk.closed.map((close) => close.code)).toEqual([code])
    expect(desk.heard.filter(({ type }) => type !== 'error')).toEqual([])
  })

  it.each(Object.entries(strangers))('takes %s for no word of saved', async (_, [post, code]) => {
    const desk = new Desk(kind, { post })
    await desk.send(UPDATE)
    expect(desk.closed.map((close) => close.code)).toEqual([code])
    expect(desk.heard.filter(({ type }) => type === 'saved')).toEqual([])
  })

  it.each([
    'UNAUTHORIZED',
    'FORBIDDEN',
    'ORIGIN_NOT_ALLOWED',
    'DOCUMENT_NOT_FOUND',
    'INVALID_REQUEST',
    'RATE_LIMITED',
    'OVERLOADED',
    'DRAINING',
  ] as const)('[ER3] ends at %s as a WebSocket would, whether it asked or spoke', async (code) => {
    const asked = new Desk(kind, { get: () => refusal(code) })
    const spoke = new Desk(kind, { post: () => refusal(code) })
    await Promise.all([asked.settle(), spoke.send(UPDATE)])
    const close = { code: errorTable[code].close, retryAfterMs: undefined }
    expect([asked.closed, spoke.closed]).toEqual([[close], [close]])
  })

  it('[CH9] passes on when the server wants to be asked again, if that is a time', async () => {
    for (const [said, retryAfterMs] of [
      ['7', 7_000],
      ['-1', undefined],
      ['soon', undefined],
      ['99999999999', undefined],
    ] as const) {
      const desk = new Desk(kind, { get: () => refusal('RATE_LIMITED', { 'retry-after': said }) })
      await desk.settle()
      expect(desk.closed).toEqual([{ code: errorTable.RATE_LIMITED.close, retryAfterMs }])
    }
  })

  it('[HT6] says that the history was replaced, and by which', async () => {
    const get: Answer = () => refusal('GENERATION_CHANGED', { [GENERATION_HEADER]: 'g2' })
    const desk = new Desk(kind, { get })
    await desk.settle()
    expect(desk.heard).toEqual([{ type: 'reset', generation: 'g2' }])
  })

  it('[HT11] sends what may not have arrived once more, as it was', async () => {
    const answers = [new TypeError('Connection reset'), framed({ type: 'saved', count: 1, offset: 4 })]
    const desk = new Desk(kind, { post: () => answers.shift() })
    await desk.send(UPDATE)
    expect(desk.posts.map(({ body }) => body)).toEqual([desk.posts[0]?.body, desk.posts[0]?.body])
    expect(desk.heard).toEqual([{ type: 'saved', count: 1, offset: 4 }])
    expect(desk.closed).toEqual([])
  })

  it('[HT10] does not wait forever for the rest of an answer, nor take its beginning for the whole', async () => {
    const saved = encodeFrames([encodeMessage({ type: 'saved', count: 1, offset: 4 })])
    const desk = new Desk(kind, { post: (asked) => halfOpen(asked, saved) })
    await desk.send(UPDATE)
    for (let tries = 1; tries <= 2; tries += 1) {
      expect([desk.posts.length, desk.heard, desk.closed]).toEqual([tries, [], []])
      desk.clock.advance(limits.requestMs + 1_000)
      await desk.settle()
    }
    expect(desk.closed).toEqual([{ code: 1006, retryAfterMs: undefined }])
    expect(desk.heard).toEqual([])
  })

  it('[AD6] waits for the answer to a large body as long as that takes on the slowest line', async () => {
    const desk = new Desk(kind, { post: (asked) => halfOpen(asked, new Uint8Array()) })
    await desk.send({ type: 'update', update: new Uint8Array(limits.messageBytes - 64) })
    desk.clock.advance((limits.messageBytes / limits.slowestBytesPerSecond) * 1_000)
    await desk.settle()
    expect(desk.posts).toHaveLength(1)
    desk.clock.advance(limits.requestMs + 1_000)
    await desk.settle()
    expect(desk.posts).toHaveLength(2)
  })

  it('[HT10] believes no answer that is silent about an edit, or saves more than was sent', async () => {
    for (const post of [() => framed(), () => framed({ type: 'saved', count: 2, offset: 4 })]) {
      const desk = new Desk(kind, { post })
      await desk.send(UPDATE)
      expect(desk.closed).toEqual([{ code: 1006, retryAfterMs: undefined }])
      expect(desk.heard).toEqual([])
    }
  })

  it('speaks in one request at a time, and gathers meanwhile', async () => {
    const desk = new Desk(kind, {})
    await desk.send(UPDATE)
    await desk.send(UPDATE, UPDATE)
    expect(desk.posts).toHaveLength(1)
  })

  it('sends smaller bodies where large ones do not pass, and gives up when one message alone is too large', async () => {
    const most = 3 * limits.partBytes
    const large: Message = { type: 'update', update: new Uint8Array(limits.partBytes - 64) }
    const messagesIn = (body: Uint8Array = new Uint8Array()): number =>
      [...new FrameDecoder(2 * limits.messageBytes).push(body)].length
    const post: Answer = ({ body }) =>
      (body?.length ?? 0) > most ? html(413) : framed({ type: 'saved', count: messagesIn(body), offset: 4 })
    const desk = new Desk(kind, { post })
    await desk.send(large, large, large, large, large, large)
    expect(desk.closed).toEqual([])
    expect(desk.heard.at(-1)).toEqual({ type: 'saved', count: 6, offset: 4 })
    const alone = new Desk(kind, { post: () => html(413) })
    await alone.send(large)
    expect(alone.closed.map(({ code }) => code)).toEqual([errorTable.MESSAGE_TOO_LARGE.close])
  })

  it('[OR4] keeps caches away in a header, because browsers forget the leave they have for what asks for no cache', async () => {
    const desk = new Desk(kind, { get: () => undefined })
    await desk.send(UPDATE)
    expect(desk.asked.map(({ method }) => method).toSorted()).toEqual(['GET', 'POST'])
    for (const { init } of desk.asked) {
      expect(init.cache).toBeUndefined()
      expect(new Headers(init.headers).get('cache-control')).toBe('no-cache, no-store')
    }
    desk.connection.close()
  })

  it('leaves no request and no timer behind when it is closed', async () => {
    const desk = new Desk(kind, {})
    await desk.send(UPDATE)
    desk.connection.close()
    await desk.settle()
    expect(desk.asked.map(({ signal }) => signal?.aborted)).toEqual([true, true])
    expect(desk.clock.timers).toBe(0)
    expect(desk.closed).toEqual([])
  })
})

it('gives up on polls that are answered at once with nothing, however often', async () => {
  const desk = new Desk('poll', { get: () => framed() })
  await expect.poll(() => desk.closed).toEqual([{ code: 1006, retryAfterMs: undefined }])
  expect(desk.asked).toHaveLength(limits.quickAnswers + 1)
})

it('asks for shorter polls where something on the way does not like to wait', async () => {
  const holds: (string | null)[] = []
  const clock = new FakeClock()
  const fetch = (_: string, { headers }: RequestInit): Promise<Response> => {
    holds.push(new Headers(headers).get(HOLD_HEADER))
    if (holds.length === 1) return Promise.resolve(framed())
    if (holds.length > 3) return new Promise(() => undefined)
    clock.advance(20_000)
    return Promise.resolve(html(504))
  }
  const connection = pollTransport({
    fetch,
    clock,
    random: () => 0.5,
    wallClock: () => 0,
    tabs: undefined,
  }).open(
    {
      server: 'https://pad.example',
      documentId: 'notes',
      token: undefined,
      whereabouts: () => ({ position: 0, generation: undefined }),
    },
    { message: () => undefined, alive: () => undefined, close: () => undefined },
  )
  await expect.poll(() => holds).toEqual([null, null, '10000', '5000'])
  connection.close()
})
