/**
 * The access to each document as one row beside its log. It goes with its document, and is written in the same way: durable, and
 * verified on every read. Field by field in docs/persistence-format.md.
 */
import * as encoding from 'lib0/encoding'
import { isRole } from '@cometpad/shared'
import { CometpadError } from '@cometpad/shared'
import { Type } from 'typebox'
import { Check } from 'typebox/value'
import type { AccessRecord, AccessStore } from '../core/ports.ts'
import type { Damages } from './damages.ts'
import { readDocument } from './document-rows.ts'
import { damaged, decode, seal, unseal } from './envelope.ts'
import { accessKey } from './keys.ts'
import type { Store } from './store.ts'

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

export interface LevelAccessOptions {
  readonly store: Store
  readonly damages: Damages
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export class LevelAccess implements AccessStore {
  readonly #options: LevelAccessOptions

  constructor(options: LevelAccessOptions) {
    this.#options = options
  }

  read(documentId: string): Promise<AccessRecord | undefined> {
    const { store, damages } = this.#options
    return damages.watch(documentId, () =>
      store.read((handle) =>
        handle.view(async (view) => {
          const found = await readDocument(view, documentId)
          if (found === undefined) return undefined
          const key = accessKey(found.documentKey)
          const value = await view.get(key)
          return value && decodeAccess(key, value)
        }),
      ),
    )
  }

  write(documentId: string, record: AccessRecord): Promise<void> {
    const { store, damages, now } = this.#options
    return store.use((handle) =>
      handle.documents.use(documentId, async ({ documentKey, isDeleted }) => {
        damages.check(documentId)
        if (isDeleted === true) throw new CometpadError('DOCUMENT_NOT_FOUND')
        handle.writer.check()
        const key = accessKey(documentKey)
        const payload = encoding.encode((encoder) => encoding.writeVarString(encoder, JSON.stringify(record)))
        await handle.writer.write({
          rows: [{ type: 'put', key, value: seal(key, { payload, time: now() }) }],
        })
      }),
    )
  }
}

/** Throws DOCUMENT_DAMAGED: a right that cannot be read is never taken for none, and a role that is not known for no other. */
function decodeAccess(key: Uint8Array, value: Uint8Array): AccessRecord {
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
