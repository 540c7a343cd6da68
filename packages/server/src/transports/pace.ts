/**
 * How much a client may say: a bucket of messages and one of bytes, each filling evenly up to a burst (token buckets). Who empties
 * one owes time. Pure: is told the time, and knows nothing of what is said or how somebody is made to wait.
 */
import { messageType } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'

type Bounds = Pick<
  Limits,
  'messagesPerSecond' | 'messageBurst' | 'presenceWeight' | 'bytesPerSecond' | 'byteBurst'
>

export class Pace {
  readonly #bounds: Bounds
  #messages: number
  #bytes: number
  #at: number

  constructor(bounds: Bounds, now: number) {
    this.#bounds = bounds
    this.#messages = bounds.messageBurst
    this.#bytes = bounds.byteBurst
    this.#at = now
  }

  /** Counts a message. Always takes it: what is there already may as well be heard. */
  take(message: Uint8Array, now: number): void {
    this.#fill(now)
    this.#messages -= message[0] === messageType.presence ? this.#bounds.presenceWeight : 1
    this.#bytes -= message.length
  }

  /** Milliseconds until nothing is owed; 0 when nothing is. */
  owedMs(now: number): number {
    this.#fill(now)
    const { messagesPerSecond, bytesPerSecond } = this.#bounds
    return Math.ceil(1_000 * Math.max(0, -this.#messages / messagesPerSecond, -this.#bytes / bytesPerSecond))
  }

  #fill(now: number): void {
    const { messagesPerSecond, messageBurst, bytesPerSecond, byteBurst } = this.#bounds
    const seconds = Math.max(0, now - this.#at) / 1_000
    this.#at = now
    this.#messages = Math.min(messageBurst, this.#messages + seconds * messagesPerSecond)
    this.#bytes = Math.min(byteBurst, this.#bytes + seconds * bytesPerSecond)
  }
}
