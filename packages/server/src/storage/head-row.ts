/** The head row of a document and the row of its name, to bytes and back. Field by field in docs/persistence-format.md. */
import { randomBytes } from 'node:crypto'
import * as encoding from 'lib0/encoding'
import { CometpadError } from '@cometpad/shared'
import type { ByteReader, Offset } from '@cometpad/shared'
import type { DocumentHead } from '../core/ports.ts'
import type { Operation, Put, StoredRow } from './database.ts'
import { damaged, decode, seal, unseal } from './envelope.ts'
import { DOCUMENT_KEY_BYTES, decodeKey, headKey, nameKey } from './keys.ts'

const GENERATION_BYTES = 16

export function newGeneration(): string {
  return randomBytes(GENERATION_BYTES).toString('hex')
}

/** The head of a history that begins at `offset`: nothing, or a snapshot of so many bytes. */
export function firstHead(about: {
  readonly documentId: string
  readonly title: string
  readonly offset: Offset
  readonly bytes: number
  readonly firstLine?: string
  readonly createdAt: number
  readonly updatedAt: number
}): DocumentHead {
  const { offset, bytes, ...others } = about
  return {
    ...others,
    generation: newGeneration(),
    head: offset,
    snapshotOffset: offset,
    logBytes: 0,
    snapshotBytes: bytes,
  }
}

export function encodeHead(documentKey: Uint8Array, head: DocumentHead): Put {
  const key = headKey(documentKey)
  const payload = encoding.encode((encoder) => {
    encoding.writeUint8Array(encoder, bytesOfHex(head.generation))
    encoding.writeVarUint(encoder, head.head)
    encoding.writeVarUint(encoder, head.snapshotOffset)
    encoding.writeVarUint(encoder, head.logBytes)
    encoding.writeVarUint(encoder, head.snapshotBytes)
    encoding.writeVarUint(encoder, head.createdAt)
    encoding.writeVarUint(encoder, head.updatedAt)
    encoding.writeVarString(encoder, head.documentId)
    encoding.writeVarString(encoder, head.title)
    encoding.writeUint8(encoder, head.firstLine === undefined ? 0 : 1)
    encoding.writeVarString(encoder, head.firstLine ?? '')
  })
  return { type: 'put', key, value: seal(key, { payload }) }
}

/** Throws DOCUMENT_DAMAGED when the row is missing, changed, or belongs to another document. */
export function decodeHead(
  documentId: string,
  documentKey: Uint8Array,
  value: Uint8Array | undefined,
): DocumentHead {
  if (value === undefined) throw damaged('The head of a document is missing.')
  const head = headIn(documentKey, value)
  if (head.documentId !== documentId) throw damaged('The head belongs to another document.')
  return head
}

function headIn(documentKey: Uint8Array, value: Uint8Array): DocumentHead {
  return decode(unseal(headKey(documentKey), value).payload, (reader) => {
    const head = partsOfFormat1(reader)
    const isKnown = reader.take(1)[0] === 1
    const firstLine = reader.varString()
    return isKnown ? { ...head, firstLine } : head
  })
}

/** What a head had when the format had version 1, and still begins with. */
function partsOfFormat1(reader: ByteReader): DocumentHead {
  return {
    generation: hexOf(reader.take(GENERATION_BYTES)),
    head: reader.varUint(),
    snapshotOffset: reader.varUint(),
    logBytes: reader.varUint(),
    snapshotBytes: reader.varUint(),
    createdAt: reader.varUint(),
    updatedAt: reader.varUint(),
    documentId: reader.varString(),
    title: reader.varString(),
  }
}

/** A head of version 1 of the format as one of version 2. Whatever else it is comes back as it is: done twice it does the same. */
export function headOfFormat2({ key, value }: StoredRow): StoredRow {
  const decoded = decodeKey(key)
  if (decoded?.kind !== 'head') return { key, value }
  try {
    const head = decode(unseal(key, value).payload, partsOfFormat1)
    return { key, value: encodeHead(decoded.documentKey, head).value }
  } catch (cause) {
    // A damaged one stays so, and is refused by whoever reads it.
    if (cause instanceof CometpadError) return { key, value }
    throw cause
  }
}

/** A head in the place of another one: the document is damaged, and this is what was found. */
export function encodeDamagedHead(documentKey: Uint8Array, what: string): StoredRow & Operation {
  const key = headKey(documentKey)
  return { type: 'put', key, value: seal(key, { payload: new TextEncoder().encode(what), isDamage: true }) }
}

/** Which document it is, when the row is the sound head of one, of whatever version of the format. */
export function documentIdIn(
  operation: Operation,
): { readonly documentKey: Uint8Array; readonly documentId: string } | undefined {
  const key = decodeKey(operation.key)
  if (operation.type !== 'put' || key?.kind !== 'head') return undefined
  try {
    const { documentId } = decode(unseal(operation.key, operation.value).payload, (reader) => {
      const head = partsOfFormat1(reader)
      reader.rest()
      return head
    })
    return { documentKey: key.documentKey, documentId }
  } catch (cause) {
    if (cause instanceof CometpadError) return undefined
    throw cause
  }
}

export function encodeName(documentId: string, documentKey: Uint8Array): Operation {
  const key = nameKey(documentId)
  return { type: 'put', key, value: seal(key, { payload: documentKey }) }
}

/** Throws DOCUMENT_DAMAGED. */
export function decodeName(documentId: string, value: Uint8Array): Uint8Array {
  const { payload } = unseal(nameKey(documentId), value)
  if (payload.length !== DOCUMENT_KEY_BYTES) throw damaged('A name has no document key.')
  return payload.slice()
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

function bytesOfHex(hex: string): Uint8Array {
  if (!/^[0-9a-f]{32}$/.test(hex)) throw new TypeError('A generation has 32 hexadecimal digits')
  return Uint8Array.from({ length: GENERATION_BYTES }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  )
}
