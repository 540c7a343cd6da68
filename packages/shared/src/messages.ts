/**
 * The messages of the wire as a union, and nothing about their bytes (see codec.ts). Types 0-3 are those of y-protocols;
 * types from 32 on are Cometpad's and are described in SPEC.md.
 */
import type { ErrorCode } from './errors.ts'
import type { Offset } from './offset.ts'
import type { Role } from './roles.ts'

/** The number that a message begins with. */
export const messageType = {
  sync: 0,
  presence: 1,
  denied: 2,
  presenceQuery: 3,
  hello: 32,
  saved: 33,
  position: 34,
  grant: 35,
  token: 36,
  drain: 37,
  broadcast: 38,
  error: 39,
  reset: 40,
  meta: 41,
  part: 42,
} as const

/** The second number of a sync message. */
export const syncType = { vector: 0, answer: 1, update: 2 } as const

/** "This is what I have": a Yjs state vector. y-protocols calls it sync step 1. */
export interface VectorMessage {
  readonly type: 'vector'
  readonly vector: Uint8Array
}

/** "This is what you lack", the answer to a vector. y-protocols calls it sync step 2. */
export interface AnswerMessage {
  readonly type: 'answer'
  readonly update: Uint8Array
}

/** An edit, as Yjs made it (update format v1). */
export interface UpdateMessage {
  readonly type: 'update'
  readonly update: Uint8Array
}

/** Yjs awareness of one or more clients, in the wire form of y-protocols. */
export interface PresenceMessage {
  readonly type: 'presence'
  readonly presence: Uint8Array
}

/** Permission denied, as y-protocols says it. Only for clients that do not speak our types. */
export interface DeniedMessage {
  readonly type: 'denied'
  readonly reason: string
}

/** Asks for the presence of everybody. */
export interface PresenceQueryMessage {
  readonly type: 'presenceQuery'
}

/** The first message of the server. The connection is proved by it. */
export interface HelloMessage {
  readonly type: 'hello'
  readonly protocol: number
  /** Identity of the document's history. Changes when history is replaced. */
  readonly generation: string
  readonly role: Role
  /** The newest durable offset when the connection was made. */
  readonly head: Offset
  /** The server sends what is after this offset; null: it waits for the client's vector. */
  readonly from: Offset | null
  readonly title: string
  readonly limits: HelloLimits
}

/** The bounds a client has to keep. */
export interface HelloLimits {
  readonly messageBytes: number
  readonly partBytes: number
  readonly updateBytes: number
  readonly presenceBytes: number
}

/** The first `count` updates and answers of this connection are durable; the newest of them at `offset`. */
export interface SavedMessage {
  readonly type: 'saved'
  readonly count: number
  readonly offset: Offset
}

/** Everything up to this offset has been sent on this connection. Also the server's sign of life. */
export interface PositionMessage {
  readonly type: 'position'
  readonly offset: Offset
}

/** The client's role has changed. */
export interface GrantMessage {
  readonly type: 'grant'
  readonly role: Role
}

/** A fresh token, from the client. */
export interface TokenMessage {
  readonly type: 'token'
  readonly token: string
}

/** The server goes down: come back after so many milliseconds. */
export interface DrainMessage {
  readonly type: 'drain'
  readonly delayMs: number
}

/** Application-defined bytes to everybody else in the room; never stored. */
export interface BroadcastMessage {
  readonly type: 'broadcast'
  readonly payload: Uint8Array
}

/** Something was refused, or the connection is about to be closed. */
export interface ErrorMessage {
  readonly type: 'error'
  readonly code: ErrorCode
  readonly message: string
}

/** The document's history was replaced; the connection serves the old one no longer. */
export interface ResetMessage {
  readonly type: 'reset'
  readonly generation: string
}

/** What the catalogue says of the document has changed. */
export interface MetaMessage {
  readonly type: 'meta'
  readonly title: string
}

/** A piece of a message that is too large for one. The joined pieces are one complete message. */
export interface PartMessage {
  readonly type: 'part'
  readonly last: boolean
  readonly bytes: Uint8Array
}

export type Message =
  | VectorMessage
  | AnswerMessage
  | UpdateMessage
  | PresenceMessage
  | DeniedMessage
  | PresenceQueryMessage
  | HelloMessage
  | SavedMessage
  | PositionMessage
  | GrantMessage
  | TokenMessage
  | DrainMessage
  | BroadcastMessage
  | ErrorMessage
  | ResetMessage
  | MetaMessage
  | PartMessage
