/**
 * Sharing a document: which links there are, a new one, and how to take one back. For owners, and loaded when one asks for it.
 * The address of a link is shown once, when it is made: the server keeps none.
 */
import { clientLimits as limits } from '@cometpad/shared'
import { listLinks, makeLink, revokeLink } from './api.ts'
import type { LinkMeta, NewLink } from './api.ts'
import { copyText } from './clipboard.ts'
import { h } from './dom.ts'
import { showProblem } from './problem.ts'
import { relativeTime } from './relative-time.ts'

const RIGHTS: Readonly<Record<string, string>> = {
  viewer: 'can read',
  commenter: 'can comment',
  editor: 'can read and write',
  owner: 'can write, share and delete',
}
const HOUR_MS = 3_600_000
const LIVES: readonly (readonly [words: string, ms: number | undefined])[] = [
  ['until I take it back', undefined],
  ['for an hour', HOUR_MS],
  ['for a day', 24 * HOUR_MS],
  ['for a week', 7 * 24 * HOUR_MS],
  ['for 30 days', 30 * 24 * HOUR_MS],
]

/** Gives the dialog, which removes itself when it is closed. */
export function openShareDialog(documentId: string): HTMLDialogElement {
  const heading = h(
    'h2',
    { class: 'share-heading', id: 'share-heading', tabindex: '-1' },
    'Share this document',
  )
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true })
  const spoken = h('p', { class: 'hidden', role: 'status' })
  const links = h('ul', { class: 'share-links', 'aria-label': 'Links that work' })
  const nobody = h('p', { class: 'share-none', hidden: true }, 'There are no links yet.')
  const made = h('div', { class: 'share-made', hidden: true })
  const role = h(
    'select',
    { id: 'share-role' },
    ...['viewer', 'editor', 'owner'].map((name) => h('option', { value: name }, RIGHTS[name] ?? name)),
  )
  const life = h(
    'select',
    { id: 'share-life' },
    ...LIVES.map(([words], index) => h('option', { value: String(index) }, words)),
  )
  const password = h('input', {
    id: 'share-password',
    type: 'text',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: String(limits.passwordLength),
    'aria-describedby': 'share-password-hint',
  })
  const make = h('button', { type: 'submit', class: 'button primary' }, 'Make a link')
  const form = h(
    'form',
    { class: 'share-form', 'aria-label': 'A new link' },
    h('label', { for: 'share-role' }, 'Whoever has the link'),
    role,
    h('label', { for: 'share-life' }, 'It works'),
    life,
    h('label', { for: 'share-password' }, 'Password (may be empty)'),
    password,
    h(
      'p',
      { class: 'share-hint', id: 'share-password-hint' },
      'Tell it in another way than the link, such as by phone.',
    ),
    make,
  )
  const close = h('button', { type: 'button', class: 'button' }, 'Close')
  const dialog = h(
    'dialog',
    { class: 'share', 'aria-labelledby': 'share-heading' },
    heading,
    problem,
    links,
    nobody,
    form,
    made,
    h('div', { class: 'share-end' }, close),
    spoken,
  )

  /** Does one thing at a time, and says what went wrong. */
  async function attempt(button: HTMLButtonElement, work: () => Promise<void>): Promise<void> {
    problem.hidden = true
    button.disabled = true
    try {
      await work()
    } catch (error) {
      showProblem(problem, error)
    } finally {
      button.disabled = false
    }
  }

  async function showLinks(): Promise<void> {
    const found = await listLinks(documentId)
    links.replaceChildren(...found.map(itemOf))
    nobody.hidden = found.length > 0
  }

  function itemOf(link: LinkMeta): HTMLLIElement {
    const words = wordsFor(link)
    const revoke = h(
      'button',
      { type: 'button', class: 'button', 'aria-label': `Take back the link: ${words}` },
      'Take back',
    )
    revoke.addEventListener('click', () => {
      void attempt(revoke, async () => {
        await revokeLink(documentId, link.linkId)
        if (made.dataset['linkId'] === link.linkId) made.hidden = true
        await showLinks()
        spoken.textContent = 'The link was taken back. Whoever came in with it is out.'
        // The button that had the focus is gone.
        heading.focus()
      })
    })
    return h('li', {}, h('span', {}, words), revoke)
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void attempt(make, async () => {
      const { path, linkId } = await makeLink(documentId, wanted())
      const address = h('input', {
        type: 'text',
        readonly: true,
        value: location.origin + path,
        'aria-label': 'The new link',
      })
      const copy = h('button', { type: 'button', class: 'button' }, 'Copy')
      copy.addEventListener('click', () => {
        copyText(address.value).then(
          () => say(copy, 'Copied'),
          () => {
            address.select()
            say(copy, 'Selected: now copy it')
          },
        )
      })
      made.replaceChildren(
        h('p', {}, 'Copy the link now: it is not shown again.'),
        h('div', { class: 'share-address' }, address, copy),
      )
      made.dataset['linkId'] = linkId
      made.hidden = false
      password.value = ''
      await showLinks()
      spoken.textContent = 'The link is made. Copy it now: it is not shown again.'
      address.focus()
      address.select()
    })
  })

  function wanted(): NewLink {
    const [, ms] = LIVES[Number(life.value)] ?? []
    return {
      role: role.value,
      ...(ms === undefined ? {} : { expiresAt: new Date(Date.now() + ms).toISOString() }),
      ...(password.value === '' ? {} : { password: password.value }),
    }
  }

  function say(button: HTMLButtonElement, text: string): void {
    button.textContent = text
    spoken.textContent = text
  }

  close.addEventListener('click', () => dialog.close())
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  heading.focus()
  showLinks().catch((error: unknown) => showProblem(problem, error))
  return dialog
}

function wordsFor({ role, hasPassword, expiresAt, createdAt }: LinkMeta): string {
  const now = Date.now()
  return [
    `${RIGHTS[role] ?? role}${hasPassword ? ', with a password' : ''}`,
    `made ${relativeTime(Date.parse(createdAt), now)}`,
    ...(expiresAt === null ? [] : [`until ${timeWords(expiresAt)}`]),
  ].join(' · ')
}

function timeWords(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' })
}
