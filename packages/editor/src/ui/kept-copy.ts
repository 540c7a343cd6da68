/**
 * The text of somebody whose last words the document will not have: shown above the present text until they have put it
 * somewhere, with what the document lacks marked. Knows no connection; how it gets into the document is told by others.
 */
import type { KeptCopy } from '@cometpad/provider'
import type { Messages } from '../messages.ts'
import { h, listen } from './dom.ts'

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

export interface KeptCopyView {
  readonly element: HTMLElement
  /** May this person write here? */
  allowInsert(may: boolean): void
  /** Marks the blocks that the document does not have as they are here. */
  compare(present: string): void
  destroy(): void
}

/** Removes itself when the person has seen to it. */
export function createKeptCopy(
  text: string,
  reason: KeptCopy['reason'],
  messages: Messages,
  { insert, isThere, done, failed, survives }: KeptCopyActions,
): KeptCopyView {
  // Blocks are parted by an empty line.
  const blocks = text.split('\n\n')
  const body = h('div', {
    class: 'cometpad-kept-text',
    tabindex: '0',
    role: 'document',
    'aria-label': messages.keptText,
  })
  let marked = ''
  const copy = button(messages.keptCopy)
  const put = button(messages.keptInsert)
  const discard = button(messages.keptDiscard)
  const why = reason === 'refused' ? messages.keptRefused : messages.keptReplaced
  const element = h(
    'section',
    { class: 'cometpad-kept', role: 'region', 'aria-label': messages.keptLabel },
    h('p', { class: 'cometpad-kept-why', role: 'alert' }, why),
    body,
    h('div', { class: 'cometpad-kept-tools' }, copy, put, discard),
  )
  const endWarning = survives
    ? () => undefined
    : listen(window, 'beforeunload' as 'close', (event) => event.preventDefault())
  put.hidden = true
  show([])
  copy.addEventListener('click', () => {
    copyText(text).then(
      () => (copy.textContent = messages.textCopied),
      () => {
        body.ownerDocument.getSelection()?.selectAllChildren(body)
        copy.textContent = messages.textSelected
      },
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
  return {
    element,
    allowInsert(may) {
      put.hidden = !may
    },
    compare(present) {
      const there = new Set(present.split('\n\n'))
      show(blocks.filter((block) => block.trim() !== '' && !there.has(block)))
    },
    destroy: endWarning,
  }

  function show(missing: readonly string[]): void {
    const key = JSON.stringify(missing)
    if (key === marked) return
    marked = key
    const isMissing = new Set(missing)
    body.replaceChildren(
      ...blocks.map((block) => h('p', {}, isMissing.has(block) ? h('mark', {}, block) : block)),
    )
    body.querySelector('mark')?.scrollIntoView?.({ block: 'nearest' })
  }

  async function putIn(): Promise<void> {
    if (await isThere()) insert(text)
    else failed(new Error(messages.keptElsewhere))
    remove()
  }

  function remove(): void {
    element.remove()
    endWarning()
    done()
  }
}

/** Pages without HTTPS have no clipboard; there the text is selected instead. */
async function copyText(text: string): Promise<void> {
  const clipboard = navigator.clipboard as Clipboard | undefined
  if (clipboard === undefined) throw new Error('no clipboard')
  await clipboard.writeText(text)
}

function button(label: string): HTMLButtonElement {
  return h('button', { type: 'button', class: 'cometpad-button' }, label)
}
