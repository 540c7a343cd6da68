/**
 * What a client says in one request: read whole and looked at before any of it is taken in, and answered when all of it is durable.
 * Knows nothing of what the updates hold.
 */
import { CometpadError, FrameDecoder, PartJoiner, decodeMessage } from '@cometpad/shared'
import type { Limits, Message } from '@cometpad/shared'
import { setFramedHeaders } from './framed-answer.ts'
import { GatheredAnswer } from './gathered-answer.ts'

export class PostAnswer extends GatheredAnswer {
  beat(): void {}

  protected look(): void {
    const { reader } = this
    const generation = reader?.progress?.generation
    if (reader?.isSettled !== true || generation === undefined) return
    setFramedHeaders(this.reply, { generation, position: undefined, presence: undefined })
    this.answer()
  }
}

/** The messages of a body, parts joined. Throws MALFORMED_MESSAGE, UNKNOWN_MESSAGE, MESSAGE_TOO_LARGE or INVALID_REQUEST. */
export function messagesIn(body: Uint8Array, limits: Limits): Uint8Array[] {
  if (body.length === 0) throw new CometpadError('INVALID_REQUEST', { detail: 'The body is empty.' })
  const frames = new FrameDecoder(limits.postBytes)
  const framed = frames.push(body)
  frames.end()
  if (framed.length > limits.postMessages) throw new CometpadError('MESSAGE_TOO_LARGE')
  const parts = new PartJoiner(limits.updateBytes)
  const messages: Uint8Array[] = []
  let isWhole = true
  for (const bytes of framed) {
    const message = decodeMessage(bytes)
    if (message.type !== 'part') {
      messages.push(checked(bytes, message))
      continue
    }
    const whole = parts.push(message)
    isWhole = whole !== undefined
    if (whole !== undefined) messages.push(checked(whole, decodeMessage(whole)))
  }
  if (!isWhole) throw new CometpadError('MALFORMED_MESSAGE', { detail: 'The last part is missing.' })
  return messages
}

/** Bytes of its own: what is stored must not keep the whole body in memory. */
function checked(bytes: Uint8Array, message: Message): Uint8Array {
  if (message.type === 'part') throw new CometpadError('MALFORMED_MESSAGE', { detail: 'Parts of parts.' })
  if (!SAID_BY_CLIENTS.has(message.type))
    throw new CometpadError('UNKNOWN_MESSAGE', { detail: `Only servers say "${message.type}".` })
  return bytes.slice()
}

const SAID_BY_CLIENTS: ReadonlySet<Message['type']> = new Set([
  'vector',
  'answer',
  'update',
  'presence',
  'presenceQuery',
  'broadcast',
  'token',
])
