/** What a page says over HTTP when it goes away, in browsers that end its requests before they tell it. */
import {
  CLIENT_HEADER,
  FRAMES_TYPE,
  FrameDecoder,
  decodeMessage,
  encodeFrames,
  encodeMessage,
  limits,
} from '@cometpad/shared'
import type { Message } from '@cometpad/shared'
import { FakeClock } from '@cometpad/shared/testing'
import { expect, test } from 'vitest'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { Fetch, PageEvent } from '../src/environment.ts'
import { CometpadProvider } from '../src/provider.ts'
import { hello } from './desk.ts'

interface Asked {
  readonly init: RequestInit
  readonly fail: (cause: Error) => void
}

/** Greets whoever listens, and answers nothing else. */
class Page {
  readonly clock = new FakeClock()
  readonly doc = new Y.Doc()
  readonly asked: Asked[] = []
  readonly provider: CometpadProvider
  #tell: (event: PageEvent) => void = () => undefined

  constructor() {
    this.provider = new CometpadProvider({
      server: 'https://pad.example',
      documentId: 'notes',
      doc: this.doc,
      awareness: new Awareness(this.doc),
      transport: 'stream',
      environment: {
        clock: this.clock,
        random: () => 0.5,
        wallClock: () => 1_000_000 + this.clock.now(),
        fetch: this.#fetch,
        onPage: (listener) => {
          this.#tell = listener
          return () => undefined
        },
      },
    })
    this.provider.awareness?.setLocalState({ user: { name: 'Ana' } })
  }

  readonly #fetch: Fetch = (_url, init) =>
    new Promise((resolve, reject) => {
      let fail: (cause: Error) => void = reject
      if (init.method !== 'POST') {
        const body = new ReadableStream<Uint8Array>({
          start(controller) {
            const greeting: Message[] = [hello(), { type: 'position', offset: 0 }]
            controller.enqueue(encodeFrames(greeting.map(encodeMessage)))
            fail = (cause) => controller.error(cause)
          },
        })
        resolve(new Response(body, { headers: { 'content-type': FRAMES_TYPE } }))
      }
      this.asked.push({ init, fail: (cause) => fail(cause) })
    })

  /** As a browser does when somebody leaves. */
  async goAway(isTold: 'before' | 'after'): Promise<void> {
    const requests = [...this.asked]
    if (isTold === 'before') this.#tell('hide')
    for (const { fail } of requests) fail(new DOMException('The operation was aborted.', 'AbortError'))
    await settled()
    if (isTold === 'after') this.#tell('hide')
    await settled()
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
  await new Promise((resolve) => setTimeout(resolve, 0))
}

function saidIn({ init: { body } }: Asked): Message[] {
  if (!(body instanceof Uint8Array)) throw new TypeError('No body')
  return new FrameDecoder(limits.updateBytes).push(body).map(decodeMessage)
}

test.each(['before', 'after'] as const)(
  '[CH11] what was not acknowledged is said once more, and presence leaves, told %s the requests end',
  async (order) => {
    const page = new Page()
    await settled()
    expect(page.provider.status).toBe('connected')
    page.doc.getText('t').insert(0, 'last words')
    await settled()
    await page.goAway(order)
    const farewell = page.asked.filter(({ init }) => init.keepalive === true)
    expect(farewell).toHaveLength(1)
    const [last = expect.fail()] = farewell
    expect(saidIn(last).map(({ type }) => type)).toEqual(['update', 'presence'])
    // In the name of those who were there: nobody else may say that they have gone.
    const names = page.asked
      .map(({ init }) => new Headers(init.headers).get(CLIENT_HEADER))
      .filter((name) => name !== null)
    expect(new Set(names).size).toBe(1)
    page.provider.destroy()
  },
)
