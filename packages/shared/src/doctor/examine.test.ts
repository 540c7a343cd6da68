import { expect, it } from 'vitest'
import { limits } from '../limits.ts'
import { FakeClock } from '../testing/index.ts'
import { diagnose } from './diagnosis.ts'
import type { Diagnosis } from './diagnosis.ts'
import type { Answer, Asking, CallEvents, DoctorPorts, Question, Refusal } from './ports.ts'
import { examine } from './probes.ts'

const HOLD_MS = 25_000
const NEVER = new Promise<never>(() => undefined)

/** A way to a server, on which all is well unless a test changes it. Times are those of a fake clock. */
class Way {
  readonly clock = new FakeClock()
  skewMs = 0
  facts: unknown = { product: 'cometpad', protocol: 1, time: 0, isHostKept: true, isOriginAllowed: null }
  status = 200
  headers: Readonly<Record<string, string | undefined>> = {}
  /** When the bytes of the stream come. */
  stream: readonly number[] = [10, 1_010]
  /** The same for the first streams, where they are others. */
  readonly streams: (readonly number[])[] = []
  holdEndsMs = HOLD_MS
  /** What becomes of a WebSocket. */
  socket: 'works' | 'unanswered' | 'mute' | Refusal = 'works'
  socketCutMs = Infinity
  isReachable = true
  isBusy = false

  readonly ports: DoctorPorts = {
    clock: this.clock,
    wallTime: () => this.clock.now() + this.skewMs,
    ask: (question) => this.#ask(question),
    call: (_path, events) => this.#call(events),
  }

  async diagnose(embeddedAt?: string): Promise<Diagnosis> {
    const done = examine(this.ports, { host: 'pad', embeddedAt, canActAsBrowser: false, holdMs: HOLD_MS })
    const progress = { isDone: false }
    void done.then(() => (progress.isDone = true))
    for (let round = 0; round < 2_000 && !progress.isDone; round += 1) {
      this.clock.advance(50)
      // Lets what waits on promises go on.
      await new Promise((resolve) => setImmediate(resolve))
    }
    return diagnose(await done)
  }

  #ask({ method = 'GET', path }: Question): Asking {
    if (!this.isReachable) return { answer: Promise.reject(new Error('no route')), cancel: () => undefined }
    if (this.isBusy && path.includes('live='))
      return { answer: this.#refusal('OVERLOADED'), cancel: () => undefined }
    const pieces = path.includes('live=stream')
      ? (this.streams.shift() ?? this.stream).map((at) => this.#at(at, new Uint8Array(1)))
      : path.includes('live=long-poll')
        ? [this.#at(this.holdEndsMs, new Uint8Array(1))]
        : method === 'GET'
          ? [Promise.resolve(bytesOf(this.facts))]
          : []
    const answer: Answer = {
      status:
        method === 'POST' ? 204 : path.includes('long-poll') && this.holdEndsMs < HOLD_MS ? 504 : this.status,
      header: (name) => (name === 'content-type' ? 'text/html' : this.headers[name]),
      read: () => pieces.shift() ?? Promise.resolve(undefined),
    }
    return { answer: Promise.resolve(answer), cancel: () => undefined }
  }

  #refusal(code: string): Promise<Answer> {
    const pieces = [bytesOf({ error: { code, message: '' } })]
    return Promise.resolve({ status: 503, header: () => undefined, read: async () => pieces.shift() })
  }

  #at<Value>(ms: number, value: Value): Promise<Value> {
    return new Promise((resolve) => this.clock.after(ms, () => resolve(value)))
  }

  #call(events: CallEvents): { send: () => void; close: () => void } {
    const { socket } = this
    const send = (): void => {
      if (socket === 'works' && this.clock.now() < this.socketCutMs) this.clock.after(1, () => events.heard())
    }
    if (typeof socket === 'object') this.clock.after(1, () => events.ended(socket))
    else if (socket !== 'unanswered') this.clock.after(1, () => events.opened())
    return { send, close: () => undefined }
  }
}

function bytesOf(value: unknown): Uint8Array {
  return Uint8Array.from(JSON.stringify(value), (letter) => letter.charCodeAt(0))
}

const cases: readonly {
  readonly what: string
  readonly change: (way: Way) => void
  readonly transport: Diagnosis['transport']
  readonly words: string
  /** A part of the sentence that sums up. */
  readonly summary?: string
  readonly verdict?: Diagnosis['verdict']
}[] = [
  { what: 'nothing', change: () => undefined, transport: 'ws', words: 'WebSockets work' },
  {
    what: 'upgrades that are swallowed',
    change: (way) => (way.socket = 'unanswered'),
    transport: 'stream',
    words: 'WebSockets are swallowed: no answer within 10.0 s',
  },
  {
    what: 'a WebSocket that carries nothing',
    change: (way) => (way.socket = 'mute'),
    transport: 'stream',
    words: 'what is sent through it does not arrive',
  },
  {
    what: 'a WebSocket that is dead after a silence',
    change: (way) => (way.socketCutMs = 5_000),
    transport: 'stream',
    words: 'A WebSocket is cut after 25.0 s of silence',
    summary: 'over a held stream; WebSockets are cut off by',
  },
  {
    what: 'a refusal of which a page is told nothing',
    change: (way) => (way.socket = {}),
    transport: 'stream',
    words: 'A page is not told why',
  },
  {
    what: 'a refusal on the way',
    change: (way) => (way.socket = { status: 502 }),
    transport: 'stream',
    words: 'refused on the way, with status 502',
    summary: 'over a held stream; WebSockets are blocked by something between you and the server.',
  },
  {
    what: 'streams that are held back',
    change: (way) => {
      way.socket = {}
      way.stream = [1_020, 1_030]
    },
    transport: 'poll',
    words: 'what was sent a second apart came together',
    summary:
      'over requests that wait; WebSockets are blocked and streams are held back by something between you and the server.',
  },
  {
    what: 'no fault in a machine that was too busy to read at once',
    change: (way) => {
      way.streams.push([1_020, 1_030])
    },
    transport: 'ws',
    words: 'WebSockets work',
  },
  {
    what: 'streams that end early',
    change: (way) => (way.stream = [10]),
    transport: 'ws',
    words: 'Streams break',
    summary: 'Editing is live here, over WebSocket. One thing can be better.',
  },
  {
    what: 'requests that are ended early',
    change: (way) => (way.holdEndsMs = 4_000),
    transport: 'ws',
    words: 'Requests that wait are ended after 4.0 s (status 504)',
  },
  {
    what: 'a clock that is ahead',
    change: (way) => (way.skewMs = 3_600_000),
    transport: 'ws',
    words: 'This clock is 3600 s ahead of',
  },
  {
    what: 'no server',
    change: (way) => (way.isReachable = false),
    transport: undefined,
    words: 'The server cannot be reached: no route',
    summary: 'Editing does not work here: the server cannot be reached.',
  },
  {
    what: 'a server that has no room for more checks',
    change: (way) => {
      way.socket = {}
      way.isBusy = true
    },
    transport: undefined,
    words: 'too many of them run at the same time',
    summary: 'Try it again in a minute.',
    verdict: 'worse',
  },
  {
    what: 'a page of somebody else',
    change: (way) => (way.facts = 'Welcome'),
    transport: undefined,
    words: 'Something else answers at this address (status 200, text/html)',
  },
  ...[0, 302].map((status) => ({
    what: `a sign-in page that is sent for with status ${status}`,
    change: (way: Way) => {
      way.status = status
      way.facts = ''
    },
    transport: undefined,
    words: 'sends on to another one',
    summary: 'something else answers in the place of the server',
  })),
  {
    what: 'a refusal of ours',
    change: (way) => {
      way.status = 403
      way.facts = { error: { code: 'ORIGIN_NOT_ALLOWED', message: '' } }
    },
    transport: undefined,
    words: 'The server refuses this page (403 ORIGIN_NOT_ALLOWED)',
  },
]

it.each(cases)('[DC3] the doctor sees $what', async ({ change, transport, words, summary = '', verdict }) => {
  const way = new Way()
  change(way)
  const diagnosis = await way.diagnose()
  expect(diagnosis.findings.map(({ text }) => text).join('\n')).toContain(words)
  expect(diagnosis.transport).toBe(transport)
  expect(diagnosis.summary).toContain(summary)
  expect(diagnosis.verdict).toBe(
    verdict ?? (transport === undefined ? 'bad' : words.startsWith('WebSockets work') ? 'good' : 'worse'),
  )
})

it.each([
  { what: 'is allowed', allowed: true, header: 'https://www.example.org', word: 'works' },
  { what: 'is not listed', allowed: false, header: undefined, word: 'not listed' },
  { what: 'is told by a proxy that all may', allowed: true, header: '*', word: 'spoiled' },
  { what: 'is told nothing', allowed: true, header: undefined, word: 'spoiled' },
])(
  '[DC3] the doctor sees, from a page of the server, another site that $what',
  async ({ allowed, header, word }) => {
    const way = new Way()
    way.facts = { product: 'cometpad', protocol: 1, time: 0, isHostKept: true, isOriginAllowed: allowed }
    way.headers = {
      'access-control-allow-origin': header,
      'access-control-expose-headers': 'Stream-Next-Offset',
    }
    const diagnosis = await way.diagnose('https://www.example.org')
    const found = diagnosis.findings.find(({ check }) => check === 'embed')
    expect(found?.word).toBe(word)
    expect(found?.advice.length === 0).toBe(word === 'works')
    expect(diagnosis.summary.includes('Pages of https://www.example.org cannot use it.')).toBe(
      word !== 'works',
    )
  },
)

it('[DC3] a server that takes the question and never answers is not reached', async () => {
  const way = new Way()
  const ports = { ...way.ports, ask: () => ({ answer: NEVER, cancel: () => undefined }) }
  const done = examine(ports, { host: 'pad', canActAsBrowser: false, holdMs: HOLD_MS })
  await Promise.resolve()
  way.clock.advance(limits.connectMs)
  expect(diagnose(await done).findings[0]?.text).toContain('nothing was answered within 10 s')
})
