/**
 * The text of somebody whose last words were not saved when the document got another history: shown beside the present
 * text until they have put it somewhere. Knows no connection; how it gets into the document is told by the page.
 */
import { copyText } from './clipboard.ts'
import { h } from './dom.ts'

export interface KeptCopyActions {
  /** Puts the text into the document. */
  readonly insert: (text: string) => void
  /** Has nobody seen to it yet, in another tab? */
  readonly isThere: () => Promise<boolean>
  /** The person has seen to it. */
  readonly done: () => void
  /** It could not be found out whether it is there still. */
  readonly failed: (error: unknown) => void
  /** It is there again when the page is opened anew; else leaving the page asks first. */
  readonly survives: boolean
}

/** Gives an element that removes itself. */
export function createKeptCopy(
  text: string,
  { insert, isThere, done, failed, survives }: KeptCopyActions,
): HTMLElement {
  const body = h('pre', { class: 'kept-text', tabindex: '0', 'aria-label': 'Your text' }, text)
  const copy = button('Copy')
  const put = button('Insert at the end')
  const discard = button('Discard')
  const element = h(
    'section',
    { class: 'kept', role: 'region', 'aria-label': 'Text that was not saved' },
    h(
      'p',
      { class: 'kept-why', role: 'alert' },
      'This document was replaced by another version before your last words were saved. Here is your text as it was; nothing of it was mixed into the document.',
    ),
    body,
    h('div', { class: 'kept-tools' }, copy, put, discard),
  )
  const warn = (event: BeforeUnloadEvent): void => {
    if (element.isConnected) event.preventDefault()
    else removeEventListener('beforeunload', warn)
  }
  if (!survives) addEventListener('beforeunload', warn)
  copy.addEventListener('click', () => {
    copyText(text).then(
      () => (copy.textContent = 'Copied'),
      () => getSelection()?.selectAllChildren(body),
    )
  })
  put.addEventListener('click', () => {
    put.disabled = true
    putIn().catch((cause: unknown) => {
      put.disabled = false
      failed(cause)
    })
  })
  discard.addEventListener('click', remove)
  return element

  async function putIn(): Promise<void> {
    if (await isThere()) insert(text)
    else failed(new Error('Another tab of yours has seen to this text already.'))
    remove()
  }

  function remove(): void {
    element.remove()
    removeEventListener('beforeunload', warn)
    done()
  }
}

function button(label: string): HTMLButtonElement {
  return h('button', { type: 'button', class: 'button' }, label)
}
