/** What the headers of a request for frames say, checked. Knows no body and no room. */
import type { IncomingHttpHeaders } from 'node:http'
import {
  CLIENT_HEADER,
  CometpadError,
  FRAMES_TYPE,
  GENERATION_HEADER,
  HOLD_HEADER,
  POSITION_HEADER,
  PRESENCE_HEADER,
  liveModes,
  parseOffset,
} from '@cometpad/shared'
import type { Limits, LiveMode, Offset } from '@cometpad/shared'

export interface FramedRequest {
  readonly position: Offset
  readonly generation: string | undefined
  readonly client: string | undefined
  readonly presence: string | undefined
  readonly holdMs: number | undefined
}

/** Does the client want an answer in frames? */
export function asksForFrames({ accept = '' }: IncomingHttpHeaders): boolean {
  return accept.split(',').some((type) => isFrames(type))
}

/** Is this content type that of frames? */
export function isFrames(type = ''): boolean {
  return type.split(';', 1)[0]?.trim().toLowerCase() === FRAMES_TYPE
}

/** Throws INVALID_REQUEST. */
export function readFramedRequest(headers: IncomingHttpHeaders, limits: Limits): FramedRequest {
  const position = offsetIn(headers)
  const generation = one(headers, GENERATION_HEADER, /^[0-9a-f]{32}$/)
  if (position > 0 && generation === undefined)
    throw invalid(`"${POSITION_HEADER}" says nothing without "${GENERATION_HEADER}".`)
  return {
    position,
    generation,
    client: one(headers, CLIENT_HEADER, new RegExp(`^[A-Za-z0-9_-]{16,${limits.clientKeyLength}}$`)),
    presence: one(headers, PRESENCE_HEADER, /^[0-9a-f]{1,8}\.\d{1,16}$/),
    holdMs: holdIn(headers, limits),
  }
}

/** The `live` of a query; undefined: answered once. Throws INVALID_REQUEST. */
export function liveModeIn(query: URLSearchParams): LiveMode | undefined {
  const text = query.get('live')
  if (text === null) return undefined
  const mode = liveModes.find((known) => known === text)
  if (mode === undefined)
    throw invalid(`"live" is one of ${liveModes.map((known) => `"${known}"`).join(', ')}.`)
  return mode
}

function offsetIn(headers: IncomingHttpHeaders): Offset {
  const text = one(headers, POSITION_HEADER, /^\d{1,16}$/) ?? '0'
  const position = parseOffset(text)
  if (position === undefined) throw invalid(`"${POSITION_HEADER}" is not an offset.`)
  return position
}

function holdIn(headers: IncomingHttpHeaders, { shortestHoldMs, longestHoldMs }: Limits): number | undefined {
  const text = one(headers, HOLD_HEADER, /^\d{1,6}$/)
  return text === undefined ? undefined : Math.min(longestHoldMs, Math.max(shortestHoldMs, Number(text)))
}

function one(headers: IncomingHttpHeaders, name: string, form: RegExp): string | undefined {
  const value = headers[name]
  if (value === undefined) return undefined
  if (typeof value !== 'string' || !form.test(value))
    throw invalid(`"${name}" has another form than it should.`)
  return value
}

function invalid(detail: string): CometpadError {
  return new CometpadError('INVALID_REQUEST', { detail })
}
