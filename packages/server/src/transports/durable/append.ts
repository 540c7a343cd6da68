/**
 * What a client of the Durable Streams protocol says in one request: framed updates, or framed presence, answered when durable.
 * Knows nothing of what they hold, but for whose presence it is.
 */
import { ByteReader, CometpadError, FrameDecoder, decodeMessage, encodeMessage } from '@cometpad/shared'
import type { Limits, Message, Offset } from '@cometpad/shared'
import type { FastifyReply } from 'fastify'
import type { ReaderHandle, Sink } from '../../core/ports.ts'
import { GatheredAnswer } from '../gathered-answer.ts'
import type { HeldRequests } from '../held-requests.ts'
import { invalid } from './words.ts'

class AppendAnswer extends GatheredAnswer {
  beat(): void {}

  protected look(): void {
    if (this.reader?.isSettled === true) this.answer()
  }
}

/** The messages of a body. Throws INVALID_REQUEST, MALFORMED_MESSAGE or MESSAGE_TOO_LARGE. */
export function framedIn(body: Uint8Array, limits: Limits): Uint8Array[] {
  if (body.length === 0) throw invalid('The body is empty.')
  const frames = new FrameDecoder(limits.updateBytes)
  const framed = frames.push(body)
  frames.end()
  if (framed.length > limits.postMessages) throw new CometpadError('MESSAGE_TOO_LARGE')
  return framed
}

export function updateMessages(framed: readonly Uint8Array[]): Message[] {
  return framed.map((update) => ({ type: 'update', update }))
}

export function presenceMessages(framed: readonly Uint8Array[]): Message[] {
  return framed.map((presence) => ({ type: 'presence', presence }))
}

/**
 * Joins the requests of one Yjs client, which has no other name here: it takes over what it has said before, and what it says
 * last is that it goes. Throws MALFORMED_MESSAGE.
 */
export function speakerOf(framed: readonly Uint8Array[]): string | undefined {
  const [first] = framed
  if (first === undefined) return undefined
  const reader = new ByteReader(first)
  // A dot is in no key that a client can draw.
  return reader.varUint() === 0 ? undefined : `yjs.${reader.varUint()}`
}

/** Up to where everything is durable; undefined: the client has gone. Rejects with what is wrong with any of it. */
export async function append(
  reply: FastifyReply,
  held: HeldRequests,
  messages: readonly Message[],
  join: (sink: Sink) => ReaderHandle,
): Promise<Offset | undefined> {
  // Bytes of their own: what is stored must not keep the whole body in memory.
  const encoded = messages.map(encodeMessage)
  const body = await new AppendAnswer(reply, held).answered((sink) => {
    const reader = join(sink)
    for (const message of encoded) reader.receive(message)
    return reader
  })
  if (body === undefined) return undefined
  let offset = 0
  for (const bytes of new FrameDecoder(body.length).push(body)) {
    const message = decodeMessage(bytes)
    if (message.type === 'error') throw new CometpadError(message.code)
    if (message.type === 'saved') ({ offset } = message)
  }
  return offset
}
