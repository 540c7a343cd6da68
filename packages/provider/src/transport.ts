/**
 * The port behind which messages travel. A transport opens one connection and says what it hears; it knows nothing of
 * documents, of what the messages mean, or of trying again after it has closed.
 */
import type { Offset } from '@cometpad/shared'

/** What a client has of a document's history. */
export interface Whereabouts {
  /** Everything up to here; null: it has content, and nobody knows how much of it is the server's. */
  readonly position: Offset | null
  /** The history that the position belongs to; undefined: none has been seen yet. */
  readonly generation: string | undefined
}

export interface TransportRequest {
  /** Address of the server, http or https, without a slash at its end; a transport that needs another scheme makes it. */
  readonly server: string
  readonly documentId: string
  /** A token that says who this is; undefined where everybody may. */
  readonly token: string | undefined
  /** Where the client is now: asked again for every request that a connection consists of. */
  readonly whereabouts: () => Whereabouts
}

/** What a transport reports. After `close` nothing more. */
export interface TransportEvents {
  /** One whole message. */
  message(bytes: Uint8Array): void
  /** Something has arrived that is no message: the connection lives. */
  alive(): void
  /**
   * The connection has ended, or could not be made; `code` is that of a WebSocket close.
   * @param retryAfterMs the server has said when to come back
   */
  close(code: number, retryAfterMs?: number): void
}

export interface TransportConnection {
  /** Sends one message. Before the connection is open, and after it has ended, the message is dropped. */
  send(message: Uint8Array): void
  /** Has the server say something soon, so that it is seen whether the connection still lives. */
  probe(): void
  /** The page goes away: says these last messages if they would be lost else, and ends the connection. */
  farewell(messages: readonly Uint8Array[]): void
  /** Ends the connection. No event follows. */
  close(): void
}

export interface Transport {
  /** May call back at once or later. */
  open(request: TransportRequest, events: TransportEvents): TransportConnection
}

/** What a close that nobody has given a reason for is reported as. */
export const ABNORMAL_CLOSE = 1006
