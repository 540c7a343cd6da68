/** What a browser tells of the page, and how it may fail to. */
import { afterEach, expect, test, vi } from 'vitest'
import { browserEnvironment } from '../src/browser-environment.ts'
import type { PageEvent } from '../src/environment.ts'

afterEach(() => vi.unstubAllGlobals())

/** Calls its listeners one after the other, those that capture first. The script of one may be ended by the browser. */
class PageWindow {
  readonly navigator = {}
  readonly origin = 'https://pad.example'
  readonly #listeners: { readonly type: string; readonly run: () => void; readonly captures: boolean }[] = []

  addEventListener(type: string, run: () => void, captures = false): void {
    this.#listeners.push({ type, run, captures })
  }

  removeEventListener(type: string, run: () => void, captures = false): void {
    const at = this.#listeners.findIndex(
      (known) => known.type === type && known.run === run && known.captures === captures,
    )
    if (at >= 0) this.#listeners.splice(at, 1)
  }

  get size(): number {
    return this.#listeners.length
  }

  dispatch(type: string): void {
    const called = this.#listeners.filter((listener) => listener.type === type)
    for (const { run } of called.toSorted((a, b) => Number(b.captures) - Number(a.captures))) {
      try {
        run()
      } catch {
        // Ended by the browser: the others are called all the same.
      }
    }
  }
}

function watch(listener: (event: PageEvent) => void): { page: PageWindow; stop: () => void } {
  const page = new PageWindow()
  vi.stubGlobal('window', page)
  vi.stubGlobal('document', new PageWindow())
  const stop = browserEnvironment().onPage(listener)
  return { page, stop }
}

test('[CH11] is told once that the page goes away, each time', () => {
  const told: PageEvent[] = []
  const { page, stop } = watch((event) => void told.push(event))
  page.dispatch('pagehide')
  page.dispatch('pageshow')
  page.dispatch('pagehide')
  expect(told).toEqual(['hide', 'visible', 'hide'])
  stop()
  expect(page.size).toBe(0)
})

test('[CH11] is told once more when the browser has ended the script that was told first', () => {
  const told: PageEvent[] = []
  const { page, stop } = watch((event) => {
    told.push(event)
    if (told.length === 1) throw new Error('The browser has ended this script')
  })
  page.dispatch('pagehide')
  expect(told).toEqual(['hide', 'hide'])
  stop()
})
