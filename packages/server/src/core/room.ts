/**
 * A live document: takes updates in, has them made durable, and wakes its readers. Commit first, then relay: a reader
 * never sees, and an author is never told of, what the log has not yet kept.
 *
 * Invariants
 *  1. `head` counts what is durable; `#acceptedHead` counts that and what waits for its commit. Offsets have no gap.
 *  2. `committed` describes what lies up to `head`; `#accepted` what lies up to `#acceptedHead`.
 *  3. One commit at a time. When one fails, the room is over: nobody knows what the store has kept, so everybody comes
 *     back to a room that is loaded anew.
 * Knows no wire and no library.
 */
import { CometpadError } from '@cometpad/shared'
import type { Clock, ErrorCode, Limits, Offset } from '@cometpad/shared'
import { Depths } from './gate/depths.ts'
import { Known } from './gate/known.ts'
import type { Held } from './gate/nesting.ts'
import { Owners } from './gate/owners.ts'
import { UNBOUNDED, shapeOfUpdate } from './gate/update-shape.ts'
import type { UpdateShape } from './gate/update-shape.ts'
import { History } from './history.ts'
import { Leases } from './leases.ts'
import type { Authorizer, Claim, Compute, DocumentHead, Log, QuarantinePort, Report } from './ports.ts'
import { Parcel } from './parcel.ts'
import { Presence } from './presence.ts'
import { Tail } from './tail.ts'

export interface RoomDeps {
  readonly log: Log
  readonly compute: Compute
  readonly authorizer: Authorizer
  readonly clock: Clock
  readonly report: Report
  readonly limits: Limits
  /** A number in [0, 1). */
  readonly random: () => number
  /** A document was deleted, durably. */
  readonly deleted?: (documentId: string) => void
  /** Undefined: hostile bytes are refused, and gone. */
  readonly quarantine?: QuarantinePort
}

/** What a room asks of the readers in it. */
export interface RoomReader {
  /** The room has advanced, or presence has changed. */
  evaluate(): void
  /** The room cannot go on. */
  refuse(code: ErrorCode, retryAfterMs?: number): void
  /** A message of another reader for everybody, never stored. */
  hear(parcel: Parcel): void
  /** Stands for who speaks here. */
  readonly author: object
}

/**
 * Stored (now or before) once the head has reached `offset`; or not, because something it builds on is missing, or because it goes
 * on with the Yjs client of somebody else.
 */
export type Verdict =
  | { readonly kind: 'accepted'; readonly offset: Offset }
  | { readonly kind: 'gap' | 'foreign' }

/** Who says something in a room. */
export interface Speaker {
  /** Stands for the connection. */
  readonly author: object
  /** Whose the Yjs clients are that it uses first; undefined: nobody's. */
  readonly owner: string | undefined
}

interface Pending {
  readonly offset: Offset
  readonly update: Uint8Array
  readonly shape: UpdateShape
  readonly author: object
  readonly claim?: Claim
}

/** What loading a document has found. */
export interface LoadedDocument {
  readonly head: DocumentHead
  readonly accepted: Known
  /** Of everything accepted. */
  readonly depths: Depths
  readonly committed: Known
  readonly owners: Owners
}

export class Room {
  readonly documentId: string
  readonly generation: string
  readonly committed: Known
  readonly presence: Presence
  readonly leases: Leases
  readonly history: History
  readonly tail: Tail
  readonly readers = new Set<RoomReader>()
  readonly deps: RoomDeps
  title: string
  readonly #accepted: Known
  /** Of everything accepted. */
  readonly #depths: Depths
  readonly #held: Held
  readonly #owners: Owners
  #acceptedHead: Offset
  #pending: Pending[] = []
  #commit: Promise<void> | undefined
  #state: 'open' | 'failed' | 'closed' = 'open'
  #presenceTimer: (() => void) | undefined
  /** The version of the presence that all who follow it were woken for. */
  #presenceTold = 0

  constructor(deps: RoomDeps, loaded: LoadedDocument) {
    this.deps = deps
    this.documentId = loaded.head.documentId
    this.generation = loaded.head.generation
    this.title = loaded.head.title
    this.#accepted = loaded.accepted
    this.#depths = loaded.depths
    this.#held = heldBy(loaded.accepted, loaded.depths)
    this.committed = loaded.committed
    this.#owners = loaded.owners
    this.#acceptedHead = loaded.head.head
    this.presence = new Presence(deps.limits, () => deps.clock.now(), Math.floor(deps.random() * 2 ** 32))
    this.leases = new Leases(deps.limits)
    this.history = new History(this.documentId, deps)
    this.tail = new Tail(loaded.head.head, deps.limits.tailBytes)
  }

  /** The newest durable offset. */
  get head(): Offset {
    return this.tail.head
  }

  get isFailed(): boolean {
    return this.#state === 'failed'
  }

  /** True when nothing waits for the store: only then may the room be forgotten. */
  get isSettled(): boolean {
    return this.#commit === undefined
  }

  /** Resolves when nothing waits for the store. */
  async settled(): Promise<void> {
    while (this.#commit !== undefined) await this.#commit
  }

  /**
   * Takes an update in, unless it brings nothing new, builds on something missing or is somebody else's to say. Throws MALFORMED_UPDATE,
   * UPDATE_TOO_COMPLEX, OVERLOADED or STORE_UNAVAILABLE; then nothing has changed.
   */
  submit(said: Uint8Array, { author, owner }: Speaker): Verdict {
    const { limits, log } = this.deps
    const whole = shapeOfUpdate(said, limits, this.#held)
    // What is known but not yet durable counts as saved only when everything accepted so far is.
    if (this.#accepted.covers(whole)) return { kind: 'accepted', offset: this.#acceptedHead }
    const update = whole.straddles ? this.#withoutKnown(said, whole) : said
    const shape = whole.straddles ? shapeOfUpdate(update, limits, this.#held) : whole
    const clients = owner === undefined ? [] : this.#owners.claims(shape, this.#accepted, owner)
    if (clients === undefined) return { kind: 'foreign' }
    if (this.#accepted.lacks(shape)) return { kind: 'gap' }
    // Refused before it is taken in: the others in the room read on.
    if (!log.isWritable) throw new CometpadError('STORE_UNAVAILABLE')
    if (this.#pending.length >= limits.pendingUpdates) throw new CometpadError('OVERLOADED')
    this.#depths.add(shape.depths, this.#held.clockOf)
    this.#accepted.add(shape)
    this.#acceptedHead += 1
    const claim = owner === undefined || clients.length === 0 ? {} : { claim: { subject: owner, clients } }
    if (owner !== undefined) this.#owners.take(clients, owner)
    this.#pending.push({ offset: this.#acceptedHead, update, shape, author, ...claim })
    this.#commit ??= this.#commitAll()
    return { kind: 'accepted', offset: this.#acceptedHead }
  }

  /** Somebody's presence has changed: everybody hears of it soon, together with what else changes until then. */
  presenceChanged(): void {
    if (this.#presenceTimer !== undefined || this.#state !== 'open') return
    const { limits, clock } = this.deps
    const crowded = this.presence.size > limits.crowdedRoom
    const wait = crowded ? limits.crowdedPresenceIntervalMs : limits.presenceIntervalMs
    this.#presenceTimer = clock.after(wait, () => {
      this.#presenceTimer = undefined
      this.#presenceTold = this.presence.version
      this.#wake()
    })
  }

  /** Called about once a second: who came in single requests and comes no more has gone. */
  beat(now: number): void {
    for (const author of this.leases.expired(now)) this.presence.leave(author)
    if (this.presence.version !== this.#presenceTold) this.presenceChanged()
    this.presence.forgetGone(now - this.deps.limits.goneMs)
  }

  /** Gives a message to every other reader. */
  broadcast(message: Uint8Array, author: object): void {
    const parcel = new Parcel([message])
    for (const reader of this.readers) if (reader.author !== author) reader.hear(parcel)
  }

  /** Nobody is here any more. */
  close(): void {
    if (this.#commit !== undefined) throw new TypeError('A room is closed only when it is settled')
    this.#end('closed')
  }

  /**
   * Without what is known of it already. Where an item goes on behind clocks that Yjs has collected meanwhile, it takes the
   * item to follow what is not there any more, and applying it fails: for everybody, and for good.
   */
  #withoutKnown(update: Uint8Array, { structs }: UpdateShape): Uint8Array {
    return this.deps.compute.cut(update, this.#accepted.encodeVector(structs.map(({ client }) => client)))
  }

  async #commitAll(): Promise<void> {
    // One turn later: what one read of a socket brought is committed together.
    await Promise.resolve()
    while (this.#pending.length > 0 && this.#state === 'open') {
      const batch = this.#nextBatch()
      try {
        await this.deps.log.append(this.documentId, batch)
      } catch (cause) {
        this.#fail(cause)
        break
      }
      for (const { update, shape, author } of batch) {
        this.committed.add(shape)
        this.tail.push(update, author)
      }
      this.#wake()
    }
    this.#commit = undefined
  }

  #nextBatch(): Pending[] {
    const { commitRows, commitBytes } = this.deps.limits
    let rows = 0
    for (let bytes = 0; rows < this.#pending.length && rows < commitRows && bytes < commitBytes; rows += 1)
      bytes += this.#pending[rows]?.update.length ?? 0
    const batch = this.#pending.slice(0, rows)
    this.#pending = this.#pending.slice(rows)
    return batch
  }

  #wake(): void {
    for (const reader of this.readers) reader.evaluate()
  }

  #fail(cause: unknown): void {
    this.#end('failed')
    this.#pending = []
    this.deps.report.failed('commit', this.documentId, cause)
    const code = cause instanceof CometpadError ? cause.code : 'STORE_UNAVAILABLE'
    for (const reader of this.readers) reader.refuse(code)
  }

  #end(state: 'failed' | 'closed'): void {
    this.#state = state
    this.#presenceTimer?.()
    this.#presenceTimer = undefined
    this.history.close()
  }
}

/** Reads a document's log from end to end once, so that the gate knows what it holds. Rejects with DOCUMENT_DAMAGED. */
export async function loadDocument(log: Log, head: DocumentHead, pageBytes: number): Promise<LoadedDocument> {
  const accepted = new Known()
  const depths = new Depths()
  const held = heldBy(accepted, depths)
  const committed = new Known()
  const snapshot = await log.snapshot(head.documentId)
  if (snapshot !== undefined) take(snapshot.update)
  const owners = new Owners(await log.owners(head.documentId))
  let offset = snapshot?.offset ?? 0
  while (offset < head.head) {
    const entries = await log.read(head.documentId, offset, pageBytes)
    // Compacted between the two reads: begin again with the newer snapshot.
    if (entries === 'compacted') return loadDocument(log, head, pageBytes)
    if (entries.length === 0)
      throw new CometpadError('DOCUMENT_DAMAGED', { detail: 'The log ends too early.' })
    for (const entry of entries) take(entry.update)
    offset = entries.at(-1)?.offset ?? offset
  }
  return { head, accepted, depths, committed, owners }

  function take(update: Uint8Array): void {
    const shape = shapeOfStored(update, held)
    depths.add(shape.depths, held.clockOf)
    accepted.add(shape)
    committed.add(shape)
  }
}

function heldBy(known: Known, depths: Depths): Held {
  return { clockOf: (client) => known.clock(client), depthOf: (client, clock) => depths.at(client, clock) }
}

function shapeOfStored(update: Uint8Array, held: Held): UpdateShape {
  try {
    return shapeOfUpdate(update, UNBOUNDED, held)
  } catch (cause) {
    throw new CometpadError('DOCUMENT_DAMAGED', { cause })
  }
}
