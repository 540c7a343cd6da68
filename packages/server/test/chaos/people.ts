/**
 * Those who type numbered words into a document: people with a client of ours, and a program that speaks the other protocol and
 * has several requests under way. Each knows what it was told is saved. Knows nothing of what happens on the way.
 */
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import type { Environment, TransportName, WebSocketConstructor } from '@cometpad/provider'
import { documentPath } from '@cometpad/shared'
import * as encoding from 'lib0/encoding'
import type { SeededRandom } from '@cometpad/shared/testing'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { fastClock } from './fast-clock.ts'
import type { CountedClock } from './fast-clock.ts'

/** What one of them was told. */
export interface Told {
  readonly name: string
  /** So many of its words were said to be saved, the oldest first. */
  readonly saved: number
}

export interface PersonOptions {
  readonly name: string
  readonly server: string
  readonly documentId: string
  readonly transport: 'auto' | TransportName
  readonly clock: CountedClock
  readonly sabotage: (environment: Environment) => Environment
}

/** A closed WebSocket waits for the goodbye of a peer that may be silent; not as long as `ws` would. */
const GOODBYE_MS = 1_000
/** A state that was not said again for twice as long is taken for that of somebody who has gone. */
const RENEWAL_MS = 15_000
/** For what is no timer of a client. */
const others = fastClock()

export class Person {
  readonly doc = new Y.Doc()
  readonly provider: CometpadProvider
  readonly name: string
  readonly #clock: CountedClock
  readonly #sockets = new Set<WebSocket>()
  #stopRenewing = (): void => undefined
  typed = 0

  constructor({ name, server, documentId, transport, clock, sabotage }: PersonOptions) {
    this.name = name
    this.#clock = clock
    const environment = browserEnvironment(this.#countedSocket())
    this.provider = new CometpadProvider({
      server,
      documentId,
      doc: this.doc,
      transport,
      environment: sabotage({ ...environment, clock, storage: undefined }),
    })
    this.#renew()
  }

  type(random: SeededRandom): void {
    const text = this.doc.getText('text')
    text.insert(random.chance(0.5) ? 0 : text.length, wordOf(this.name, this.typed))
    this.typed += 1
  }

  get text(): string {
    return this.doc.getText('text').toJSON()
  }

  get told(): Told {
    return { name: this.name, saved: this.typed - this.provider.unsavedChanges }
  }

  /** It has everything, knows that it is saved, and sees so many people. */
  isContent(people: number): boolean {
    const { provider } = this
    return provider.synced && provider.saved && provider.awareness?.getStates().size === people
  }

  get complaint(): string {
    const { status, transportState, unsavedChanges, synced, awareness } = this.provider
    const sees = awareness?.getStates().size ?? 0
    return `${this.name}: ${status} over ${transportState.transport}, ${synced ? '' : 'not synced, '}${unsavedChanges} not saved, sees ${sees}`
  }

  leave(): void {
    this.#stopRenewing()
    this.provider.destroy()
    this.doc.destroy()
  }

  /** Timers that it has not called off. */
  get timers(): number {
    return this.#clock.timers
  }

  /** WebSockets that are not closed. */
  get webSockets(): number {
    return this.#sockets.size
  }

  /** As y-protocols does, which knows no other time than that of the machine. */
  #renew(): void {
    this.#stopRenewing = others.after(RENEWAL_MS, () => {
      const { awareness } = this.provider
      awareness?.setLocalState(awareness.getLocalState())
      this.#renew()
    })
  }

  #countedSocket(): WebSocketConstructor {
    const sockets = this.#sockets
    return class extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols)
        sockets.add(this)
        this.once('close', () => sockets.delete(this))
      }

      override close(code?: number, reason?: string | Buffer): void {
        super.close(code, reason)
        setTimeout(() => this.terminate(), GOODBYE_MS).unref()
      }
    }
  }
}

/** So many requests of a program are under way at once. */
const AT_ONCE = 4
/** Between two tries of one request. */
const AGAIN_MS = 50
/** A request without an answer is said again after so long, by the fast clock. */
const LATE_MS = 30_000

/** Writes over the Durable Streams protocol, each word in a numbered request of its own, and reads nothing. */
export class Program {
  readonly name: string
  readonly #address: string
  readonly #id: string
  readonly #isNumbered: boolean
  readonly #doc = new Y.Doc()
  readonly #waiting: { readonly seq: number; readonly update: Uint8Array }[] = []
  readonly #answered = new Set<number>()
  readonly #posting = new Set<AbortController>()
  #isGone = false
  #underWay = 0
  typed = 0
  /** An answer after which it makes no sense to try again. */
  refusal: string | undefined

  constructor(name: string, server: string, documentId: string, isNumbered = true) {
    this.name = name
    this.#address = server + documentPath(documentId)
    this.#id = `${documentId}-${name}`
    this.#isNumbered = isNumbered
    this.#doc.on('update', (update: Uint8Array) => this.#waiting.push({ seq: this.typed, update }))
  }

  type(): void {
    const text = this.#doc.getText('text')
    text.insert(text.length, wordOf(this.name, this.typed))
    this.typed += 1
    this.#go()
  }

  get told(): Told {
    let saved = 0
    while (this.#answered.has(saved)) saved += 1
    return { name: this.name, saved }
  }

  get isContent(): boolean {
    return this.#answered.size === this.typed
  }

  leave(): void {
    this.#isGone = true
    for (const late of this.#posting) late.abort()
    this.#doc.destroy()
  }

  #go(): void {
    while (this.#underWay < AT_ONCE) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#underWay += 1
      void this.#say(next.seq, next.update).finally(() => {
        this.#underWay -= 1
        this.#go()
      })
    }
  }

  /** Again and again until it is taken, or refused for good. */
  async #say(seq: number, update: Uint8Array): Promise<void> {
    while (!this.#isGone && this.refusal === undefined) {
      const answer = await this.#post(seq, update)
      if (answer === 'taken') this.#answered.add(seq)
      else if (answer !== 'again') this.refusal = `${this.name}${seq}: ${answer}`
      if (answer !== 'again') return
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }

  async #post(seq: number, update: Uint8Array): Promise<string> {
    const numbers = { 'producer-id': this.#id, 'producer-epoch': '0', 'producer-seq': String(seq) }
    const body = encoding.encode((encoder) => encoding.writeVarUint8Array(encoder, update))
    const late = new AbortController()
    this.#posting.add(late)
    const stopTimer = others.after(LATE_MS, () => late.abort())
    try {
      const response = await fetch(this.#address, {
        method: 'POST',
        headers: { 'content-type': 'application/octet-stream', ...(this.#isNumbered ? numbers : {}) },
        body,
        signal: late.signal,
      })
      const text = await response.text()
      if (response.status === 204) return 'taken'
      // Not ours, not now, not here yet, or broken off; or something before it is missing that is on its way.
      const isPassing = response.status < 400 || response.status >= 500 || response.status === 404
      return isPassing || codeIn(text) === 'PRODUCER_GAP'
        ? 'again'
        : `${response.status} ${String(codeIn(text))}`
    } catch {
      return 'again'
    } finally {
      stopTimer()
      this.#posting.delete(late)
    }
  }
}

/** Throws when it is not the whole of an error of ours. */
function codeIn(body: string): unknown {
  const { error } = JSON.parse(body) as { error: { code: unknown } }
  return error.code
}

export function wordOf(name: string, number: number): string {
  return `<${name}${number}>`
}
