/**
 * Messages up, over POST: one request at a time, with everything that gathered meanwhile. A request that may not have
 * arrived is sent again as it was, which does no harm. What is answered is told as if it came from one connection.
 */
import {
  decodeMessage,
  encodeFrames,
  encodeMessage,
  errorTable,
  clientLimits as limits,
  messageType,
  requestPatienceMs,
  syncType,
} from '@cometpad/shared'
import type { Clock } from '@cometpad/shared'
import { ExchangeFailure, readMessages } from './exchange.ts'
import type { Exchange } from './exchange.ts'

/** One message: itself, or the parts it travels in, which one request has to carry together. */
interface Letter {
  readonly frames: Uint8Array[]
  readonly kind: 'update' | 'answer' | 'presence' | 'other'
  bytes: number
}

interface UplinkEvents {
  message(bytes: Uint8Array): void
  fail(failure: ExchangeFailure): void
}

export class Uplink {
  readonly #exchange: Exchange
  readonly #clock: Clock
  readonly #events: UplinkEvents
  #waiting: Letter[] = []
  /** The letter whose last part has not come yet. */
  #open: Letter | undefined
  #isBusy = false
  readonly #abort = new AbortController()
  /** A body that a proxy found too large halves this. */
  #bodyBytes: number = limits.messageBytes
  /** Updates and answers that were sent and answered. */
  #counted = 0
  /** Something was not stored: nothing more is saved until an answer covers it. */
  #hasGap = false

  constructor(exchange: Exchange, clock: Clock, events: UplinkEvents) {
    this.#exchange = exchange
    this.#clock = clock
    this.#events = events
  }

  send(message: Uint8Array): void {
    if (this.#abort.signal.aborted) return
    const part = message[0] === messageType.part
    const letter = this.#open ?? { frames: [], kind: kindOf(part ? message.subarray(2) : message), bytes: 0 }
    letter.frames.push(message.slice())
    letter.bytes += message.length
    this.#open = part && message[1] === 0 ? letter : undefined
    if (this.#open !== undefined) return
    // Only the newest of our own presence means anything.
    if (letter.kind === 'presence') this.#waiting = this.#waiting.filter(({ kind }) => kind !== 'presence')
    this.#waiting.push(letter)
    if (!this.#isBusy) void this.#run()
  }

  close(): void {
    this.#abort.abort()
  }

  async #run(): Promise<void> {
    this.#isBusy = true
    try {
      // Everything that is said in one turn goes together.
      await Promise.resolve()
      while (this.#waiting.length > 0 && !this.#abort.signal.aborted) await this.#sendSome()
    } catch (cause) {
      if (this.#abort.signal.aborted) return
      this.close()
      this.#events.fail(cause instanceof ExchangeFailure ? cause : new ExchangeFailure(1006, { cause }))
    } finally {
      this.#isBusy = false
    }
  }

  async #sendSome(): Promise<void> {
    const letters = this.#next()
    try {
      await this.#post(letters)
    } catch (cause) {
      if (!(cause instanceof ExchangeFailure) || cause.status !== 413 || letters.length === 1)
        throw asTooLarge(cause)
      // Somebody on the way takes less than the server would.
      this.#bodyBytes = Math.max(1, Math.floor(bytesOf(letters) / 2))
      this.#waiting.unshift(...letters)
    }
  }

  /** As many letters as one request may carry, and at least one. */
  #next(): Letter[] {
    let bytes = 0
    let messages = 0
    let count = 0
    for (const letter of this.#waiting) {
      bytes += letter.bytes
      messages += letter.frames.length
      if (count > 0 && (bytes > this.#bodyBytes || messages > limits.postMessages)) break
      count += 1
    }
    return this.#waiting.splice(0, count)
  }

  async #post(letters: readonly Letter[]): Promise<void> {
    const body = encodeFrames(letters.flatMap(({ frames }) => frames))
    try {
      await this.#postOnce(body, letters)
    } catch (cause) {
      // A connection that was kept alive for too long breaks in just this way; a new one may do.
      const isBroken = cause instanceof ExchangeFailure && cause.status === undefined
      if (!isBroken || this.#abort.signal.aborted) throw cause
      await this.#postOnce(body, letters)
    }
  }

  /** Sends and hears the whole answer in time: one whose rest never comes would hold back everything behind it. */
  async #postOnce(body: Uint8Array, letters: readonly Letter[]): Promise<void> {
    const late = new AbortController()
    const stopTimer = this.#clock.after(requestPatienceMs(body.length, limits), () => late.abort())
    const onClose = (): void => late.abort()
    this.#abort.signal.addEventListener('abort', onClose)
    try {
      const response = await this.#exchange.post(body, { signal: late.signal })
      await this.#hear(response, letters)
    } finally {
      stopTimer()
      this.#abort.signal.removeEventListener('abort', onClose)
    }
  }

  async #hear(response: Response, letters: readonly Letter[]): Promise<void> {
    const kinds = letters.map(({ kind }) => kind).filter((kind) => kind === 'update' || kind === 'answer')
    let saved: { count: number; offset: number } | undefined
    let hasError = false
    const messages: Uint8Array[] = []
    await readMessages(response, (bytes) => {
      const message = decodeMessage(bytes)
      if (message.type === 'saved') saved = message
      else messages.push(bytes)
      hasError ||= message.type === 'error'
    })
    if (this.#abort.signal.aborted) return
    const count = saved?.count ?? 0
    if (count < kinds.length && !hasError)
      throw new ExchangeFailure(1006, { cause: new Error('Neither saved nor refused') })
    if (count > kinds.length) throw new ExchangeFailure(1006, { cause: new Error('More saved than sent') })
    const isCovered = !this.#hasGap || kinds.slice(0, count).includes('answer')
    if (count > 0 && isCovered && saved !== undefined) {
      const total = this.#counted + count
      this.#events.message(encodeMessage({ type: 'saved', count: total, offset: saved.offset }))
    }
    this.#hasGap = !isCovered || count < kinds.length
    this.#counted += kinds.length
    for (const message of messages) this.#events.message(message)
  }
}

function bytesOf(letters: readonly Letter[]): number {
  return letters.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** One message alone that is too large for the way: another try with the same bytes would end the same. */
function asTooLarge(cause: unknown): unknown {
  const isTooLarge = cause instanceof ExchangeFailure && cause.status === 413
  return isTooLarge ? new ExchangeFailure(errorTable.MESSAGE_TOO_LARGE.close, { status: 413 }) : cause
}

function kindOf(message: Uint8Array): Letter['kind'] {
  if (message[0] === messageType.presence) return 'presence'
  if (message[0] !== messageType.sync || message[1] === syncType.vector) return 'other'
  return message[1] === syncType.answer ? 'answer' : 'update'
}
