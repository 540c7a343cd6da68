/** The button that copies the document's link and says so. */
import { copyText } from './clipboard.ts'
import { h } from './dom.ts'

const CONFIRM_MS = 2_500

/** @param share what the visitor came with; whoever gets the link from them needs it as well */
export function createCopyLink(share: string | undefined): HTMLElement {
  const label = h('span', {}, 'Copy link')
  const button = h(
    'button',
    { type: 'button', class: 'button copy' },
    h('span', { class: 'copy-icon', 'aria-hidden': 'true' }),
    label,
  )
  const spoken = h('span', { class: 'hidden', role: 'status' })
  let timer: ReturnType<typeof setTimeout> | undefined

  function say(text: string, spokenText: string): void {
    label.textContent = text
    spoken.textContent = spokenText
    button.classList.toggle('copied', text === 'Copied')
    clearTimeout(timer)
    timer = setTimeout(() => {
      label.textContent = 'Copy link'
      spoken.textContent = ''
      button.classList.remove('copied')
    }, CONFIRM_MS)
  }

  button.addEventListener('click', () => {
    const link = location.origin + location.pathname + (share === undefined ? '' : `?share=${share}`)
    copyText(link).then(
      () => say('Copied', 'The link is in the clipboard.'),
      () => window.prompt('Copy this link:', link),
    )
  })
  return h('div', { class: 'copy-box' }, button, spoken)
}
