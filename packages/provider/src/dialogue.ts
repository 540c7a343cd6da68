/**
 * What is said on one connection: hello, who lacks what, edits and their acknowledgement. Applies what comes to the document,
 * and speaks only once it is told to. Knows no socket, and nothing of other connections.
 */
import {
  CometpadError,
  PartJoiner,
  decodeMessage,
  encodeMessage,
  clientLimits as limits,
  splitIntoParts,
} from '@cometpad/shared'
import type { HelloMessage, Message, Offset } from '@cometpad/shared'
import { encodeStateAsUpdate, encodeStateVector, encodeStateVectorFromUpdate, mergeUpdates } from 'yjs'
import type { Replica } from './replica.ts'
import type { Whereabouts } from './transport.ts'

export interface DialogueEvents {
  /** The server has said hello. */
  greeted(): void
  drain(delayMs: number): void
  /** What was said cannot be right. */
  distrust(cause: CometpadError | undefined): void
}

/** What the server still has to be told before single edits make sense to it. */
type Debt =
  /** Nothing. */
  | 'none'
  /** It tells what it has, and gets what it lacks. */
  | 'answer'
  /** It does not tell: once everything of it is here, what it lacks is seen from that. */
  | 'whole'

export class Dialogue {
  readonly #replica: Replica
  readonly #send: (bytes: Uint8Array) => void
  readonly #events: DialogueEvents
  /** Where we said that we are. */
  readonly #asked: Whereabouts
  #hello: HelloMessage | undefined
  #parts: PartJoiner | undefined
  #debt: Debt = 'none'
  /** Everything that has come, while the server's state has to be seen from it. */
  #received: Uint8Array[] = []
  /** The server has told what it has before we were told to speak. */
  #vector: Uint8Array | undefined
  #speaks = false

  constructor(
    replica: Replica,
    asked: Whereabouts,
    send: (bytes: Uint8Array) => void,
    events: DialogueEvents,
  ) {
    this.#replica = replica
    this.#asked = asked
    this.#send = send
    this.#events = events
  }

  /** One message of the server. */
  receive(bytes: Uint8Array): void {
    try {
      this.#handle(decodeMessage(bytes))
    } catch (cause) {
      if (!(cause instanceof CometpadError)) throw cause
      // A newer server may say things that we do not know and need not.
      if (cause.code !== 'UNKNOWN_MESSAGE') this.#events.distrust(cause)
    }
  }

  /** From now on this is where edits go. Whatever went elsewhere and was not acknowledged goes again. */
  begin(): void {
    const { outbox, doc, presence } = this.#replica
    this.#speaks = true
    outbox.restart()
    if (this.#hello?.from === null) this.say({ type: 'vector', vector: encodeStateVector(doc) })
    presence?.connected()
    if (this.#vector !== undefined) this.#answer(this.#vector)
    else this.#payWhole()
    this.flush()
  }

  /** Sends what waits, as far as it may go now. */
  flush(): void {
    if (!this.#speaks || this.#debt !== 'none') return
    const { outbox } = this.#replica
    for (let update = outbox.next(); update !== undefined; update = outbox.next())
      this.say({ type: 'update', update })
  }

  say(message: Message): void {
    if (!this.#speaks) return
    const bounds = this.#hello?.limits ?? limits
    for (const part of splitIntoParts(encodeMessage(message), bounds)) this.#send(part)
  }

  #handle(message: Message): void {
    const replica = this.#replica
    if (this.#hello === undefined && !isFirst(message)) return
    switch (message.type) {
      case 'hello':
        return this.#hello === undefined ? this.#welcome(message) : this.#welcomeAgain(message)
      case 'update':
        return this.#take(message.update)
      case 'answer':
        this.#take(message.update)
        return replica.setSynced(true)
      case 'vector':
        return this.#answer(message.vector)
      case 'position':
        replica.reached(message.offset)
        return this.#checkSynced(message.offset)
      case 'saved':
        if (this.#speaks) replica.acknowledge(message.count)
        return this.flush()
      case 'presence':
        return replica.presence?.receive(message.presence)
      case 'presenceQuery':
        return replica.presence?.announce()
      case 'grant':
        return replica.setRole(message.role)
      case 'meta':
        return replica.setTitle(message.title)
      case 'drain':
        return this.#events.drain(message.delayMs)
      case 'error':
        return replica.events.error(new CometpadError(message.code))
      case 'reset':
        return this.#reset(message.generation)
      case 'broadcast':
        return replica.events.broadcast(message.payload)
      case 'part': {
        this.#parts ??= new PartJoiner(limits.updateBytes)
        const whole = this.#parts.push(message)
        if (whole !== undefined) this.#handle(decodeMessage(whole))
        return
      }
      case 'denied':
      case 'token':
        return
    }
  }

  #welcome(hello: HelloMessage): void {
    if (!this.#replica.accepts(hello.generation)) return this.#reset(hello.generation)
    this.#hello = hello
    this.#replica.setRole(hello.role)
    this.#replica.setTitle(hello.title)
    this.#debt = debtOf(hello.from, this.#asked.position)
    this.#events.greeted()
    if (hello.from !== null) this.#checkSynced(hello.from)
  }

  /** Each answer over HTTP begins with one. */
  #welcomeAgain({ generation, from, role, title }: HelloMessage): void {
    if (!this.#replica.accepts(generation)) return this.#reset(generation)
    const position = this.#replica.progress?.position ?? 0
    // The server has less than it had said: that is a conversation to be begun anew.
    if (from === null || from > position || (from === 0 && position > 0))
      return this.#events.distrust(undefined)
    this.#replica.setRole(role)
    this.#replica.setTitle(title)
  }

  #reset(generation: string): void {
    // Who has nothing loses nothing.
    if (this.#replica.forgetHistory()) this.#events.distrust(undefined)
    else this.#replica.events.reset(generation)
  }

  #take(update: Uint8Array): void {
    if (this.#debt === 'whole') this.#received.push(update.slice())
    this.#replica.apply(update)
  }

  #checkSynced(offset: number): void {
    const { from = null, head = 0 } = this.#hello ?? {}
    if (from === null || offset < head) return
    this.#replica.setSynced(true)
    this.#payWhole()
  }

  #payWhole(): void {
    if (this.#debt !== 'whole' || !this.#speaks || !this.#replica.synced) return
    const [first, ...more] = this.#received
    this.#received = []
    const has = first === undefined ? undefined : encodeStateVectorFromUpdate(mergeUpdates([first, ...more]))
    this.#answer(has)
  }

  /** The server gets what it lacks, which covers everything that still waits here. */
  #answer(vector: Uint8Array | undefined): void {
    if (!this.#speaks) {
      this.#vector = vector?.slice()
      return
    }
    const update = encodeStateAsUpdate(this.#replica.doc, vector)
    this.#replica.outbox.answered(update)
    this.say({ type: 'answer', update })
    this.#debt = 'none'
    this.flush()
  }
}

/** @param from where the server begins; @param asked where we said that we are */
function debtOf(from: Offset | null, asked: Offset | null): Debt {
  if (from === null) return 'answer'
  if (asked === null) return 'whole'
  return from === asked ? 'none' : 'answer'
}

/** What may come before hello. */
function isFirst({ type }: Message): boolean {
  return type === 'hello' || type === 'error' || type === 'reset' || type === 'drain'
}
