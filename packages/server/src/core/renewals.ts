/**
 * Fresh tokens of one connection, looked at one after the other in the order in which they came, so that the last one
 * counts. Knows no message.
 */
import { CometpadError } from '@cometpad/shared'
import type { Authorizer, Grant } from './ports.ts'

export class Renewals {
  readonly #authorizer: Authorizer
  readonly #documentId: string
  readonly #most: number
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(authorizer: Authorizer, documentId: string, most: number) {
    this.#authorizer = authorizer
    this.#documentId = documentId
    this.#most = most
  }

  /** Throws RATE_LIMITED when too many wait. Rejects when the token is refused. */
  ask(token: string): Promise<Grant> {
    if (this.#waiting >= this.#most) throw new CometpadError('RATE_LIMITED')
    this.#waiting += 1
    const asked = this.#after(this.#last, token)
    // Whoever asked hears of a refusal; the next one only waits for its end.
    this.#last = asked.catch(() => undefined)
    return asked
  }

  async #after(last: Promise<unknown>, token: string): Promise<Grant> {
    try {
      await last
      return await this.#authorizer.renew(token, this.#documentId)
    } finally {
      this.#waiting -= 1
    }
  }
}
