/**
 * Somebody who types numbered words into a document until the server is gone, and who cannot come back: what was said to be
 * saved has to be on the server's disk. The oracle of the kill tests, outside of the server.
 */
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import { WebSocket } from 'ws'
import * as Y from 'yjs'

/** One for each way to the server. */
export const TRANSPORTS = ['auto', 'ws', 'stream', 'poll'] as const
export type Transport = (typeof TRANSPORTS)[number]

/** Milliseconds from word to word. */
const PACE_MS = 30
/** A newcomer who has waited so long gets nothing any more. */
const NEWCOMER_MS = 120_000

/** What a typist was told. */
export interface Told {
  readonly name: string
  readonly documentId: string
  readonly transport: Transport
  /** So many words were said to be saved. */
  readonly saved: number
  readonly typed: number
}

export class Typist {
  readonly #name: string
  readonly #documentId: string
  readonly #transport: Transport
  readonly #doc = new Y.Doc()
  readonly #provider: CometpadProvider
  readonly #timer: NodeJS.Timeout
  #typed = 0

  constructor(server: string, documentId: string, name: string, transport: Transport) {
    this.#name = name
    this.#documentId = documentId
    this.#transport = transport
    this.#provider = providerOf(server, documentId, this.#doc, transport)
    this.#timer = setInterval(() => this.#type(), PACE_MS)
  }

  get told(): Told {
    const typed = this.#typed
    const saved = typed - this.#provider.unsavedChanges
    return { name: this.#name, documentId: this.#documentId, transport: this.#transport, saved, typed }
  }

  /** Gone for good, with everything that is not saved: nobody can send it again. */
  leave(): void {
    clearInterval(this.#timer)
    this.#provider.destroy()
    this.#doc.destroy()
  }

  #type(): void {
    const text = this.#doc.getText('text')
    text.insert(text.length, `<${this.#name}:${this.#typed}>`)
    this.#typed += 1
  }
}

/** The document as a newcomer gets it. Rejects when it does not come. */
export async function newcomersText(
  server: string,
  documentId: string,
  transport: Transport,
): Promise<string> {
  const doc = new Y.Doc()
  const provider = providerOf(server, documentId, doc, transport)
  const text = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`A newcomer did not get ${documentId}`)), NEWCOMER_MS)
    provider.on('sync', (synced: boolean) => {
      if (!synced) return
      clearTimeout(timer)
      resolve(doc.getText('text').toJSON())
    })
  })
  provider.destroy()
  doc.destroy()
  return text
}

/** What a text lacks of what a typist was told, or has with a hole, in a sentence; undefined: nothing. */
export function faultIn(text: string, { name, saved }: Told): string | undefined {
  const present = Array.from(text.matchAll(/<([^:>]+):(\d+)>/g))
    .filter(([, typist]) => typist === name)
    .map(([, , number]) => Number(number))
    .toSorted((a, b) => a - b)
  // What is there begins with the first word and misses none up to the last.
  if (present.some((number, index) => number !== index)) return `${name} has a hole: ${present.join(' ')}`
  return present.length < saved ? `${name} ends at ${present.length}, ${saved} were saved` : undefined
}

function providerOf(server: string, documentId: string, doc: Y.Doc, transport: Transport): CometpadProvider {
  const environment = browserEnvironment(WebSocket)
  return new CometpadProvider({ server, documentId, doc, awareness: null, transport, environment })
}
