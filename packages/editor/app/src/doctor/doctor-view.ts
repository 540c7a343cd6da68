/** The doctor's page: the sentence on top, a row for each check, and what can be done with them. Asks nobody anything. */
import { h } from '../dom.ts'
import type { Asked } from './asked.ts'
import { begin, headlineOf, rowsOf } from './checkup.ts'
import type { Checkup } from './checkup.ts'
import { createCopyButton } from './copy-button.ts'
import { createEmbedForm } from './embed-form.ts'
import { factsOf, reportOf } from './report.ts'
import type { Surroundings } from './report.ts'
import { createRowView } from './row-view.ts'

export interface DoctorView {
  readonly element: HTMLElement
  show(checkup: Checkup): void
  /** The page itself has broken. */
  fail(): void
}

export interface DoctorActions {
  readonly asked: Asked
  readonly runAgain: () => void
  /** Gives false for what is no address of a site. */
  readonly embedAt: (typed: string) => boolean
}

/** The bar moves so often while nothing else does. */
const STEP_MS = 250
/** What comes before and after the silence, as far as the bar is concerned. */
const AROUND_MS = 1_000

export function createDoctorView({ asked, runAgain, embedAt }: DoctorActions): DoctorView {
  let checkup = begin(asked)
  let date = new Date()
  const headline = h('p', { class: 'headline-text', role: 'status' })
  const bar = h('progress', { class: 'bar', 'aria-label': 'Progress', value: '0' })
  const again = h('button', { type: 'button', class: 'button primary' })
  const byHand = h('textarea', {
    class: 'by-hand',
    readonly: true,
    rows: '12',
    'aria-label': 'The report',
    hidden: true,
  })
  const copy = createCopyButton({
    label: 'Copy as text',
    text: () => reportOf(checkup, surroundings()),
    select(text) {
      byHand.value = text
      byHand.hidden = false
      byHand.select()
    },
  })
  const passOn = h(
    'p',
    { class: 'pass-on', hidden: true },
    'If somebody else runs this server, copy this page as text and send it to them.',
  )
  const summary = h(
    'section',
    { class: 'headline', 'aria-label': 'Result' },
    h('span', { class: 'sign', 'aria-hidden': 'true' }),
    headline,
    bar,
    h('div', { class: 'headline-tools' }, again, copy),
    passOn,
    byHand,
  )
  const rows = rowsOf(checkup).map(() => createRowView())
  const spoken = h('div', { class: 'hidden', role: 'log', 'aria-label': 'Checks that have ended' })
  const facts = h('dl', { class: 'facts' })
  const embed = createEmbedForm(asked.embeddedAt ?? '', embedAt)
  const element = h(
    'div',
    { class: 'doctor' },
    h('a', { class: 'skip', href: '#result' }, 'Skip to the result'),
    h(
      'header',
      { class: 'list-head' },
      h('a', { class: 'brand', href: '/' }, h('span', { class: 'mark', 'aria-hidden': 'true' }), 'Cometpad'),
    ),
    h(
      'main',
      { class: 'list', id: 'result', tabindex: '-1' },
      h('h1', {}, 'Does editing work from here?'),
      h(
        'p',
        { class: 'lead' },
        'This page tries what lies between this browser and the server. It needs no sign-in and touches no document.',
      ),
      summary,
      h('ol', { class: 'checks', role: 'list' }, ...rows.map((row) => row.element)),
      spoken,
      embed,
      facts,
    ),
  )
  let stepping: ReturnType<typeof setInterval> | undefined
  const told = new Set<string>()

  again.addEventListener('click', () => {
    if (again.getAttribute('aria-disabled') !== 'true') runAgain()
  })

  function showStart(): void {
    told.clear()
    spoken.replaceChildren()
    byHand.hidden = true
    bar.max = checkup.asked.holdMs + AROUND_MS
    bar.value = 0
    clearInterval(stepping)
    stepping = undefined
  }

  function setRunning(isRunning: boolean): void {
    again.textContent = isRunning ? 'Checking…' : 'Run again'
    // Not `disabled`, which would take the focus away from who has just pressed it.
    again.setAttribute('aria-disabled', String(isRunning))
    bar.hidden = !isRunning
    copy.hidden = isRunning
    passOn.hidden = isRunning || checkup.diagnosis?.verdict === 'good'
    if (!isRunning) clearInterval(stepping)
  }

  /** What takes its time begins when the server has been found. */
  function startBar(): void {
    const beganAt = performance.now()
    stepping ??= setInterval(() => {
      bar.value = Math.min(bar.max, performance.now() - beganAt)
    }, STEP_MS)
  }

  return {
    element,
    show(next) {
      checkup = next
      if (next.sight.server === undefined) showStart()
      else if (next.diagnosis === undefined) startBar()
      setRunning(next.diagnosis === undefined)
      const { look, text } = headlineOf(next)
      summary.dataset['look'] = look
      if (headline.textContent !== text) headline.textContent = text
      rowsOf(next).forEach((row, index) => {
        rows[index]?.show(row)
        const hasEnded = row.look !== 'waits' && row.look !== 'runs' && row.look !== 'skipped'
        if (!hasEnded || told.has(row.check)) return
        told.add(row.check)
        spoken.append(h('p', {}, `${row.title}: ${row.word}.`))
      })
      if (next.diagnosis === undefined) return
      date = new Date()
      facts.replaceChildren(
        ...factsOf(next, surroundings()).map(([name, value]) =>
          h('div', {}, h('dt', {}, name), h('dd', {}, value)),
        ),
      )
    },
    fail() {
      setRunning(false)
      summary.dataset['look'] = 'bad'
      headline.textContent = 'This page has broken. Reload it to try again.'
    },
  }

  function surroundings(): Surroundings {
    const [opened] = performance.getEntriesByType('navigation')
    const protocol = opened instanceof PerformanceNavigationTiming ? opened.nextHopProtocol : ''
    return { address: location.origin, browser: navigator.userAgent, protocol, date }
  }
}
