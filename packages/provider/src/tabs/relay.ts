/**
 * Turns what comes down a held request into what the other tabs are told. Updates are kept until the position that covers
 * them has come: then it is known from where to where they lead. Knows no channel, and not whether somebody listens.
 */
import {
  CometpadError,
  PartJoiner,
  decodeMessage,
  encodeMessage,
  clientLimits as limits,
} from '@cometpad/shared'
import type { HelloMessage, Message, Offset } from '@cometpad/shared'
import type { TabMessage } from './tab-message.ts'

export class Relay {
  #parts = new PartJoiner(limits.updateBytes)
  #hello: Pick<HelloMessage, 'generation' | 'title' | 'role'> | undefined
  /** What was told reaches up to here; undefined: not known yet in this answer. */
  #from: Offset | undefined
  #updates: Uint8Array[] = []
  #bytes = 0

  /** Another answer begins: what the last one left unfinished comes again. */
  begin(): void {
    this.#parts = new PartJoiner(limits.updateBytes)
    this.#from = undefined
    this.#forget()
  }

  /** One message of the server. */
  push(bytes: Uint8Array): TabMessage[] {
    try {
      return this.#take(decodeMessage(bytes), bytes)
    } catch (cause) {
      if (!(cause instanceof CometpadError)) throw cause
      // Something is not there that may belong to the log: the next answer has it.
      if (cause.code !== 'UNKNOWN_MESSAGE') this.begin()
      return []
    }
  }

  #take(message: Message, bytes: Uint8Array): TabMessage[] {
    switch (message.type) {
      case 'hello':
        return this.#welcome(message)
      case 'update':
      case 'answer':
        this.#keep(bytes)
        return []
      case 'position':
        return this.#reached(message.offset)
      case 'part': {
        const whole = this.#parts.push(message)
        return whole === undefined ? [] : this.#take(decodeMessage(whole), whole)
      }
      case 'presence':
      case 'grant':
      case 'meta':
      case 'broadcast':
      case 'drain':
        // A copy: a view would take everything around it along.
        return [{ kind: 'aside', message: bytes.slice() }]
      case 'vector':
      case 'presenceQuery':
      case 'denied':
      case 'saved':
      case 'token':
      // What ends this request is no news to others: who holds the next one hears of it.
      case 'error':
      case 'reset':
        return []
    }
  }

  #welcome({ generation, from, title, role }: HelloMessage): TabMessage[] {
    const before = this.#hello
    this.#hello = { generation, title, role }
    this.#from = from ?? undefined
    const news: Message[] = []
    if (before !== undefined && before.title !== title) news.push({ type: 'meta', title })
    if (before !== undefined && before.role !== role) news.push({ type: 'grant', role })
    return news.map((message) => ({ kind: 'aside', message: encodeMessage(message) }))
  }

  #keep(bytes: Uint8Array): void {
    this.#bytes += bytes.length
    // More than is worth telling: who lacks it is told how far the log reaches, and asks for it.
    if (this.#bytes > limits.tabBatchBytes) this.#updates = []
    else this.#updates.push(bytes.slice())
  }

  #reached(to: Offset): TabMessage[] {
    const from = this.#from
    const messages = this.#updates
    const isWhole = this.#bytes <= limits.tabBatchBytes
    this.#from = to
    this.#forget()
    if (from === undefined || this.#hello === undefined) return []
    const { generation } = this.#hello
    return [{ kind: 'batch', generation, from: isWhole ? from : to, to, messages }]
  }

  #forget(): void {
    this.#updates = []
    this.#bytes = 0
  }
}
