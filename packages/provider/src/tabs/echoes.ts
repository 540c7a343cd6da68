/**
 * What we have broadcast ourselves and will hear again: a request that is held for several tabs leaves nothing out. Nobody is
 * told its own broadcasts, so the first one alike is passed over. Knows no channel.
 */
import { clientLimits as limits, messageType } from '@cometpad/shared'
import type { Clock } from '@cometpad/shared'

interface Expected {
  readonly bytes: Uint8Array
  readonly until: number
}

export class Echoes {
  readonly #clock: Clock
  #expected: Expected[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** We have said this. */
  said(message: Uint8Array): void {
    if (message[0] !== messageType.broadcast) return
    const expected = { bytes: message.slice(), until: this.#clock.now() + limits.tabEchoMs }
    this.#expected = [...this.#waiting, expected].slice(-limits.tabEchoes)
  }

  /** Is it only our own that comes back? */
  isEcho(message: Uint8Array): boolean {
    if (message[0] !== messageType.broadcast) return false
    const waiting = this.#waiting
    const at = waiting.findIndex(({ bytes }) => isSame(bytes, message))
    this.#expected = waiting.filter((_, index) => index !== at)
    return at >= 0
  }

  get #waiting(): Expected[] {
    const now = this.#clock.now()
    return this.#expected.filter(({ until }) => until > now)
  }
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index])
}
