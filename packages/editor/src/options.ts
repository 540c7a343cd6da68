/** What an embedding page may say to the editor and hear from it. The names are the same at all three doors. */
import type { TransportState } from '@cometpad/provider'
import type { LexicalEditor } from 'lexical'
import type { Doc } from 'yjs'
import type { Messages } from './messages.ts'
import type { Person } from './presence.ts'
import type { EditorProvider } from './provider.ts'
import type { SaveState } from './save-state.ts'
import type { EditorUser } from './user.ts'

export type Theme = 'light' | 'dark' | 'auto'

export interface EditorStatus {
  readonly connection: 'connecting' | 'connected' | 'disconnected' | 'stopped'
  /** How edits travel, and why so; see `connectionWords`. */
  readonly transport: TransportState
  /** The document of the server is here and up to date. */
  readonly synced: boolean
  /** Edits that the server has not yet acknowledged as durable. */
  readonly pendingChanges: number
  /** False when the page asked for `readOnly`, the server lets this person only read, or the binding is not live. */
  readonly canEdit: boolean
  /** This person could write here, and may only read now: an owner has said so. */
  readonly demoted: boolean
  /**
   * `outdated`: a newer version of the page wrote this document, so it can only be read here. `broken`: it could not be
   * shown; what was typed before is still sent.
   */
  readonly binding: 'live' | 'outdated' | 'broken'
  /** The text is here: from the server, or as this device has kept it. */
  readonly opened: boolean
  /** Unsaved edits survive the page, or there are none. */
  readonly kept: boolean
  /** What may be said to the person, see `saveWords`. */
  readonly save: SaveState
}

/** Options that may change while the editor lives, with `handle.configure`. */
export interface LiveOptions {
  /** Nothing can be edited here. What the server allows is another matter: it refuses edits of viewers in any case. */
  readonly readOnly?: boolean
  readonly theme?: Theme
  readonly placeholder?: string
}

export interface EditorOptions extends LiveOptions {
  /** Where the sync server is: an http or https URL. */
  readonly server: string
  readonly documentId: string
  /** Sent to the server as proof of who this is; a function is asked again whenever a fresh one is needed. */
  readonly token?: string | (() => string | Promise<string>)
  readonly user?: EditorUser
  /** 'none': no toolbar and no status; keyboard shortcuts work all the same. Default 'full'. */
  readonly toolbar?: 'full' | 'none'
  /** 'none': save state, connection light and people are not shown beside the toolbar; the page shows them itself. Default 'full'. */
  readonly status?: 'full' | 'none'
  /**
   * Default true: the document and what is not saved of it are kept on the device, so that nothing is lost with the page.
   * A prefix keeps the people of one device apart. See `forgetOnThisDevice`.
   */
  readonly persist?: boolean | { readonly prefix: string }
  /** Puts the caret into the text as soon as it can be edited. */
  readonly autoFocus?: boolean
  readonly messages?: Partial<Messages>
  /** Direction of the text; 'auto' (default) decides for each block by its first letter. */
  readonly dir?: 'auto' | 'ltr' | 'rtl'
  /** The document is on the screen. */
  readonly onReady?: (handle: EditorHandle) => void
  readonly onSyncStatus?: (status: EditorStatus) => void
  readonly onPresence?: (people: readonly Person[]) => void
  /** The text has changed, by whomever. Called at most four times a second, without content. */
  readonly onChange?: () => void
  readonly onError?: (error: Error) => void
}

export interface EditorEvents {
  ready: EditorHandle
  syncStatus: EditorStatus
  presence: readonly Person[]
  change: undefined
  error: Error
  /**
   * The document was begun anew from what the server has, because it had replaced its history or refused what was written here.
   * `provider`, `ydoc` and `lexical` of the handle are others than before.
   */
  reopened: EditorHandle
}

export interface EditorHandle {
  /** Resolves when the document is on the screen; rejects with a CometpadError when it can never be. */
  readonly ready: Promise<EditorHandle>
  readonly status: EditorStatus
  readonly people: readonly Person[]
  /** Gives the function that ends the subscription. */
  on<Name extends keyof EditorEvents>(name: Name, run: (payload: EditorEvents[Name]) => void): () => void
  getText(): string
  /** The editor's state as Lexical serialises it. */
  getJSON(): unknown
  focus(where?: 'start' | 'end'): void
  setUser(user: EditorUser): void
  configure(options: LiveOptions): void
  /** Takes back one's own newest edit. */
  undo(): void
  redo(): void
  /** Address of the page that finds out what works of the way to the server. */
  readonly doctor: string
  /** The way past this interface, for extensions of one's own. */
  readonly lexical: LexicalEditor
  readonly ydoc: Doc
  readonly provider: EditorProvider
  /** Ends the connection and empties the target. Idempotent. */
  destroy(): void
}

/** Throws a TypeError for what cannot be meant. */
export function checkOptions(options: EditorOptions): void {
  if (typeof options.server !== 'string' || options.server === '') throw new TypeError('server is missing')
  if (!URL.canParse(options.server)) throw new TypeError(`server is not a URL: ${options.server}`)
  if (typeof options.documentId !== 'string' || options.documentId === '')
    throw new TypeError('documentId is missing')
}
