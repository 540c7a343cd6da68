/**
 * What a backup holds, in short: enough for the next one to carry only what is new. Made from a backup file by whoever
 * asks for the next, and given to the one who has the store. Knows no rows.
 */
import type { Offset } from '@cometpad/shared'

export interface KnownDocument {
  readonly generation: string
  readonly head: Offset
  readonly snapshotOffset: Offset
}

export interface BaseCatalog {
  /** The id of the backup. */
  readonly id: string
  /** By document key, hexadecimal. */
  readonly documents: ReadonlyMap<string, KnownDocument>
  /** Digests of groups by prefix, both hexadecimal. */
  readonly groups: ReadonlyMap<string, string>
}

export function encodeCatalog({ id, documents, groups }: BaseCatalog): unknown {
  return { id, documents: [...documents], groups: [...groups] }
}

/** Throws a TypeError when it is none. */
export function decodeCatalog(value: unknown): BaseCatalog {
  if (!isRecord(value) || typeof value['id'] !== 'string') throw new TypeError('Not a catalog')
  return {
    id: value['id'],
    documents: new Map(pairs(value['documents']).map(([key, document]) => [key, knownDocument(document)])),
    groups: new Map(
      pairs(value['groups']).map(([key, digest]) => {
        if (typeof digest !== 'string') throw new TypeError('Not a digest')
        return [key, digest]
      }),
    ),
  }
}

function knownDocument(value: unknown): KnownDocument {
  if (!isRecord(value)) throw new TypeError('Not a document')
  const { generation, head, snapshotOffset } = value
  if (typeof generation !== 'string' || typeof head !== 'number' || typeof snapshotOffset !== 'number')
    throw new TypeError('Not a document')
  return { generation, head, snapshotOffset }
}

function pairs(value: unknown): [string, unknown][] {
  if (!Array.isArray(value)) throw new TypeError('Not a list')
  return value.map((pair: unknown) => {
    if (!Array.isArray(pair) || typeof pair[0] !== 'string') throw new TypeError('Not a pair')
    return [pair[0], pair[1]]
  })
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
