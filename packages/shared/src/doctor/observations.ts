/** What the probes have seen, without any opinion on it. */
import type { Refusal } from './ports.ts'

export type ServerSeen =
  | { readonly state: 'there'; readonly roundTripMs: number; readonly skewMs: number; readonly via: string }
  /** Nothing answers. */
  | { readonly state: 'unreachable'; readonly why: string }
  /** A page of a site that is not listed. */
  | { readonly state: 'refused'; readonly status: number; readonly code: string }
  /** Something answers that is no Cometpad. */
  | { readonly state: 'foreign'; readonly status: number; readonly type: string }

export type SocketSeen =
  /** An echo came back at once, and another one after so long a silence. */
  | { readonly state: 'works'; readonly openMs: number; readonly idleMs: number }
  | ({ readonly state: 'refused' } & Refusal)
  /** It was asked for and nobody answered. */
  | { readonly state: 'unanswered'; readonly afterMs: number }
  /** It opened and carried nothing. */
  | { readonly state: 'mute' }
  /** It worked, and was cut while nothing was said. */
  | { readonly state: 'cut'; readonly afterMs: number }

/** The server has no room for more checks at the moment: nothing was seen of the way. */
interface BusySeen {
  readonly state: 'busy'
}

export type StreamSeen =
  | BusySeen
  | { readonly state: 'flows'; readonly firstMs: number; readonly gapMs: number }
  /** The first sign of life came together with the second. */
  | { readonly state: 'held-back'; readonly firstMs: number; readonly gapMs: number }
  | { readonly state: 'broken'; readonly status: number | undefined }

export type HoldSeen =
  | BusySeen
  | { readonly state: 'held'; readonly ms: number }
  | { readonly state: 'cut'; readonly afterMs: number; readonly status: number | undefined }

export type SizeSeen =
  | { readonly state: 'fits'; readonly bytes: number }
  | { readonly state: 'refused'; readonly bytes: number; readonly status: number | undefined }

/** How a page of this server looks to it. */
export type HostSeen = { readonly state: 'kept' } | { readonly state: 'changed' }

/** How a page of another site would fare. */
export type EmbedSeen =
  | { readonly state: 'allowed'; readonly origin: string }
  | { readonly state: 'unlisted'; readonly origin: string }
  /** The server allows it, and something on the way spoils the headers that tell the browser so. */
  | { readonly state: 'spoiled'; readonly origin: string; readonly header: string; readonly value: string }

export interface Observations {
  readonly server: ServerSeen
  /** Undefined where the server could not be asked. */
  readonly more: MoreSeen | undefined
}

export interface MoreSeen {
  readonly host: HostSeen
  readonly socket: SocketSeen
  readonly stream: StreamSeen
  readonly hold: HoldSeen
  readonly size: SizeSeen
  readonly embed: EmbedSeen | undefined
}

/** As much as has been seen so far. */
export interface Sight extends Partial<MoreSeen> {
  readonly server?: ServerSeen
  /** A WebSocket opened after so long, and carries something; a silence is being tried. */
  readonly socketOpenMs?: number
}
