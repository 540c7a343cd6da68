/**
 * What a reader says: in words that its client understands and wants to hear, as the bytes of its wire; and how long ago it
 * said anything. Decides nothing: when there is something to say, and what, is the reader's.
 */
import { CometpadError, PROTOCOL_VERSION, encodeMessage } from '@cometpad/shared'
import type { Clock, ErrorCode, Message, Offset, Role } from '@cometpad/shared'
import { positionMessage } from './batch.ts'
import type { Parcel } from './parcel.ts'
import type { Dialect, Hearing, News, Sink } from './ports.ts'
import { NO_PRESENCE } from './presence.ts'
import type { Presence } from './presence.ts'
import type { Room } from './room.ts'

export class Voice {
  readonly #sink: Sink
  readonly #hearing: Hearing
  /** Undefined until the room is there: before, nobody counts. */
  #clock: Pick<Clock, 'now'> | undefined
  #saidAt = 0
  /** A plain client was made to say its presence with a clock that nobody has seen; ours does so by itself. */
  #isBelieved = false
  /** The version of the presence that was told. */
  presenceTold = 0

  constructor(sink: Sink, hearing: Hearing) {
    this.#sink = sink
    this.#hearing = hearing
  }

  get followsLog(): boolean {
    return this.#hearing === 'everything' || this.#hearing === 'updates'
  }

  /** When something was last said, on the clock of the room. */
  get saidAt(): number {
    return this.#saidAt
  }

  /** The room is there: the time counts from now on. */
  begin(clock: Pick<Clock, 'now'>): void {
    this.#clock = clock
    this.#saidAt = clock.now()
  }

  /** @param from everything behind this offset follows; null: nothing, until the client has said what it has */
  hello({ deps, generation, head, title }: Room, role: Role, from: Offset | null): void {
    const { messageBytes, partBytes, updateBytes, presenceBytes } = deps.limits
    this.tell({
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      generation,
      role,
      head,
      from,
      title,
      limits: { messageBytes, partBytes, updateBytes, presenceBytes },
    })
  }

  /** What has changed of the presence since it was told. */
  presence(presence: Presence, author: object): void {
    if (this.presenceTold === presence.version || !this.#followsPresence) return
    const parcel = presence.since(this.presenceTold, author)
    this.presenceTold = presence.version
    if (parcel !== undefined) this.pass(parcel, 'presence')
  }

  /** To a plain client that speaks of itself for the first time: that it is gone, so that it says so with a new clock. */
  disbelieve(presence: Presence, author: object): void {
    if (this.#isBelieved || this.#sink.dialect === 'cometpad') return
    const disbelief = presence.disbelief(author)
    if (disbelief === undefined) return
    this.#isBelieved = true
    this.write([disbelief])
  }

  /** What the client has unsaved waits with it until then. */
  comeBackIn(delayMs: number): void {
    this.tell({ type: 'drain', delayMs })
  }

  /** @param offset undefined: where the reader is cannot be said now */
  signOfLife(offset: Offset | undefined): void {
    if (this.#sink.dialect === 'yjs') this.write([NO_PRESENCE], 'sign')
    else if (offset !== undefined) this.write([positionMessage(offset)], 'sign')
  }

  error(code: ErrorCode): void {
    this.tell({ type: 'error', code, message: new CometpadError(code).message })
  }

  /** Says something in our own types, or in those of y-websocket when these have a word for it. */
  tell(message: Message): void {
    if (!isUnderstood(this.#sink.dialect, message)) return
    if (this.#hearing === 'updates' || this.#hearing === 'presence') return
    this.write([encodeMessage(message)], message.type === 'hello' ? 'sign' : 'content')
  }

  /** Messages for this reader alone. */
  write(messages: readonly Uint8Array[], news: News = 'content'): void {
    this.#writeBytes(this.#sink.format.frame(messages), news)
  }

  /** Messages that others are told as well, made into bytes once for all of them. */
  pass(parcel: Parcel, news: News): void {
    this.#writeBytes(parcel.framed(this.#sink.format), news)
  }

  get #followsPresence(): boolean {
    return this.#hearing === 'everything' || this.#hearing === 'presence'
  }

  #writeBytes(bytes: Uint8Array, news: News): void {
    if (this.#clock !== undefined) this.#saidAt = this.#clock.now()
    this.#sink.write(bytes, news)
  }
}

function isUnderstood(dialect: Dialect, { type }: Message): boolean {
  return (
    dialect === 'cometpad' ||
    type === 'vector' ||
    type === 'answer' ||
    type === 'update' ||
    type === 'presence'
  )
}
