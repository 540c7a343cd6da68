/**
 * Connects a `Y.Doc` to a Cometpad server: brings what others write, sends what is written here until the server has said
 * that it is durable, and says so. Usable from a page, from Node, and from any editor that speaks Yjs.
 */
import { CometpadError, checkDocumentId } from '@cometpad/shared'
import type { ErrorCode, Offset, Role } from '@cometpad/shared'
import { ObservableV2 } from 'lib0/observable'
import { Awareness } from 'y-protocols/awareness'
import { applyUpdate } from 'yjs'
import type { Doc } from 'yjs'
import { browserEnvironment } from './browser-environment.ts'
import type { ChooserPlan, ChooserState } from './chooser-state.ts'
import { Connector } from './connector.ts'
import type { Environment } from './environment.ts'
import { Journal } from './offline/journal.ts'
import type { Keeping } from './offline/keeping.ts'
import type { KeptCopy } from './offline/store.ts'
import { PresenceLink } from './presence-link.ts'
import { Replica } from './replica.ts'
import { equip } from './equipment.ts'
import type { TransportOption } from './equipment.ts'
import { transportStateOf } from './transport-state-of.ts'
import type { TransportState } from './transport-state.ts'

export interface ProviderOptions {
  /** Address of the server, such as `https://pad.example.org`. */
  readonly server: string
  readonly documentId: string
  readonly doc: Doc
  /** Presence. Default: one is made and destroyed with the provider. `null`: none. */
  readonly awareness?: Awareness | null
  /** Says who this is; a function is asked before every connection. */
  readonly token?: string | (() => string | Promise<string>)
  /** Default true: connects at once. False: only `connect()` does. */
  readonly connect?: boolean
  /**
   * How what the server says gets into the document. Default: Yjs's `applyUpdate`. An editor that has edits which the
   * document does not know yet may want to write those first.
   */
  readonly applyUpdate?: (update: Uint8Array, origin: unknown) => void
  /** Clock, chance and the like, for tests and for places without a WebSocket of their own. */
  readonly environment?: Environment
  /**
   * How messages travel. Default `auto`: over WebSocket, where that does not work over an HTTP stream, and where that does
   * not work either over polls. A name: in this way and in no other. An object: one of your own.
   */
  readonly transport?: TransportOption
  /**
   * Default true: the document and what is not saved of it are kept on the device, where there is IndexedDB. A prefix keeps
   * people or parts of a site apart, each in a database of their own.
   */
  readonly persist?: boolean | { readonly prefix: string }
}

/** `stopped`: another try would end the same; `stopCode` says why. */
export type ProviderStatus = 'connecting' | 'connected' | 'disconnected' | 'stopped'

export type ProviderEvents = {
  status: (event: { status: ProviderStatus }) => void
  /** Which transport is in use now, and why. */
  transport: (state: TransportState) => void
  /** True: everything that the server had when we connected is here. */
  sync: (synced: boolean) => void
  saved: (event: { unsavedChanges: number }) => void
  /** Whether unsaved edits survive the page, or what is kept has come into the document. */
  keeping: (keeping: Keeping) => void
  /** The server has refused something, or the connection for good. */
  error: (error: CometpadError) => void
  role: (role: Role) => void
  title: (title: string) => void
  /** The document's history was replaced. Unsent edits stay in the `Y.Doc`; nothing is merged. */
  reset: (event: { generation: string }) => void
  /** Application-defined bytes of another client. */
  broadcast: (payload: Uint8Array) => void
  'connection-close': (event: { code: number }) => void
  /** For editors that want the shape of y-websocket's provider; never emitted. */
  update: (update: unknown) => void
  reload: (doc: Doc) => void
}

export class CometpadProvider extends ObservableV2<ProviderEvents> {
  readonly doc: Doc
  readonly documentId: string
  /** Presence of everybody in the document; null when there is none. */
  readonly awareness: Awareness | null
  readonly #replica: Replica
  readonly #plan: ChooserPlan
  readonly #connector: Connector
  readonly #journal: Journal | undefined
  readonly #random: () => number
  #wantsConnection = false
  #isRestored = false
  readonly #ownsAwareness: boolean
  readonly #undo: (() => void)[] = []
  #shown: ProviderStatus = 'disconnected'
  #transportState: TransportState = { transport: undefined, reason: 'disconnected' }

  constructor(options: ProviderOptions) {
    super()
    this.doc = options.doc
    this.documentId = checkDocumentId(options.documentId)
    const environment = options.environment ?? browserEnvironment()
    const { plan, transports } = equip(
      environment,
      options.transport ?? 'auto',
      typeof options.token === 'function',
    )
    this.#plan = plan
    this.#random = environment.random
    const apply = options.applyUpdate ?? ((update, origin) => applyUpdate(this.doc, update, origin))
    this.#replica = new Replica(this.doc, (update) => apply(update, this), {
      sync: (synced) => this.emit('sync', [synced]),
      saved: (unsavedChanges) => {
        this.#journal?.noted()
        this.emit('saved', [{ unsavedChanges }])
      },
      error: (error) => this.emit('error', [error]),
      role: (role) => this.emit('role', [role]),
      title: (title) => this.emit('title', [title]),
      broadcast: (payload) => this.emit('broadcast', [payload]),
      reset: (generation) => {
        this.emit('reset', [{ generation }])
        this.#connector.happen({ event: 'stop', code: 'GENERATION_CHANGED' })
      },
    })
    this.#connector = new Connector({
      plan,
      transports,
      environment,
      server: options.server.replace(/\/+$/, ''),
      documentId: this.documentId,
      token: options.token,
      replica: this.#replica,
      onChange: (state, before) => this.#show(state, before),
      onClose: (code) => this.emit('connection-close', [{ code }]),
    })
    this.#journal = this.#openJournal(environment, options)
    this.#ownsAwareness = options.awareness === undefined
    this.awareness = options.awareness === undefined ? new Awareness(this.doc) : options.awareness
    if (this.awareness !== null)
      this.#replica.presence = new PresenceLink(this.awareness, this, (message) =>
        this.#connector.dialogue?.say(message),
      )
    this.#listen(environment)
    if (options.connect !== false) this.connect()
  }

  get status(): ProviderStatus {
    return statusOf(this.#connector.state)
  }

  /** Which transport is in use, and why. */
  get transportState(): TransportState {
    return this.#transportState
  }

  /** Why the provider has stopped for good. */
  get stopCode(): ErrorCode | undefined {
    const { state } = this.#connector
    return state.state === 'stopped' ? state.code : undefined
  }

  /** Everything that the server had when we connected is here. */
  get synced(): boolean {
    return this.#replica.synced
  }

  /** Edits that the server has not yet said to be durable. */
  get unsavedChanges(): number {
    return this.#replica.outbox.edits
  }

  /** Every edit of this document is known to be durable. */
  get saved(): boolean {
    return this.unsavedChanges === 0
  }

  /** Whether unsaved edits survive the page. */
  get keeping(): Keeping {
    return this.#journal?.keeping ?? { state: 'off' }
  }

  /** The document is here as this device has kept it. */
  get restored(): boolean {
    return this.#isRestored
  }

  /** What the server lets us do; undefined before the first connection. */
  get role(): Role | undefined {
    return this.#replica.role
  }

  get title(): string {
    return this.#replica.title
  }

  /** Identity of the document's history; undefined before the first connection. */
  get generation(): string | undefined {
    return this.#replica.progress?.generation
  }

  /** Everything up to here is in the document. */
  get position(): Offset | undefined {
    return this.#replica.progress?.position
  }

  /** Connects, and stays connected. Does nothing when that is so already. */
  connect(): void {
    this.#wantsConnection = true
    if (this.#journal === undefined) this.#connector.happen({ event: 'connect' })
    else void this.#connectAfter(this.#journal.opened)
  }

  /** Ends the connection until `connect` is called again. What is not saved yet is kept. */
  disconnect(): void {
    this.#wantsConnection = false
    this.#connector.happen({ event: 'disconnect' })
  }

  /** Gives bytes to everybody else in the document; they are not stored. Dropped while there is no connection. */
  broadcast(payload: Uint8Array): void {
    this.#connector.dialogue?.say({ type: 'broadcast', payload })
  }

  /**
   * The right to write was taken, and what is unsaved is refused: it is kept as a copy, where the device keeps something. The
   * `Y.Doc` holds what the document never will: destroy this provider afterwards, and begin with another document.
   */
  async setAside(): Promise<void> {
    this.disconnect()
    await this.#journal?.setAside(this.#random())
  }

  /** Unsaved edits of this person that the document will not have. They stay until `discardCopy`. */
  async keptCopies(): Promise<readonly KeptCopy[]> {
    return (await this.#journal?.copies()) ?? []
  }

  async discardCopy(copy: KeptCopy): Promise<void> {
    await this.#journal?.discard(copy)
  }

  /** Removes this document from the device, unsaved edits included, and keeps nothing of it until it is opened anew. */
  async forget(): Promise<void> {
    await this.#journal?.forget()
  }

  override destroy(): void {
    this.disconnect()
    this.#journal?.close()
    for (const undo of this.#undo) undo()
    this.#undo.length = 0
    this.#replica.presence?.destroy()
    if (this.#ownsAwareness) this.awareness?.destroy()
    super.destroy()
  }

  #listen(environment: Environment): void {
    const onUpdate = (update: Uint8Array, origin: unknown): void => {
      if (origin === this) return this.#journal?.came(update)
      this.#journal?.edited(update)
      this.#replica.edited(update)
      this.#connector.dialogue?.flush()
    }
    const onDestroy = (): void => this.destroy()
    this.doc.on('update', onUpdate)
    this.doc.on('destroy', onDestroy)
    this.#undo.push(
      () => this.doc.off('update', onUpdate),
      () => this.doc.off('destroy', onDestroy),
      environment.onPage((event) => {
        if (event === 'hide' || event === 'hidden') this.#journal?.flush()
        if (event === 'hide') this.#connector.hide()
        else if (event !== 'hidden') this.#connector.happen({ event: 'wake', isOnline: event === 'online' })
      }),
    )
  }

  /** What was kept says where to go on, and has edits that the server lacks. */
  async #connectAfter(opened: Promise<void>): Promise<void> {
    await opened
    if (this.#wantsConnection) this.#connector.happen({ event: 'connect' })
  }

  #openJournal(environment: Environment, { server, persist = true }: ProviderOptions): Journal | undefined {
    if (persist === false || environment.offlineStore === undefined) return undefined
    return new Journal({
      store: environment.offlineStore(persist === true ? '' : persist.prefix),
      document: { server: server.replace(/\/+$/, ''), documentId: this.documentId },
      replica: this.#replica,
      clock: environment.clock,
      restored: () => {
        this.#isRestored = this.#replica.isReadable
        this.#connector.dialogue?.flush()
      },
      changed: (keeping) => this.emit('keeping', [keeping]),
      failed: (error) => this.emit('error', [error]),
    })
  }

  #show(state: ChooserState, before: ChooserState): void {
    if (state.state === 'stopped' && state.code === 'GENERATION_CHANGED') this.#journal?.replaced()
    const status = statusOf(state)
    if (status !== this.#shown) {
      this.#shown = status
      this.emit('status', [{ status }])
    }
    const shown = transportStateOf(this.#plan, state)
    const { transport, reason } = this.#transportState
    if (shown.transport !== transport || shown.reason !== reason) {
      this.#transportState = shown
      this.emit('transport', [shown])
    }
    if (state.state === 'stopped' && before.state !== 'stopped')
      this.emit('error', [new CometpadError(state.code)])
  }
}

function statusOf({ state }: ChooserState): ProviderStatus {
  switch (state) {
    case 'idle':
      return 'disconnected'
    case 'waiting':
    case 'connecting':
      return 'connecting'
    case 'live':
      return 'connected'
    case 'stopped':
      return 'stopped'
  }
}
