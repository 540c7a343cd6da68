/** A server in memory for tests of the provider: one document, its log, and no network. Acknowledges what it has taken. */
import { decodeMessage, encodeMessage } from '@cometpad/shared'
import type { Message } from '@cometpad/shared'
import type {
  Transport,
  TransportConnection,
  TransportEvents,
  TransportRequest,
  Whereabouts,
} from '@cometpad/provider'
import * as Y from 'yjs'

interface Guest {
  readonly say: (...messages: readonly Message[]) => void
  readonly close: (code: number) => void
  taken: number
}

export class TinyServer {
  doc = new Y.Doc()
  generation = 'g1'
  isUp = true
  /** False: takes edits and says nothing of them. */
  acknowledges = true
  /** Updates that brought nothing new: sent twice, or acknowledged before. */
  repeated = 0
  /** Where everybody who came said to be. */
  readonly asked: Whereabouts[] = []
  #log: Uint8Array[] = []
  readonly #guests = new Set<Guest>()

  get text(): string {
    return this.doc.getText('t').toJSON()
  }

  get transport(): Transport {
    return { open: (request, events) => this.#open(request, events) }
  }

  goDown(): void {
    this.isUp = false
    for (const guest of this.#guests) guest.close(1006)
  }

  /** The history is replaced by one that begins with this text. */
  replace(generation: string, text: string): void {
    const guests = [...this.#guests]
    this.#guests.clear()
    this.generation = generation
    this.#log = []
    this.doc = new Y.Doc()
    this.doc.getText('t').insert(0, text)
    this.#log.push(Y.encodeStateAsUpdate(this.doc))
    for (const guest of guests) {
      guest.say({ type: 'reset', generation })
      guest.close(4409)
    }
  }

  #open(request: TransportRequest, events: TransportEvents): TransportConnection {
    const whereabouts = request.whereabouts()
    this.asked.push(whereabouts)
    const { position, generation } = whereabouts
    let isOpen = true
    const guest: Guest = {
      say: (...messages) => {
        for (const message of messages) if (isOpen) events.message(encodeMessage(message).slice())
      },
      close: (code) => {
        this.#guests.delete(guest)
        if (!isOpen) return
        isOpen = false
        events.close(code)
      },
      taken: 0,
    }
    queueMicrotask(() => {
      if (!isOpen) return
      if (!this.isUp) return guest.close(1006)
      if (generation !== undefined && generation !== this.generation) {
        guest.say({ type: 'reset', generation: this.generation })
        return guest.close(4409)
      }
      this.#welcome(guest, position)
    })
    return {
      send: (bytes) => {
        if (isOpen) this.#take(guest, decodeMessage(bytes.slice()))
      },
      probe: () => undefined,
      farewell: () => undefined,
      close: () => {
        isOpen = false
        this.#guests.delete(guest)
      },
    }
  }

  #welcome(guest: Guest, position: number | null): void {
    const head = this.#log.length
    const from = position === null || position <= head ? position : 0
    this.#guests.add(guest)
    guest.say({
      type: 'hello',
      protocol: 1,
      generation: this.generation,
      role: 'editor',
      head,
      from,
      title: 'Notes',
      limits: { messageBytes: 1e6, partBytes: 4e5, updateBytes: 1e7, presenceBytes: 4_096 },
    })
    if (from === null || from !== position)
      guest.say({ type: 'vector', vector: Y.encodeStateVector(this.doc) })
    if (from === null) return
    for (const update of this.#log.slice(from)) guest.say({ type: 'update', update })
    guest.say({ type: 'position', offset: head })
  }

  #take(guest: Guest, message: Message): void {
    if (message.type === 'vector') {
      const update = Y.encodeStateAsUpdate(this.doc, message.vector)
      guest.say({ type: 'answer', update }, { type: 'position', offset: this.#log.length })
    }
    if (message.type !== 'update' && message.type !== 'answer') return
    const before = Y.encodeStateAsUpdate(this.doc).join()
    Y.applyUpdate(this.doc, message.update)
    if (this.doc.store.pendingStructs !== null) throw new Error('The server was sent an update with a gap')
    if (Y.encodeStateAsUpdate(this.doc).join() === before) this.repeated += 1
    else {
      this.#log.push(message.update)
      for (const other of this.#guests)
        if (other !== guest) other.say({ type: 'update', update: message.update })
      for (const other of this.#guests) other.say({ type: 'position', offset: this.#log.length })
    }
    guest.taken += 1
    if (this.acknowledges) guest.say({ type: 'saved', count: guest.taken, offset: this.#log.length })
  }
}
