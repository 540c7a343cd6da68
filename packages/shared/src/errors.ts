/**
 * The one table of errors. Codes are stable; texts may change. Each text tells the person what to do.
 * Close codes 4400-4499 mean "stop for good", 4500-4599 and 1012 mean "try again"; clients of y-websocket
 * honour the same bands. docs/errors.md is tested against this table.
 */
interface ErrorRow {
  /** Status of an HTTP answer. */
  readonly status: number
  /** Close code of a WebSocket. */
  readonly close: number
  /** May the same request succeed later without a change? */
  readonly retry: boolean
  readonly text: string
  /** Exit code of the process, for errors that end it. */
  readonly exit?: number
}

const table = {
  MALFORMED_MESSAGE: {
    status: 400,
    close: 4400,
    retry: false,
    text: 'This message cannot be read. Nothing was changed. Check that both ends speak the same protocol version.',
  },
  UNKNOWN_MESSAGE: {
    status: 400,
    close: 4406,
    retry: false,
    text: 'This message has a type the server does not know. Nothing was changed. Update the server or the client.',
  },
  MALFORMED_UPDATE: {
    status: 400,
    close: 4407,
    retry: false,
    text: 'This is not a valid Yjs update (format v1). It was not stored. Send updates as Yjs made them.',
  },
  MESSAGE_TOO_LARGE: {
    status: 413,
    close: 4413,
    retry: false,
    text: 'This message is larger than the server accepts. Send it in parts, or make smaller edits.',
  },
  UPDATE_TOO_COMPLEX: {
    status: 413,
    close: 4414,
    retry: false,
    text: 'This update holds more items than the server accepts. Make smaller edits.',
  },
  INVALID_REQUEST: {
    status: 400,
    close: 4402,
    retry: false,
    text: 'The request is not valid. See the message for what to change.',
  },
  INVALID_DOCUMENT_ID: {
    status: 400,
    close: 4405,
    retry: false,
    text: 'A document id is 1 to 200 characters of a-z, A-Z, 0-9, "-", "_", "." and "~", in segments parted by "/"; a segment is never empty, "." or "..".',
  },
  UNAUTHORIZED: {
    status: 401,
    close: 4401,
    retry: false,
    text: 'You are not signed in, or your sign-in has expired. Sign in again.',
  },
  KEYS_UNAVAILABLE: {
    status: 503,
    close: 4511,
    retry: true,
    text: 'The keys with which sign-ins are checked cannot be fetched right now. It is tried again by itself.',
  },
  FORBIDDEN: {
    status: 403,
    close: 4403,
    retry: false,
    text: 'You may not do this with this document. Ask its owner for access.',
  },
  LINK_INVALID: {
    status: 403,
    close: 4427,
    retry: false,
    text: 'This link does not work, or does not work any more. Ask the person who gave it to you for a new one.',
  },
  PASSWORD_REQUIRED: {
    status: 401,
    close: 4428,
    retry: false,
    text: 'This link asks for a password. Open it in a browser and enter the password there.',
  },
  PASSWORD_WRONG: {
    status: 403,
    close: 4429,
    retry: false,
    text: 'This is not the password of the link. Check it, or ask the person who gave you the link.',
  },
  ACCESS_IS_OPEN: {
    status: 409,
    close: 4430,
    retry: false,
    text: 'Everybody who has the address of a document may edit it here, so there is nothing to grant, to share or to revoke. The operator can change that with COMETPAD_AUTH=token.',
  },
  ACCESS_LIST_FULL: {
    status: 409,
    close: 4431,
    retry: false,
    text: 'This document has as many share links, or people with rights of their own, as it may have. Take back some that nobody needs any more.',
  },
  ORIGIN_NOT_ALLOWED: {
    status: 403,
    close: 4410,
    retry: false,
    text: 'This page may not use this server. The operator can add its origin to COMETPAD_ORIGINS.',
  },
  DOCUMENT_NOT_FOUND: {
    status: 404,
    close: 4404,
    retry: false,
    text: 'There is no such document, or it was deleted. Check the link.',
  },
  DOCUMENT_EXISTS: {
    status: 409,
    close: 4411,
    retry: false,
    text: 'A document with this id exists already. Choose another id.',
  },
  STREAM_NOT_FOUND: {
    status: 404,
    close: 4417,
    retry: false,
    text: 'This document has no such stream of presence. Make it with PUT, or use the one called "default", which is always there.',
  },
  SNAPSHOT_NOT_FOUND: {
    status: 404,
    close: 4418,
    retry: false,
    text: 'This snapshot was replaced by a newer one. Ask for "offset=snapshot" again.',
  },
  OFFSET_EXPIRED: {
    status: 410,
    close: 4419,
    retry: false,
    text: 'What lies at this offset is no longer kept apart. Begin again with "offset=snapshot"; nothing was lost.',
  },
  STREAM_CONFLICT: {
    status: 409,
    close: 4420,
    retry: false,
    text: 'A document is a stream of application/octet-stream that never ends or expires. Ask for it without other wishes.',
  },
  PRODUCER_FENCED: {
    status: 403,
    close: 4421,
    retry: false,
    text: 'Another sender with the same Producer-Id has begun a newer epoch. Nothing was stored. Go on with an epoch above the one in Producer-Epoch.',
  },
  PRODUCER_GAP: {
    status: 409,
    close: 4521,
    retry: true,
    text: 'A request with a lower Producer-Seq is missing. Nothing was stored. Send Producer-Expected-Seq first.',
  },
  NOT_FOUND: {
    status: 404,
    close: 4412,
    retry: false,
    text: 'There is nothing at this address.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    close: 4415,
    retry: false,
    text: 'This address does not accept this method.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    close: 4416,
    retry: false,
    text: 'The body has a content type this address does not accept.',
  },
  CONTENT_UNREADABLE: {
    status: 422,
    close: 4422,
    retry: false,
    text: 'This content cannot be read as what it says it is. Nothing was changed. Check its form and its Content-Type.',
  },
  CONTENT_TOO_COMPLEX: {
    status: 413,
    close: 4423,
    retry: false,
    text: 'This content, or the document it belongs to, is too long or too deeply nested to be converted. Nothing was changed. Send it in smaller parts.',
  },
  CONTENT_CHANGED: {
    status: 412,
    close: 4424,
    retry: false,
    text: 'The document is not as you saw it any more. Nothing was changed. Read it again, and then change it.',
  },
  DOCUMENT_TOO_NEW: {
    status: 409,
    close: 4425,
    retry: false,
    text: 'This document was written by a newer version. It can be read and not changed. Update the server.',
  },
  UPGRADE_REQUIRED: {
    status: 426,
    close: 4426,
    retry: false,
    text: 'This address speaks WebSocket only. If a proxy stands in between, let it pass the Upgrade and Connection headers.',
  },
  GENERATION_CHANGED: {
    status: 409,
    close: 4409,
    retry: false,
    text: 'The history of this document was replaced. Reload it; unsent edits can be kept as a copy.',
  },
  MISSING_DEPENDENCY: {
    status: 409,
    close: 4509,
    retry: true,
    text: 'This update builds on edits the server does not have. Synchronise again; nothing was lost.',
  },
  READ_ONLY: {
    status: 403,
    close: 4408,
    retry: false,
    text: 'You may read this document but not change it. Your edit was not stored.',
  },
  CLIENT_ID_TAKEN: {
    status: 403,
    close: 4432,
    retry: false,
    text: "This edit goes on with a Yjs client id that is somebody else's in this document. It was not stored. Copy what you have written, and open the document anew.",
  },
  DOCUMENT_DAMAGED: {
    status: 503,
    close: 4510,
    retry: true,
    text: 'The stored form of this document is damaged. It is kept as it is; the operator finds the report in the log.',
  },
  RATE_LIMITED: {
    status: 429,
    close: 4529,
    retry: true,
    text: 'Too many requests. Wait a moment and try again.',
  },
  TOO_MANY_CONNECTIONS: {
    status: 429,
    close: 4530,
    retry: true,
    text: 'Too many connections are open from where you are. Close tabs that you do not need; this one comes in as soon as there is room.',
  },
  STORE_UNAVAILABLE: {
    status: 503,
    close: 4503,
    retry: true,
    text: 'The server cannot write to its disk right now. Keep the page open; your edits are sent again.',
  },
  OVERLOADED: {
    status: 503,
    close: 4505,
    retry: true,
    text: 'The server has too much to do. Keep the page open; your edits are sent again.',
  },
  SLOW_READER: {
    status: 503,
    close: 4508,
    retry: true,
    text: 'Your connection took too long to accept data and was closed. It is opened again by itself.',
  },
  SILENT: {
    status: 503,
    close: 4507,
    retry: true,
    text: 'Nothing was heard on this connection for too long. It is opened again by itself.',
  },
  DRAINING: {
    status: 503,
    close: 1012,
    retry: true,
    text: 'The server is restarting. Keep the page open; it reconnects by itself.',
  },
  INTERCEPTED: {
    status: 502,
    close: 4520,
    retry: true,
    text: 'Something between you and the server answered in its place, such as the sign-in page of a network or a broken proxy. Your edits are kept and sent as soon as the way is free.',
  },
  INTERNAL_ERROR: {
    status: 500,
    close: 4500,
    retry: true,
    text: 'The server made a mistake. Nothing that was saved is lost. Try again; the operator finds the cause in the log.',
  },
  DEVICE_UNAVAILABLE: {
    status: 507,
    close: 4490,
    retry: false,
    text: 'This browser keeps nothing for this page: it is in a private window, or storage is switched off. Do not close the tab before everything is saved.',
  },
  DEVICE_FULL: {
    status: 507,
    close: 4590,
    retry: true,
    text: 'There is no room left on this device for unsaved text. Do not close the tab before everything is saved, and free some space.',
  },
  DEVICE_BLOCKED: {
    status: 507,
    close: 4591,
    retry: true,
    text: 'Another tab with another version of this page holds the storage of this device. Reload all tabs once everything is saved.',
  },
  DEVICE_DAMAGED: {
    status: 507,
    close: 4491,
    retry: false,
    text: 'Something of what was kept on this device could not be read, and is gone from it. Check your last changes.',
  },
  DEVICE_FORGOTTEN: {
    status: 507,
    close: 4492,
    retry: false,
    text: 'What was kept on this device was removed, for instance by signing out. Reload the page to keep it again.',
  },
  CONFIG_INVALID: {
    status: 500,
    close: 4500,
    retry: false,
    exit: 78,
    text: 'A setting is wrong. The message names it and what is allowed.',
  },
  ADDRESS_UNAVAILABLE: {
    status: 500,
    close: 4500,
    retry: false,
    exit: 69,
    text: 'The address cannot be listened on. Choose another COMETPAD_PORT or COMETPAD_HOST, or stop what uses it.',
  },
  TLS_UNUSABLE: {
    status: 500,
    close: 4500,
    retry: false,
    exit: 72,
    text: 'The certificate for TLS cannot be used. Check the files in COMETPAD_TLS_CERT and COMETPAD_TLS_KEY, their owner and their rights.',
  },
  DATA_UNUSABLE: {
    status: 500,
    close: 4500,
    retry: false,
    exit: 74,
    text: 'The data folder cannot be read or written. Check the path in COMETPAD_DATA, its owner and its rights.',
  },
  DATA_LOCKED: {
    status: 500,
    close: 4500,
    retry: false,
    exit: 75,
    text: 'Another process uses the data folder. Stop it, or choose another COMETPAD_DATA.',
  },
  DATA_DAMAGED: {
    status: 500,
    close: 4500,
    retry: false,
    exit: 76,
    text: 'The store in the data folder is damaged or was written by a newer version. Nothing was changed. Restore a backup, or use the version that wrote it.',
  },
  DATA_OUTDATED: {
    status: 500,
    close: 4500,
    retry: false,
    exit: 70,
    text: 'The store in the data folder was written by an older version. Start the server on it once, which brings it to this version; make a backup with the older version before that.',
  },
  BACKUP_UNUSABLE: {
    status: 500,
    close: 4500,
    retry: false,
    exit: 65,
    text: 'The backup cannot be used. Nothing was written. Use another one, or the version that made it.',
  },
  TARGET_IN_USE: {
    status: 500,
    close: 4500,
    retry: false,
    exit: 73,
    text: 'Nothing was written over it. Choose another place, or move away what is there.',
  },
  FILE_UNUSABLE: {
    status: 500,
    close: 4500,
    retry: false,
    exit: 66,
    text: 'The file cannot be read or written. Check its path, its rights and the free space.',
  },
  SERVER_UNREACHABLE: {
    status: 500,
    close: 4500,
    retry: false,
    exit: 68,
    text: 'The server that holds the data folder does not answer. Run the command on its machine and as its user, or stop it first.',
  },
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof table

export const errorTable: Readonly<Record<ErrorCode, ErrorRow>> = table

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(table, text)
}

/** The code that a WebSocket close code stands for, if it is one of the table's own. */
export function errorOfClose(close: number): ErrorCode | undefined {
  for (const code of Object.keys(table) as ErrorCode[]) if (table[code].close === close) return code
  return undefined
}

/** An operational error with a code of the table. A programmer's mistake is a plain `TypeError` instead. */
export class CometpadError extends Error {
  override readonly name = 'CometpadError'
  readonly code: ErrorCode
  /** When the same request may succeed; undefined: nobody knows. */
  readonly retryAfterMs: number | undefined

  constructor(
    code: ErrorCode,
    options: { detail?: string; cause?: unknown; retryAfterMs?: number | undefined } = {},
  ) {
    const text = errorTable[code].text
    super(
      options.detail === undefined ? text : `${options.detail} ${text}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    )
    this.code = code
    this.retryAfterMs = options.retryAfterMs
  }
}
