/** What the editor needs of a provider, by structure: CometpadProvider has it, a test's stand-in may. */
import type { Keeping, KeptCopy, TransportState } from '@cometpad/provider'
import type { ErrorCode, Role } from '@cometpad/shared'
import type { Awareness } from 'y-protocols/awareness'

export interface EditorProvider {
  readonly awareness: Awareness | null
  readonly status: 'connecting' | 'connected' | 'disconnected' | 'stopped'
  readonly synced: boolean
  readonly unsavedChanges: number
  /** Everything of this client is durable on the server. */
  readonly saved: boolean
  /** Whether unsaved edits survive the page. */
  readonly keeping: Keeping
  /** The document is here as this device has kept it, whatever the server has by now. */
  readonly restored: boolean
  readonly title: string
  /** Which transport is in use, and why. */
  readonly transportState: TransportState
  /** What the server lets this client do; undefined before the first connection. */
  readonly role: Role | undefined
  /** Why the provider has stopped for good. */
  readonly stopCode: ErrorCode | undefined
  connect(): void | Promise<void>
  disconnect(): void
  destroy(): void
  /** What is unsaved was refused: it becomes a copy, and this provider is of no more use. */
  setAside(): Promise<void>
  /** Unsaved edits of this person that the document will not have. */
  keptCopies(): Promise<readonly KeptCopy[]>
  discardCopy(copy: KeptCopy): Promise<void>
  /** Leaves nothing of this document on the device. */
  forget(): Promise<void>
  on(name: 'status', run: (event: { status: string }) => void): unknown
  on(name: 'sync', run: (synced: boolean) => void): unknown
  on(name: 'saved', run: (event: { unsavedChanges: number }) => void): unknown
  on(name: 'keeping', run: (keeping: Keeping) => void): unknown
  on(name: 'role', run: (role: Role) => void): unknown
  on(name: 'title', run: (title: string) => void): unknown
  on(name: 'transport', run: (state: TransportState) => void): unknown
  on(name: 'error', run: (error: Error) => void): unknown
  off(name: 'status', run: (event: { status: string }) => void): unknown
  off(name: 'sync', run: (synced: boolean) => void): unknown
  off(name: 'saved', run: (event: { unsavedChanges: number }) => void): unknown
  off(name: 'keeping', run: (keeping: Keeping) => void): unknown
  off(name: 'role', run: (role: Role) => void): unknown
  off(name: 'title', run: (title: string) => void): unknown
  off(name: 'transport', run: (state: TransportState) => void): unknown
  off(name: 'error', run: (error: Error) => void): unknown
}
