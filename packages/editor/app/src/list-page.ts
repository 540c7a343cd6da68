/** The page with all documents, newest first, and the button that makes one. */
import { errorTable, isErrorCode } from '@cometpad/shared'
import { ApiError, createDocument, listDocuments } from './api.ts'
import type { DocumentMeta } from './api.ts'
import { h } from './dom.ts'
import { showProblem } from './problem.ts'
import { relativeTime } from './relative-time.ts'
import { documentPath, navigate } from './router.ts'

/** A list that cannot be had just now is tried again this often, while the page says so. */
const RETRY_MS = 5_000

export function showDocumentList(page: HTMLElement): () => void {
  let left = false
  let isLoading = false
  let retry: ReturnType<typeof setTimeout> | undefined
  /** What is said is why a document was not made: that stays, whatever becomes of the list. */
  let isRefusal = false
  const problem = h('p', { class: 'problem', role: 'alert', hidden: true })
  const content = h('div', { class: 'list-content' }, skeleton())
  const create = newButton('button primary')
  page.append(
    h('a', { class: 'skip', href: '#documents' }, 'Skip to the documents'),
    h(
      'header',
      { class: 'list-head' },
      h('span', { class: 'brand' }, h('span', { class: 'mark', 'aria-hidden': 'true' }), 'Cometpad'),
    ),
    h(
      'main',
      { class: 'list', id: 'documents', tabindex: '-1' },
      h('div', { class: 'list-title' }, h('h1', {}, 'Documents'), create),
      problem,
      content,
    ),
  )

  /** Says what is wrong, for as long as it is. */
  function fail(error: unknown): void {
    if (!isRefusal) showProblem(problem, error)
    stopWaiting()
    if (mayPass(error)) retry = setTimeout(show, RETRY_MS)
  }

  function isWell(): void {
    if (!isRefusal) problem.hidden = true
    stopWaiting()
  }

  function stopWaiting(): void {
    clearTimeout(retry)
    retry = undefined
  }

  /** The person does something about it: what was said has had its time. */
  function clearProblem(): void {
    isRefusal = false
    problem.hidden = true
  }

  function newButton(style: string): HTMLButtonElement {
    const button = h('button', { type: 'button', class: style }, 'New document')
    button.addEventListener('click', () => {
      clearProblem()
      button.disabled = true
      createDocument('')
        .then(({ documentId }) => navigate(documentPath(documentId), { isNew: true }))
        .catch((error: unknown) => {
          if (left) return
          // Where nobody answers, the list tells when that is over.
          isRefusal = error instanceof ApiError
          if (isRefusal) showProblem(problem, error)
          else fail(error)
        })
        .finally(() => {
          button.disabled = false
        })
    })
    return button
  }

  async function load(): Promise<void> {
    const documents: DocumentMeta[] = []
    // The server pages by id and we show by time, so everything is needed; after this many pages it is a search's job.
    let after: string | null | undefined
    for (let pages = 0; pages < 50 && after !== null; pages += 1) {
      const answer = await listDocuments(after)
      documents.push(...answer.documents)
      after = answer.next
    }
    if (left) return
    documents.sort((a, b) => timeOf(b) - timeOf(a))
    isWell()
    content.replaceChildren(documents.length === 0 ? empty() : listOf(documents))
  }

  function empty(): HTMLElement {
    return h(
      'div',
      { class: 'empty' },
      h('h2', {}, 'Nothing here yet'),
      h('p', {}, 'Make a document and share its link: everybody with the link writes in it together.'),
      newButton('button'),
    )
  }

  function show(): void {
    if (isLoading) return
    isLoading = true
    content.setAttribute('aria-busy', 'true')
    load()
      .catch((error: unknown) => {
        if (left) return
        fail(error)
        // A list that is there already stays: it is still where one wants to go.
        if (content.querySelector('.documents, .empty') !== null) return
        // Put there once more it would lose the focus.
        if (!again.isConnected) content.replaceChildren(again)
      })
      .finally(() => {
        isLoading = false
        content.setAttribute('aria-busy', 'false')
      })
  }

  const again = h('button', { type: 'button', class: 'button' }, 'Try again')
  again.addEventListener('click', () => {
    clearProblem()
    stopWaiting()
    show()
  })
  const tryNow = (): void => {
    if (retry === undefined) return
    stopWaiting()
    show()
  }
  addEventListener('online', tryNow)
  show()
  return () => {
    left = true
    clearTimeout(retry)
    removeEventListener('online', tryNow)
  }
}

/** May the same request succeed later? Of what is not in the table nobody knows. */
function mayPass(error: unknown): boolean {
  return !(error instanceof ApiError && isErrorCode(error.code)) || errorTable[error.code].retry
}

function listOf(documents: readonly DocumentMeta[]): HTMLElement {
  const now = Date.now()
  return h(
    'ul',
    { class: 'documents' },
    ...documents.map((each) => {
      const time = timeOf(each)
      const when = h(
        'time',
        { datetime: new Date(time).toISOString(), title: new Date(time).toLocaleString() },
        relativeTime(time, now),
      )
      const title = h(
        'span',
        { class: 'document-title', dir: 'auto' },
        each.title || each.firstLine || 'Untitled',
      )
      return h('li', {}, h('a', { href: documentPath(each.documentId) }, title, when))
    }),
  )
}

function timeOf(each: DocumentMeta): number {
  const time = new Date(each.updatedAt).getTime()
  return Number.isNaN(time) ? 0 : time
}

function skeleton(): HTMLElement {
  const lines = Array.from({ length: 4 }, () => h('div', { class: 'skeleton-line' }))
  return h('div', { class: 'skeleton', role: 'status', 'aria-label': 'Loading documents' }, ...lines)
}
