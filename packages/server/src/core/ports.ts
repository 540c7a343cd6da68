/**
 * What the core needs from the outside, and nothing more. Each port is declared here by the one who needs it; storage,
 * transports and tests bring implementations. No implementation and no library is named in this file.
 */
import type { ErrorCode, Offset, Role } from '@cometpad/shared'

/** One durable edit of a document. */
export interface LogEntry {
  readonly offset: Offset
  /** A Yjs update (format v1) as its author sent it, without what was there already of an item that goes on. */
  readonly update: Uint8Array
  /** The Yjs clients that became somebody's with it; for `append` alone. */
  readonly claim?: Claim
}

export interface Claim {
  readonly subject: string
  readonly clients: readonly number[]
}

/** Everything up to and including `offset` as one Yjs update. */
export interface Snapshot {
  readonly offset: Offset
  readonly update: Uint8Array
}

/** What the log knows about a document without reading its content. */
export interface DocumentHead {
  readonly documentId: string
  /** Identity of this history; 32 hexadecimal digits. */
  readonly generation: string
  /** Offset of the newest durable entry; 0 for an empty document. */
  readonly head: Offset
  /** Offset of the snapshot; entries up to it are no longer kept apart. 0 without a snapshot. */
  readonly snapshotOffset: Offset
  readonly title: string
  /** How the text began when somebody last looked; empty for a text without one. Undefined: nobody has looked. */
  readonly firstLine?: string | undefined
  /** Bytes of the entries after the snapshot. */
  readonly logBytes: number
  readonly snapshotBytes: number
  /** Milliseconds since 1970, UTC. */
  readonly createdAt: number
  readonly updatedAt: number
}

export interface DocumentPage {
  readonly documents: readonly DocumentHead[]
  /** Give it to `list` for the next page; null on the last. */
  readonly next: string | null
}

export interface NewDocument {
  readonly title: string
  /** Refuse with DOCUMENT_NOT_FOUND to make what was deleted anew. */
  readonly unlessDeleted?: boolean
}

/**
 * The log of every document. Implementations pass `storage/log-contract.ts`.
 *
 * Every promise of a write resolves only when the write is durable. A failed write rejects with STORE_UNAVAILABLE and
 * may or may not have happened; the caller drops what it holds of the document and opens it again.
 * Reads reject with DOCUMENT_DAMAGED when a row is missing or its checksum is wrong, and never give wrong bytes.
 */
export interface Log {
  /** False: the disk takes nothing now and every write would be refused. Reads go on; the log comes back by itself. */
  readonly isWritable: boolean

  /** The head of a document, or undefined when there is none. */
  find(documentId: string): Promise<DocumentHead | undefined>

  /**
   * Makes an empty document with a new random generation. Rejects with DOCUMENT_EXISTS. The offsets of one that was deleted
   * before go on behind those it had: it begins with a snapshot of nothing.
   */
  create(documentId: string, about: NewDocument): Promise<DocumentHead>

  /**
   * Appends entries whose offsets continue the head without a gap. Else it rejects: with STORE_UNAVAILABLE when the head
   * may have been read before the store broke and came back, otherwise with a TypeError. Appends of many documents that
   * arrive while a batch is being synced share the next batch and its one fsync.
   */
  append(documentId: string, entries: readonly LogEntry[]): Promise<void>

  /**
   * Entries after `after`, in order, up to the head: as many as fit into `maxBytes`, but at least one if there is any.
   * Gives 'compacted' when `after` lies below the snapshot: begin with the snapshot instead.
   */
  read(documentId: string, after: Offset, maxBytes: number): Promise<readonly LogEntry[] | 'compacted'>

  /** The newest snapshot, or undefined when none was made yet. */
  snapshot(documentId: string): Promise<Snapshot | undefined>

  /** By Yjs client: whose it is. What was claimed in another history of the document says nothing about this one. */
  owners(documentId: string): Promise<ReadonlyMap<number, string>>

  setTitle(documentId: string, title: string): Promise<void>

  /**
   * Deletes a document, as a whole and for good: when it resolves, nothing of it is found any more, after a crash neither. What
   * is asked of it meanwhile may already be refused. Rejects with DOCUMENT_NOT_FOUND.
   * @param by who does it, for the trail
   */
  delete(documentId: string, by: string): Promise<void>

  /** Documents in the order of their ids, from behind `after` (a `next` of an earlier page). */
  list(options: { readonly after?: string; readonly limit: number }): Promise<DocumentPage>
}

/** An update that was refused, and by whom it was sent. */
export interface RefusedUpdate {
  readonly documentId: string
  readonly subject: string
  readonly code: ErrorCode
  readonly update: Uint8Array
}

/** Keeps refused updates for whoever runs the server. Nobody waits for it, and what it cannot keep is gone. */
export interface QuarantinePort {
  /** Never throws. Within its bounds; of the bytes it makes its own copy. */
  keep(refused: RefusedUpdate): void
}

/** How the store is, for whoever watches over the server. */
export interface StoreStatus {
  readonly isWritable: boolean
  /** Documents that were found damaged. They are refused and kept as they are. */
  readonly damaged: readonly { readonly documentId: string; readonly what: string }[]
}

/** Work on Yjs bytes that is too heavy for the thread that serves everybody. */
export interface Compute {
  /** The part of an update that lies beyond a state vector. */
  diff(update: Uint8Array, vector: Uint8Array): Promise<Uint8Array>
  /** The same at once, for a small update that passed the gate. Throws INTERNAL_ERROR. */
  cut(update: Uint8Array, vector: Uint8Array): Uint8Array
}

/** Which messages a reader understands: those of y-websocket, or ours besides. */
export type Dialect = 'yjs' | 'cometpad'

/**
 * How messages become bytes on one kind of wire. Every sink of that kind shares one object, so that a buffer is built
 * once for all readers that get the same messages.
 */
export interface FrameFormat {
  readonly name: string
  frame(messages: readonly Uint8Array[]): Uint8Array
}

/**
 * What is written: `sign` is no more than that the server is there, `presence` is of other people, `content` is the rest. A wire
 * that answers once need not answer for a sign.
 */
export type News = 'sign' | 'presence' | 'content'

/** Where a reader's bytes go: a WebSocket, a held response. Made by a transport, used by one reader. */
export interface Sink {
  readonly dialect: Dialect
  readonly format: FrameFormat
  /** False: the network has not taken enough of what was written. The transport calls `Reader.resume` later. */
  readonly writable: boolean
  /** Never blocks and never throws; after the connection ended it does nothing. */
  write(bytes: Uint8Array, news: News): void
  /** The reader has said all there is for now. */
  rest?(): void
  /**
   * Ends the connection and says why. `Reader.leave` may follow from it and does no harm.
   * @param generation that of the document, where it is known
   * @param retryAfterMs when the client may come back, where that is known
   */
  close(code: ErrorCode, generation?: string, retryAfterMs?: number): void
}

/** Verified rights of one connection. What they are may change while it is held: look each time, and keep no copy. */
export interface Grant {
  /** Who this is, stable across connections; in open mode everybody is "anonymous". */
  readonly subject: string
  /** The subject stands for everybody, and nothing is theirs alone. */
  readonly isEverybody?: true
  readonly role: Role
  /** Why it is worth nothing any more; undefined: it stands. */
  readonly ended?: ErrorCode | undefined
  /** What others see of this person, in place of what their client says. Undefined: the client may say. */
  readonly name?: string
  readonly color?: string
  /** When the clock of the core shows this, the grant is worth nothing any more. Undefined: it never ends by itself. */
  readonly endsAt?: number
  /** May have the document deleted: its owner, or anybody where everybody may do everything. Undefined: no. */
  readonly mayDelete?: boolean
}

/** Why a grant is worth nothing any more; undefined: it stands. @param now on the clock of the core */
export function endOf({ ended, endsAt }: Grant, now: number): ErrorCode | undefined {
  return ended ?? (endsAt !== undefined && now >= endsAt ? 'UNAUTHORIZED' : undefined)
}

/** Turns a token that a client brings while it is connected into a new grant. */
export interface Authorizer {
  /** Rejects with UNAUTHORIZED, FORBIDDEN or KEYS_UNAVAILABLE. */
  renew(token: string, documentId: string): Promise<Grant>
}

/** What an owner has said that somebody may do in a document, whatever their token says. */
export interface PersonAccess {
  readonly subject: string
  readonly role: Role | 'none'
  readonly changedBy: string
  /** Milliseconds since 1970, UTC. */
  readonly changedAt: number
}

/** A link that lets in whoever has it. Of its secret and password only hashes are kept. */
export interface ShareLink {
  readonly linkId: string
  readonly role: Role
  readonly secretHash: string
  readonly password?: LinkPassword
  /** Milliseconds since 1970, UTC; undefined: it works until it is revoked. */
  readonly expiresAt?: number
  readonly createdBy: string
  readonly createdAt: number
}

/** @param now milliseconds since 1970, UTC */
export function isExpired({ expiresAt }: ShareLink, now: number): boolean {
  return expiresAt !== undefined && now >= expiresAt
}

export interface LinkPassword {
  readonly salt: string
  /** Of what is derived from salt and password. */
  readonly proofHash: string
}

/** Who runs the server, in the trail. */
export const OPERATOR = 'operator'

/** Something that was done to the access to a document, or to its history. */
export interface TrailEntry {
  /** Milliseconds since 1970, UTC. */
  readonly at: number
  /** Who did it; `OPERATOR` for whoever runs the server. */
  readonly by: string
  readonly what: 'role set' | 'link made' | 'link revoked' | 'history replaced' | 'rights reset' | 'deleted'
  /** The person or the link it was about. */
  readonly about?: string
  /** The role that was given; null: what the token says. */
  readonly role?: Role | 'none' | null
}

/** What is kept of the access to one document. */
export interface AccessRecord {
  readonly people: readonly PersonAccess[]
  readonly links: readonly ShareLink[]
  /** The newest last. */
  readonly trail: readonly TrailEntry[]
}

/** Where the access to documents is kept. Rejects with DOCUMENT_DAMAGED and STORE_UNAVAILABLE as the log does. */
export interface AccessStore {
  /** Undefined: nothing was ever said, or there was never such a document. Of one that was deleted its trail says by whom. */
  read(documentId: string): Promise<AccessRecord | undefined>
  /** Durable when it resolves. Rejects with DOCUMENT_NOT_FOUND. */
  write(documentId: string, record: AccessRecord): Promise<void>
  /** The same in the place of a record that cannot be read. */
  replace(documentId: string, record: AccessRecord): Promise<void>
}

/** The access to one document as it is now: it changes while it is held. */
export interface AccessSheet {
  readonly people: ReadonlyMap<string, PersonAccess>
  readonly links: ReadonlyMap<string, ShareLink>
  readonly trail: readonly TrailEntry[]
  /** The document was deleted, and with it what was said here. */
  readonly isOver: boolean
  /** A change may or may not have been kept, and nobody could look. Nobody may do anything until somebody can. */
  readonly isUnknown: boolean
}

/** Who may do what in which document, beside what their tokens say. */
export interface AccessPort {
  /** The same sheet for everybody as long as anybody holds it. Empty where nothing was said, or nothing is. */
  sheetOf(documentId: string): Promise<AccessSheet>
  /** @param role "none": nothing at all; null: what their token says. Rejects with DOCUMENT_NOT_FOUND and ACCESS_LIST_FULL. */
  setRole(
    documentId: string,
    subject: string,
    role: Role | 'none' | null,
    by: string,
    check?: () => void,
  ): Promise<void>
  /** Rejects with DOCUMENT_NOT_FOUND and ACCESS_LIST_FULL. */
  addLink(documentId: string, link: ShareLink, check?: () => void): Promise<void>
  /** Does nothing when there is no such link. Rejects with DOCUMENT_NOT_FOUND. */
  removeLink(documentId: string, linkId: string, by: string, check?: () => void): Promise<void>
}

/** One connection's side of a room, given to the transport. */
export interface ReaderHandle {
  /** One message from the client. Its bytes may be kept: give the reader bytes of its own. */
  receive(message: Uint8Array): void
  /** The transport cannot take what the client sends: tells it why and ends the connection. */
  refuse(code: ErrorCode): void
  /** The sink is writable again. */
  resume(): void
  /** Gives a sign of life now. */
  tick(): void
  /** The connection is gone. Idempotent. */
  leave(): void
  /** How far the reader is; undefined while its room is being loaded and after it has left. */
  readonly progress: Progress | undefined
  /** Nothing that the client has said waits for the store. */
  readonly isSettled: boolean
}

export interface Progress {
  readonly generation: string
  /** The newest durable offset of the room. */
  readonly head: Offset
  /** Everything up to here was written to the sink. */
  readonly offset: Offset
  /** Nothing more is there to be written. */
  readonly isCaughtUp: boolean
  /** How much of the presence was written to the sink, in words of the room. */
  readonly presence: string
}

/**
 * What a reader hears: `answers` is nothing but what its own words bring about, `updates` the log and its offsets,
 * `presence` the presence of others.
 */
export type Hearing = 'everything' | 'answers' | 'updates' | 'presence'

/** A request that belongs to a client which comes again and again, and is present in between. */
export interface Visit {
  /** Joins the requests of one client; known to it alone. Undefined: this request stands alone. */
  readonly client: string | undefined
  /** How much of the presence it has seen, as an earlier `Progress` has said. */
  readonly presence: string | undefined
  readonly hearing: Hearing
}

export interface JoinRequest {
  readonly documentId: string
  readonly grant: Grant
  /** Whose the refused updates and the new documents count as, over all connections; undefined: the server's own. */
  readonly source?: string | undefined
  readonly sink: Sink
  /** The client has everything up to here; undefined: it will say with a vector. */
  readonly position: Offset | undefined
  /** The history that `position` belongs to; undefined: the client has never seen one. */
  readonly generation: string | undefined
  /** Undefined: a connection, which hears everything and is present while it lasts. */
  readonly visit?: Visit
}

/** The live documents. The only thing that transports and routes know of the core. */
export interface RoomsPort {
  /**
   * Puts a connection into a document's room, loading it when nobody is there yet. Returns at once; messages that come
   * before the room is ready wait. When the document cannot be loaded the sink is closed with the code that says why.
   */
  join(request: JoinRequest): ReaderHandle
  /** Makes an empty document, as the log does. @param source as in a request to join. Rejects with RATE_LIMITED as well. */
  create(documentId: string, about: NewDocument, source: string | undefined): Promise<DocumentHead>
  /** Changes the title, durably, and tells everybody in the room. Rejects with DOCUMENT_NOT_FOUND. */
  setTitle(documentId: string, title: string): Promise<void>
  /** Deletes a document, durably, and tells everybody in it DOCUMENT_NOT_FOUND. Rejects with that when there is none. */
  delete(documentId: string, by: string): Promise<void>
  /** Called about once a second: heartbeats, stalled readers, idle rooms. */
  beat(): void
  /** Tells every reader to come back, waits for what is being committed, and closes all. Nothing joins afterwards. */
  drain(): Promise<void>
  readonly size: { readonly rooms: number; readonly readers: number }
}

/** What the core has to report to the operator. Never content, never tokens. */
export interface Report {
  /** Something was refused; counted by code. */
  refused(code: ErrorCode, documentId: string): void
  /** Something broke that should not. */
  failed(what: string, documentId: string, cause: unknown): void
  /** A whole sentence that the operator should read, of something that is as it should be now. */
  noticed?(what: string): void
}
