/**
 * Our own presence goes up, that of the others comes down. Speaks for this client alone, never repeats what others said.
 * Knows no connection: it is told when there is one.
 */
import type { Message } from '@cometpad/shared'
import { applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } from 'y-protocols/awareness'
import type { Awareness } from 'y-protocols/awareness'

interface Changes {
  readonly added: number[]
  readonly updated: number[]
  readonly removed: number[]
}

export class PresenceLink {
  readonly #awareness: Awareness
  /** Marks what came from the server, so that it is not sent back. */
  readonly #origin: object
  readonly #send: (message: Message) => void
  readonly #onUpdate: (changes: Changes, origin: unknown) => void
  #isDue = false

  constructor(awareness: Awareness, origin: object, send: (message: Message) => void) {
    this.#awareness = awareness
    this.#origin = origin
    this.#send = send
    this.#onUpdate = ({ added, updated, removed }, from) => {
      const own = awareness.clientID
      if (from !== origin && [added, updated, removed].some((clients) => clients.includes(own)))
        void this.#announceSoon()
    }
    awareness.on('update', this.#onUpdate)
  }

  connected(): void {
    // With a clock that nobody has seen: the others have taken note of our going at the old one.
    const state = this.#awareness.getLocalState()
    if (state !== null) this.#awareness.setLocalState(state)
  }

  disconnected(): void {
    const others = Array.from(this.#awareness.getStates().keys()).filter(
      (client) => client !== this.#awareness.clientID,
    )
    removeAwarenessStates(this.#awareness, others, this.#origin)
    // Whoever is still there when we are back has perhaps said nothing new: what is heard then is taken at the clock it had.
    for (const client of others) this.#awareness.meta.delete(client)
  }

  receive(presence: Uint8Array): void {
    applyAwarenessUpdate(this.#awareness, presence, this.#origin)
  }

  announce(): void {
    this.#send({
      type: 'presence',
      presence: encodeAwarenessUpdate(this.#awareness, [this.#awareness.clientID]),
    })
  }

  /** "We are gone", while our own state stays for when we are back. */
  get goodbye(): Message {
    const own = this.#awareness.clientID
    return { type: 'presence', presence: encodeAwarenessUpdate(this.#awareness, [own], new Map()) }
  }

  destroy(): void {
    this.#awareness.off('update', this.#onUpdate)
  }

  /** Several changes of one turn, such as a caret and a selection, go as one. */
  async #announceSoon(): Promise<void> {
    if (this.#isDue) return
    this.#isDue = true
    await Promise.resolve()
    this.#isDue = false
    this.announce()
  }
}
