/**
 * The words of documents over HTTP in frames: path, content type and headers. Both ends read them here; what they promise is
 * in SPEC.md, section HT. Knows no request and no answer.
 */

/** Body of both directions: messages behind their lengths. */
export const FRAMES_TYPE = 'application/vnd.cometpad.frames'

/** In a request: what the client has. In an answer: what who has its whole body has at least. */
export const POSITION_HEADER = 'cometpad-position'
/** The history that the position belongs to. */
export const GENERATION_HEADER = 'cometpad-generation'
/** Drawn at random by a client for one connection, kept by it alone: whose updates and presence these are. */
export const CLIENT_HEADER = 'cometpad-client'
/** How much of everybody's presence the client has seen; given by an answer, and opaque. */
export const PRESENCE_HEADER = 'cometpad-presence'
/** For how many milliseconds a poll may be held at most. */
export const HOLD_HEADER = 'cometpad-hold'

/** How a request is held: open for more, or until there is something to answer. */
export const liveModes = ['stream', 'long-poll'] as const
export type LiveMode = (typeof liveModes)[number]

/** Where a document is read and written over HTTP. */
export function documentPath(documentId: string): string {
  return `/v1/yjs/docs/${documentId}`
}
