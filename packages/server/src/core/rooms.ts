/**
 * The live documents. Loading and forgetting a document is one state machine here: whoever comes while it is loaded waits
 * for that one load, and a load that fails is an error to everybody who waits, never an empty document.
 */
import { CometpadError } from '@cometpad/shared'
import type { ErrorCode } from '@cometpad/shared'
import { DocumentMaker } from './document-maker.ts'
import type { DocumentHead, JoinRequest, NewDocument, ReaderHandle, RoomsPort } from './ports.ts'
import { Reader } from './reader.ts'
import { Refusals } from './refusals.ts'
import { Room, loadDocument } from './room.ts'
import type { RoomDeps } from './room.ts'

type Place =
  | { readonly state: 'loading'; readonly waiting: Set<Reader>; readonly loaded: Promise<void> }
  | {
      readonly state: 'live'
      readonly room: Room
      readonly readers: Set<Reader>
      emptySince: number | undefined
    }

export class Rooms implements RoomsPort {
  readonly #deps: RoomDeps
  readonly #places = new Map<string, Place>()
  readonly #maker: DocumentMaker
  readonly #refusals: Refusals
  #draining = false

  constructor(deps: RoomDeps) {
    this.#deps = deps
    const { log, limits, clock } = deps
    this.#maker = new DocumentMaker(log, limits, clock)
    this.#refusals = new Refusals(limits, clock, deps.quarantine)
  }

  get size(): { rooms: number; readers: number } {
    let readers = 0
    for (const place of this.#places.values()) readers += readersOf(place).size
    return { rooms: this.#places.size, readers }
  }

  join(request: JoinRequest): ReaderHandle {
    const { documentId } = request
    const shared = { limits: this.#deps.limits, refusals: this.#refusals }
    const reader = new Reader(request, shared, (left) => this.#left(documentId, left))
    const refusal = this.#refusal(documentId)
    if (refusal !== undefined) {
      this.#deps.report.refused(refusal, documentId)
      reader.refuse(refusal)
      return reader
    }
    const place = this.#usable(documentId) ?? this.#load(documentId)
    readersOf(place).add(reader)
    if (place.state === 'live') {
      place.emptySince = undefined
      reader.enter(place.room)
    }
    return reader
  }

  create(documentId: string, about: NewDocument, source: string | undefined): Promise<DocumentHead> {
    return this.#maker.create(documentId, about, source)
  }

  async setTitle(documentId: string, title: string): Promise<void> {
    if ((await this.#deps.log.find(documentId)) === undefined) throw new CometpadError('DOCUMENT_NOT_FOUND')
    await this.#deps.log.setTitle(documentId, title)
    const place = this.#places.get(documentId)
    if (place?.state === 'loading') await place.loaded
    const now = this.#places.get(documentId)
    if (now?.state !== 'live') return
    now.room.title = title
    for (const reader of now.readers) reader.rename(title)
  }

  /**
   * Puts another history in the place of a document's: nothing more is taken in, `work` replaces it, and everybody who is
   * there is told of the new generation and sent away. Who comes meanwhile waits and gets the new one. When `work` fails
   * the old history goes on.
   */
  replace(documentId: string, work: () => Promise<DocumentHead>): Promise<DocumentHead> {
    return this.#exchange(documentId, work, (reader, { generation }) => reader.sendAway(generation))
  }

  /** As `replace`, but nothing takes its place. */
  delete(documentId: string, by: string): Promise<void> {
    return this.#exchange(
      documentId,
      async () => {
        await this.#deps.log.delete(documentId, by)
        this.#deps.deleted?.(documentId)
      },
      (reader) => reader.refuse('DOCUMENT_NOT_FOUND'),
    )
  }

  beat(): void {
    const { clock, limits } = this.#deps
    const now = clock.now()
    for (const [documentId, place] of this.#places) {
      if (place.state === 'loading') continue
      place.room.beat(now)
      for (const reader of place.readers) reader.beat(now, limits)
      if (place.readers.size > 0) continue
      place.emptySince ??= now
      if (now - place.emptySince >= limits.idleRoomMs && place.room.isSettled) {
        place.room.close()
        this.#places.delete(documentId)
      }
    }
  }

  async drain(): Promise<void> {
    this.#draining = true
    const { limits, random } = this.#deps
    for (const place of this.#places.values())
      for (const reader of readersOf(place)) reader.drain(Math.round(random() * limits.drainSpreadMs))
    await Promise.all([...this.#places.values()].map((place) => this.#settle(place)))
    for (const place of this.#places.values())
      for (const reader of readersOf(place)) reader.refuse('DRAINING')
    for (const place of this.#places.values())
      if (place.state === 'live' && place.room.isSettled) place.room.close()
    this.#places.clear()
  }

  async #exchange<T>(
    documentId: string,
    work: () => Promise<T>,
    tell: (reader: Reader, done: T) => void,
  ): Promise<T> {
    if (this.#draining) throw new CometpadError('DRAINING')
    for (
      let other = this.#places.get(documentId);
      other?.state === 'loading';
      other = this.#places.get(documentId)
    )
      await other.loaded
    const before = this.#places.get(documentId)
    const waiting = new Set<Reader>()
    const done = this.#workAlone(before, work, tell)
    const loaded = done.then(
      () => this.#open(documentId, waiting),
      () => this.#open(documentId, waiting),
    )
    this.#places.set(documentId, { state: 'loading', waiting, loaded })
    return done
  }

  async #workAlone<T>(
    before: Place | undefined,
    work: () => Promise<T>,
    tell: (reader: Reader, done: T) => void,
  ): Promise<T> {
    if (before?.state !== 'live') return work()
    for (const reader of before.readers) reader.hold()
    await before.room.settled()
    try {
      const done = await work()
      for (const reader of before.readers) tell(reader, done)
      return done
    } catch (cause) {
      const code = codeOf(cause)
      for (const reader of before.readers) reader.refuse(code)
      throw cause
    } finally {
      if (!before.room.isFailed) before.room.close()
    }
  }

  /** The place of a document, unless its room has failed: nobody knows what the store has kept of that one. */
  #usable(documentId: string): Place | undefined {
    const place = this.#places.get(documentId)
    return place?.state === 'live' && place.room.isFailed ? undefined : place
  }

  async #settle(place: Place): Promise<void> {
    if (place.state === 'loading') await place.loaded
    else await place.room.settled()
  }

  #refusal(documentId: string): ErrorCode | undefined {
    if (this.#draining) return 'DRAINING'
    const place = this.#places.get(documentId)
    if (place !== undefined && readersOf(place).size >= this.#deps.limits.readersPerRoom) return 'OVERLOADED'
    return undefined
  }

  #load(documentId: string): Place {
    const waiting = new Set<Reader>()
    // The promise never rejects: everybody who waits is told by its reader.
    const place: Place = { state: 'loading', waiting, loaded: this.#open(documentId, waiting) }
    this.#places.set(documentId, place)
    return place
  }

  async #open(documentId: string, waiting: Set<Reader>): Promise<void> {
    try {
      const room = await this.#room(documentId, waiting)
      this.#places.set(documentId, { state: 'live', room, readers: waiting, emptySince: undefined })
      for (const reader of waiting) reader.enter(room)
    } catch (cause) {
      this.#places.delete(documentId)
      const code = codeOf(cause)
      const isRefused = code === 'DOCUMENT_NOT_FOUND' || code === 'RATE_LIMITED'
      if (!isRefused) this.#deps.report.failed('load', documentId, cause)
      else if (waiting.size > 0) this.#deps.report.refused(code, documentId)
      const retryAfterMs = cause instanceof CometpadError ? cause.retryAfterMs : undefined
      for (const reader of waiting) reader.refuse(code, retryAfterMs)
    }
  }

  async #room(documentId: string, waiting: ReadonlySet<Reader>): Promise<Room> {
    const { log, limits } = this.#deps
    const head = (await log.find(documentId)) ?? (await this.#create(documentId, waiting))
    return new Room(this.#deps, await loadDocument(log, head, limits.pageBytes))
  }

  /** A document comes into being when somebody first opens it who may write. One that was deleted does not. */
  async #create(documentId: string, waiting: ReadonlySet<Reader>): Promise<DocumentHead> {
    const { log } = this.#deps
    const writer = [...waiting].find((reader) => reader.mayWrite)
    if (writer === undefined) throw new CometpadError('DOCUMENT_NOT_FOUND')
    try {
      return await this.#maker.create(documentId, { title: '', unlessDeleted: true }, writer.source)
    } catch (cause) {
      // A request made it meanwhile.
      const made =
        cause instanceof CometpadError && cause.code === 'DOCUMENT_EXISTS' && (await log.find(documentId))
      if (made) return made
      throw cause
    }
  }

  #left(documentId: string, reader: Reader): void {
    const place = this.#places.get(documentId)
    if (place === undefined) return
    readersOf(place).delete(reader)
    // Nobody knows what the store has kept of a failed room: the next one to come loads it anew.
    if (place.state === 'live' && place.room.isFailed && place.readers.size === 0)
      this.#places.delete(documentId)
  }
}

function readersOf(place: Place): Set<Reader> {
  return place.state === 'loading' ? place.waiting : place.readers
}

/** What is not of the table came out of the store. */
function codeOf(cause: unknown): ErrorCode {
  return cause instanceof CometpadError ? cause.code : 'STORE_UNAVAILABLE'
}
