/**
 * The row with the access to a document, to bytes and back. Field by field in docs/persistence-format.md.
 */
import * as encoding from 'lib0/encoding'
import { isRole } from '@cometpad/shared'
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import type { AccessRecord } from '../core/ports.ts'
import type { Operation } from './database.ts'
import { damaged, decode, seal, unseal } from './envelope.ts'
import { accessKey } from './keys.ts'

const Time = Type.Integer({ minimum: 0 })
const Access = Type.Object({
  people: Type.Array(
    Type.Object({ subject: Type.String(), role: Type.String(), changedBy: Type.String(), changedAt: Time }),
  ),
  links: Type.Array(
    Type.Object({
      linkId: Type.String(),
      role: Type.String(),
      secretHash: Type.String(),
      password: Type.Optional(Type.Object({ salt: Type.String(), proofHash: Type.String() })),
      expiresAt: Type.Optional(Time),
      createdBy: Type.String(),
      createdAt: Time,
    }),
  ),
  // Rows of before there was a trail have none.
  trail: Type.Optional(
    Type.Array(
      Type.Object({
        at: Time,
        by: Type.String(),
        what: Type.String(),
        about: Type.Optional(Type.String()),
        role: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      }),
    ),
  ),
})

export function encodeAccess(documentKey: Uint8Array, record: AccessRecord, time: number): Operation {
  const key = accessKey(documentKey)
  const payload = encoding.encode((encoder) => encoding.writeVarString(encoder, JSON.stringify(record)))
  return { type: 'put', key, value: seal(key, { payload, time }) }
}

/** Throws DOCUMENT_DAMAGED: a right that cannot be read is never taken for none, and a role that is not known for no other. */
export function decodeAccess(key: Uint8Array, value: Uint8Array): AccessRecord {
  const text = decode(unseal(key, value).payload, (reader) => reader.varString())
  const record = parsed(text)
  if (!Check(Access, record)) throw damaged('The access to a document has another form.')
  const roles = [...record.people.filter(({ role }) => role !== 'none'), ...record.links]
  if (!roles.every(({ role }) => isRole(role))) throw damaged('A role is not one of the four.')
  return { ...record, trail: record.trail ?? [] } as AccessRecord
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw damaged('The access to a document cannot be read.', cause)
  }
}
