/** Asks for the password of a share link. Knows no server: what a password is worth is told by the page. */
import { clientLimits as limits } from '@cometpad/shared'
import { h } from './dom.ts'
import { showProblem } from './problem.ts'

/** @param enter rejects with an Error whose message can be shown */
export function createPasswordForm(enter: (password: string) => Promise<void>): HTMLElement {
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true })
  const field = h('input', {
    id: 'link-password',
    type: 'password',
    autocomplete: 'off',
    required: true,
    maxlength: String(limits.passwordLength),
  })
  const open = h('button', { type: 'submit', class: 'button primary' }, 'Open')
  const form = h(
    'form',
    { class: 'share-form' },
    h('label', { for: 'link-password' }, 'Password of the link'),
    field,
    problem,
    open,
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    problem.hidden = true
    open.disabled = true
    enter(field.value)
      .catch((error: unknown) => {
        showProblem(problem, error)
        field.select()
        field.focus()
      })
      .finally(() => {
        open.disabled = false
      })
  })
  return h(
    'section',
    { class: 'message', 'aria-labelledby': 'password-heading' },
    h('h1', { id: 'password-heading' }, 'This document asks for a password'),
    form,
  )
}
