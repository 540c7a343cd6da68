/** The one file that names globals: clock, chance, network, and the browser's moods. Works in Node as well. */
import type { Environment, PageEvent, PageStorage, WebSocketConstructor } from './environment.ts'

/** @param webSocket a constructor for places that have none of their own, such as Node 20 (take that of `ws`) */
export function browserEnvironment(webSocket?: WebSocketConstructor): Environment {
  return {
    clock: {
      now: () => performance.now(),
      after(ms, run) {
        const timer = setTimeout(run, ms)
        return () => clearTimeout(timer)
      },
    },
    random: () => Math.random(),
    wallClock: () => Date.now(),
    onPage,
    WebSocket: webSocket ?? (typeof WebSocket === 'undefined' ? undefined : WebSocket),
    fetch: typeof fetch === 'undefined' ? undefined : (url, init) => fetch(url, init),
    storage: pageStorage(),
  }
}

/** A browser that keeps nothing for this page throws as soon as it is asked. Node has a storage only if it is told where. */
function pageStorage(): PageStorage | undefined {
  try {
    return typeof window === 'undefined' ? undefined : window.localStorage
  } catch {
    return undefined
  }
}

function onPage(listener: (event: PageEvent) => void): () => void {
  if (typeof window === 'undefined' || typeof document === 'undefined') return () => undefined
  const onOnline = (): void => listener('online')
  const onShow = (): void => listener('visible')
  const onHide = (): void => listener('hide')
  const onVisible = (): void => {
    if (document.visibilityState === 'visible') listener('visible')
  }
  window.addEventListener('online', onOnline)
  window.addEventListener('pageshow', onShow)
  window.addEventListener('pagehide', onHide)
  document.addEventListener('visibilitychange', onVisible)
  return () => {
    window.removeEventListener('online', onOnline)
    window.removeEventListener('pageshow', onShow)
    window.removeEventListener('pagehide', onHide)
    document.removeEventListener('visibilitychange', onVisible)
  }
}
