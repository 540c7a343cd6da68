/**
 * What is left of a document that was deleted: under its name how far its offsets went, and the key whose rows are still to be
 * removed. Field by field in docs/persistence-format.md.
 */
import * as encoding from 'lib0/encoding'
import type { Offset } from '@cometpad/shared'
import type { Operation, View } from './database.ts'
import type { AccessRecord } from '../core/ports.ts'
import { encodeAccess } from './access-rows.ts'
import { decode, seal, unseal } from './envelope.ts'
import { remainsKey, tombstoneKey } from './keys.ts'

export interface Tombstone {
  /** The last offset of the history that was deleted. */
  readonly head: Offset
  readonly by: string
  /** Milliseconds since 1970, UTC. */
  readonly at: number
}

export function encodeTombstone(documentId: string, { head, by, at: time }: Tombstone): Operation {
  const key = tombstoneKey(documentId)
  const payload = encoding.encode((encoder) => encoding.writeVarUint(encoder, head))
  return { type: 'put', key, value: seal(key, { payload, time, subject: by }) }
}

/** Undefined: no document of this name was deleted. Throws DOCUMENT_DAMAGED. */
export async function readTombstone(view: View, documentId: string): Promise<Tombstone | undefined> {
  const key = tombstoneKey(documentId)
  const value = await view.get(key)
  if (value === undefined) return undefined
  // Those of before it was written down say nobody.
  const { payload, subject: by = 'unknown', time: at = 0 } = unseal(key, value)
  return { head: decode(payload, (reader) => reader.varUint()), by, at }
}

/** What is known of the access to a document that was deleted. */
export function accessAfter({ by, at }: Tombstone): AccessRecord {
  return { people: [], links: [], trail: [{ at, by, what: 'deleted' }] }
}

/** When another document is made under its name: that one has no tombstone, and its trail begins with the deletion. */
export function rowsAfter(documentId: string, documentKey: Uint8Array, tombstone: Tombstone): Operation[] {
  return [
    { type: 'del', key: tombstoneKey(documentId) },
    encodeAccess(documentKey, accessAfter(tombstone), tombstone.at),
  ]
}

export function encodeRemains(documentKey: Uint8Array, time: number): Operation {
  const key = remainsKey(documentKey)
  return { type: 'put', key, value: seal(key, { payload: new Uint8Array(), time }) }
}
