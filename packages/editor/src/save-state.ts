/**
 * What may be said about the safety of the text. One function decides, from what the provider knows; "saved" is never
 * said before the document was synced and the server has acknowledged every change as durable.
 */
import type { Messages, Where } from './messages.ts'

export type SaveState =
  | { readonly state: 'connecting' }
  | { readonly state: 'saving'; readonly changes: number }
  | { readonly state: 'saved' }
  | { readonly state: 'viewing' }
  | { readonly state: 'offline'; readonly changes: number; readonly where: Where }
  /** For good; `reason` tells the person what to do. `opened`: the text was on the screen before. */
  | { readonly state: 'stopped'; readonly reason: string; readonly opened: boolean }

export interface SaveFacts {
  readonly connection: 'connecting' | 'connected' | 'disconnected' | 'stopped'
  /** The document of the server is here. */
  readonly synced: boolean
  /** It was here at some time since the editor was opened, or as the device had kept it. */
  readonly opened: boolean
  /** The server was reached, or the first try to do so has failed. */
  readonly hasTried: boolean
  readonly where: Where
  readonly unsavedChanges: number
  readonly saved: boolean
  readonly readOnly: boolean
  /** Could write before, and may not any more: what is unsaved will not be saved. */
  readonly demoted: boolean
  /** Why the connection stopped, or why the editor did. */
  readonly reason: string | undefined
}

export function saveStateOf(facts: SaveFacts): SaveState {
  const { connection, opened, hasTried, where, unsavedChanges: changes } = facts
  if (connection === 'stopped') return { state: 'stopped', reason: facts.reason ?? '', opened }
  if (connection !== 'connected')
    return opened && hasTried ? { state: 'offline', changes, where } : { state: 'connecting' }
  if (facts.demoted && facts.synced) return { state: 'viewing' }
  if (changes > 0) return { state: 'saving', changes }
  if (!facts.synced) return { state: 'connecting' }
  if (!facts.saved) return { state: 'saving', changes }
  return facts.readOnly ? { state: 'viewing' } : { state: 'saved' }
}

/** The words for a state, and a longer sentence that explains them. */
export function saveWords(state: SaveState, messages: Messages): { text: string; hint: string } {
  switch (state.state) {
    case 'connecting':
      return { text: messages.connecting, hint: messages.connectingHint }
    case 'saving':
      return { text: messages.saving, hint: messages.savingHint }
    case 'saved':
      return { text: messages.saved, hint: messages.savedHint }
    case 'viewing':
      return { text: messages.viewing, hint: messages.viewingHint }
    case 'offline':
      return {
        text: messages.offline(state.changes, state.where),
        hint: state.where === 'tab' ? messages.onlyHereHint : messages.offlineHint,
      }
    case 'stopped':
      return { text: state.opened ? messages.stopped : messages.cannotConnect, hint: state.reason }
  }
}

/** May leaving the page lose something? */
export function mayLose(unsavedChanges: number, kept: boolean): boolean {
  return unsavedChanges > 0 && !kept
}
