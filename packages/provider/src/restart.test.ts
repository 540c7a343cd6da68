/** What a server that was away for a while meets when it comes back: everybody, but not all at once. */
import { FRAMES_TYPE, encodeFrames, encodeMessage, limits } from '@cometpad/shared'
import type { Message } from '@cometpad/shared'
import { FakeClock, SeededRandom } from '@cometpad/shared/testing'
import { expect, it } from 'vitest'
import * as Y from 'yjs'
import type { Environment, WebSocketLike } from './environment.ts'
import { CometpadProvider } from './provider.ts'

const CLIENTS = 1_000
const STEP_MS = 100
const GREETING: readonly Message[] = [
  {
    type: 'hello',
    protocol: 1,
    generation: 'g1',
    role: 'editor',
    head: 0,
    from: 0,
    title: '',
    limits: { messageBytes: 1_000, partBytes: 400, updateBytes: 1e6, presenceBytes: 4_096 },
  },
  { type: 'position', offset: 0 },
]

interface Happening {
  readonly data: unknown
  readonly code: number
}

/** Opens, greets, and falls silent, while the server is there. */
class Socket implements WebSocketLike {
  binaryType = 'blob'
  readyState = 0
  readonly #house: House
  readonly #listeners = new Map<string, (event: Happening) => void>()

  constructor(house: House) {
    this.#house = house
    queueMicrotask(() => this.#open())
  }

  addEventListener(type: string, listener: (event: Happening) => void): void {
    this.#listeners.set(type, listener)
  }

  #happen(type: string, data?: unknown): void {
    this.#listeners.get(type)?.({ data, code: 1006 })
  }

  #open(): void {
    if (!this.#house.isUp) return this.break()
    this.readyState = 1
    this.#house.sockets.add(this)
    for (const message of GREETING) this.#happen('message', encodeMessage(message).slice().buffer)
  }

  break(): void {
    this.readyState = 3
    this.#house.sockets.delete(this)
    this.#happen('close')
  }

  send(): void {
    // Nobody has anything to say in this story.
  }

  close(): void {
    this.readyState = 3
    this.#house.sockets.delete(this)
  }
}

/** The server, and the address at which it may not be there. */
class House {
  readonly clock = new FakeClock()
  readonly sockets = new Set<Socket>()
  isUp = true
  /** WebSockets and requests that were asked for. */
  asked = 0
  /** Fallbacks that somebody remembered. */
  readonly remembered: string[] = []

  environment(seed: number): Environment {
    const random = new SeededRandom(seed)
    const { clock } = this
    const enter = (): House => {
      this.asked += 1
      return this
    }
    return {
      clock,
      random: () => random.next(),
      wallClock: () => clock.now(),
      onPage: () => () => undefined,
      storage: {
        getItem: () => null,
        setItem: (_, value) => this.remembered.push(value),
        removeItem: () => undefined,
      },
      WebSocket: class extends Socket {
        constructor() {
          super(enter())
        }
      },
      fetch: () => {
        this.asked += 1
        if (!this.isUp) return Promise.reject(new TypeError('Nobody is there'))
        const body = encodeFrames(GREETING.map(encodeMessage)) as Uint8Array<ArrayBuffer>
        return Promise.resolve(new Response(body, { headers: { 'content-type': FRAMES_TYPE } }))
      },
    }
  }

  crash(): void {
    this.isUp = false
    for (const socket of this.sockets) socket.break()
  }

  /** Lets time pass; gives how often somebody asked in each step. */
  async pass(ms: number): Promise<number[]> {
    const asked: number[] = []
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      const before = this.asked
      this.clock.advance(STEP_MS)
      for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
      asked.push(this.asked - before)
    }
    return asked
  }
}

it.each([2_000, 20_000])(
  `[CH5, CN5] after %i ms without a server ${CLIENTS} clients are back on ws, none fell back, and they came one by one`,
  async (awayMs) => {
    const house = new House()
    const clients = Array.from({ length: CLIENTS }, (_, seed) => {
      const doc = new Y.Doc()
      const environment = house.environment(seed)
      const provider = new CometpadProvider({
        server: 'https://pad.example',
        documentId: 'notes',
        doc,
        awareness: null,
        environment,
      })
      const shown: unknown[] = []
      provider.on('transport', ({ transport }) => shown.push(transport))
      return { provider, shown }
    })
    const onWs = (): number =>
      clients.filter(({ provider: { transportState } }) => transportState.transport === 'ws').length
    await house.pass(STEP_MS)
    expect(onWs()).toBe(CLIENTS)
    // Long enough for the connections to count as good.
    await house.pass(500)
    house.crash()
    await house.pass(awayMs)
    expect(onWs()).toBe(0)
    house.isUp = true
    const asked = await house.pass(limits.backoffBaseMs + limits.backoffCeilingMs)
    const backMs = asked.findLastIndex((count) => count > 0) * STEP_MS
    const most = Math.max(...asked)
    process.stdout.write(
      `restart: ${CLIENTS} clients, away ${awayMs} ms: all back within ${backMs} ms, at most ${most} asked in ${STEP_MS} ms\n`,
    )
    expect(onWs()).toBe(CLIENTS)
    expect(house.remembered).toEqual([])
    expect(new Set(clients.flatMap(({ shown }) => shown))).toEqual(new Set(['ws', undefined]))
    // Without chance in the waits a whole crowd would ask in one step.
    expect(most).toBeLessThan(CLIENTS / 5)
    for (const { provider } of clients) provider.destroy()
    expect(house.clock.timers).toBe(0)
    expect(house.sockets.size).toBe(0)
  },
  60_000,
)
