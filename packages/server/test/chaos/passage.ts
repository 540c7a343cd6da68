/**
 * One connection of a client, its way to the server, and what happens to one request after the other on it. Bytes go on as they
 * came, unless the fault says otherwise. Knows nothing of what they mean.
 */
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import type { SeededRandom } from '@cometpad/shared/testing'
import { LONGEST_MS } from './faults.ts'
import type { Fault, Kind } from './faults.ts'
import { HttpBytes } from './http-bytes.ts'
import type { Head, Piece } from './http-bytes.ts'

/** What all passages of one proxy share. */
export interface Surroundings {
  readonly serverPort: number
  readonly random: SeededRandom
  /** Nobody gets through now. */
  readonly isShut: boolean
  draw(kind: Kind): Fault
  later(run: () => void, ms?: number): void
  /** Delivers a request behind the next one of its kind, or somewhat later. */
  keepBack(deliver: () => void): void
  /** A request of the kind that may be kept back went on. */
  wentOn(): void
  /** Delivers a request of which nobody hears the answer. */
  deliver(request: Buffer): void
}

type Way = (piece: Piece) => void

const SIGN_IN = '<!doctype html><title>Welcome to our network</title>'
const INTERCEPTED = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${SIGN_IN.length}\r\n\r\n${SIGN_IN}`,
)
const REFUSED = `HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n${SIGN_IN}`

export class Passage {
  readonly #client: Socket
  readonly #place: Surroundings
  readonly #onClose: () => void
  readonly #asked = new HttpBytes('requests')
  #answered = new HttpBytes('answers')
  #server: Socket | undefined
  /** Of the request that is not whole yet. */
  #request: { readonly head: Head; bytes: Buffer[] } | undefined
  #name = ''
  #clientWaits = false
  #serverWorks = false
  /** Nothing goes through any more, and neither side is told that the other has gone. */
  #isSilent = false
  #down: Way = (piece) => this.#write(piece)
  #up: (bytes: Buffer) => void = () => undefined

  /** @param onClose both sides have gone */
  constructor(client: Socket, place: Surroundings, onClose: () => void) {
    this.#client = client
    this.#place = place
    this.#onClose = onClose
    client.setNoDelay(true)
    client.on('data', (bytes: Buffer) => {
      for (const piece of this.#asked.push(bytes)) this.#hear(piece)
    })
    client.on('error', () => client.destroy())
    client.on('close', () => {
      if (!this.#isSilent) this.#server?.destroy()
      if (this.#server === undefined) onClose()
    })
  }

  /** What is under way, for one side at least; undefined: nothing. */
  get underWay(): string | undefined {
    const waits = this.#clientWaits && !this.#client.destroyed
    const works = this.#serverWorks && this.#server !== undefined
    if (!waits && !works) return undefined
    return `${this.#name} (${waits && works ? 'both sides' : waits ? 'the client' : 'the server'})`
  }

  destroy(): void {
    this.#client.destroy()
    this.#server?.destroy()
  }

  // Up

  #hear({ bytes, head, isLast }: Piece): void {
    if (head !== undefined) this.#request = { head, bytes: [] }
    // Behind an upgrade there are no requests any more.
    if (this.#request === undefined) return this.#isSilent ? undefined : this.#up(bytes)
    this.#request.bytes.push(bytes)
    const isUpgrade = this.#request.head.headers.has('upgrade')
    if (!isLast && !isUpgrade) return
    const whole = Buffer.concat(this.#request.bytes)
    const kind = isUpgrade ? 'upgrade' : this.#request.head.first.startsWith('POST ') ? 'post' : 'get'
    this.#request = undefined
    this.#begin(kind, whole)
  }

  #begin(kind: Kind, request: Buffer): void {
    const { random } = this.#place
    const fault = this.#place.draw(kind)
    this.#name = `${kind}: ${fault ?? 'as it should'}`
    this.#clientWaits = true
    this.#down = this.#wayDown(fault)
    this.#up = (bytes) => this.#server?.write(bytes)
    switch (fault) {
      case 'refuse':
        if (kind === 'upgrade') this.#client.end(REFUSED)
        else this.#intercept()
        return
      case 'cut':
        if (kind === 'post' && random.chance(0.5)) return this.#breakOff(request)
        break
      case 'half-open':
        if (kind === 'post' && random.chance(0.5)) return this.#fallSilent()
        this.#place.later(() => this.#fallSilent())
        break
      case 'delay': {
        const ms = delayIn(random)
        this.#up = (bytes) => this.#place.later(() => this.#server?.write(bytes), ms)
        break
      }
      case 'duplicate':
        if (random.chance(0.5)) this.#place.deliver(request)
        else this.#place.later(() => this.#place.deliver(request))
        break
      case 'reorder':
        return this.#place.keepBack(() => this.#send(request))
      case 'lose the answer':
      case 'buffer':
      case 'truncate':
      case undefined:
        break
    }
    this.#send(request)
    if (kind === 'post') this.#place.wentOn()
  }

  #send(request: Buffer): void {
    if (this.#client.destroyed) return
    if (this.#server === undefined && !this.#connect()) return
    this.#serverWorks = true
    this.#up(request)
  }

  /** The server gets the beginning of a request, and the client nothing. */
  #breakOff(request: Buffer): void {
    if (this.#server === undefined && !this.#connect()) return
    this.#server?.end(request.subarray(0, this.#place.random.below(request.length)))
    this.#client.resetAndDestroy()
  }

  #connect(): boolean {
    if (this.#place.isShut) {
      this.#client.destroy()
      return false
    }
    const server = connect(this.#place.serverPort, '127.0.0.1').setNoDelay(true)
    this.#server = server
    this.#answered = new HttpBytes('answers')
    server.on('data', (bytes: Buffer) => {
      for (const piece of this.#answered.push(bytes)) {
        if (piece.isLast) this.#serverWorks = false
        if (!this.#isSilent) this.#down(piece)
      }
    })
    server.on('error', () => server.destroy())
    server.on('close', () => {
      this.#server = undefined
      this.#serverWorks = false
      if (this.#client.destroyed) this.#onClose()
      else if (!this.#isSilent) this.#client.destroySoon()
    })
    return true
  }

  // Down

  #wayDown(fault: Fault): Way {
    switch (fault) {
      case 'cut':
        return this.#cutting()
      case 'delay': {
        const ms = delayIn(this.#place.random)
        return (piece) => this.#place.later(() => this.#write(piece), ms)
      }
      case 'buffer':
        return this.#buffering()
      case 'truncate':
        return this.#truncating()
      case 'lose the answer':
        return ({ isLast }) => {
          if (isLast) this.#intercept()
        }
      case 'refuse':
      case 'half-open':
      case 'duplicate':
      case 'reorder':
      case undefined:
        return (piece) => this.#write(piece)
    }
  }

  #write({ bytes, isLast }: Piece): void {
    if (!this.#isSilent) this.#client.write(bytes)
    if (isLast) this.#clientWaits = false
  }

  /** After some bytes, in the middle of whatever that is, or after some time. */
  #cutting(): Way {
    const { random } = this.#place
    let left = random.chance(0.5) ? random.below(2_000) : Infinity
    if (left === Infinity) this.#place.later(() => this.#cut())
    return (piece) => {
      left -= piece.bytes.length
      if (left > 0) return this.#write(piece)
      this.#client.write(piece.bytes.subarray(0, piece.bytes.length + left))
      this.#cut()
    }
  }

  #cut(): void {
    this.#client.resetAndDestroy()
    this.#server?.resetAndDestroy()
  }

  /** Holds everything back until it is much, or until the answer ends. */
  #buffering(): Way {
    const most = this.#place.random.chance(0.5) ? Infinity : 2 ** (8 + this.#place.random.below(8))
    let held: Buffer[] = []
    return ({ bytes, isLast }) => {
      held.push(bytes)
      const all = Buffer.concat(held)
      if (!isLast && all.length < most) return
      held = []
      this.#write({ bytes: all, isLast })
    }
  }

  /** Passes the beginning of a body, and in half of the cases says that this was all. */
  #truncating(): Way {
    const { random } = this.#place
    const tells = random.chance(0.5)
    let left = random.below(400)
    return ({ bytes, head, isLast }) => {
      if (head !== undefined && !isLast) {
        const length = Number(head.headers.get('content-length') ?? 0)
        if (length > 0) left = random.below(length)
        return void this.#client.write(tells && length > 0 ? withLength(bytes, left) : bytes)
      }
      if (head !== undefined || left > bytes.length) {
        left -= bytes.length
        return this.#write({ bytes, isLast })
      }
      this.#client.write(bytes.subarray(0, left))
      left = 0
      this.#client.end()
      this.#server?.destroy()
    }
  }

  #intercept(): void {
    this.#write({ bytes: INTERCEPTED, isLast: true })
  }

  #fallSilent(): void {
    // Who has got everything, or has gone, waits for nothing.
    if (this.#clientWaits && !this.#client.destroyed) this.#isSilent = true
  }
}

function delayIn(random: SeededRandom): number {
  return LONGEST_MS / 10 + random.below(LONGEST_MS / 4)
}

/** A head that announces another length. */
function withLength(head: Buffer, length: number): Buffer {
  const text = head.toString('latin1').replace(/\r\ncontent-length: *\d+/i, `\r\ncontent-length: ${length}`)
  return Buffer.from(text, 'latin1')
}
