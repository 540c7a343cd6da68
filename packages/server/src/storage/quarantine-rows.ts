/**
 * The row of a refused update that is kept aside, to bytes and back. Field by field in docs/persistence-format.md. Knows no address
 * and no token: there is none in it.
 */
import * as encoding from 'lib0/encoding'
import { isErrorCode } from '@cometpad/shared'
import type { ErrorCode } from '@cometpad/shared'
import type { Operation, StoredRow } from './database.ts'
import { damaged, decode, seal, unseal } from './envelope.ts'
import { decodeKey, quarantineKey } from './keys.ts'

export interface QuarantinedUpdate {
  /** Names it in commands. */
  readonly id: string
  readonly documentId: string
  /** Milliseconds since 1970, UTC. */
  readonly at: number
  readonly subject: string
  readonly code: ErrorCode
  /** So many bytes were sent. */
  readonly bytes: number
}

/** With what was kept of its bytes: all, or how they begin. */
export interface QuarantinedBytes extends QuarantinedUpdate {
  readonly update: Uint8Array
}

/** What is written of one. */
export interface Quarantining extends Omit<QuarantinedBytes, 'id'> {
  /** Unique in the store; a later one is larger. */
  readonly seq: bigint
}

export function encodeQuarantined(
  documentKey: Uint8Array,
  { documentId, at: time, subject, code, bytes, update, seq }: Quarantining,
): Operation & { readonly type: 'put' } {
  const key = quarantineKey(documentKey, seq)
  const payload = encoding.encode((encoder) => {
    encoding.writeVarString(encoder, documentId)
    encoding.writeVarString(encoder, code)
    encoding.writeVarUint(encoder, bytes)
    encoding.writeUint8Array(encoder, update)
  })
  return { type: 'put', key, value: seal(key, { payload, time, subject }) }
}

/** Throws DOCUMENT_DAMAGED. */
export function decodeQuarantined({ key, value }: StoredRow): QuarantinedBytes {
  const decoded = decodeKey(key)
  const { payload, subject, time: at } = unseal(key, value)
  if (decoded?.kind !== 'quarantine' || subject === undefined || at === undefined)
    throw damaged('A refused update has another form.')
  return decode(payload, (reader) => {
    const documentId = reader.varString()
    const code = reader.varString()
    if (!isErrorCode(code)) throw damaged('A refused update has an unknown code.')
    const bytes = reader.varUint()
    // Bytes of their own: the row is not to be kept.
    return { id: idOf(decoded.seq), documentId, at, subject, code, bytes, update: reader.rest().slice() }
  })
}

export function idOf(seq: bigint): string {
  return seq.toString(36)
}
