/** Which documents a batch has reached, as its rows tell, and back from bytes. Knows no values but those of names. */
import * as encoding from 'lib0/encoding'
import type { ByteReader } from '@cometpad/shared'
import type { Operation } from './database.ts'
import { DOCUMENT_KEY_BYTES, KEY_BYTES, decodeKey, kind } from './keys.ts'

export interface Touched {
  /** The keys of documents whose rows were written or removed, in hexadecimal. */
  readonly keys: ReadonlySet<string>
  /** Documents whose name was written, with their keys; without one: their name or what is left of it was removed. */
  readonly names: ReadonlyMap<string, string | undefined>
}

export const NOTHING: Touched = { keys: new Set(), names: new Map() }

export function touchedBy(operations: readonly Operation[]): Touched {
  const keys = new Set<string>()
  const names = new Map<string, string | undefined>()
  let last: Uint8Array | undefined
  for (const operation of operations) {
    const { key } = operation
    if (key[0] === kind.name || key[0] === kind.tombstone) {
      const decoded = decodeKey(key)
      if (decoded?.kind !== 'name' && decoded?.kind !== 'tombstone') continue
      const written =
        decoded.kind === 'name' && operation.type === 'put' ? keyAtEnd(operation.value) : undefined
      names.set(decoded.documentId, written ?? names.get(decoded.documentId))
    } else if (key[0] !== kind.global && key.length === KEY_BYTES) {
      // The rows of a document follow each other.
      if (last !== undefined && isSameDocument(key, last)) continue
      last = key
      keys.add(hex(key.subarray(1, 1 + DOCUMENT_KEY_BYTES)))
    }
  }
  return { keys, names }
}

export function isSame(one: Touched, other: Touched): boolean {
  if (one.keys.size !== other.keys.size || one.names.size !== other.names.size) return false
  for (const key of one.keys) if (!other.keys.has(key)) return false
  for (const [documentId, key] of one.names)
    if (!other.names.has(documentId) || other.names.get(documentId) !== key) return false
  return true
}

export function joined(all: Iterable<Touched>): Touched {
  const keys = new Set<string>()
  const names = new Map<string, string | undefined>()
  for (const touched of all) {
    for (const key of touched.keys) keys.add(key)
    for (const [documentId, key] of touched.names) names.set(documentId, key ?? names.get(documentId))
  }
  return { keys, names }
}

/** keys(varuint) · [key(16)] · names(varuint) · [documentId(string) · hasKey(1) · key(16)] */
export function writeTouched(encoder: encoding.Encoder, { keys, names }: Touched): void {
  encoding.writeVarUint(encoder, keys.size)
  for (const key of keys) encoding.writeUint8Array(encoder, Buffer.from(key, 'hex'))
  encoding.writeVarUint(encoder, names.size)
  for (const [documentId, key] of names) {
    encoding.writeVarString(encoder, documentId)
    encoding.writeUint8(encoder, key === undefined ? 0 : 1)
    if (key !== undefined) encoding.writeUint8Array(encoder, Buffer.from(key, 'hex'))
  }
}

/** Throws when the bytes are something else. */
export function readTouched(reader: ByteReader): Touched {
  const keys = new Set<string>()
  const names = new Map<string, string | undefined>()
  for (let count = reader.varUint(); count > 0; count -= 1) keys.add(hex(reader.take(DOCUMENT_KEY_BYTES)))
  for (let count = reader.varUint(); count > 0; count -= 1) {
    const documentId = reader.varString()
    names.set(documentId, reader.uint8() === 0 ? undefined : hex(reader.take(DOCUMENT_KEY_BYTES)))
  }
  return { keys, names }
}

function isSameDocument(one: Uint8Array, other: Uint8Array): boolean {
  for (let at = 1; at <= DOCUMENT_KEY_BYTES; at += 1) if (one[at] !== other[at]) return false
  return true
}

/** The row of a name ends with the key. */
function keyAtEnd(value: Uint8Array): string {
  return hex(value.subarray(-DOCUMENT_KEY_BYTES))
}

function hex({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('hex')
}
