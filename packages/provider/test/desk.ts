/** A provider whose server is the test: what it says is heard, and what it hears is said, over connections without a network. */
import { decodeMessage, encodeMessage } from '@cometpad/shared'
import type { HelloMessage, Message } from '@cometpad/shared'
import { FakeClock } from '@cometpad/shared/testing'
import * as Y from 'yjs'
import type { PageEvent } from '../src/environment.ts'
import { CometpadProvider } from '../src/provider.ts'
import type { ProviderOptions } from '../src/provider.ts'
import type { TransportEvents, TransportRequest, Whereabouts } from '../src/transport.ts'

/** A connection as its server sees it. */
export class Link {
  readonly request: TransportRequest
  readonly heard: Message[] = []
  isOpen = true
  probes = 0
  readonly #events: TransportEvents

  constructor(request: TransportRequest, events: TransportEvents) {
    this.request = request
    this.where = request.whereabouts()
    this.#events = events
  }

  /** Where the client said that it is. */
  readonly where: Whereabouts

  say(...messages: readonly Message[]): void {
    for (const message of messages) this.#events.message(encodeMessage(message))
  }

  saySomething(bytes: Uint8Array): void {
    this.#events.message(bytes)
  }

  close(code: number): void {
    this.isOpen = false
    this.#events.close(code)
  }
}

export class Desk {
  readonly clock = new FakeClock()
  readonly links: Link[] = []
  readonly provider: CometpadProvider
  readonly doc: Y.Doc
  readonly told: unknown[] = []
  page: (event: PageEvent) => void = () => undefined

  constructor(options: Partial<ProviderOptions> = {}) {
    this.doc = options.doc ?? new Y.Doc()
    this.provider = new CometpadProvider({
      server: 'https://pad.example',
      documentId: 'team/notes',
      awareness: null,
      environment: {
        clock: this.clock,
        random: () => 0.5,
        wallClock: () => 1_000_000 + this.clock.now(),
        onPage: (listener) => {
          this.page = listener
          return () => (this.page = () => undefined)
        },
      },
      transport: {
        open: (request, events) => {
          const link = new Link(request, events)
          this.links.push(link)
          return {
            send: (bytes) => void link.heard.push(decodeMessage(bytes.slice())),
            probe: () => void (link.probes += 1),
            farewell: () => void (link.isOpen = false),
            close: () => void (link.isOpen = false),
          }
        },
      },
      ...options,
      doc: this.doc,
    })
    this.provider.on('sync', (synced: boolean) => this.told.push(`synced ${synced}`))
    this.provider.on('status', ({ status }) => this.told.push(status))
    this.provider.on('error', ({ code }) => this.told.push(`error ${code}`))
  }

  get link(): Link {
    const link = this.links.at(-1)
    if (link === undefined) throw new TypeError('No link')
    return link
  }

  /** Reconnects after a cut. */
  cut(): void {
    this.link.close(1006)
    this.waitForNext()
  }

  /** Lets time pass until it tries again. */
  waitForNext(): void {
    const known = this.links.length
    for (let waited = 0; this.links.length === known && waited < 60_000; waited += 50) this.clock.advance(50)
  }

  type(text: string): void {
    this.doc.getText('t').insert(this.doc.getText('t').length, text)
  }
}

export function hello(fields: Partial<HelloMessage> = {}): HelloMessage {
  return {
    type: 'hello',
    protocol: 1,
    generation: 'g1',
    role: 'editor',
    head: 0,
    from: 0,
    title: 'Notes',
    limits: { messageBytes: 1_000, partBytes: 400, updateBytes: 1e6, presenceBytes: 4_096 },
    ...fields,
  }
}

export function updateOf(text: string): Uint8Array {
  const doc = new Y.Doc()
  doc.getText('t').insert(0, text)
  return Y.encodeStateAsUpdate(doc)
}

export const kinds = (link: Link): string[] => link.heard.map(({ type }) => type)
