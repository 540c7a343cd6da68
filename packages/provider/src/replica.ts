/**
 * This client's copy of the document: what has come, what has not gone yet, and what the server has said of it. Lives as long
 * as its provider. Knows no connection.
 */
import { CometpadError } from '@cometpad/shared'
import type { Offset, Role } from '@cometpad/shared'
import { encodeStateAsUpdate } from 'yjs'
import type { Doc } from 'yjs'
import { Outbox } from './outbox.ts'
import type { PresenceLink } from './presence-link.ts'
import type { Whereabouts } from './transport.ts'

/** What has been learnt about the server's side of the document. */
interface Progress {
  readonly generation: string
  position: Offset | undefined
}

interface Restored {
  /** Empty: the server had not said it. */
  readonly generation: string
  readonly position: Offset | undefined
  readonly title: string
  readonly role: Role | undefined
}

export interface ReplicaEvents {
  sync(synced: boolean): void
  saved(unsavedChanges: number): void
  error(error: CometpadError): void
  role(role: Role): void
  title(title: string): void
  reset(generation: string): void
  broadcast(payload: Uint8Array): void
}

export class Replica {
  readonly doc: Doc
  /** Puts what came from the server into the document, marked so that it is not sent back. */
  readonly apply: (update: Uint8Array) => void
  readonly outbox = new Outbox()
  readonly events: ReplicaEvents
  presence: PresenceLink | undefined
  #progress: Progress | undefined
  #synced = false
  #title = ''
  #role: Role | undefined

  constructor(doc: Doc, apply: (update: Uint8Array) => void, events: ReplicaEvents) {
    this.doc = doc
    this.apply = apply
    this.events = events
    // Content that was there before us: the server may lack it, and no update will tell. It counts as one edit.
    if (!this.isEmpty) this.outbox.add(encodeStateAsUpdate(doc))
  }

  /** Nothing would be lost with it. Edits may be there that the document cannot show yet. */
  get isEmpty(): boolean {
    return this.doc.store.clients.size === 0 && this.outbox.edits === 0
  }

  /** Its content can be shown, and written on. */
  get isReadable(): boolean {
    const { clients, pendingStructs } = this.doc.store
    return clients.size > 0 && pendingStructs === null
  }

  get progress(): Readonly<Progress> | undefined {
    return this.#progress
  }

  get synced(): boolean {
    return this.#synced
  }

  get title(): string {
    return this.#title
  }

  get role(): Role | undefined {
    return this.#role
  }

  get whereabouts(): Whereabouts {
    const position = this.#progress?.position ?? (this.isEmpty ? 0 : null)
    return { position, generation: this.#progress?.generation }
  }

  /** What was learnt before the page was loaded anew. */
  restore({ generation, position, title, role }: Restored): void {
    if (generation !== '') this.#progress ??= { generation, position }
    if (this.#title === '') this.setTitle(title)
    if (this.#role === undefined && role !== undefined) this.setRole(role)
    this.events.saved(this.outbox.edits)
  }

  edited(update: Uint8Array): void {
    this.outbox.add(update)
    this.events.saved(this.outbox.edits)
  }

  /** The server serves this history. False: it is another one than that of our content. */
  accepts(generation: string): boolean {
    if (this.#progress !== undefined && this.#progress.generation !== generation && !this.forgetHistory())
      return false
    this.#progress ??= { generation, position: undefined }
    return true
  }

  /** Another history may be taken. False: there is content of this one. */
  forgetHistory(): boolean {
    if (!this.isEmpty) return false
    this.#progress = undefined
    return true
  }

  /** Everything up to here has come. */
  reached(offset: Offset): void {
    const progress = this.#progress
    if (progress !== undefined) progress.position = Math.max(progress.position ?? 0, offset)
  }

  /** Throws when the server says what cannot be. */
  acknowledge(count: number): void {
    if (!this.outbox.acknowledge(count))
      throw new CometpadError('MALFORMED_MESSAGE', {
        detail: `The server says that ${count} messages are saved.`,
      })
    this.events.saved(this.outbox.edits)
  }

  setSynced(synced: boolean): void {
    if (synced === this.#synced) return
    this.#synced = synced
    this.events.sync(synced)
  }

  setRole(role: Role): void {
    if (role === this.#role) return
    this.#role = role
    this.events.role(role)
  }

  setTitle(title: string): void {
    if (title === this.#title) return
    this.#title = title
    this.events.title(title)
  }
}
