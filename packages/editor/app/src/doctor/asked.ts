/** What the address of the page asks for, `/doctor?origin=https://www.example.org&hold=50`. Pure. */
import { clientLimits as limits } from '@cometpad/shared'

export interface Asked {
  /** A site whose pages embed the editor. */
  readonly embeddedAt: string | undefined
  /** For how long a silence is tried. */
  readonly holdMs: number
}

export function askedIn(search: string): Asked {
  const query = new URLSearchParams(search)
  const ms = Number(query.get('hold') ?? NaN) * 1_000
  const isHold = ms >= limits.shortestHoldMs && ms <= limits.longestHoldMs
  return { embeddedAt: originIn(query.get('origin') ?? ''), holdMs: isHold ? ms : limits.pollHoldMs }
}

/** The origin that somebody means who types or pastes any address of a site; undefined: none. */
export function originIn(text: string): string | undefined {
  const typed = text.trim()
  if (typed === '') return undefined
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`
  if (!URL.canParse(address)) return undefined
  const { protocol, origin } = new URL(address)
  return /^https?:$/.test(protocol) ? origin : undefined
}
