/**
 * The bounds that both ends look at: the server keeps them, or tells them, and its clients go by them. A part of `limits.ts`.
 */
const KiB = 1024
const MiB = 1024 * KiB

export interface CommonLimits {
  /** One WebSocket message or HTTP body. Larger updates travel in parts. */
  readonly messageBytes: number
  /** One part of a large message. Small enough for any proxy's default body limit. */
  readonly partBytes: number
  /** One update after its parts were joined. */
  readonly updateBytes: number
  /** One client's presence state as JSON. */
  readonly presenceBytes: number
  /** Clocks of the one who signs a token and of the server may differ by this much. */
  readonly tokenClockSkewMs: number
  /** The password of a share link, in UTF-16 units. */
  readonly passwordLength: number
  /** A document id, in characters. */
  readonly documentIdLength: number
  /** A document title, in UTF-16 units. */
  readonly titleLength: number
  /** Client updates sent and not yet acknowledged; more wait in the client. */
  readonly inFlightUpdates: number
  /** Bytes of client updates sent and not yet acknowledged. */
  readonly inFlightBytes: number
  /** Unsent updates the client keeps apart before it merges neighbours into one. */
  readonly unmergedUpdates: number
  /** Presence goes out at most this often (20 Hz). */
  readonly presenceIntervalMs: number
  /** The server says something to every client at least this often: under half of the usual proxy's 60 s. */
  readonly heartbeatMs: number
  /** A connection from which nothing was heard for this long is closed by the client. */
  readonly silentServerMs: number
  /** A connection that is being closed has this long to say goodbye; then the server cuts it. */
  readonly goodbyeMs: number
  /** A poll without news is answered after this long. Below the 30 s at which many proxies give up. */
  readonly pollHoldMs: number
  /** A client may ask for a hold of at least this long... */
  readonly shortestHoldMs: number
  /** ...and at most this long. */
  readonly longestHoldMs: number
  /** The second sign of life of a stream comes this long after the first: together they prove that nobody buffers. */
  readonly streamTickMs: number
  /** Messages of one request. */
  readonly postMessages: number
  /** An HTTP request has to be there whole by then, and so much later as its body takes on the slowest line... */
  readonly requestMs: number
  /** ...which this is: 128 kbit/s. Who sends more slowly, or only begins to, is cut. */
  readonly slowestBytesPerSecond: number
  /** A `Retry-After` says no more than this, and is obeyed up to it. */
  readonly retryAfterMs: number
}

/** The defaults. */
export const commonLimits: CommonLimits = {
  messageBytes: 1 * MiB,
  partBytes: 256 * KiB,
  updateBytes: 16 * MiB,
  presenceBytes: 4 * KiB,
  tokenClockSkewMs: 5_000,
  passwordLength: 200,
  documentIdLength: 200,
  titleLength: 200,
  inFlightUpdates: 512,
  inFlightBytes: 2 * MiB,
  unmergedUpdates: 256,
  presenceIntervalMs: 50,
  heartbeatMs: 25_000,
  silentServerMs: 35_000,
  goodbyeMs: 2_000,
  pollHoldMs: 25_000,
  shortestHoldMs: 1_000,
  longestHoldMs: 55_000,
  streamTickMs: 1_000,
  postMessages: 1_024,
  requestMs: 30_000,
  slowestBytesPerSecond: 16 * KiB,
  retryAfterMs: 120_000,
}
