/** An edit of the server, by the way that every edit goes: gate, commit, relay. Knows nothing of what it holds. */
import { CometpadError, FrameDecoder, decodeMessage, encodeFrames, encodeMessage } from '@cometpad/shared'
import type { ErrorCode, Limits, Offset } from '@cometpad/shared'
import type { FrameFormat, Grant, ReaderHandle, RoomsPort, Sink } from '../core/ports.ts'

export interface Edit {
  readonly documentId: string
  readonly grant: Grant
  readonly source: string
  readonly update: Uint8Array
  /** The history that the update was made for; undefined: the document was not there yet. */
  readonly generation: string | undefined
}

/** The offset at or below which the edit is durable. Rejects with what a client would be told. */
export function appendUpdate(
  rooms: RoomsPort,
  { update, ...request }: Edit,
  limits: Pick<Limits, 'updateBytes'>,
): Promise<Offset> {
  if (update.length > limits.updateBytes) return Promise.reject(new CometpadError('CONTENT_TOO_COMPLEX'))
  return new Promise((resolve, reject) => {
    const author = new ServerAuthor(resolve, reject)
    const visit = { client: undefined, presence: undefined, hearing: 'answers' } as const
    author.begin(rooms.join({ ...request, sink: author, position: 0, visit }), update)
  })
}

const frames: FrameFormat = { name: 'content', frame: encodeFrames }

class ServerAuthor implements Sink {
  readonly dialect = 'cometpad'
  readonly format = frames
  #isDone = false
  #offset: Offset | undefined
  #reader: ReaderHandle | undefined
  readonly #resolve: (offset: Offset) => void
  readonly #reject: (error: CometpadError) => void

  constructor(resolve: (offset: Offset) => void, reject: (error: CometpadError) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  begin(reader: ReaderHandle, update: Uint8Array): void {
    this.#reader = reader
    reader.receive(encodeMessage({ type: 'update', update }))
  }

  get writable(): boolean {
    return !this.#isDone
  }

  write(bytes: Uint8Array): void {
    if (this.#isDone) return
    for (const message of new FrameDecoder(bytes.length).push(bytes)) {
      const said = decodeMessage(message)
      if (said.type === 'saved') this.#offset = said.offset
      // An end that follows at once knows more.
      else if (said.type === 'error') queueMicrotask(() => this.close(said.code))
    }
  }

  rest(): void {
    if (this.#isDone || this.#offset === undefined || this.#reader?.isSettled !== true) return
    this.#isDone = true
    const offset = this.#offset
    const reader = this.#reader
    // Not from within its own call.
    queueMicrotask(() => reader.leave())
    this.#resolve(offset)
  }

  close(code: ErrorCode, _generation?: string, retryAfterMs?: number): void {
    if (this.#isDone) return
    this.#isDone = true
    this.#reject(new CometpadError(code, { retryAfterMs }))
    const reader = this.#reader
    queueMicrotask(() => reader?.leave())
  }
}
