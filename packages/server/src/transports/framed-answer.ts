/** What an answer in frames says before its body. Headers that other parts of the server have set, such as those of CORS, stay. */
import {
  FRAMES_TYPE,
  GENERATION_HEADER,
  POSITION_HEADER,
  PRESENCE_HEADER,
  formatOffset,
} from '@cometpad/shared'
import type { Offset } from '@cometpad/shared'
import type { FastifyReply } from 'fastify'

/** At the address of a document nobody on the way keeps an answer, changes it, or holds it back. */
export const LIVE_HEADERS = {
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  vary: 'Origin',
} as const

interface About {
  readonly generation: string
  /** Who has the whole body has everything up to here; undefined: the body is not about that. */
  readonly position: Offset | undefined
  /** How much of the presence the client has seen with it; undefined: the body has no end, or is not about that. */
  readonly presence: string | undefined
}

export function setFramedHeaders(reply: FastifyReply, { generation, position, presence }: About): void {
  void reply.type(FRAMES_TYPE).headers(LIVE_HEADERS).header(GENERATION_HEADER, generation)
  if (position !== undefined) void reply.header(POSITION_HEADER, formatOffset(position))
  if (presence !== undefined) void reply.header(PRESENCE_HEADER, presence)
}

/** A refusal may say which history the document has now. */
export function setGeneration(reply: FastifyReply, generation: string | undefined): void {
  if (generation !== undefined) void reply.header(GENERATION_HEADER, generation)
}

/** The head of a body that is written piece by piece, past Fastify, which would forget what was set before. */
export function beginBody(reply: FastifyReply): void {
  reply.hijack()
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value)
  reply.raw.writeHead(200)
}
