/** The page of one document: title, save state, people and the editor. */
import type { EditorHandle, EditorStatus } from '@cometpad/editor'
import { createEditor, mountConnection, mountPeople, mountSaveState, textOfCopy } from '@cometpad/editor'
import { $getRoot } from 'lexical'
import { createCopyLink } from './copy-link.ts'
import { h } from './dom.ts'
import { loadIdentity, onIdentityChanged } from './identity.ts'
import { createKeptCopy } from './kept-copy.ts'
import { createNameChip } from './name-chip.ts'
import { createTitleField } from './title-field.ts'

export function showDocument(page: HTMLElement, documentId: string, isNew: boolean): () => void {
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
  const skip = h('a', { class: 'skip', href: '#text' }, 'Skip to the text')
  skip.addEventListener('click', (event) => {
    event.preventDefault()
    handle.focus('start')
  })
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
      h('div', { class: 'head-tools' }, people, createCopyLink(), chip.element),
    ),
    problem,
    kept,
    h('main', { class: 'body' }, target),
  )
  document.title = 'Cometpad'

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
      if (opened.provider.stopCode === 'GENERATION_CHANGED') queueMicrotask(() => moveOver(opened))
    })
    opened.provider.on('title', (text) => title.show(text))
    return () => {
      removeState()
      removeLight()
      removePeople()
      opened.destroy()
    }
  }

  /** The document has another history. What this person wrote and nobody has saved is kept beside it. */
  function moveOver(from: EditorHandle): void {
    if (from !== handle) return
    const unsaved = from.status.pendingChanges > 0 ? from.getText() : undefined
    close()
    close = open(false)
    void showCopies(unsaved)
    if (unsaved === undefined)
      fail(new Error('This document was replaced by another version. You see it as it is now.'))
  }

  /** Copies that this page or an earlier one has left. @param unsaved words of which there is a copy, if the device took it */
  async function showCopies(unsaved?: string): Promise<void> {
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
    problem.textContent = error instanceof Error ? error.message : String(error)
    problem.hidden = false
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
    close()
  }
}
