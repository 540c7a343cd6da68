/**
 * A Yjs provider for Cometpad. Read in this order: provider (what you use), replica and outbox (the document, and what of it
 * is not saved yet), dialogue (what is said on a connection), chooser (which connection), connector (does what it decides),
 * transport and environment (the ports), tabs (several tabs over one held request).
 */
export { browserEnvironment } from './browser-environment.ts'
export type {
  Environment,
  Fetch,
  PageEvent,
  PageStorage,
  WebSocketConstructor,
  WebSocketLike,
} from './environment.ts'
export type { ClaimEvents, TabChannel, Tabs } from './tabs/ports.ts'
export type { TransportOption } from './equipment.ts'
export { forgetOnThisDevice } from './offline/forget.ts'
export type { ForgetOptions } from './offline/forget.ts'
export type { Keeping } from './offline/keeping.ts'
export type { KeptCopy } from './offline/store.ts'
export { CometpadProvider } from './provider.ts'
export type { ProviderEvents, ProviderOptions, ProviderStatus } from './provider.ts'
export type {
  Transport,
  TransportConnection,
  TransportEvents,
  TransportRequest,
  Whereabouts,
} from './transport.ts'
export type { NoTransportReason, TransportName, TransportReason, TransportState } from './transport-state.ts'
