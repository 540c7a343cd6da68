/**
 * A snapshot as rows and back. It is cut into parts, because LevelDB copies a large value again at every level. Each
 * part says how many there are and what the whole must hash to.
 */
import { createHash } from 'node:crypto'
import * as encoding from 'lib0/encoding'
import type { Snapshot } from '../core/ports.ts'
import type { Operation, StoredRow } from './database.ts'
import { damaged, decode, seal, unseal } from './envelope.ts'
import { MAX_PARTS, snapshotKey } from './keys.ts'

const HASH_BYTES = 32

export function encodeSnapshot(
  documentKey: Uint8Array,
  { offset, update }: Snapshot,
  chunkBytes: number,
): Operation[] {
  const total = Math.max(1, Math.ceil(update.length / chunkBytes))
  if (total > MAX_PARTS) throw new TypeError('A snapshot has too many parts')
  const hash = hashOf(update)
  return Array.from({ length: total }, (_, part) => {
    const key = snapshotKey(documentKey, offset, part)
    const payload = encoding.encode((encoder) => {
      encoding.writeVarUint(encoder, part)
      encoding.writeVarUint(encoder, total)
      encoding.writeVarUint(encoder, update.length)
      encoding.writeUint8Array(encoder, hash)
      encoding.writeUint8Array(encoder, update.subarray(part * chunkBytes, (part + 1) * chunkBytes))
    })
    return { type: 'put', key, value: seal(key, { payload }) }
  })
}

/** The snapshot at `offset` from all its rows in order. Throws DOCUMENT_DAMAGED. */
export function decodeSnapshot(
  documentKey: Uint8Array,
  offset: number,
  rows: readonly StoredRow[],
  bytes: number,
): Snapshot {
  const update = new Uint8Array(bytes)
  let position = 0
  let expected: Uint8Array | undefined
  for (const [index, row] of rows.entries()) {
    const part = decodePart(unseal(snapshotKey(documentKey, offset, index), row.value).payload)
    expected ??= part.hash
    const fits =
      part.number === index &&
      part.total === rows.length &&
      part.wholeBytes === bytes &&
      part.piece.length <= bytes - position &&
      Buffer.compare(part.hash, expected) === 0
    if (!fits) throw damaged('The parts of a snapshot do not fit together.')
    update.set(part.piece, position)
    position += part.piece.length
  }
  if (position !== bytes || expected === undefined) throw damaged('A part of the snapshot is missing.')
  if (Buffer.compare(hashOf(update), expected) !== 0) throw damaged('The hash of the snapshot is wrong.')
  return { offset, update }
}

interface Part {
  readonly number: number
  readonly total: number
  readonly wholeBytes: number
  readonly hash: Uint8Array
  readonly piece: Uint8Array
}

function decodePart(payload: Uint8Array): Part {
  return decode(payload, (reader) => ({
    number: reader.varUint(),
    total: reader.varUint(),
    wholeBytes: reader.varUint(),
    hash: reader.take(HASH_BYTES),
    piece: reader.rest(),
  }))
}

function hashOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}
