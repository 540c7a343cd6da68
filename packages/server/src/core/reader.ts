/**
 * One connection in a room: an offset, and a pump that moves it to the head whenever the wire can take more. Says to the
 * author what is saved. A slow reader costs its offset and nothing else: what it lacks stays in the log.
 *
 * Every event changes state and calls `evaluate`, which alone decides what to send.
 * Knows no transport: bytes go to a `Sink`.
 */
import {
  CometpadError,
  PROTOCOL_VERSION,
  PartJoiner,
  allows,
  decodeMessage,
  encodeMessage,
  limits,
} from '@cometpad/shared'
import type { ErrorCode, Message, Offset } from '@cometpad/shared'
import { Acks } from './acks.ts'
import { positionMessage } from './batch.ts'
import type { Batch } from './batch.ts'
import type { Parcel } from './parcel.ts'
import type { Lease } from './leases.ts'
import type { Dialect, Grant, Hearing, JoinRequest, News, Progress, ReaderHandle, Visit } from './ports.ts'
import { NO_PRESENCE } from './presence.ts'
import { Renewals } from './renewals.ts'
import type { Room, RoomReader } from './room.ts'

type State =
  /** The room is being loaded; what the client says meanwhile waits. */
  | { readonly state: 'joining'; readonly waiting: Uint8Array[] }
  /** The client has to say what it has. */
  | { readonly state: 'asking'; readonly room: Room }
  /** Follows the room from `offset`. */
  | { readonly state: 'following'; readonly room: Room; readonly offset: Offset }
  /** Waits for the store: a page, or the answer to a vector. What it has had until then is `offset`. */
  | { readonly state: 'reading'; readonly room: Room; readonly offset: Offset }
  | { readonly state: 'left' }

export class Reader implements ReaderHandle, RoomReader {
  readonly #request: JoinRequest
  #grant: Grant
  #renewals: Renewals | undefined
  #state: State = { state: 'joining', waiting: [] }
  readonly #acks = new Acks()
  /** Stands for this connection where something outlives it, so that the connection itself need not. */
  #author: object = {}
  /** What stays of the client between its requests; undefined for a connection. */
  #lease: Lease | undefined
  #parts: PartJoiner | undefined
  #presenceSeen = 0
  /** A plain client was made to say its presence with a clock that nobody has seen; ours does so by itself. */
  #isBelieved = false
  #isHeld = false
  #lastWrote = 0
  #stalledSince: number | undefined
  readonly #onLeave: (reader: Reader) => void

  constructor(request: JoinRequest, onLeave: (reader: Reader) => void) {
    this.#request = request
    this.#grant = request.grant
    this.#onLeave = onLeave
  }

  get author(): object {
    return this.#author
  }

  get progress(): Progress | undefined {
    if (this.#state.state === 'joining' || this.#state.state === 'left') return undefined
    const { room, state } = this.#state
    const offset = this.#reached
    return {
      generation: room.generation,
      head: room.head,
      offset,
      isCaughtUp: state === 'following' && offset >= room.head,
      presence: room.presence.markOf(this.#presenceSeen),
    }
  }

  get isSettled(): boolean {
    if (this.#state.state !== 'following' && this.#state.state !== 'asking') return false
    return this.#acks.isSettled(this.#state.room.head)
  }

  // What the registry says

  /** The room is there. Says hello and begins. */
  enter(room: Room): void {
    if (this.#state.state !== 'joining') return
    const { waiting } = this.#state
    const { generation } = this.#request
    this.#lastWrote = room.deps.clock.now()
    if (generation !== undefined && generation !== room.generation) {
      this.sendAway(room.generation)
      return
    }
    this.#begin(room)
    for (const message of waiting) this.receive(message)
    this.evaluate()
  }

  #begin(room: Room): void {
    const { position, visit } = this.#request
    room.readers.add(this)
    if (visit !== undefined) {
      this.#lease = room.leases.enter(this.#leaseKey(visit), room.deps.clock.now())
      this.#author = this.#lease.author
      if (visit.presence !== undefined) this.#presenceSeen = room.presence.versionOf(visit.presence)
    }
    if (this.#hearing === 'answers' || this.#hearing === 'presence') {
      this.#state = { state: 'following', room, offset: room.head }
      return
    }
    const isKnown = position !== undefined && position <= room.head
    const from = position === undefined ? null : isKnown ? position : 0
    this.#state = from === null ? { state: 'asking', room } : { state: 'following', room, offset: from }
    if (this.#hearing !== 'everything') return
    this.#sayHello(room, from)
    if (!isKnown) this.#tell({ type: 'vector', vector: room.committed.encodeVector() })
  }

  /** Nobody joins in with what another subject has begun. */
  #leaseKey({ client }: Visit): string | undefined {
    return client === undefined ? undefined : `${client} ${this.#request.grant.subject}`
  }

  /** The room cannot be had, or cannot go on. */
  fail(code: ErrorCode): void {
    this.refuse(code)
  }

  /** Asks the client to come back later. */
  drain(delayMs: number): void {
    this.hold()
    this.#tell({ type: 'drain', delayMs })
    // A request has to hear that nothing of it was taken in.
    if (this.#state.state === 'joining' && this.#hearing === 'answers') this.refuse('DRAINING')
  }

  /** What the client sends from now on is not taken in, and not acknowledged: it keeps it. */
  hold(): void {
    this.#isHeld = true
  }

  /** The document has another history now. */
  sendAway(generation: string): void {
    this.#tell({ type: 'reset', generation })
    this.#end('GENERATION_CHANGED', generation)
  }

  /** Heartbeats and stalled connections; called about once a second. */
  beat(now: number, bounds: { heartbeatMs: number; stalledReaderMs: number }): void {
    if (this.#state.state === 'left' || this.#state.state === 'joining') return
    const { endsAt } = this.#grant
    if (endsAt !== undefined && now >= endsAt) {
      this.refuse('UNAUTHORIZED')
      return
    }
    if (this.#request.sink.writable) {
      this.#stalledSince = undefined
      if (now - this.#lastWrote >= bounds.heartbeatMs) this.#heartbeat()
      return
    }
    this.#stalledSince ??= now
    if (now - this.#stalledSince >= bounds.stalledReaderMs) this.refuse('SLOW_READER')
  }

  /** The document was renamed. */
  rename(title: string): void {
    this.#tell({ type: 'meta', title })
  }

  // What the transport says

  receive(bytes: Uint8Array): void {
    if (this.#state.state === 'left' || this.#isHeld) return
    if (this.#state.state === 'joining') {
      if (this.#state.waiting.length < limits.waitingMessages) this.#state.waiting.push(bytes)
      else this.refuse('OVERLOADED')
      return
    }
    const { room } = this.#state
    try {
      this.#handle(decodeMessage(bytes), room)
    } catch (cause) {
      const code = cause instanceof CometpadError ? cause.code : 'INTERNAL_ERROR'
      if (code === 'INTERNAL_ERROR') room.deps.report.failed('message', room.documentId, cause)
      else room.deps.report.refused(code, room.documentId)
      this.#end(code, room.generation, code === 'STORE_UNAVAILABLE' ? comeBackMs(room) : undefined)
    }
  }

  resume(): void {
    this.#stalledSince = undefined
    this.evaluate()
  }

  tick(): void {
    this.#heartbeat()
  }

  leave(): void {
    if (this.#state.state === 'left') return
    if (this.#state.state !== 'joining') {
      const { room } = this.#state
      room.readers.delete(this)
      this.#leavePresence(room)
    }
    this.#state = { state: 'left' }
    this.#onLeave(this)
  }

  /** A client that comes in single requests stays until it was silent for too long. */
  #leavePresence(room: Room): void {
    if (this.#lease !== undefined) {
      room.leases.leave(this.#lease)
      return
    }
    room.presence.leave(this.#author)
    room.presenceChanged()
  }

  // What the room says

  evaluate(): void {
    const { sink } = this.#request
    // The loop ends: each turn either brings the offset to the head or starts to read.
    while (this.#state.state === 'following' && sink.writable && this.#followsLog) {
      const { room, offset } = this.#state
      if (offset >= room.head) break
      if (offset < room.tail.start) {
        void this.#read(room.history.after(offset), room)
        return
      }
      this.#send(room.tail.after(offset), room)
    }
    if (this.#state.state === 'left' || this.#state.state === 'joining' || !sink.writable) return
    this.#sendSaved(this.#state.room)
    this.#sendPresence(this.#state.room)
    if (this.#state.state !== 'reading') sink.rest?.()
  }

  hear(parcel: Parcel): void {
    const { sink } = this.#request
    // Ephemeral: who cannot take it now does not get it later.
    if (sink.dialect === 'cometpad' && sink.writable && this.#hearing === 'everything')
      this.#writeBytes(parcel.framed(sink.format), 'content')
  }

  /** Ends the connection with a reason. */
  refuse(code: ErrorCode): void {
    const room = 'room' in this.#state ? this.#state.room : undefined
    this.#end(code, room?.generation)
  }

  #end(code: ErrorCode, generation: string | undefined, delayMs?: number): void {
    if (this.#state.state === 'left') return
    this.#tellError(code)
    if (delayMs !== undefined) this.#tell({ type: 'drain', delayMs })
    this.#request.sink.close(code, generation)
    this.leave()
  }

  // What the client says

  #handle(message: Message, room: Room): void {
    switch (message.type) {
      case 'vector':
        void this.#read(room.history.answer(message.vector, room.head, room.committed), room)
        return
      case 'answer':
      case 'update':
        this.#takeUpdate(message.type, message.update, room)
        return
      case 'presence':
        this.#takePresence(message.presence, room)
        return
      case 'presenceQuery':
        this.#presenceSeen = 0
        this.evaluate()
        return
      case 'broadcast':
        room.broadcast(encodeMessage(message), this.#author)
        return
      case 'part':
        this.#takePart(message.bytes, message.last, room)
        return
      case 'token':
        void this.#renew(message.token, room)
        return
      case 'denied':
      case 'hello':
      case 'saved':
      case 'position':
      case 'grant':
      case 'drain':
      case 'error':
      case 'reset':
      case 'meta':
        throw new CometpadError('UNKNOWN_MESSAGE', { detail: `Only servers say "${message.type}".` })
    }
  }

  #takeUpdate(type: 'answer' | 'update', update: Uint8Array, room: Room): void {
    if (!allows(this.#grant.role, 'editor')) {
      this.#acks.refused()
      this.#tellError('READ_ONLY')
      return
    }
    const verdict = room.submit(update, this.#author)
    if (verdict.kind === 'accepted') {
      this.#acks.accepted(verdict.offset, type === 'answer')
      this.evaluate()
      return
    }
    room.deps.report.refused('MISSING_DEPENDENCY', room.documentId)
    this.#acks.refused()
    this.#tellError('MISSING_DEPENDENCY')
    // The client's answer brings whatever is missing. If this was one already, asking again would not help.
    if (type === 'update') this.#tell({ type: 'vector', vector: room.committed.encodeVector() })
  }

  #takePresence(presence: Uint8Array, room: Room): void {
    room.presence.speak(this.#author, presence, this.#grant)
    room.presenceChanged()
    if (this.#isBelieved || this.#request.sink.dialect === 'cometpad') return
    const disbelief = room.presence.disbelief(this.#author)
    if (disbelief === undefined) return
    this.#isBelieved = true
    this.#write([disbelief])
  }

  async #renew(token: string, room: Room): Promise<void> {
    const { authorizer, report } = room.deps
    this.#renewals ??= new Renewals(authorizer, room.documentId)
    try {
      const grant = await this.#renewals.ask(token)
      if (this.#hasLeft()) return
      if (grant.subject !== this.#grant.subject) throw new CometpadError('FORBIDDEN')
      const isOther = grant.role !== this.#grant.role
      this.#grant = grant
      if (isOther) this.#tell({ type: 'grant', role: grant.role })
    } catch (cause) {
      const code = cause instanceof CometpadError ? cause.code : 'INTERNAL_ERROR'
      report.refused(code, room.documentId)
      // The old grant stands until it ends, and another token may still come.
      if (code === 'RATE_LIMITED') this.refuse(code)
      else this.#tellError(code)
    }
  }

  #takePart(bytes: Uint8Array, last: boolean, room: Room): void {
    this.#parts ??= new PartJoiner(room.deps.limits.updateBytes)
    const whole = this.#parts.push({ type: 'part', last, bytes })
    if (whole === undefined) return
    const message = decodeMessage(whole)
    if (message.type === 'part') throw new CometpadError('MALFORMED_MESSAGE', { detail: 'Parts of parts.' })
    this.#handle(message, room)
  }

  #hasLeft(): boolean {
    return this.#state.state === 'left'
  }

  // What is sent

  #sayHello(room: Room, from: Offset | null): void {
    const { messageBytes, partBytes, updateBytes, presenceBytes } = room.deps.limits
    this.#tell({
      type: 'hello',
      protocol: PROTOCOL_VERSION,
      generation: room.generation,
      role: this.#grant.role,
      head: room.head,
      from,
      title: room.title,
      limits: { messageBytes, partBytes, updateBytes, presenceBytes },
    })
  }

  async #read(reading: Promise<Batch>, room: Room): Promise<void> {
    this.#state = { state: 'reading', room, offset: this.#reached }
    try {
      const batch = await reading
      if (this.#hasLeft()) return
      this.#send(batch, room)
      this.evaluate()
    } catch (cause) {
      room.deps.report.failed('read', room.documentId, cause)
      this.refuse(cause instanceof CometpadError ? cause.code : 'STORE_UNAVAILABLE')
    }
  }

  #send(batch: Batch, room: Room): void {
    const { dialect, format } = this.#request.sink
    // An answer that took long may be behind what the reader has been sent meanwhile.
    this.#state = { state: 'following', room, offset: Math.max(this.#reached, batch.to) }
    if (batch.isForeignTo(this.#author)) {
      const parcel = batch.shared(dialect)
      if (!parcel.isEmpty) this.#writeBytes(parcel.framed(format), 'content')
      return
    }
    const messages = batch.messagesFor(this.#author)
    if (dialect === 'cometpad') {
      const saved = this.#acks.settle(room.head)
      if (saved !== undefined) messages.push(encodeMessage({ type: 'saved', ...saved }))
      messages.push(positionMessage(batch.to))
    }
    if (messages.length > 0) this.#write(messages)
  }

  #sendSaved(room: Room): void {
    const saved = this.#acks.settle(room.head)
    if (saved !== undefined) this.#tell({ type: 'saved', ...saved })
  }

  #sendPresence(room: Room): void {
    const { presence } = room
    if (this.#presenceSeen === presence.version || !this.#followsPresence) return
    const parcel = presence.since(this.#presenceSeen, this.#author)
    this.#presenceSeen = presence.version
    if (parcel !== undefined) this.#writeBytes(parcel.framed(this.#request.sink.format), 'presence')
  }

  #heartbeat(): void {
    if (this.#request.sink.dialect === 'yjs') this.#write([NO_PRESENCE], 'sign')
    else if (this.#state.state === 'following') this.#write([positionMessage(this.#state.offset)], 'sign')
    // A reader that waits for the store hears of it when it has answered.
  }

  #tellError(code: ErrorCode): void {
    this.#tell({ type: 'error', code, message: new CometpadError(code).message })
  }

  /** Says something in our own types, or in those of y-websocket when these have a word for it. */
  #tell(message: Message): void {
    if (!isUnderstood(this.#request.sink.dialect, message)) return
    if (this.#hearing === 'updates' || this.#hearing === 'presence') return
    this.#write([encodeMessage(message)], message.type === 'hello' ? 'sign' : 'content')
  }

  #write(messages: readonly Uint8Array[], news: News = 'content'): void {
    this.#writeBytes(this.#request.sink.format.frame(messages), news)
  }

  #writeBytes(bytes: Uint8Array, news: News): void {
    if ('room' in this.#state) this.#lastWrote = this.#state.room.deps.clock.now()
    this.#request.sink.write(bytes, news)
  }

  get #reached(): Offset {
    return 'offset' in this.#state ? this.#state.offset : 0
  }

  get #hearing(): Hearing {
    return this.#request.visit?.hearing ?? 'everything'
  }

  get #followsLog(): boolean {
    return this.#hearing === 'everything' || this.#hearing === 'updates'
  }

  get #followsPresence(): boolean {
    return this.#hearing === 'everything' || this.#hearing === 'presence'
  }
}

/**
 * Edits that the disk cannot take wait at the client. That it comes back soon, and not as late as its backoff has grown, ends
 * an outage for everybody a moment after the disk is well again.
 */
function comeBackMs({ deps: { random, limits: bounds } }: Room): number {
  return Math.round((1 + random()) * bounds.reopenMs)
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
