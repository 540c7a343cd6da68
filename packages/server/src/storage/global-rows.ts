/**
 * The rows of the store itself: the version of its format, the number of the newest batch, and how far a change of the
 * format has come.
 */
import * as encoding from 'lib0/encoding'
import type { Put } from './database.ts'
import { decode, seal, unseal } from './envelope.ts'
import { globalKey, globalRow } from './keys.ts'

/**
 * The version of everything that docs/persistence-format.md describes. History, newest first:
 *   2  2026-11  heads say how the text begins
 *   1  2026-11  the first
 */
export const FORMAT_VERSION = 2

/** How far the rows have come on the way to `to`. */
export interface MigrationMark {
  readonly to: number
  /** The newest batch: when it is another one, a program of the old version has written meanwhile. */
  readonly counter: number
  /** The last key that is done. */
  readonly key: Uint8Array
}

export function encodeFormatVersion(version = FORMAT_VERSION): Put {
  return encodeNumber(globalRow.formatVersion, version)
}

export function encodeMigrationMark(mark: MigrationMark): Put {
  const key = globalKey(globalRow.migration)
  const payload = encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, mark.to)
    encoding.writeVarUint(encoder, mark.counter)
    encoding.writeUint8Array(encoder, mark.key)
  })
  return { type: 'put', key, value: seal(key, { payload }) }
}

/** Throws DOCUMENT_DAMAGED. */
export function decodeMigrationMark(value: Uint8Array): MigrationMark {
  return decode(unseal(globalKey(globalRow.migration), value).payload, (reader) => ({
    to: reader.varUint(),
    counter: reader.varUint(),
    key: reader.rest(),
  }))
}

export function encodeCounter(counter: number): Put {
  return encodeNumber(globalRow.batchCounter, counter)
}

/** The number in a global row. Throws DOCUMENT_DAMAGED. */
export function decodeNumber(row: number, value: Uint8Array): number {
  return decode(unseal(globalKey(row), value).payload, (reader) => reader.varUint())
}

function encodeNumber(row: number, number: number): Put {
  const key = globalKey(row)
  const payload = encoding.encode((encoder) => encoding.writeVarUint(encoder, number))
  return { type: 'put', key, value: seal(key, { payload }) }
}
