/** The elements that the editor is made of, and where they stand. No behaviour. */
import type { EditorOptions } from '../options.ts'
import type { Messages } from '../messages.ts'
import { h } from './dom.ts'

export interface Surface {
  readonly root: HTMLElement
  readonly bar: HTMLElement
  readonly notice: HTMLElement
  readonly content: HTMLElement
  readonly placeholder: HTMLElement
  readonly cursors: HTMLElement
}

/** @param aside stands above the text, and is of the caller */
export function createSurface(options: EditorOptions, messages: Messages, aside: HTMLElement): Surface {
  const bar = h('div', { class: 'cometpad-bar' })
  const notice = h('div', { class: 'cometpad-notice', role: 'alert' })
  notice.hidden = true
  const content = h('div', {
    class: 'cometpad-content',
    part: 'content',
    role: 'textbox',
    'aria-multiline': 'true',
    'aria-label': messages.editorLabel,
    'aria-busy': 'true',
    contenteditable: 'false',
    spellcheck: 'true',
    dir: options.dir === 'auto' ? undefined : options.dir,
  })
  const placeholder = h('div', { class: 'cometpad-placeholder', 'aria-hidden': 'true', hidden: true })
  placeholder.textContent = options.placeholder ?? messages.placeholder
  const cursors = h('div', { class: 'cometpad-cursors', 'aria-hidden': 'true' })
  const column = h('div', { class: 'cometpad-column' }, content, placeholder, cursors)
  const root = h(
    'div',
    { class: 'cometpad', 'data-theme': options.theme ?? 'auto', 'data-loading': true },
    bar,
    notice,
    aside,
    h('div', { class: 'cometpad-scroll' }, column),
  )
  return { root, bar, notice, content, placeholder, cursors }
}
