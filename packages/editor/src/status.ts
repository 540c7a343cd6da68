/** Follows a provider and says, whenever something changes, what the person may be told. Draws nothing. */
import type { Keeping } from '@cometpad/provider'
import { allows, errorTable } from '@cometpad/shared'
import { mergeRegister } from 'lexical'
import type { Messages, Where } from './messages.ts'
import type { EditorStatus } from './options.ts'
import type { EditorProvider } from './provider.ts'
import { saveStateOf } from './save-state.ts'

export interface StatusTracker {
  readonly current: EditorStatus
  /** Whether the editor shows and writes the document, only shows it, or not even that. */
  setBinding(state: EditorStatus['binding']): void
  setReadOnly(readOnly: boolean): void
  destroy(): void
}

export function trackStatus(
  provider: EditorProvider,
  readOnlyAtFirst: boolean,
  messages: Messages,
  changed: (status: EditorStatus) => void,
): StatusTracker {
  let readOnly = readOnlyAtFirst
  let opened = provider.synced || provider.restored
  let hasTried = false
  let mightWrite = false
  let binding: EditorStatus['binding'] = 'live'
  let current = decide()

  function decide(): EditorStatus {
    const { synced, saved, unsavedChanges, role, stopCode, transportState: transport } = provider
    // A broken editor stays connected: what was written before is still on its way.
    const connection = binding === 'broken' ? 'stopped' : provider.status
    const mayWrite = role === undefined || allows(role, 'editor')
    mightWrite ||= role !== undefined && mayWrite
    const canEdit = binding === 'live' && !readOnly && mayWrite
    const demoted = mightWrite && !mayWrite
    const stopped = stopCode === undefined ? undefined : errorTable[stopCode].text
    // A text that was kept here is shown before the first try to connect has ended: that is not yet "offline".
    hasTried ||= provider.status === 'connected' || transport.reason === 'unreachable'
    const where = saved ? 'device' : whereOf(provider.keeping)
    const kept = where === 'device'
    const reason = binding === 'broken' ? messages.broken : stopped
    const save = saveStateOf({
      connection,
      synced,
      opened,
      hasTried,
      where,
      unsavedChanges,
      saved,
      readOnly: !canEdit,
      demoted,
      reason,
    })
    return {
      connection,
      transport,
      synced,
      pendingChanges: unsavedChanges,
      canEdit,
      demoted,
      binding,
      opened,
      kept,
      save,
    }
  }

  function refresh(): void {
    opened ||= provider.synced || provider.restored
    const next = decide()
    if (JSON.stringify(next) === JSON.stringify(current)) return
    current = next
    changed(current)
  }

  provider.on('status', refresh)
  provider.on('sync', refresh)
  provider.on('saved', refresh)
  provider.on('keeping', refresh)
  provider.on('role', refresh)
  provider.on('transport', refresh)

  return {
    get current() {
      return current
    },
    setBinding(next) {
      binding = next
      refresh()
    },
    setReadOnly(next) {
      readOnly = next
      refresh()
    },
    destroy: mergeRegister(
      () => provider.off('status', refresh),
      () => provider.off('sync', refresh),
      () => provider.off('saved', refresh),
      () => provider.off('keeping', refresh),
      () => provider.off('role', refresh),
      () => provider.off('transport', refresh),
    ),
  }
}

function whereOf({ state }: Keeping): Where {
  if (state === 'kept') return 'device'
  return state === 'writing' ? 'moving' : 'tab'
}
