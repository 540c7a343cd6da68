/**
 * The rows that say whose a Yjs client is, to bytes and back. Each names the history in which it was claimed: what an earlier one has
 * left says nothing about the present one.
 */
import type { Claim } from '../core/ports.ts'
import type { Operation, View } from './database.ts'
import type { FoundDocument } from './document-rows.ts'
import { damaged, seal, unseal } from './envelope.ts'
import { hexOf } from './head-row.ts'
import { clientOwnerKey, clientOwnersRange, decodeKey } from './keys.ts'

interface Claiming extends Claim {
  readonly generation: string
  readonly time: number
}

export function encodeOwners(
  documentKey: Uint8Array,
  { subject, clients, generation, time }: Claiming,
): Operation[] {
  const payload = new Uint8Array(Buffer.from(generation, 'hex'))
  return clients.map((client) => {
    const key = clientOwnerKey(documentKey, client)
    return { type: 'put', key, value: seal(key, { payload, time, subject }) }
  })
}

/** By Yjs client: whose it is in this history. Rejects with DOCUMENT_DAMAGED. */
export async function readOwners(
  view: View,
  { documentKey, head }: FoundDocument,
): Promise<Map<number, string>> {
  const owners = new Map<number, string>()
  await view.scan(clientOwnersRange(documentKey), ({ key, value }) => {
    const decoded = decodeKey(key)
    const { payload, subject } = unseal(key, value)
    if (decoded?.kind !== 'clientOwner' || subject === undefined)
      throw damaged('A row of an owner has another form.')
    if (hexOf(payload) === head.generation) owners.set(decoded.client, subject)
    return true
  })
  return owners
}
