/** The page of one document: title, save state, people and the editor. */
import type { EditorHandle, EditorStatus } from '@cometpad/editor'
import { createEditor, mountConnection, mountPeople, mountSaveState } from '@cometpad/editor'
import { signIn } from './api.ts'
import { createCopyLink } from './copy-link.ts'
import { h } from './dom.ts'
import { loadIdentity, onIdentityChanged } from './identity.ts'
import { createNameChip } from './name-chip.ts'
import { createPasswordForm } from './password-form.ts'
import { showProblem } from './problem.ts'
import { createShareButton } from './share-button.ts'
import { createTitleField } from './title-field.ts'
import { enterPassword, tokenOf } from './visit.ts'

/** @param share what stands behind `?share=` in the address */
export function showDocument(
  page: HTMLElement,
  { documentId, isNew }: { readonly documentId: string; readonly isNew: boolean },
  share: string | undefined,
): () => void {
  let identity = loadIdentity()
  const target = h('div', { class: 'editor', id: 'text' })
  const state = h('div', { class: 'head-state' })
  const people = h('div', { class: 'head-people' })
  const problem = h('p', { class: 'problem head-problem', role: 'alert', hidden: true })
  const title = createTitleField(documentId, {
    changed: (text) => {
      document.title = `${text || 'Untitled'} · Cometpad`
    },
    entered: () => handle.focus('start'),
    failed: (error) => fail(error),
  })
  const chip = createNameChip(identity, (next) => {
    identity = next
    handle.setUser(next)
  })
  const endIdentity = onIdentityChanged((next) => {
    identity = next
    chip.show(next)
    handle.setUser(next)
  })
  const copyLink = createCopyLink(share)
  const shareButton = createShareButton(documentId, fail)
  const skip = h('a', { class: 'skip', href: '#text' }, 'Skip to the text')
  skip.addEventListener('click', (event) => {
    event.preventDefault()
    handle.focus('start')
  })
  const main = h('main', { class: 'body' }, target)
  page.classList.add('document')
  page.append(
    skip,
    h(
      'header',
      { class: 'head' },
      h(
        'a',
        { class: 'back', href: '/', 'aria-label': 'All documents', title: 'All documents' },
        h('span', { class: 'back-arrow', 'aria-hidden': 'true' }),
      ),
      h('div', { class: 'head-title' }, title.element, state),
      h('div', { class: 'head-tools' }, people, shareButton.element, copyLink, chip.element),
    ),
    problem,
    main,
  )
  document.title = 'Cometpad'

  let token = share === undefined ? undefined : tokenOf(share)
  signIn(token)
  let handle: EditorHandle
  let close = open(isNew)

  /** Opens the document as the server has it. Gives the function that closes it. */
  function open(isFirstOfNew: boolean): () => void {
    const opened = createEditor(target, {
      server: location.origin,
      documentId,
      user: identity,
      status: 'none',
      autoFocus: !isFirstOfNew,
      ...(token === undefined ? {} : { token }),
    })
    handle = opened
    const removeState = mountSaveState(state, opened)
    const removeLight = mountConnection(state, opened)
    const removePeople = mountPeople(people, opened, { withoutSelf: true })
    // The title comes with the document: the one in `provider.title` is there as soon as it is ready, later ones are told.
    opened.on('ready', () => {
      title.show(opened.provider.title)
      allowTitle(opened.status)
      if (isFirstOfNew) title.element.focus()
    })
    opened.on('syncStatus', (status) => {
      allowTitle(status)
      const { stopCode } = opened.provider
      if (stopCode === 'PASSWORD_REQUIRED') askForPassword()
    })
    follow(opened)
    opened.on('reopened', follow)
    return () => {
      removeState()
      removeLight()
      removePeople()
      opened.destroy()
    }
  }

  /** What the provider says that the editor does not show. */
  function follow({ provider }: EditorHandle): void {
    provider.on('title', (text) => title.show(text))
    provider.on('role', (role) => {
      const isOwner = role === 'owner'
      shareButton.element.hidden = !isOwner
      // What an owner came with makes owners of others: they make links that say what they are for.
      copyLink.hidden = isOwner && share !== undefined
    })
  }

  /** The share link has a password, which this tab has not been told yet, or which was changed. */
  function askForPassword(): void {
    if (share === undefined || target.hidden) return
    target.hidden = true
    const form = createPasswordForm(async (password) => {
      token = await enterPassword(documentId, share, password)
      signIn(token)
      form.remove()
      target.hidden = false
      close()
      close = open(false)
    })
    main.prepend(form)
    form.querySelector('input')?.focus()
  }

  function fail(error: unknown): void {
    showProblem(problem, error)
    setTimeout(() => {
      problem.hidden = true
    }, 8_000)
  }

  function allowTitle({ synced, canEdit }: EditorStatus): void {
    if (synced) title.allow(canEdit)
  }

  return () => {
    endIdentity()
    title.destroy()
    shareButton.destroy()
    close()
    signIn(undefined)
  }
}
