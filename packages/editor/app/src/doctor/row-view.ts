/** One check as it stands on the page. Knows nothing of where rows come from. */
import { h } from '../dom.ts'
import { adviceView } from './advice-view.ts'
import type { Row } from './checkup.ts'

export interface RowView {
  readonly element: HTMLElement
  show(row: Row): void
}

export function createRowView(): RowView {
  const title = h('h2', {})
  const word = h('span', { class: 'check-word' })
  const time = h('span', { class: 'check-time' })
  const text = h('p', { class: 'check-text' })
  const meaning = h('p', { class: 'check-meaning' })
  const advice = h('div', { class: 'check-advice' })
  const element = h(
    'li',
    { class: 'check' },
    h('span', { class: 'sign', 'aria-hidden': 'true' }),
    h('div', { class: 'check-head' }, title, word, time),
    h('div', { class: 'check-body' }, text, meaning, advice),
  )
  let shown = ''

  return {
    element,
    show(row) {
      // What has not changed is left alone: somebody may just be selecting it.
      const wanted = JSON.stringify(row)
      if (wanted === shown) return
      shown = wanted
      element.dataset['check'] = row.check
      element.dataset['look'] = row.look
      title.textContent = row.title
      word.textContent = row.word
      time.textContent = row.time
      text.textContent = row.text
      meaning.textContent = row.meaning
      meaning.hidden = row.meaning === ''
      advice.replaceChildren(...adviceView(row.advice))
      advice.hidden = row.advice.length === 0
    },
  }
}
