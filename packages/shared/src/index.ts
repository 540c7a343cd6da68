/**
 * The contract of both ends of Cometpad. Read in this order: messages (what is said), codec (as which bytes), frames
 * (how bytes are parted on a stream), offset (where in a log), errors and limits (what is refused).
 */
export { backoffMs } from './backoff.ts'
export { ByteReader } from './bytes.ts'
export type { Clock } from './clock.ts'
export { decodeMessage, encodeMessage } from './codec.ts'
export { checkDocumentId, isDocumentId } from './document-id.ts'
export { CometpadError, errorOfClose, errorTable, isErrorCode } from './errors.ts'
export type { ErrorCode } from './errors.ts'
export { FrameDecoder, encodeFrames } from './frames.ts'
export {
  CLIENT_HEADER,
  FRAMES_TYPE,
  GENERATION_HEADER,
  HOLD_HEADER,
  POSITION_HEADER,
  PRESENCE_HEADER,
  documentPath,
  liveModes,
} from './framed-http.ts'
export type { LiveMode } from './framed-http.ts'
export { clientLimits } from './client-limits.ts'
export { limits } from './limits.ts'
export type { Limits } from './limits.ts'
export { messageType, syncType } from './messages.ts'
export type * from './messages.ts'
export { START, formatOffset, isOffset, parseOffset } from './offset.ts'
export type { Offset } from './offset.ts'
export { PartJoiner, splitIntoParts } from './parts.ts'
export { requestPatienceMs } from './patience.ts'
export { allows, isRole, roles } from './roles.ts'
export type { Role } from './roles.ts'
export { shareOfToken, tokenOfShare } from './share-token.ts'
export { PROTOCOL_VERSION, SUBPROTOCOL } from './version.ts'
