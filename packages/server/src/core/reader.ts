/**
 * One connection in a room: an offset, and a pump that moves it to the head whenever the wire can take more. Says to the
 * author what is saved. A slow reader costs its offset and nothing else: what it lacks stays in the log.
 * Every event changes state and calls `evaluate`, which alone decides what to send.
 * Knows no transport: bytes go to a `Sink`.
 */
import { CometpadError, PartJoiner, decodeMessage, encodeMessage } from '@cometpad/shared'
import type { ErrorCode, Limits, Message, Offset } from '@cometpad/shared'
import { Acks } from './acks.ts'
import { positionMessage } from './batch.ts'
import type { Batch } from './batch.ts'
import { takeIn } from './intake.ts'
import type { Parcel } from './parcel.ts'
import type { Lease } from './leases.ts'
import type { Hearing, JoinRequest, Progress, ReaderHandle, Visit } from './ports.ts'
import type { Refusals } from './refusals.ts'
import { Rights } from './rights.ts'
import type { Room, RoomReader } from './room.ts'
import { Voice } from './voice.ts'

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
  readonly #voice: Voice
  readonly #rights: Rights
  #state: State = { state: 'joining', waiting: [] }
  readonly #acks = new Acks()
  /** Stands for this connection where something outlives it, so that the connection itself need not. */
  #author: object = {}
  /** What stays of the client between its requests; undefined for a connection. */
  #lease: Lease | undefined
  #parts: PartJoiner | undefined
  #isHeld = false
  #stalledSince: number | undefined
  readonly #limits: Limits
  readonly #refusals: Refusals
  readonly #onLeave: (reader: Reader) => void

  constructor(
    request: JoinRequest,
    { limits, refusals }: { readonly limits: Limits; readonly refusals: Refusals },
    onLeave: (reader: Reader) => void,
  ) {
    this.#request = request
    this.#limits = limits
    this.#refusals = refusals
    this.#voice = new Voice(request.sink, this.#hearing)
    this.#rights = new Rights(request.grant, limits)
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
      presence: room.presence.markOf(this.#voice.presenceTold),
    }
  }

  get source(): string | undefined {
    return this.#request.source
  }

  get mayWrite(): boolean {
    return this.#rights.allow('editor')
  }

  get isSettled(): boolean {
    if (this.#state.state !== 'following' && this.#state.state !== 'asking') return false
    return this.#acks.isSettled(this.#state.room.head)
  }

  // What the registry says

  /** The room is there. Says hello and begins. */
  enter(room: Room): void {
    if (this.#state.state !== 'joining' || !this.#heedRights(room.deps.clock.now())) return
    const { waiting } = this.#state
    const { generation } = this.#request
    this.#voice.begin(room.deps.clock)
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
      if (visit.presence !== undefined) this.#voice.presenceTold = room.presence.versionOf(visit.presence)
    }
    if (this.#hearing === 'answers' || this.#hearing === 'presence') {
      this.#state = { state: 'following', room, offset: room.head }
      return
    }
    const isKnown = position !== undefined && position <= room.head
    const from = position === undefined ? null : isKnown ? position : 0
    this.#state = from === null ? { state: 'asking', room } : { state: 'following', room, offset: from }
    if (this.#hearing !== 'everything') return
    this.#voice.hello(room, this.#rights.tellRole(), from)
    if (!isKnown) this.#voice.tell({ type: 'vector', vector: room.committed.encodeVector() })
  }

  /** Nobody joins in with what another subject has begun. */
  #leaseKey({ client }: Visit): string | undefined {
    return client === undefined ? undefined : `${client} ${this.#request.grant.subject}`
  }

  /** Asks the client to come back later. */
  drain(delayMs: number): void {
    this.hold()
    this.#voice.tell({ type: 'drain', delayMs })
    // A request has to hear that nothing of it was taken in.
    if (this.#state.state === 'joining' && this.#hearing === 'answers') this.refuse('DRAINING')
  }

  /** What the client sends from now on is not taken in, and not acknowledged: it keeps it. */
  hold(): void {
    this.#isHeld = true
  }

  /** The document has another history now. */
  sendAway(generation: string): void {
    this.#voice.tell({ type: 'reset', generation })
    this.#end('GENERATION_CHANGED', generation)
  }

  /** Heartbeats and stalled connections; called about once a second. */
  beat(now: number, bounds: { heartbeatMs: number; stalledReaderMs: number }): void {
    if (this.#state.state === 'left' || this.#state.state === 'joining') return
    if (!this.#heedRights(now)) return
    if (this.#request.sink.writable) {
      this.#stalledSince = undefined
      if (now - this.#voice.saidAt >= bounds.heartbeatMs) this.tick()
      return
    }
    this.#stalledSince ??= now
    if (now - this.#stalledSince >= bounds.stalledReaderMs) this.refuse('SLOW_READER')
  }

  /** The document was renamed. */
  rename(title: string): void {
    if (this.#heedRights()) this.#voice.tell({ type: 'meta', title })
  }

  // What the transport says

  receive(bytes: Uint8Array): void {
    if (this.#state.state === 'left' || this.#isHeld) return
    if (this.#state.state === 'joining') {
      if (this.#state.waiting.length < this.#limits.waitingMessages) this.#state.waiting.push(bytes)
      else this.refuse('OVERLOADED')
      return
    }
    const { room } = this.#state
    if (!this.#heedRights(room.deps.clock.now())) return
    try {
      this.#handle(decodeMessage(bytes), room)
    } catch (cause) {
      const code = cause instanceof CometpadError ? cause.code : 'INTERNAL_ERROR'
      if (code === 'INTERNAL_ERROR') room.deps.report.failed('message', room.documentId, cause)
      else room.deps.report.refused(code, room.documentId)
      // However late its backoff has grown: that ends an outage for everybody a moment after the disk is well again.
      const { random, limits } = room.deps
      const soonMs = Math.round((1 + random()) * limits.reopenMs)
      this.#end(code, room.generation, code === 'STORE_UNAVAILABLE' ? soonMs : undefined)
    }
  }

  resume(): void {
    this.#stalledSince = undefined
    this.evaluate()
  }

  tick(): void {
    // A reader that waits for the store hears of it when it has answered.
    this.#voice.signOfLife(this.#state.state === 'following' ? this.#state.offset : undefined)
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
    if (!this.#heedRights()) return
    // The loop ends: each turn either brings the offset to the head or starts to read.
    while (this.#state.state === 'following' && sink.writable && this.#voice.followsLog) {
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
    this.#voice.presence(this.#state.room.presence, this.#author)
    if (this.#state.state !== 'reading') sink.rest?.()
  }

  hear(parcel: Parcel): void {
    const { sink } = this.#request
    if (!this.#heedRights()) return
    // Ephemeral: who cannot take it now does not get it later.
    if (sink.dialect === 'cometpad' && sink.writable && this.#hearing === 'everything')
      this.#voice.pass(parcel, 'content')
  }

  /** Ends the connection with a reason. @param retryAfterMs when the client may come back, where that is known */
  refuse(code: ErrorCode, retryAfterMs?: number): void {
    this.#end(code, 'room' in this.#state ? this.#state.room.generation : undefined, retryAfterMs)
  }

  #end(code: ErrorCode, generation: string | undefined, retryAfterMs?: number): void {
    if (this.#state.state === 'left') return
    this.#voice.error(code)
    if (retryAfterMs !== undefined) this.#voice.comeBackIn(Math.min(retryAfterMs, this.#limits.retryAfterMs))
    this.#request.sink.close(code, generation, retryAfterMs)
    this.leave()
  }

  /**
   * What the client may do may have changed: it is told before anything else is said or taken in, and sent away when it may do
   * nothing any more. False: it has left.
   */
  #heedRights(now = -Infinity): boolean {
    const ended = this.#rights.endedBy(now)
    if (ended !== undefined) this.refuse(ended)
    if (this.#hasLeft()) return false
    if (this.#rights.isOtherRole && this.#state.state !== 'joining')
      this.#voice.tell({ type: 'grant', role: this.#rights.tellRole() })
    return true
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
        this.#voice.presenceTold = 0
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
    const sender = { author: this.#author, rights: this.#rights, source: this.source }
    const taken = takeIn(update, room, sender, this.#refusals)
    if (taken.kind === 'accepted') {
      this.#acks.accepted(taken.offset, type === 'answer')
      this.evaluate()
      return
    }
    const { code, waitMs } = taken
    const { report } = room.deps
    if (code !== 'READ_ONLY') report.refused(code, room.documentId)
    this.#acks.refused()
    this.#voice.error(code)
    if (waitMs > 0) {
      report.refused('RATE_LIMITED', room.documentId)
      this.refuse('RATE_LIMITED', waitMs)
    } else if (code === 'MISSING_DEPENDENCY' && type === 'update') {
      // The client's answer brings whatever is missing. If this was one already, asking again would not help.
      this.#voice.tell({ type: 'vector', vector: room.committed.encodeVector() })
    }
  }

  #takePresence(presence: Uint8Array, room: Room): void {
    room.presence.speak(this.#author, presence, this.#rights.grant)
    room.presenceChanged()
    this.#voice.disbelieve(room.presence, this.#author)
  }

  async #renew(token: string, room: Room): Promise<void> {
    const { authorizer, report } = room.deps
    try {
      await this.#rights.renew(token, room.documentId, authorizer)
      this.#heedRights()
    } catch (cause) {
      const code = cause instanceof CometpadError ? cause.code : 'INTERNAL_ERROR'
      report.refused(code, room.documentId)
      // The old grant stands until it ends, and another token may still come.
      if (code === 'RATE_LIMITED') this.refuse(code)
      else this.#voice.error(code)
    }
  }

  #takePart(bytes: Uint8Array, last: boolean, room: Room): void {
    this.#parts ??= new PartJoiner(this.#limits.updateBytes)
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

  async #read(reading: Promise<Batch>, room: Room): Promise<void> {
    this.#state = { state: 'reading', room, offset: this.#reached }
    try {
      const batch = await reading
      if (this.#hasLeft() || !this.#heedRights()) return
      this.#send(batch, room)
      this.evaluate()
    } catch (cause) {
      room.deps.report.failed('read', room.documentId, cause)
      this.refuse(cause instanceof CometpadError ? cause.code : 'STORE_UNAVAILABLE')
    }
  }

  #send(batch: Batch, room: Room): void {
    const { dialect } = this.#request.sink
    // An answer that took long may be behind what the reader has been sent meanwhile.
    this.#state = { state: 'following', room, offset: Math.max(this.#reached, batch.to) }
    if (batch.isForeignTo(this.#author)) {
      const parcel = batch.shared(dialect)
      if (!parcel.isEmpty) this.#voice.pass(parcel, 'content')
      return
    }
    const messages = batch.messagesFor(this.#author)
    if (dialect === 'cometpad') {
      const saved = this.#acks.settle(room.head)
      if (saved !== undefined) messages.push(encodeMessage({ type: 'saved', ...saved }))
      messages.push(positionMessage(batch.to))
    }
    if (messages.length > 0) this.#voice.write(messages)
  }

  #sendSaved(room: Room): void {
    const saved = this.#acks.settle(room.head)
    if (saved !== undefined) this.#voice.tell({ type: 'saved', ...saved })
  }

  get #reached(): Offset {
    return 'offset' in this.#state ? this.#state.offset : 0
  }

  get #hearing(): Hearing {
    return this.#request.visit?.hearing ?? 'everything'
  }
}
