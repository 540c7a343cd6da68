/** The one file that names globals: clock, chance, network, storage, and the browser's moods. Works in Node as well. */
import type { Clock } from '@cometpad/shared'
import type { Environment, PageEvent, PageStorage, WebSocketConstructor } from './environment.ts'
import { Connection } from './offline/indexeddb-connection.ts'
import { IndexedDbStore } from './offline/indexeddb-store.ts'
import type { OfflineStore } from './offline/store.ts'
import { pageFetch } from './page-fetch.ts'

const clock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
const wallClock = (): number => Date.now()

/** One for each database of the page: what is asked of it first is done first, whoever asks. */
const stores = new Map<string, OfflineStore>()
import { browserTabs } from './tabs/browser-tabs.ts'
import type { Tabs } from './tabs/ports.ts'

/** @param webSocket a constructor for places that have none of their own, such as Node 20 (take that of `ws`) */
export function browserEnvironment(webSocket?: WebSocketConstructor): Environment {
  return {
    clock,
    random: () => Math.random(),
    wallClock,
    onPage,
    WebSocket: webSocket ?? (typeof WebSocket === 'undefined' ? undefined : WebSocket),
    fetch:
      typeof fetch === 'undefined'
        ? undefined
        : pageFetch(
            (url, init) => fetch(url, init),
            typeof window === 'undefined' ? undefined : window.origin,
          ),
    storage: pageStorage(),
    offlineStore: typeof indexedDB === 'undefined' ? undefined : offlineStore,
    tabs: pageTabs(),
  }
}

function offlineStore(prefix: string): OfflineStore {
  const name = prefix === '' ? 'cometpad' : `cometpad-${prefix}`
  const store = stores.get(name) ?? new IndexedDbStore(new Connection(name, clock), wallClock)
  stores.set(name, store)
  return store
}

/** A browser that keeps nothing for this page throws as soon as it is asked. Node has a storage only if it is told where. */
function pageStorage(): PageStorage | undefined {
  try {
    return typeof window === 'undefined' ? undefined : window.localStorage
  } catch {
    return undefined
  }
}

/** Node has locks and channels too, but no tabs. The locks are missing in pages without a secure context. */
function pageTabs(): Tabs | undefined {
  return typeof window === 'undefined'
    ? undefined
    : browserTabs(window.navigator.locks, window.BroadcastChannel)
}

function onPage(listener: (event: PageEvent) => void): () => void {
  if (typeof window === 'undefined' || typeof document === 'undefined') return () => undefined
  const onOnline = (): void => listener('online')
  let isHidden = false
  const onShow = (): void => {
    isHidden = false
    listener('visible')
  }
  // In Firefox the goodbye of some who left did not reach the server. It looks as if whatever script runs at that moment may be
  // ended: the second listener does what the first one has not brought to its end.
  const onHide = (): void => {
    if (isHidden) return
    listener('hide')
    isHidden = true
  }
  const onVisible = (): void => {
    listener(document.visibilityState === 'visible' ? 'visible' : 'hidden')
  }
  window.addEventListener('online', onOnline)
  window.addEventListener('pageshow', onShow)
  window.addEventListener('pagehide', onHide, true)
  window.addEventListener('pagehide', onHide)
  document.addEventListener('visibilitychange', onVisible)
  return () => {
    window.removeEventListener('online', onOnline)
    window.removeEventListener('pageshow', onShow)
    window.removeEventListener('pagehide', onHide, true)
    window.removeEventListener('pagehide', onHide)
    document.removeEventListener('visibilitychange', onVisible)
  }
}
