/**
 * What a device keeps of documents, as the journal needs it. What changes anything is one step: all of it happens, or nothing. Whoever
 * keeps it says by a code of the table why it cannot. Knows no Yjs: an update is bytes.
 */
import type { Offset, Role } from '@cometpad/shared'

export interface DocumentName {
  readonly server: string
  readonly documentId: string
}

/** One history of a document. */
export interface HistoryName extends DocumentName {
  /** Empty before the first connection: the content is of whatever history the server will say. */
  readonly generation: string
}

export interface Facts {
  /** Everything up to here is in the rows; undefined when that is not known. */
  readonly position: Offset | undefined
  readonly title: string
  readonly role: Role | undefined
}

export interface Unsent {
  readonly update: Uint8Array
  /** So many edits of a person are in it. */
  readonly edits: number
}

export type RowId = number

/** What there is of a document when a page opens it. */
export interface Loaded {
  /** Changes whenever something is forgotten on purpose. */
  readonly epoch: number
  /** Undefined: nothing is kept. */
  readonly history: (HistoryName & Facts) | undefined
  /** Another one, or none: content was dropped since, and what continues it would have a gap. */
  readonly line: number | undefined
  readonly known: readonly (Pick<Unsent, 'update'> & { readonly id: RowId })[]
  readonly unsent: readonly (Unsent & { readonly id: RowId })[]
  /** Rows that could not be read. */
  readonly damaged: number
}

export interface Batch extends Facts {
  /** What `news` continue. */
  readonly line: number | undefined
  /** Edits that are not acknowledged. */
  readonly unsent: readonly Unsent[]
  /** Content that the server has. */
  readonly known: readonly Uint8Array[]
  /** Rows of unsent edits that the server has by now. */
  readonly acknowledged: readonly RowId[]
  /** Rows whose content is in this batch as well. */
  readonly removed: readonly RowId[]
  /** `whole`: has everything that its tab has. `unsent`: has all of its unsent edits, and no state. */
  readonly scope: 'news' | 'whole' | 'unsent'
  /** The server has another history by now: these rows are a copy for the person. */
  readonly isReplaced: boolean
}

/** `missing`: what the news continue is not there; `forgotten`: because somebody wanted so. Then nothing was written. */
export type Written =
  | {
      readonly outcome: 'written'
      readonly line: number
      readonly unsent: readonly RowId[]
      readonly known: readonly RowId[]
    }
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'forgotten' }

/**
 * Unsent edits that the document will not have, with the text around them: the server no longer has their history, or has
 * refused them.
 */
export interface KeptCopy {
  /** Tells copies of one document apart. */
  readonly generation: string
  readonly reason: 'replaced' | 'refused'
  readonly title: string
  readonly updates: readonly Uint8Array[]
  readonly edits: number
  readonly rows: readonly RowId[]
}

export interface OfflineStore {
  /**
   * Gives the present history of a document, and notes that it was used, where the device takes that: what was not used for
   * longest makes room, unless it is unsent.
   */
  load(document: DocumentName): Promise<Loaded>
  /** @param epoch as it was loaded */
  write(history: HistoryName, epoch: number, batch: Batch): Promise<Written>
  /** Unsent edits alone, for a page that may be gone before anything is answered. */
  append(history: HistoryName, epoch: number, unsent: readonly Unsent[]): Promise<readonly RowId[]>
  /** The server has another history: what is unsent of this one stays as a copy, the rest goes. */
  replace(history: HistoryName): Promise<void>
  copies(document: DocumentName): Promise<readonly KeptCopy[]>
  /** The person has seen to it. */
  discard(document: DocumentName, copy: KeptCopy): Promise<void>
  /** Leaves nothing of a document, or of any. */
  forget(document: DocumentName | undefined): Promise<void>
}
