/**
 * The tab that holds a request for all: hears the server, and tells the others. As long as there are none it holds the request
 * that it would hold alone. Knows no locks.
 */
import { clientLimits as limits } from '@cometpad/shared'
import { ABNORMAL_CLOSE } from '../transport.ts'
import type { Whereabouts } from '../transport.ts'
import type { Downlink, DownlinkOptions } from '../transports/http/downlink.ts'
import { ExchangeFailure } from '../transports/http/exchange.ts'
import { Relay } from './relay.ts'
import type { TabMessage } from './tab-message.ts'

export interface LeaderOptions extends DownlinkOptions {
  readonly kind: 'stream' | 'poll'
  readonly listen: (options: DownlinkOptions) => Downlink
  readonly whereabouts: () => Whereabouts
  readonly post: (message: TabMessage) => void
  /** It has followed before: there may be others, and nobody else watches whether the request is answered. */
  readonly isPromoted: boolean
}

export class Leader {
  readonly #options: LeaderOptions
  readonly #downlink: Downlink
  readonly #relay = new Relay()
  /** The server sends a client nothing of its own. With several tabs behind it, the request must not be one client's. */
  #isShared: boolean
  #firstAt: number | undefined
  #isProved = false
  #isOver = false
  #stopTimer: () => void = () => undefined

  constructor(options: LeaderOptions) {
    this.#options = options
    this.#isShared = options.isPromoted
    const { exchange, clock, events, listen } = options
    this.#downlink = listen({
      clock,
      holdMs: options.holdMs,
      exchange: {
        get: (asked) => {
          this.#relay.begin()
          return exchange.get({ ...asked, isAnonymous: this.#isShared })
        },
      },
      events: { ...events, message: (bytes) => this.#hear(bytes) },
    })
    if (!options.isPromoted) return
    this.#beat()
    const fail = (): void => events.fail(new ExchangeFailure(ABNORMAL_CLOSE))
    this.#stopTimer = clock.after(limits.streamHelloMs, fail)
  }

  get isShared(): boolean {
    return this.#isShared
  }

  /** A follower asks. */
  answer(): void {
    if (!this.#isShared) {
      this.#isShared = true
      this.#downlink.probe()
    }
    this.#beat()
  }

  probe(): void {
    this.#downlink.probe()
  }

  close(): void {
    this.#isOver = true
    this.#stopTimer()
    this.#downlink.close()
  }

  #hear(bytes: Uint8Array): void {
    const { clock, events, kind, post } = this.#options
    this.#stopTimer()
    this.#firstAt ??= clock.now()
    this.#isProved ||= kind === 'stream' && clock.now() - this.#firstAt >= limits.tickGapMs
    events.message(bytes)
    if (this.#isOver || !this.#isShared) return
    for (const message of this.#relay.push(bytes)) post(message)
  }

  #beat(): void {
    const { position, generation } = this.#options.whereabouts()
    this.#options.post({
      kind: 'beat',
      generation,
      position: position ?? 0,
      isStreamProved: this.#isProved,
    })
  }
}
