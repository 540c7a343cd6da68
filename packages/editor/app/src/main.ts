/** The web app: which page belongs to the address. Pages are functions that fill an element and give their undo. */
import { h } from './dom.ts'
import { showDocumentList } from './list-page.ts'
import { currentRoute, onNavigate } from './router.ts'
import { shareIn } from './visit.ts'

/** A page under way: its element, and how to leave it. */
type Leave = () => void

const app = document.querySelector<HTMLElement>('#app')
if (app === null) throw new TypeError('the page has no #app')

const MISSPELT =
  'No document can have this address: there are letters of a to z, digits and - _ . ~ in it, and slashes between them. Check the link.'

let leave: Leave = () => undefined
let visit = 0

async function show(container: HTMLElement): Promise<void> {
  visit += 1
  const current = visit
  leave()
  leave = () => undefined
  const page = h('div', { class: 'page' })
  container.replaceChildren(page)
  const route = currentRoute()
  if (route.page === 'list') {
    document.title = 'Cometpad'
    leave = showDocumentList(page)
  } else if (route.page === 'document') {
    // The list does not need the editor; it is loaded with the first document.
    const { showDocument } = await import('./document-page.ts')
    if (current === visit) leave = showDocument(page, route, shareIn(location.search))
  } else {
    document.title = 'Not found · Cometpad'
    page.append(
      h(
        'main',
        { class: 'message' },
        h('h1', {}, 'There is nothing here'),
        ...(route.page === 'misspelt' ? [h('p', {}, MISSPELT)] : []),
        h('a', { href: '/', class: 'button' }, 'All documents'),
      ),
    )
  }
}

function refresh(container: HTMLElement): void {
  show(container).catch((error: unknown) => {
    container.replaceChildren(
      h(
        'main',
        { class: 'message', role: 'alert' },
        h('h1', {}, 'The page could not be loaded'),
        h('p', {}, 'Check your connection and reload the page.'),
      ),
    )
    reportError(error)
  })
}

onNavigate(() => refresh(app))
refresh(app)
