/** A page with a provider on a text, for tests: reloaded, killed and forgotten as pages are. */
import { CometpadProvider } from '@cometpad/provider'
import type { Environment, PageEvent, ProviderOptions } from '@cometpad/provider'
import { FakeClock } from '@cometpad/shared/testing'
import * as Y from 'yjs'
import type { TinyServer } from './tiny-server.ts'

export type OpenStore = NonNullable<Environment['offlineStore']>

export class Tab {
  readonly clock = new FakeClock()
  readonly doc = new Y.Doc()
  readonly provider: CometpadProvider
  /** Codes that were said. */
  readonly errors: string[] = []
  #page: (event: PageEvent) => void = () => undefined

  constructor(
    server: TinyServer,
    offlineStore: OpenStore | undefined,
    options: Partial<ProviderOptions> = {},
  ) {
    this.provider = new CometpadProvider({
      server: 'https://pad.example',
      documentId: 'notes',
      doc: this.doc,
      awareness: null,
      transport: server.transport,
      environment: {
        clock: this.clock,
        random: () => 0.5,
        wallClock: () => this.clock.now(),
        onPage: (listener) => {
          this.#page = listener
          return () => (this.#page = () => undefined)
        },
        offlineStore,
      },
      ...options,
    })
    this.provider.on('error', ({ code }) => this.errors.push(code))
  }

  get text(): string {
    return this.doc.getText('t').toJSON()
  }

  type(text: string): void {
    this.doc.getText('t').insert(this.doc.getText('t').length, text)
  }

  hide(): void {
    this.#page('hide')
  }

  /** The page is closed as a browser does it: it is told, and nothing runs afterwards. */
  close(): void {
    this.hide()
    this.provider.destroy()
  }

  /** The process dies: no goodbye, and no timer rings any more. */
  kill(): void {
    this.provider.disconnect()
  }
}
