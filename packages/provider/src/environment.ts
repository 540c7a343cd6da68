/** What the provider needs from the place it runs in. Tests bring their own; `browser-environment.ts` has the real one. */
import type { Clock } from '@cometpad/shared'
import type { OfflineStore } from './offline/store.ts'
import type { Tabs } from './tabs/ports.ts'

export interface Environment {
  readonly clock: Clock
  /** A number in [0, 1). */
  readonly random: () => number
  /** Milliseconds since 1970, for what has to outlive the page. */
  readonly wallClock: () => number
  /** Calls back on what happens to the page. Gives its undo. */
  onPage(listener: (event: PageEvent) => void): () => void
  /** The WebSocket constructor; undefined where there is none. */
  readonly WebSocket?: WebSocketConstructor | undefined
  readonly fetch?: Fetch | undefined
  /** Keeps a few bytes for pages of this origin; undefined where nothing can be kept. */
  readonly storage?: PageStorage | undefined
  /** Keeps documents for pages of this origin, apart for each prefix; undefined where nothing can be kept. */
  readonly offlineStore?: ((prefix: string) => OfflineStore) | undefined
  /** Other tabs of this browser; undefined: nothing is known of any. */
  readonly tabs?: Tabs | undefined
}

export type PageEvent =
  /** The network is there again, perhaps another one. */
  | 'online'
  /** The page is looked at again. */
  | 'visible'
  /** The page is not looked at any more, and may never be told anything again. */
  | 'hidden'
  /** The page goes away, perhaps to come back. Nothing can be waited for. */
  | 'hide'

/** The part of `fetch` that is used. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** The part of the browser's `localStorage` that is used. */
export interface PageStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** The part of the browser's WebSocket that is used; the `ws` package fits too. */
export interface WebSocketLike {
  binaryType: string
  readonly readyState: number
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly code?: number }) => void): void
  addEventListener(type: 'error', listener: (event: unknown) => void): void
  send(data: Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike
