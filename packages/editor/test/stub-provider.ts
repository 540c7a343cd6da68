/** A provider without a network: the test says what the server says. */
import type { Keeping, KeptCopy, TransportState } from '@cometpad/provider'
import type { ErrorCode, Role } from '@cometpad/shared'
import { ObservableV2 } from 'lib0/observable'
import type { Awareness } from 'y-protocols/awareness'
import type { Doc } from 'yjs'
import type { EditorProvider } from '../src/provider.ts'

type Events = {
  status: (event: { status: string }) => void
  sync: (synced: boolean) => void
  saved: (event: { unsavedChanges: number }) => void
  keeping: (keeping: Keeping) => void
  role: (role: Role) => void
  title: (title: string) => void
  transport: (state: TransportState) => void
  error: (error: Error) => void
}

export class StubProvider extends ObservableV2<Events> implements EditorProvider {
  /** Every provider of a test, oldest first; a test empties it. */
  static readonly all: StubProvider[] = []

  /** What the device has kept of earlier pages. */
  static copies: readonly KeptCopy[] = []

  readonly calls: string[] = []
  readonly doc: Doc
  readonly awareness: Awareness | null
  status: EditorProvider['status'] = 'disconnected'
  synced = false
  unsavedChanges = 0
  keeping: Keeping = { state: 'off' }
  restored = false
  title = ''
  transportState: TransportState = { transport: undefined, reason: 'connecting' }
  role: Role | undefined
  stopCode: ErrorCode | undefined

  constructor({ doc, awareness }: { doc: Doc; awareness?: Awareness | null }) {
    super()
    this.doc = doc
    this.awareness = awareness ?? null
    StubProvider.all.push(this)
  }

  get saved(): boolean {
    return this.unsavedChanges === 0
  }

  connect(): void {
    this.calls.push('connect')
    this.become('connecting')
  }

  disconnect(): void {
    this.calls.push('disconnect')
    this.become('disconnected')
  }

  override destroy(): void {
    this.calls.push('destroy')
    super.destroy()
  }

  become(status: EditorProvider['status']): void {
    this.status = status
    this.emit('status', [{ status }])
  }

  sync(synced = true): void {
    this.become('connected')
    this.synced = synced
    this.emit('sync', [synced])
  }

  unsaved(count: number): void {
    this.unsavedChanges = count
    this.emit('saved', [{ unsavedChanges: count }])
  }

  keep(keeping: Keeping): void {
    this.keeping = keeping
    this.emit('keeping', [keeping])
  }

  /** What the device has kept is in the document. */
  restore(): void {
    this.restored = true
    this.keep({ state: 'kept' })
  }

  setAside(): Promise<void> {
    this.calls.push('setAside')
    return Promise.resolve()
  }

  keptCopies(): Promise<readonly KeptCopy[]> {
    return Promise.resolve(StubProvider.copies)
  }

  discardCopy(): Promise<void> {
    return Promise.resolve()
  }

  forget(): Promise<void> {
    this.calls.push('forget')
    return Promise.resolve()
  }

  travel(state: TransportState): void {
    this.transportState = state
    this.emit('transport', [state])
  }

  grant(role: Role): void {
    this.role = role
    this.emit('role', [role])
  }

  stop(code: ErrorCode): void {
    this.stopCode = code
    this.become('stopped')
  }
}
