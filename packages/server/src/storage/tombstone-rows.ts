/**
 * What is left of a document that was deleted: under its name how far its offsets went, and the key whose rows are still to be
 * removed. Field by field in docs/persistence-format.md.
 */
import * as encoding from 'lib0/encoding'
import type { Offset } from '@cometpad/shared'
import type { Operation, View } from './database.ts'
import { decode, seal, unseal } from './envelope.ts'
import { remainsKey, tombstoneKey } from './keys.ts'

export function encodeTombstone(documentId: string, head: Offset, time: number): Operation {
  const key = tombstoneKey(documentId)
  const payload = encoding.encode((encoder) => encoding.writeVarUint(encoder, head))
  return { type: 'put', key, value: seal(key, { payload, time }) }
}

/** The last offset of the history that was deleted; undefined: there was none. Throws DOCUMENT_DAMAGED. */
export async function readTombstone(view: View, documentId: string): Promise<Offset | undefined> {
  const key = tombstoneKey(documentId)
  const value = await view.get(key)
  return value && decode(unseal(key, value).payload, (reader) => reader.varUint())
}

export function encodeRemains(documentKey: Uint8Array, time: number): Operation {
  const key = remainsKey(documentKey)
  return { type: 'put', key, value: seal(key, { payload: new Uint8Array(), time }) }
}
