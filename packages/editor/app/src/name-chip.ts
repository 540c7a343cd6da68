/** The person's own name: a button that becomes a field. */
import { initialsOf } from '@cometpad/editor'
import { h } from './dom.ts'
import { renameIdentity } from './identity.ts'
import type { Identity } from './identity.ts'

export interface NameChip {
  readonly element: HTMLElement
  /** Shows what the person is called now. What is being typed stays. */
  show(identity: Identity): void
}

export function createNameChip(first: Identity, changed: (identity: Identity) => void): NameChip {
  let identity = first
  const face = h('span', { class: 'face', 'aria-hidden': 'true' })
  const name = h('span', { class: 'chip-name' })
  const button = h('button', { type: 'button', class: 'chip', title: 'Change your name' }, face, name)
  const field = h('input', {
    class: 'chip-field',
    type: 'text',
    'aria-label': 'Your name',
    maxlength: '60',
    autocomplete: 'nickname',
    hidden: true,
  })
  const element = h('div', { class: 'chip-box' }, button, field)

  function show(): void {
    face.textContent = initialsOf(identity.name)
    face.style.setProperty('--person', identity.color)
    name.textContent = identity.name
    button.setAttribute('aria-label', `${identity.name}, change your name`)
  }

  function edit(editing: boolean): void {
    button.hidden = editing
    field.hidden = !editing
    if (editing) {
      field.value = identity.name
      field.select()
      field.focus()
    }
  }

  function finish(keep: boolean, focusBack: boolean): void {
    if (field.hidden) return
    const typed = field.value.trim()
    if (keep && typed !== '' && typed !== identity.name) {
      identity = renameIdentity(identity, typed)
      changed(identity)
    }
    show()
    edit(false)
    if (focusBack) button.focus()
  }

  button.addEventListener('click', () => edit(true))
  field.addEventListener('blur', () => finish(true, false))
  field.addEventListener('keydown', (event) => {
    if (event.isComposing || (event.key !== 'Enter' && event.key !== 'Escape')) return
    event.preventDefault()
    finish(event.key === 'Enter', true)
  })
  show()
  return {
    element,
    show(next) {
      identity = next
      show()
    },
  }
}
