/**
 * The version of Cometpad's own message types, sent in `hello`. History, newest first:
 *   1  2026-11  types 32-42 as SPEC.md lists them
 * A test keeps a fingerprint of the message types beside this number: nobody changes the wire without meeting it.
 */
export const PROTOCOL_VERSION = 1

/** The subprotocol that a WebSocket client asks for to speak Cometpad's own types besides those of y-websocket. */
export const SUBPROTOCOL = 'cometpad.v1'
