/** Two people with our provider in one document, for tests of what lies between them and the server. */
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import type { TransportOption } from '@cometpad/provider'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'

const DEADLINE_MS = 15_000

class Writer {
  readonly doc = new Y.Doc()
  readonly provider: CometpadProvider

  constructor(server: string, documentId: string, transport: TransportOption) {
    this.provider = new CometpadProvider({
      server,
      documentId,
      doc: this.doc,
      environment: browserEnvironment(WebSocket),
      transport,
    })
  }

  get text(): string {
    return this.doc.getText('text').toJSON()
  }

  get isThrough(): boolean {
    return this.provider.synced && this.provider.saved
  }

  type(text: string): void {
    const all = this.doc.getText('text')
    all.insert(all.length, text)
  }

  leave(): void {
    this.provider.destroy()
    this.doc.destroy()
  }
}

export class TwoWriters {
  readonly ana: Writer
  readonly ben: Writer

  /** Each in a way of their own, or both in the same. */
  constructor(server: string, documentId: string, ana: TransportOption = 'auto', ben = ana) {
    this.ana = new Writer(server, documentId, ana)
    this.ben = new Writer(server, documentId, ben)
  }

  /** Both write words of their own at the same time, and each sees the other's words and presence. */
  async write(words: number): Promise<void> {
    await expect
      .poll(() => this.ana.provider.synced && this.ben.provider.synced, { timeout: DEADLINE_MS })
      .toBe(true)
    this.ana.provider.awareness?.setLocalState({ name: 'Ana' })
    this.ben.provider.awareness?.setLocalState({ name: 'Ben' })
    for (let word = 0; word < words; word += 1) {
      this.ana.type(`<a${word}>`)
      this.ben.type(`<b${word}>`)
      // Each word is an update of its own on the wire.
      await new Promise((resolve) => setImmediate(resolve))
    }
    await expect.poll(() => this.#count('a'), { timeout: DEADLINE_MS }).toEqual([words, words])
    await expect.poll(() => this.#count('b'), { timeout: DEADLINE_MS }).toEqual([words, words])
    await expect.poll(() => this.ana.isThrough && this.ben.isThrough, { timeout: DEADLINE_MS }).toBe(true)
    expect(this.ana.text).toBe(this.ben.text)
    await expect.poll(() => this.#namesSeenBy(this.ana), { timeout: DEADLINE_MS }).toEqual(['Ana', 'Ben'])
    await expect.poll(() => this.#namesSeenBy(this.ben), { timeout: DEADLINE_MS }).toEqual(['Ana', 'Ben'])
  }

  leave(): void {
    this.ana.leave()
    this.ben.leave()
  }

  #count(who: 'a' | 'b'): number[] {
    return [this.ana, this.ben].map(({ text }) => text.match(new RegExp(`<${who}\\d+>`, 'g'))?.length ?? 0)
  }

  #namesSeenBy({ provider }: Writer): string[] {
    const states = provider.awareness?.getStates().values() ?? []
    const names = Array.from(states, (state: Record<string, unknown>) => String(state['name']))
    return names.toSorted((a, b) => a.localeCompare(b))
  }
}
