/**
 * What has to be said at length: why nothing can be written, what did not reach the server, and a way to take the text
 * along. Only reads; the text stays on the screen as it was.
 */
import type { Messages } from '../messages.ts'
import type { EditorHandle, EditorStatus } from '../options.ts'
import { h } from './dom.ts'
import type { Surface } from './surface.ts'

/** Gives the function that shows a status. */
export function createNotice(
  { notice, content }: Surface,
  handle: EditorHandle,
  messages: Messages,
): (status: EditorStatus) => void {
  const words = h('span', { class: 'cometpad-notice-words' })
  const copy = h('button', { type: 'button', class: 'cometpad-button', hidden: true }, messages.copyText)
  const answer = h('span', { class: 'cometpad-hidden', role: 'status' })
  notice.append(words, copy, answer)

  function say(text: string): void {
    copy.textContent = text
    answer.textContent = text
  }

  copy.addEventListener('click', () => {
    write(handle.getText()).then(
      () => say(messages.textCopied),
      () => {
        content.ownerDocument.getSelection()?.selectAllChildren(content)
        say(messages.textSelected)
      },
    )
  })

  return (status) => {
    const text = noticeFor(status, messages)
    notice.hidden = text === ''
    // It is read aloud whenever it changes, so only then.
    if (words.textContent === text) return
    words.textContent = text
    const { save, demoted, pendingChanges } = status
    copy.hidden = save.state === 'stopped' ? !save.opened : !demoted || pendingChanges === 0
    copy.textContent = messages.copyText
    answer.textContent = ''
  }
}

function noticeFor(status: EditorStatus, messages: Messages): string {
  const { save, binding, demoted, pendingChanges, kept } = status
  const lost = pendingChanges > 0 ? ` ${messages.notSaved(pendingChanges, kept)}` : ''
  if (save.state === 'stopped')
    return `${save.opened ? messages.stopped : messages.cannotConnect}: ${save.reason}${lost}`
  if (binding === 'outdated') return messages.outdated
  return demoted ? messages.demoted + lost : ''
}

/** Pages without HTTPS have no clipboard; there the text is selected instead. */
async function write(text: string): Promise<void> {
  const clipboard = navigator.clipboard as Clipboard | undefined
  if (clipboard === undefined) throw new Error('no clipboard')
  await clipboard.writeText(text)
}
