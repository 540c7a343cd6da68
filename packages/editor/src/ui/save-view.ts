/**
 * The save state in words. Screen readers hear only what matters: that the connection is lost or ended, and that all is
 * saved again after that; never the coming and going of every keystroke.
 */
import { COMMAND_PRIORITY_HIGH, KEY_DOWN_COMMAND, mergeRegister } from 'lexical'
import { englishMessages } from '../messages.ts'
import type { Messages } from '../messages.ts'
import type { EditorHandle } from '../options.ts'
import { saveWords } from '../save-state.ts'
import type { SaveState } from '../save-state.ts'
import { h } from './dom.ts'
import { mountPiece } from './piece.ts'
import { isShortcut } from './shortcut.ts'
import { saveShortcut } from './tools.ts'

export interface SaveView {
  readonly element: HTMLElement
  show(state: SaveState): void
  /** Says the present state aloud, as the answer to a person's "save". */
  announce(): void
}

export function createSaveView(messages: Messages): SaveView {
  const words = h('span', { class: 'cometpad-save-words' })
  const spoken = h('span', { class: 'cometpad-hidden', role: 'status', 'aria-live': 'polite' })
  const element = h(
    'span',
    { class: 'cometpad-save', part: 'save-state', 'data-state': 'connecting', tabindex: -1 },
    h('span', { class: 'cometpad-save-dot', 'aria-hidden': 'true' }),
    words,
    spoken,
  )
  let last: SaveState = { state: 'connecting' }
  let troubled = false

  function announce(): void {
    const { text, hint } = saveWords(last, messages)
    spoken.textContent = last.state === 'stopped' || last.state === 'offline' ? `${text}. ${hint}` : text
  }

  function show(state: SaveState): void {
    const { text, hint } = saveWords(state, messages)
    const isNew = state.state !== last.state
    last = state
    words.textContent = text
    element.dataset['state'] = state.state
    element.dataset['tip'] = hint
    if (!isNew) return
    const inTrouble = state.state === 'offline' || state.state === 'stopped'
    if (inTrouble || (troubled && (state.state === 'saved' || state.state === 'viewing'))) announce()
    if (inTrouble) troubled = true
    else if (state.state === 'saved' || state.state === 'viewing') troubled = false
  }

  show(last)
  return { element, show, announce }
}

/** Shows an editor's save state anywhere in a page. Gives the function that takes it away. */
export function mountSaveState(
  target: HTMLElement,
  handle: EditorHandle,
  options: { readonly messages?: Partial<Messages> } = {},
): () => void {
  const view = createSaveView({ ...englishMessages, ...options.messages })
  view.show(handle.status.save)
  return mergeRegister(
    mountPiece(target, view.element),
    handle.on('syncStatus', ({ save }) => view.show(save)),
    handle.lexical.registerCommand(
      KEY_DOWN_COMMAND,
      (event) => {
        if (isShortcut(event, saveShortcut)) view.announce()
        return false
      },
      COMMAND_PRIORITY_HIGH,
    ),
  )
}
