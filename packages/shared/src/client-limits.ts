/** The bounds that only a client keeps: its choice of a transport, its device, its tabs, its patience. A part of `limits.ts`. */
import { commonLimits } from './common-limits.ts'
import type { CommonLimits } from './common-limits.ts'

const KiB = 1024
const MiB = 1024 * KiB

export interface ClientLimits extends CommonLimits {
  /** A connection that is not proved (hello received) by then is given up by the client. */
  readonly connectMs: number
  /** A WebSocket that has not said hello by then gets a stream beside it. The figure of Phoenix. */
  readonly provingMs: number
  /** A stream that has not said hello by then is taken for buffered. */
  readonly streamHelloMs: number
  /** The tick of a stream has to come this long after hello at the earliest; both at once were held back together. */
  readonly tickGapMs: number
  /** The tick of a stream may come this much later than `streamTickMs`. */
  readonly tickSlackMs: number
  /** On a fallback ws is tried again after this long... */
  readonly climbFirstMs: number
  /** ...and then each time after this long, a fifth more or less. */
  readonly climbMs: number
  /** That WebSockets do not work here is remembered for this long at first, then for twice as long each time... */
  readonly fallbackMs: number
  /** ...and never for longer. */
  readonly fallbackCeilingMs: number
  /** A WebSocket that broke within this time has had a short life. */
  readonly shortLifeMs: number
  /** After so many short lives in a row, each while HTTP worked, a stream is taken instead. */
  readonly shortLives: number
  /** Who was asked for a sign of life has this long to give it. */
  readonly probeMs: number
  /** A held request that is answered sooner, without news, was hardly held. */
  readonly quickAnswerMs: number
  /** So many of these in a row, and the client takes it for a failure. */
  readonly quickAnswers: number
  /** A poll that something on the way cuts short is asked to be held half as long, down to this. */
  readonly shortHoldMs: number
  /** What is not acknowledged when the page goes, as far as it fits: browsers let 64 KiB outlive a page. */
  readonly farewellBytes: number
  /** Edits that are not acknowledged are on the device this long after the first of them. A person does not see it. */
  readonly offlineDelayMs: number
  /** What else is kept of a document is written this long after it came: others' edits, acknowledgements. */
  readonly offlineStateMs: number
  /** A page waits this long for what its device has kept, then it connects without. */
  readonly offlineWaitMs: number
  /** A database that is not open by then is blocked. */
  readonly offlineOpenMs: number
  /** Writing to a device that could not take it is tried again after this long. */
  readonly offlineRetryMs: number
  /** What a device keeps of one document; of a larger one it keeps unsent edits alone, and not more of these. */
  readonly offlineDocumentBytes: number
  /** What a device keeps in all, beside unsent edits, which never go. */
  readonly offlineBytes: number
  /** Documents that a device keeps; the one that was not used for longest goes, unless it has unsent edits. */
  readonly offlineDocuments: number
  /** Documents that were forgotten on purpose, and that a page which is still open does not bring back. */
  readonly offlineForgotten: number
  /** Rows of one document are joined when there are so many... */
  readonly offlineRows: number
  /** ...or when they hold this much beside what was joined before, and as much as that. */
  readonly offlineTailBytes: number
  /** An edit that was on its way when the right to write was taken may still be acknowledged for this long. */
  readonly refusalMs: number
  /** A tab that holds no request itself asks the one that does for a sign of life this often. */
  readonly tabAskMs: number
  /** A tab that has just come gives it this long: less than a stream has to prove itself. */
  readonly tabJoinMs: number
  /** Who holds a request for other tabs and has not answered them for this long is relieved of it. */
  readonly tabSilentMs: number
  /** What one tab tells the others between two positions; who lacks more asks the server for it. */
  readonly tabBatchBytes: number
  /** Broadcasts of one's own that are expected back because a request is held for several tabs... */
  readonly tabEchoes: number
  /** ...and for how long. */
  readonly tabEchoMs: number
  /** Backoff: first wait. */
  readonly backoffBaseMs: number
  /** Backoff: growth starts here. */
  readonly backoffStepMs: number
  /** Backoff: the random part never exceeds this. */
  readonly backoffCeilingMs: number
  /** A connection that held this long resets the backoff. */
  readonly provedMs: number
}

export const clientLimits: ClientLimits = {
  ...commonLimits,
  connectMs: 10_000,
  provingMs: 2_500,
  streamHelloMs: 3_000,
  tickGapMs: 500,
  tickSlackMs: 1_500,
  climbFirstMs: 30_000,
  climbMs: 300_000,
  fallbackMs: 600_000,
  fallbackCeilingMs: 86_400_000,
  shortLifeMs: 5_000,
  shortLives: 3,
  probeMs: 3_000,
  quickAnswerMs: 500,
  quickAnswers: 10,
  shortHoldMs: 5_000,
  farewellBytes: 60 * KiB,
  offlineDelayMs: 100,
  offlineStateMs: 1_000,
  offlineWaitMs: 3_000,
  offlineOpenMs: 10_000,
  offlineRetryMs: 10_000,
  offlineDocumentBytes: 16 * MiB,
  offlineBytes: 128 * MiB,
  offlineDocuments: 100,
  offlineForgotten: 100,
  offlineRows: 256,
  offlineTailBytes: 64 * KiB,
  refusalMs: 2_000,
  tabAskMs: 5_000,
  tabJoinMs: 2_000,
  tabSilentMs: 10_000,
  tabBatchBytes: 1 * MiB,
  tabEchoes: 64,
  tabEchoMs: 10_000,
  backoffBaseMs: 100,
  backoffStepMs: 500,
  backoffCeilingMs: 20_000,
  provedMs: 10_000,
}
