/**
 * The document's title, edited in place. What is typed is stored a moment later, at once on Enter and when the field is
 * left; what others make of it arrives live and never overwrites what is being typed.
 */
import { clientLimits as limits } from '@cometpad/shared'
import { renameDocument } from './api.ts'
import { h } from './dom.ts'

const WAIT_MS = 600

export interface TitleField {
  readonly element: HTMLInputElement
  /** A title from the server. */
  show(title: string): void
  /** Only who may edit the document may name it. */
  allow(editing: boolean): void
  destroy(): void
}

export interface TitleEvents {
  readonly changed: (title: string) => void
  readonly entered: () => void
  readonly failed: (error: unknown) => void
}

export function createTitleField(documentId: string, events: TitleEvents): TitleField {
  const element = h('input', {
    class: 'title',
    type: 'text',
    'aria-label': 'Document title',
    placeholder: 'Untitled',
    maxlength: String(limits.titleLength),
    autocomplete: 'off',
    enterkeyhint: 'next',
    dir: 'auto',
    disabled: true,
  })
  let stored = ''
  let timer: ReturnType<typeof setTimeout> | undefined

  function store(): void {
    clearTimeout(timer)
    timer = undefined
    const title = element.value.trim()
    if (element.disabled || title === stored) return
    const before = stored
    stored = title
    renameDocument(documentId, title).catch((error: unknown) => {
      // Still unsaved: the next keystroke or leaving the field tries again.
      if (stored === title) stored = before
      events.failed(error)
    })
  }

  element.addEventListener('input', () => {
    events.changed(element.value.trim())
    clearTimeout(timer)
    timer = setTimeout(store, WAIT_MS)
  })
  element.addEventListener('blur', store)
  element.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return
    event.preventDefault()
    store()
    events.entered()
  })

  return {
    element,
    show(title) {
      const isTyping = timer !== undefined
      stored = title
      if (isTyping) return
      if (element.value.trim() !== title) element.value = title
      events.changed(title)
    },
    allow(editing) {
      element.disabled = !editing
    },
    destroy: store,
  }
}
