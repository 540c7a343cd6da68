/** The rows of the store itself: the version of its format, and the number of the newest batch. */
import * as encoding from 'lib0/encoding'
import type { Operation } from './database.ts'
import { decode, seal, unseal } from './envelope.ts'
import { globalKey, globalRow } from './keys.ts'

/**
 * The version of everything that docs/persistence-format.md describes. History, newest first:
 *   1  2026-11  the first
 */
export const FORMAT_VERSION = 1

export function encodeFormatVersion(): Operation {
  return encodeNumber(globalRow.formatVersion, FORMAT_VERSION)
}

export function encodeCounter(counter: number): Operation {
  return encodeNumber(globalRow.batchCounter, counter)
}

/** The number in a global row. Throws DOCUMENT_DAMAGED. */
export function decodeNumber(row: number, value: Uint8Array): number {
  return decode(unseal(globalKey(row), value).payload, (reader) => reader.varUint())
}

function encodeNumber(row: number, number: number): Operation {
  const key = globalKey(row)
  const payload = encoding.encode((encoder) => encoding.writeVarUint(encoder, number))
  return { type: 'put', key, value: seal(key, { payload }) }
}
