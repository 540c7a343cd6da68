/** A button that puts a text into the clipboard, and says so. */
import { copyText } from '../clipboard.ts'
import { h } from '../dom.ts'

const CONFIRM_MS = 2_500

export interface CopyButtonOptions {
  readonly label: string
  /** What it is called where the label alone would not be understood. */
  readonly name?: string
  readonly text: () => string
  /** Pages without HTTPS have no clipboard: shows the text selected, for copying by hand. */
  readonly select: (text: string) => void
}

export function createCopyButton({ label, name, text, select }: CopyButtonOptions): HTMLElement {
  const words = h('span', {}, label)
  const button = h(
    'button',
    { type: 'button', class: 'button copy', 'aria-label': name },
    h('span', { class: 'copy-icon', 'aria-hidden': 'true' }),
    words,
  )
  const spoken = h('span', { class: 'hidden', role: 'status' })
  let timer: ReturnType<typeof setTimeout> | undefined

  function say(said: string, isCopied: boolean): void {
    words.textContent = said
    spoken.textContent = said
    button.classList.toggle('copied', isCopied)
    clearTimeout(timer)
    timer = setTimeout(() => {
      words.textContent = label
      spoken.textContent = ''
      button.classList.remove('copied')
    }, CONFIRM_MS)
  }

  button.addEventListener('click', () => {
    const wanted = text()
    copyText(wanted).then(
      () => say('Copied', true),
      () => {
        select(wanted)
        say('Selected: now copy it', false)
      },
    )
  })
  return h('span', { class: 'copy-box' }, button, spoken)
}
