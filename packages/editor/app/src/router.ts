/** Addresses of the app. Links are followed without loading the page anew; knows no page. */
import { isDocumentId } from '@cometpad/shared'

export type Route =
  | { readonly page: 'list' }
  | { readonly page: 'document'; readonly documentId: string; readonly isNew: boolean }
  /** It looks like that of a document, and no document can have it. */
  | { readonly page: 'misspelt' }
  | { readonly page: 'unknown' }

export function routeOf(path: string, isNew = false): Route {
  if (path === '/' || path === '') return { page: 'list' }
  const match = /^\/d\/(.+)$/.exec(path)
  if (match?.[1] === undefined) return { page: 'unknown' }
  try {
    const documentId = decodeURIComponent(match[1])
    return isDocumentId(documentId) ? { page: 'document', documentId, isNew } : { page: 'misspelt' }
  } catch {
    return { page: 'misspelt' }
  }
}

export function currentRoute(): Route {
  const state: unknown = history.state
  const isNew = typeof state === 'object' && state !== null && 'isNew' in state
  return routeOf(location.pathname, isNew)
}

/** A document id may have segments; the slash between them stays. */
export function documentPath(documentId: string): string {
  return `/d/${documentId.split('/').map(encodeURIComponent).join('/')}`
}

export function navigate(path: string, state: { isNew: true } | null = null): void {
  history.pushState(state, '', path)
  for (const run of listeners) run()
}

const listeners = new Set<() => void>()

/** Called whenever the address has changed, by a link, by `navigate` or by the browser's buttons. */
export function onNavigate(run: () => void): void {
  listeners.add(run)
  window.addEventListener('popstate', run)
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey)
      return
    const link = event.target instanceof Element ? event.target.closest('a') : null
    if (link === null || link.origin !== location.origin || link.target !== '' || link.hash !== '') return
    if (routeOf(link.pathname).page === 'unknown') return
    event.preventDefault()
    navigate(link.pathname + link.search)
  })
}
