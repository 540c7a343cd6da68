/**
 * A network in memory whose every delivery is a decision of the test: messages of one connection keep their order, but
 * connections overtake each other, die unnoticed on one side, and lose what was under way.
 */
import { FrameDecoder, encodeFrames, errorTable } from '@cometpad/shared'
import type { ErrorCode } from '@cometpad/shared'
import type { SeededRandom } from '@cometpad/shared/testing'
import type { FrameFormat, ReaderHandle, Sink } from '../../src/core/ports.ts'

const format: FrameFormat = { name: 'frames', frame: encodeFrames }

/** What the client's side hears of its connection. */
export interface ClientSide {
  message(bytes: Uint8Array): void
  close(code: number): void
}

/** Sees every message on its way to a client, before the client does. */
export type Tap = (message: Uint8Array) => void

type Letter =
  | { readonly kind: 'message'; readonly bytes: Uint8Array }
  | { readonly kind: 'close'; readonly code: number }

export class Link {
  readonly #up: Letter[] = []
  readonly #down: Letter[] = []
  readonly #client: ClientSide
  readonly #tap: Tap
  readonly #decoder = new FrameDecoder(2 ** 27)
  #reader: ReaderHandle | undefined
  #clientOpen = true
  #serverOpen = true
  /** Bytes the network has not taken: a slow client leaves them here. */
  #unread = 0
  readonly #bufferBytes: number

  constructor(client: ClientSide, tap: Tap, bufferBytes: number) {
    this.#client = client
    this.#tap = tap
    this.#bufferBytes = bufferBytes
  }

  /** The upgrade has reached the server. */
  accept(join: (sink: Sink) => ReaderHandle): void {
    if (!this.#serverOpen) return
    const isOpen = (): boolean => this.#serverOpen
    const isWritable = (): boolean => this.#unread < this.#bufferBytes
    this.#reader = join({
      dialect: 'cometpad',
      format,
      get writable() {
        return isWritable()
      },
      write: (bytes) => {
        if (!isOpen()) return
        this.#unread += bytes.length
        for (const message of this.#decoder.push(bytes.slice()))
          this.#down.push({ kind: 'message', bytes: message })
      },
      close: (code: ErrorCode) => this.#closeFromServer(errorTable[code].close),
    })
  }

  /** True when nothing can happen on this link any more. */
  get isOver(): boolean {
    return !this.#serverOpen && !this.#clientOpen
  }

  get waiting(): number {
    return this.#up.length + this.#down.length
  }

  get hasUp(): boolean {
    return this.#up.length > 0 && this.#reader !== undefined
  }

  get hasDown(): boolean {
    return this.#down.length > 0
  }

  sendUp(bytes: Uint8Array): void {
    if (this.#clientOpen) this.#up.push({ kind: 'message', bytes: bytes.slice() })
  }

  closeFromClient(): void {
    if (!this.#clientOpen) return
    this.#clientOpen = false
    this.#down.length = 0
    this.#up.push({ kind: 'close', code: 1000 })
  }

  deliverUp(): void {
    const letter = this.#up.shift()
    if (letter === undefined || !this.#serverOpen) return
    if (letter.kind === 'message') this.#reader?.receive(letter.bytes)
    else {
      this.#serverOpen = false
      this.#reader?.leave()
    }
  }

  deliverDown(): void {
    const letter = this.#down.shift()
    if (letter === undefined || !this.#clientOpen) return
    if (letter.kind === 'message') {
      const was = this.#unread >= this.#bufferBytes
      this.#unread = Math.max(0, this.#unread - letter.bytes.length - 1)
      if (this.#down.length === 0) this.#unread = 0
      this.#tap(letter.bytes)
      this.#client.message(letter.bytes)
      if (was && this.#unread < this.#bufferBytes) this.#reader?.resume()
    } else {
      this.#clientOpen = false
      this.#client.close(letter.code)
    }
  }

  /** The wire is cut: part of what was under way still arrives, and each side notices in its own time. */
  cut(random: SeededRandom): void {
    keepSome(this.#up, random)
    keepSome(this.#down, random)
    this.#up.push({ kind: 'close', code: 1006 })
    this.#down.push({ kind: 'close', code: 1006 })
  }

  /** The server's process is gone: what it had not sent is lost, and it hears nothing more. */
  crash(random: SeededRandom): void {
    this.#serverOpen = false
    this.#up.length = 0
    keepSome(this.#down, random)
    this.#down.push({ kind: 'close', code: 1006 })
  }

  #closeFromServer(code: number): void {
    if (!this.#serverOpen) return
    this.#serverOpen = false
    this.#down.push({ kind: 'close', code })
  }
}

function keepSome(letters: Letter[], random: SeededRandom): void {
  letters.length = random.below(letters.length + 1)
}
