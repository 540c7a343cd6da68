/**
 * What an operator can have done with a store: in a server that runs, or in this process on a folder that nobody uses.
 * Knows neither of them.
 */
import type { DocumentHead, DocumentPage, TrailEntry } from '../core/ports.ts'
import type {
  BackupRequest,
  NewHistory,
  QuarantineChoice,
  QuarantinedBytes,
  QuarantinedUpdate,
} from '../storage/index.ts'

export interface Operations {
  /** True: a server runs, and people may be at work. */
  readonly isLive: boolean
  /** The store as it is now, in the form of a backup file. Whoever stops reading ends it. */
  backup(request: BackupRequest): AsyncIterable<Uint8Array>
  /** Documents in the order of their ids. */
  list(after: string): Promise<DocumentPage>
  /** Rejects when the document could not be compacted; nothing has changed then. */
  compact(documentId: string): Promise<void>
  /** Who has done what to a document, the newest last. Rejects with DOCUMENT_NOT_FOUND. */
  trail(documentId: string): Promise<readonly TrailEntry[]>
  /** Forgets all rights and links of a document, also those that cannot be read: one owner is left. Rejects with DOCUMENT_NOT_FOUND. */
  resetRights(documentId: string, owner: string): Promise<void>
  /** Refused updates that are kept, the oldest first. */
  quarantined(): Promise<readonly QuarantinedUpdate[]>
  /** Rejects with NOT_FOUND. */
  quarantinedBytes(id: string): Promise<QuarantinedBytes>
  /** How many were thrown away. */
  dropQuarantined(choice: QuarantineChoice): Promise<number>
  /** Puts a history in the place of another, as a new generation. Everybody who is in the document is told. */
  replace(documentId: string, history: NewHistory): Promise<DocumentHead>
  /** Idempotent. */
  close(): Promise<void>
}
