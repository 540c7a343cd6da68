/**
 * The rows that are no part of a log (owners, versions, grants, what later formats add), as groups of one kind of one
 * document. A backup that continues another one carries a group again only when it has changed. Knows no payload.
 */
import { createHash } from 'node:crypto'
import type { StoredRow, View } from '../database.ts'
import { hexOf } from '../head-row.ts'
import { DOCUMENT_KEY_BYTES, kind } from '../keys.ts'

const PREFIX_BYTES = 1 + DOCUMENT_KEY_BYTES
const DIGEST_BYTES = 16
/** The kinds that are read document by document. */
const LOG_KINDS: ReadonlySet<number> = new Set([kind.global, kind.name, kind.head, kind.entry, kind.snapshot])

/** The group of a key as text; undefined for the rows of names and logs. */
export function groupOf(key: Uint8Array): string | undefined {
  return LOG_KINDS.has(key[0] ?? 0) ? undefined : hexOf(key.subarray(0, PREFIX_BYTES))
}

/** The digest of every group, in the order of their keys. */
export async function digestGroups(view: View): Promise<StoredRow[]> {
  const groups: StoredRow[] = []
  let group: Uint8Array | undefined
  let hash = createHash('sha256')
  const finish = (): void => {
    if (group === undefined) return
    groups.push({ key: group, value: new Uint8Array(hash.digest().subarray(0, DIGEST_BYTES)) })
    hash = createHash('sha256')
  }
  await view.scan(OTHERS, ({ key, value }) => {
    const prefix = key.subarray(0, PREFIX_BYTES)
    if (group === undefined || Buffer.compare(prefix, group) !== 0) {
      finish()
      group = prefix.slice()
    }
    const lengths = new Uint32Array([key.length, value.length])
    hash.update(new Uint8Array(lengths.buffer)).update(key).update(value)
    return true
  })
  finish()
  return groups
}

/** Everything behind the rows of names and logs. */
export const OTHERS = { gte: new Uint8Array([Math.max(...LOG_KINDS) + 1]) }
