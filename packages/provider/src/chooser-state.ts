/** What the chooser remembers between two events, what can happen to it, and what it asks for. No decision is made here. */
import type { ErrorCode } from '@cometpad/shared'
import type { TransportName, TransportReason } from './transport-state.ts'

/** What a provider may use, and knows from before. Never changes while it lives. */
export interface ChooserPlan {
  /** The transports that may be used, the best first. With one alone nothing is judged and nothing remembered. */
  readonly transports: readonly TransportName[]
  /** Why the best is used: because it is the best, because it was asked for, or because there is no WebSocket here. */
  readonly reason: 'best' | 'chosen' | 'ws-missing'
  /** A token can be asked for anew: one refusal of a token is no reason to stop. */
  readonly canRefresh: boolean
}

/** "WebSockets do not work here": kept for one origin, outlives the page. */
export interface Memory {
  readonly transport: TransportName
  readonly until: number
  readonly spanMs: number
}

/** One connection that is being made, or is there. */
export interface LinkState {
  readonly openedAt: number
  readonly heardAt: number
  /** When the server said hello on it; undefined: not yet. */
  readonly greetedAt: number | undefined
  /** Nothing between here and the server holds back what is sent. */
  readonly isProved: boolean
  /** A sign of life was asked for and has to come by then. */
  readonly probedUntil: number | undefined
}

export type Links = Partial<Readonly<Record<TransportName, LinkState>>>

type Trouble = Exclude<TransportReason, 'best' | 'chosen' | 'ws-missing'>

/** What a round of tries has found out; forgotten when the round is over. */
export interface Findings {
  /** Why not ws. */
  readonly ws: Trouble | undefined
  /** Why not stream. */
  readonly stream: Trouble | undefined
  /** What HTTP has shown. */
  readonly http: 'unknown' | 'works' | 'fails'
  /** The first content is being fetched. */
  readonly isReading: boolean
}

interface Common {
  /** Tries that have failed in a row. */
  readonly attempt: number
  /** WebSockets that broke within `shortLifeMs` while HTTP worked, in a row. */
  readonly shortLives: number
  /** A token was refused, and a fresh one has not been accepted yet. */
  readonly isRefreshing: boolean
  readonly memory: Memory | undefined
}

interface Trying extends Common {
  readonly since: number
  /** The server has asked not to be tried before. */
  readonly notBefore: number
  readonly links: Links
  readonly findings: Findings
}

export type ChooserState =
  /** Nobody wants a connection. */
  | ({ readonly state: 'idle' } & Common)
  /** Connections are being made; none of them has been greeted. */
  | ({ readonly state: 'connecting' } & Trying)
  /** Edits travel over `via`; others may be in the making. */
  | ({
      readonly state: 'live'
      readonly via: TransportName
      readonly liveSince: number
      /** When ws is tried again; undefined: it is in use, being tried, or not allowed. */
      readonly climbAt: number | undefined
      readonly climbs: number
    } & Trying)
  /** The next try is at `until`. */
  | ({
      readonly state: 'waiting'
      readonly until: number
      /** A WebSocket broke soon: whether HTTP works is being asked, and waited for until then. */
      readonly askedUntil: number | undefined
    } & Common)
  /** Trying again would not help. */
  | ({ readonly state: 'stopped'; readonly code: ErrorCode } & Common)

export type Connecting = Extract<ChooserState, { state: 'connecting' }>
export type Live = Extract<ChooserState, { state: 'live' }>
/** Tries are under way or have led to something. */
export type Round = Connecting | Live

export function isRound(state: ChooserState): state is Round {
  return state.state === 'connecting' || state.state === 'live'
}

export function withFindings<R extends Round>(round: R, found: Partial<Findings>): R {
  return { ...round, findings: { ...round.findings, ...found } }
}

/** What an event finds. */
export interface Circumstances {
  readonly now: number
  /** A number in [0, 1). */
  readonly random: number
  /** Nothing is on the screen yet: the first content has to come quickly. */
  readonly isEmpty: boolean
}

export type ChooserEvent =
  | { readonly event: 'connect' }
  | { readonly event: 'disconnect' }
  /** What `ask` has found out. */
  | { readonly event: 'answered'; readonly works: boolean }
  /** The first content has come over plain HTTP. */
  | { readonly event: 'caughtUp' }
  | { readonly event: 'catchUpFailed'; readonly code: number; readonly retryAfterMs?: number | undefined }
  /** The server has said hello. */
  | { readonly event: 'greeted'; readonly transport: TransportName }
  /** Something has arrived. */
  | { readonly event: 'heard'; readonly transport: TransportName }
  /** A connection has ended, or could not be made. */
  | {
      readonly event: 'closed'
      readonly transport: TransportName
      readonly code: number
      readonly retryAfterMs?: number | undefined
    }
  /** The server goes down and asks to come back later. */
  | { readonly event: 'drain'; readonly transport: TransportName; readonly delayMs: number }
  /** What the server says cannot be right. */
  | { readonly event: 'distrust' }
  | { readonly event: 'stop'; readonly code: ErrorCode }
  /** The time that was asked for has come. */
  | { readonly event: 'due' }
  /** It is worth trying now. `isOnline`: the network may be another one. */
  | { readonly event: 'wake'; readonly isOnline: boolean }
  /** The page goes away, perhaps to come back. */
  | { readonly event: 'hide' }

export type ChooserEffect =
  /** Fetch the first content over plain HTTP; `caughtUp` or `catchUpFailed` follows. */
  | { readonly effect: 'catchUp' }
  | { readonly effect: 'abandonCatchUp' }
  /** Find out whether HTTP works at this moment; `answered` follows, which is of no interest once the wait is over. */
  | { readonly effect: 'ask' }
  | { readonly effect: 'open'; readonly transport: TransportName }
  | { readonly effect: 'close'; readonly transport: TransportName }
  /** From now on edits travel over this connection. */
  | { readonly effect: 'use'; readonly transport: TransportName }
  /** Ask for a sign of life. */
  | { readonly effect: 'probe'; readonly transport: TransportName }
  | { readonly effect: 'remember'; readonly memory: Memory }
  | { readonly effect: 'forget' }
