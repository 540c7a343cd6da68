/**
 * The words of the Durable Streams protocol: what a query asks for, what an answer says above its body, and the cursor that
 * keeps shared caches from looping. Knows no room and no body.
 */
import { CometpadError, parseOffset } from '@cometpad/shared'
import type { Limits, Offset } from '@cometpad/shared'
import type { FastifyReply } from 'fastify'

export const OCTETS = 'application/octet-stream'
/** The stream that is the presence of the document. */
const DEFAULT_PRESENCE = 'default'

export type StreamName =
  | { readonly kind: 'updates' | 'presence' }
  | { readonly kind: 'named'; readonly name: string }

export type Live = 'long-poll' | 'sse'

export type From =
  | { readonly kind: 'start' | 'now' | 'snapshot' }
  | { readonly kind: 'offset'; readonly offset: Offset }
  | { readonly kind: 'snapshot-at'; readonly offset: Offset }

/** Where to read from, as a document understands it. Throws INVALID_REQUEST. */
export function fromIn(query: URLSearchParams): From {
  const text = only(query, 'offset') ?? '-1'
  if (text === '-1') return { kind: 'start' }
  if (text === 'now' || text === 'snapshot') return { kind: text }
  const [, digits = '', ending] = /^(\d{1,16})(_snapshot)?$/.exec(text) ?? []
  const offset = parseOffset(digits)
  if (offset === undefined) throw invalid('"offset" is not one that this server has given.')
  return ending === undefined ? { kind: 'offset', offset } : { kind: 'snapshot-at', offset }
}

/** Where to read a stream of presence from: a mark that was given, all that there is, or what comes. Throws INVALID_REQUEST. */
export function markIn(query: URLSearchParams): string {
  const text = only(query, 'offset') ?? '-1'
  if (text === '-1') return 'start'
  if (text !== 'now' && !/^[0-9a-f]{1,8}\.\d{1,16}$/.test(text))
    throw invalid('"offset" is not one that this server has given.')
  return text
}

/** The mark of the presence that a reader has seen; undefined: none yet. Throws INVALID_REQUEST. */
export function presenceMarkIn(query: URLSearchParams): string | undefined {
  const mark = markIn(query)
  return mark === 'start' || mark === 'now' ? undefined : mark
}

/** Undefined: answered at once. Throws INVALID_REQUEST: who waits has to say from where. */
export function liveIn(query: URLSearchParams): Live | undefined {
  const live = only(query, 'live')
  if (live === undefined) return undefined
  if (live !== 'long-poll' && live !== 'sse') throw invalid('"live" is "long-poll" or "sse".')
  if (!query.has('offset')) throw invalid('"live" needs an "offset".')
  return live
}

/** Which stream of a document is meant. Throws INVALID_REQUEST. */
export function streamIn(query: URLSearchParams, { presenceNameLength }: Limits): StreamName {
  const name = only(query, 'awareness')
  if (name === undefined) return { kind: 'updates' }
  if (name === DEFAULT_PRESENCE) return { kind: 'presence' }
  if (name.length > presenceNameLength || !/^[A-Za-z0-9_.~-]+$/.test(name))
    throw invalid(
      `"awareness" is 1 to ${presenceNameLength} characters of a-z, A-Z, 0-9, "-", "_", "." and "~".`,
    )
  return { kind: 'named', name }
}

/** Begins 2024-10-09T00:00:00Z, as the protocol says. */
const CURSOR_EPOCH = Date.UTC(2024, 9, 9)
const CURSOR_MS = 20_000
const CURSOR_JUMP_MS = 3_600_000

/**
 * The number of the current interval; when the client has that or a later one, one that is beyond it.
 * @param now milliseconds since 1970, UTC
 * @param random a number in [0, 1)
 */
export function cursorAfter(query: URLSearchParams, now: number, random: number): string {
  const current = Math.floor((now - CURSOR_EPOCH) / CURSOR_MS)
  const said = only(query, 'cursor')
  if (said !== undefined && !/^\d{1,15}$/.test(said))
    throw invalid('"cursor" is not one that this server has given.')
  const known = said === undefined ? -1 : Number(said)
  return String(known < current ? current : known + Math.ceil(((1 - random) * CURSOR_JUMP_MS) / CURSOR_MS))
}

export interface StreamHeaders {
  readonly next: string
  readonly upToDate?: boolean
  readonly cursor?: string | undefined
}

export function setStreamHeaders(
  reply: FastifyReply,
  { next, upToDate = false, cursor }: StreamHeaders,
): void {
  void reply.header('stream-next-offset', next)
  if (upToDate) void reply.header('stream-up-to-date', 'true')
  if (cursor !== undefined) void reply.header('stream-cursor', cursor)
}

function only(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name)
  if (values.length > 1) throw invalid(`"${name}" is given more than once.`)
  return values[0]
}

export function invalid(detail: string): CometpadError {
  return new CometpadError('INVALID_REQUEST', { detail })
}
