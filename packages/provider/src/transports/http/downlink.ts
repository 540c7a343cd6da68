/**
 * Messages down, over held requests: one stream that is opened again whenever it ends, or one poll after the other. Each
 * request says where the client is; what an earlier one has brought or not is of no matter.
 */
import { PRESENCE_HEADER, clientLimits as limits } from '@cometpad/shared'
import type { Clock } from '@cometpad/shared'
import { ABNORMAL_CLOSE } from '../../transport.ts'
import { ExchangeFailure, readMessages } from './exchange.ts'
import type { Exchange } from './exchange.ts'

export interface DownlinkEvents {
  message(bytes: Uint8Array): void
  /** Something has been heard that is no message. */
  alive(): void
  fail(failure: ExchangeFailure): void
}

export interface Downlink {
  /** Asks anew at once, so that the server says something soon. */
  probe(): void
  /** This message of ours goes up now. */
  said?(message: Uint8Array): void
  close(): void
}

export interface DownlinkOptions {
  readonly exchange: Pick<Exchange, 'get'>
  readonly clock: Clock
  readonly events: DownlinkEvents
  /** How long a poll may be held; undefined: as long as the server likes. */
  readonly holdMs?: number | undefined
}

/** What is asked, which is all that differs between the kinds. */
interface Question {
  /** One request; gives the head of its answer. */
  ask(signal: AbortSignal): Promise<Response>
  /** True: this failure is no reason to give up. */
  forgives(failure: ExchangeFailure, heldMs: number): boolean
  /** The next answer has to come soon. */
  hurry(): void
}

/** Asks again and again until it is closed or fails. */
class Asking implements Downlink {
  readonly #question: Question
  readonly #clock: Clock
  readonly #events: DownlinkEvents
  #isOver = false
  #asking = new AbortController()
  /** Answers in a row that came at once and brought nothing. */
  #idle = 0

  constructor(question: Question, { clock, events }: DownlinkOptions) {
    this.#question = question
    this.#clock = clock
    this.#events = events
    void this.#run()
  }

  probe(): void {
    this.#question.hurry()
    this.#asking.abort()
  }

  close(): void {
    this.#isOver = true
    this.#asking.abort()
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      const asking = new AbortController()
      this.#asking = asking
      const since = this.#clock.now()
      try {
        await this.#askOnce(asking.signal, since)
      } catch (cause) {
        if (this.#isOver) return
        if (asking.signal.aborted) continue
        const failure =
          cause instanceof ExchangeFailure ? cause : new ExchangeFailure(ABNORMAL_CLOSE, { cause })
        if (this.#question.forgives(failure, this.#clock.now() - since)) continue
        this.#isOver = true
        this.#events.fail(failure)
      }
    }
  }

  async #askOnce(signal: AbortSignal, since: number): Promise<void> {
    const response = await this.#question.ask(signal)
    let messages = 0
    await readMessages(response, (message) => {
      messages += 1
      if (!signal.aborted) this.#events.message(message)
    })
    // Hello and a position are what an answer without news has.
    const isIdle = messages <= 2 && this.#clock.now() - since < limits.quickAnswerMs
    this.#idle = isIdle ? this.#idle + 1 : 0
    if (this.#idle > limits.quickAnswers) throw new ExchangeFailure(ABNORMAL_CLOSE)
  }
}

export function streamDownlink(options: DownlinkOptions): Downlink {
  const ask = (signal: AbortSignal): Promise<Response> => options.exchange.get({ live: 'stream', signal })
  return new Asking({ ask, forgives: () => false, hurry: () => undefined }, options)
}

export function pollDownlink(options: DownlinkOptions): Downlink {
  return new Asking(new Polls(options), options)
}

class Polls implements Question {
  readonly #exchange: DownlinkOptions['exchange']
  #holdMs: number | undefined
  /** What there is now, and not what there will be: the first thing that is asked, and what proves that all is well. */
  #isHurried = true
  #presence: string | undefined

  constructor({ exchange, holdMs }: DownlinkOptions) {
    this.#exchange = exchange
    this.#holdMs = holdMs
  }

  hurry(): void {
    this.#isHurried = true
  }

  async ask(signal: AbortSignal): Promise<Response> {
    const live = this.#isHurried ? undefined : 'long-poll'
    this.#isHurried = false
    const response = await this.#exchange.get({
      live,
      signal,
      presence: this.#presence,
      holdMs: this.#holdMs,
    })
    this.#presence = response.headers.get(PRESENCE_HEADER) ?? undefined
    return response
  }

  /** Something on the way does not like to wait: it is asked to wait for half as long. */
  forgives({ status }: ExchangeFailure, heldMs: number): boolean {
    const isTimeout = status === undefined || status === 504 || status === 524
    const nextMs = Math.floor(Math.min(this.#holdMs ?? limits.pollHoldMs, heldMs) / 2)
    if (!isTimeout || nextMs < limits.shortHoldMs) return false
    this.#holdMs = nextMs
    return true
  }
}
