/** Which transport is in use, and why: for a connection light and for support. Plain words for people are the editor's. */

/** From the best to the one that works nearly everywhere. */
export type TransportName = 'ws' | 'stream' | 'poll'

export type TransportState =
  /** Edits travel. */
  | { readonly transport: TransportName; readonly reason: TransportReason }
  /** They do not. */
  | { readonly transport: undefined; readonly reason: NoTransportReason }

export type TransportReason =
  /** The best transport works. */
  | 'best'
  /** The `transport` option asks for this one and no other. */
  | 'chosen'
  /** There is no WebSocket in this place. */
  | 'ws-missing'
  /** WebSockets did not work here a while ago. They are tried again soon. */
  | 'remembered'
  /** The WebSocket was refused or failed, while HTTP works. */
  | 'ws-failed'
  /** The WebSocket has not said anything in time, while HTTP works. */
  | 'ws-silent'
  /** WebSockets open, and break again and again within seconds. */
  | 'ws-unstable'
  /** Besides: something between here and the server holds back a stream. */
  | 'stream-buffered'
  /** Besides: the stream was refused or failed. */
  | 'stream-failed'

export type NoTransportReason =
  /** The first try is under way. */
  | 'connecting'
  /** Neither WebSocket nor HTTP reach the server; it is tried again. */
  | 'unreachable'
  /** Nobody wants a connection. */
  | 'disconnected'
  /** Another try would end the same; `stopCode` says why. */
  | 'stopped'
