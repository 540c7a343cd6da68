/** Asks for the address of a link. The browser keeps the focus inside and gives it back. */
import type { LexicalEditor } from 'lexical'
import { focusText } from '../lexical.ts'
import type { Messages } from '../messages.ts'
import { $linkAtSelection, sanitizeUrl, setLink } from '../text/links.ts'
import type { LinkAtSelection } from '../text/links.ts'
import { h } from './dom.ts'

export interface LinkDialog {
  readonly element: HTMLDialogElement
  open(): void
}

export function createLinkDialog(editor: LexicalEditor, messages: Messages): LinkDialog {
  const error = h('p', { class: 'cometpad-error', id: 'cometpad-link-error', role: 'alert' })
  const input = h('input', {
    type: 'text',
    inputmode: 'url',
    autocomplete: 'off',
    spellcheck: 'false',
    placeholder: 'https://',
    'aria-describedby': error.id,
  })
  const remove = h('button', { type: 'button', class: 'cometpad-button' }, messages.linkRemove)
  const cancel = h('button', { type: 'button', class: 'cometpad-button' }, messages.cancel)
  const apply = h('button', { type: 'submit', class: 'cometpad-button cometpad-primary' }, messages.linkApply)
  const form = h(
    'form',
    { novalidate: true },
    h('label', {}, h('span', {}, messages.linkAddress), input),
    error,
    h('div', { class: 'cometpad-actions' }, remove, h('span', { class: 'cometpad-space' }), cancel, apply),
  )
  const element = h('dialog', { class: 'cometpad-dialog', 'aria-label': messages.link }, form)
  let at: LinkAtSelection = { url: '', selection: null, hasText: false }

  function fail(text: string): void {
    error.textContent = text
    input.setAttribute('aria-invalid', String(text !== ''))
  }

  function finish(url: string | undefined): void {
    if (!setLink(editor, at.selection, url)) return fail(messages.linkGone)
    element.close()
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const url = sanitizeUrl(input.value)
    if (url === undefined) {
      fail(messages.linkInvalid)
      input.focus()
    } else finish(url)
  })
  input.addEventListener('input', () => fail(''))
  remove.addEventListener('click', () => finish(undefined))
  cancel.addEventListener('click', () => element.close())
  element.addEventListener('close', () => focusText(editor))
  // Keys of the dialog are not the editor's.
  element.addEventListener('keydown', (event) => event.stopPropagation())

  return {
    element,
    open() {
      if (!editor.isEditable() || element.open) return
      at = editor.getEditorState().read($linkAtSelection)
      input.value = at.url
      remove.hidden = at.url === ''
      fail('')
      element.showModal()
      input.select()
    },
  }
}
