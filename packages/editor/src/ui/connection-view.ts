/**
 * The connection light: as many bars as the connection is good, and behind a button in words which transport is in use and
 * why; a link leads to the doctor of the server. Screen readers hear of another transport once; that there is none at all is told by the save state.
 */
import type { TransportName, TransportState } from '@cometpad/provider'
import { mergeRegister } from 'lexical'
import { connectionWords } from '../connection-words.ts'
import { englishMessages } from '../messages.ts'
import type { Messages } from '../messages.ts'
import type { EditorHandle } from '../options.ts'
import { h } from './dom.ts'
import { attachPanel } from './panel.ts'
import { mountPiece } from './piece.ts'

interface ConnectionView {
  readonly element: HTMLElement
  show(state: TransportState): void
  destroy(): void
}

function createConnectionView(doctor: string, messages: Messages): ConnectionView {
  const bars = Array.from({ length: 3 }, () => h('span', { class: 'cometpad-light-bar' }))
  const light = h(
    'button',
    { type: 'button', class: 'cometpad-light' },
    h('span', { class: 'cometpad-light-bars', 'aria-hidden': 'true' }, ...bars),
  )
  const title = h('strong', {})
  const why = h('p', {})
  // In a tab of its own: who looks for what is wrong has not finished writing.
  const check = h('a', { href: doctor, target: '_blank', rel: 'noopener' }, messages.checkConnection)
  const panel = h('div', { class: 'cometpad-panel cometpad-light-panel' }, title, why, check)
  const spoken = h('span', { class: 'cometpad-hidden', role: 'status', 'aria-live': 'polite' })
  const element = h('div', { class: 'cometpad-connection', part: 'connection' }, light, panel, spoken)
  const detach = attachPanel(light, panel, () => undefined)
  let lastUsed: TransportName | undefined

  return {
    element,
    show(state) {
      const { light: lit, text, reason } = connectionWords(state, messages)
      element.dataset['light'] = lit
      element.dataset['reason'] = state.reason
      const label = messages.connectionLabel(text)
      light.setAttribute('aria-label', label)
      light.dataset['tip'] = label
      title.textContent = text
      why.textContent = reason
      if (state.transport === undefined) return
      // The first one is no news where it is the best.
      const isNews = state.transport !== (lastUsed ?? 'ws')
      lastUsed = state.transport
      if (isNews) spoken.textContent = `${label}. ${reason}`
    },
    destroy: detach,
  }
}

/** Shows how an editor is connected anywhere in a page. Gives the function that takes it away. */
export function mountConnection(
  target: HTMLElement,
  handle: EditorHandle,
  options: { readonly messages?: Partial<Messages> } = {},
): () => void {
  const view = createConnectionView(handle.doctor, { ...englishMessages, ...options.messages })
  view.show(handle.status.transport)
  return mergeRegister(
    mountPiece(target, view.element),
    () => view.destroy(),
    handle.on('syncStatus', ({ transport }) => view.show(transport)),
  )
}
