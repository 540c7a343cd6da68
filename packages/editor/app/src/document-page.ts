/** The page of one document: title, save state, people and the editor. */
import type { EditorHandle, EditorStatus } from '@cometpad/editor'
import { createEditor, mountConnection, mountPeople, mountSaveState, textOfCopy } from '@cometpad/editor'
import { $getRoot } from 'lexical'
import { signIn } from './api.ts'
import { createCopyLink } from './copy-link.ts'
import { h } from './dom.ts'
import { loadIdentity, onIdentityChanged } from './identity.ts'
import { createKeptCopy } from './kept-copy.ts'
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
  const kept = h('div', { class: 'head-kept' })
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
    kept,
    main,
  )
  document.title = 'Cometpad'

  let token = share === undefined ? undefined : tokenOf(share)
  signIn(token)
  let handle: EditorHandle
  let close = open(isNew)
  /** Generations whose copy is on the page. */
  const shown = new Set<string>()
  void showCopies()

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
      if (stopCode === 'GENERATION_CHANGED') queueMicrotask(() => moveOver(opened))
      if (stopCode === 'PASSWORD_REQUIRED') askForPassword()
    })
    opened.provider.on('title', (text) => title.show(text))
    opened.provider.on('role', (role) => {
      const isOwner = role === 'owner'
      shareButton.element.hidden = !isOwner
      // What an owner came with makes owners of others: they make links that say what they are for.
      copyLink.hidden = isOwner && share !== undefined
    })
    return () => {
      removeState()
      removeLight()
      removePeople()
      opened.destroy()
    }
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

  /** The document has another history. What this person wrote and nobody has saved is kept beside it. */
  function moveOver(from: EditorHandle): void {
    if (from !== handle) return
    const unsaved = from.status.pendingChanges > 0 ? from.getText() : undefined
    close()
    close = open(false)
    void tellOf(unsaved)
  }

  /** Says what has happened: a copy does so itself, and two sentences about it would be one too many. */
  async function tellOf(unsaved: string | undefined): Promise<void> {
    if (!(await showCopies(unsaved)))
      fail(new Error('This document was replaced by another version. You see it as it is now.'))
  }

  /**
   * Copies that this page or an earlier one has left. Tells whether one has been put onto the page.
   * @param unsaved words of which there is a copy, if the device took it
   */
  async function showCopies(unsaved?: string): Promise<boolean> {
    const { provider } = handle
    // A device that keeps nothing is told of in the save state.
    const copies = await provider.keptCopies().catch(() => [])
    const fresh = copies.filter(({ generation }) => !shown.has(generation))
    for (const copy of fresh) {
      shown.add(copy.generation)
      const done = (): void => void provider.discardCopy(copy).catch(fail)
      // Another tab shows it as well, and may have put it into the document already.
      const isThere = async (): Promise<boolean> =>
        (await provider.keptCopies()).some(({ generation }) => generation === copy.generation)
      kept.append(createKeptCopy(textOfCopy(copy), { insert, isThere, done, failed: fail, survives: true }))
    }
    if (fresh.length === 0 && unsaved !== undefined)
      kept.append(
        createKeptCopy(unsaved, {
          insert,
          isThere: async () => true,
          done: () => undefined,
          failed: fail,
          survives: false,
        }),
      )
    return fresh.length > 0 || unsaved !== undefined
  }

  function insert(text: string): void {
    handle.lexical.update(() => {
      const end = $getRoot().selectEnd()
      for (const block of text.split('\n\n')) {
        end.insertParagraph()
        end.insertRawText(block)
      }
    })
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
