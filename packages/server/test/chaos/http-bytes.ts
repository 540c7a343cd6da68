/**
 * Finds where the messages of HTTP/1.1 begin and end in the bytes of one direction, and leaves the bytes as they are. Knows as
 * much of HTTP as a proxy needs, and nothing of what is said in it.
 */

export interface Head {
  /** The first line. */
  readonly first: string
  /** By name in lower case. */
  readonly headers: ReadonlyMap<string, string>
}

export interface Piece {
  readonly bytes: Buffer
  /** The piece is the head of a message, this one. */
  readonly head?: Head
  /** The message ends with this piece. */
  readonly isLast: boolean
}

type Body =
  | { readonly kind: 'counted'; left: number }
  | { readonly kind: 'chunks'; readonly chunks: Chunks }
  /** Up to the end of the connection. */
  | { readonly kind: 'rest' }

const BLANK_LINE = '\r\n\r\n'

export class HttpBytes {
  readonly #says: 'requests' | 'answers'
  #head = Buffer.alloc(0)
  #body: Body | undefined

  constructor(says: 'requests' | 'answers') {
    this.#says = says
  }

  push(bytes: Buffer): Piece[] {
    const pieces: Piece[] = []
    let rest = bytes
    while (rest.length > 0) {
      const piece = this.#body === undefined ? this.#inHead(rest) : this.#inBody(rest, this.#body)
      rest = rest.subarray(piece.used)
      if (piece.found !== undefined) pieces.push(piece.found)
    }
    return pieces
  }

  #inHead(bytes: Buffer): { used: number; found?: Piece } {
    const before = this.#head.length
    const all = Buffer.concat([this.#head, bytes])
    const end = all.indexOf(BLANK_LINE)
    if (end < 0) {
      this.#head = all
      return { used: bytes.length }
    }
    this.#head = Buffer.alloc(0)
    const whole = all.subarray(0, end + BLANK_LINE.length)
    const head = headIn(whole.toString('latin1'))
    this.#body = this.#bodyOf(head)
    return { used: whole.length - before, found: { bytes: whole, head, isLast: this.#body === undefined } }
  }

  #inBody(bytes: Buffer, body: Body): { used: number; found: Piece } {
    let used = bytes.length
    let isLast = false
    if (body.kind === 'counted') {
      used = Math.min(body.left, bytes.length)
      body.left -= used
      isLast = body.left === 0
    }
    if (body.kind === 'chunks') ({ used, isLast } = body.chunks.take(bytes))
    if (isLast) this.#body = undefined
    return { used, found: { bytes: bytes.subarray(0, used), isLast } }
  }

  #bodyOf({ first, headers }: Head): Body | undefined {
    if (headers.get('transfer-encoding') === 'chunked') return { kind: 'chunks', chunks: new Chunks() }
    const length = headers.get('content-length')
    if (length !== undefined) return length === '0' ? undefined : { kind: 'counted', left: Number(length) }
    if (this.#says === 'requests') return headers.has('upgrade') ? { kind: 'rest' } : undefined
    return / (204|304)( |$)/.test(first) ? undefined : { kind: 'rest' }
  }
}

/** A body in chunks, each behind its length. */
class Chunks {
  #line = ''
  #left = 0
  #in: 'length' | 'chunk' | 'trailer' = 'length'

  take(bytes: Buffer): { used: number; isLast: boolean } {
    let used = 0
    while (used < bytes.length) {
      if (this.#in === 'chunk') {
        const some = Math.min(this.#left, bytes.length - used)
        used += some
        this.#left -= some
        if (this.#left === 0) this.#in = 'length'
        continue
      }
      const byte = bytes[used] ?? 0
      used += 1
      if (byte !== 10) this.#line += String.fromCharCode(byte)
      else if (this.#isEndedBy(this.#line.trim())) return { used, isLast: true }
    }
    return { used, isLast: false }
  }

  #isEndedBy(line: string): boolean {
    this.#line = ''
    if (this.#in === 'trailer') return line === ''
    const length = Number.parseInt(line, 16)
    this.#in = length === 0 ? 'trailer' : 'chunk'
    // With the end of its line.
    this.#left = length + 2
    return false
  }
}

function headIn(text: string): Head {
  const [first = '', ...lines] = text.trimEnd().split('\r\n')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim())
  }
  return { first, headers }
}
