/** Asks for the site whose pages embed the editor. */
import { h } from '../dom.ts'

/** @param ask gives false for what is no address of a site */
export function createEmbedForm(first: string, ask: (typed: string) => boolean): HTMLElement {
  const problem = h('p', { class: 'embed-problem', id: 'embed-problem', role: 'alert' })
  const field = h('input', {
    class: 'embed-field',
    id: 'embed-field',
    type: 'text',
    inputmode: 'url',
    autocomplete: 'url',
    autocapitalize: 'none',
    spellcheck: 'false',
    placeholder: 'https://www.example.org',
    'aria-describedby': 'embed-problem',
  })
  field.value = first
  const form = h(
    'form',
    { class: 'embed', novalidate: true },
    h('label', { for: 'embed-field' }, 'Does another site embed the editor?'),
    h('div', { class: 'embed-line' }, field, h('button', { type: 'submit', class: 'button' }, 'Check it')),
    problem,
  )
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const isAddress = ask(field.value)
    field.setAttribute('aria-invalid', String(!isAddress))
    problem.textContent = isAddress ? '' : 'Type its address, such as https://www.example.org.'
    if (!isAddress) field.focus()
  })
  return form
}
