/** What a command and a server say to each other, to bytes and back. Both come with one release, but check each other. */
import * as encoding from 'lib0/encoding'
import { ByteReader, CometpadError } from '@cometpad/shared'
import { decodeCatalog, encodeCatalog } from '../storage/index.ts'
import type { BackupRequest, NewHistory, QuarantineChoice, QuarantinedBytes } from '../storage/index.ts'

export function encodeRequest({ kind, base, only }: BackupRequest): Uint8Array {
  const request = { kind, base: base && encodeCatalog(base), only }
  return new TextEncoder().encode(JSON.stringify(request))
}

export function decodeRequest(bytes: Uint8Array): BackupRequest {
  return reading(() => {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (typeof value !== 'object' || value === null || !('kind' in value))
      throw new TypeError('Not a request')
    if (value.kind !== 'backup' && value.kind !== 'export') throw new TypeError('Not a kind')
    return {
      kind: value.kind,
      base: 'base' in value && value.base !== undefined ? decodeCatalog(value.base) : undefined,
      only: 'only' in value && Array.isArray(value.only) ? value.only.map(String) : undefined,
    }
  })
}

export function encodeHistory({ title, updates }: NewHistory): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeUint8(encoder, title === undefined ? 0 : 1)
    encoding.writeVarString(encoder, title ?? '')
    for (const update of updates) encoding.writeVarUint8Array(encoder, update)
  })
}

export function decodeHistory(bytes: Uint8Array): NewHistory {
  return reading(() => {
    const reader = new ByteReader(bytes)
    const hasTitle = reader.uint8() === 1
    const title = reader.varString()
    const updates: Uint8Array[] = []
    while (reader.left > 0) updates.push(reader.varBytes())
    return { title: hasTitle ? title : undefined, updates }
  })
}

export function encodeQuarantined({ update, ...about }: QuarantinedBytes): Uint8Array {
  return encoding.encode((encoder) => {
    encoding.writeVarString(encoder, JSON.stringify(about))
    encoding.writeUint8Array(encoder, update)
  })
}

export function decodeQuarantined(bytes: Uint8Array): QuarantinedBytes {
  return reading(() => {
    const reader = new ByteReader(bytes)
    const about = JSON.parse(reader.varString()) as Omit<QuarantinedBytes, 'update'>
    return { ...about, update: reader.rest() }
  })
}

export function queryFor({ id, documentId, before }: QuarantineChoice): URLSearchParams {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ id, documentId, before }))
    if (value !== undefined) query.set(name, String(value))
  return query
}

export function choiceIn(query: URLSearchParams): QuarantineChoice {
  const before = query.get('before')
  return {
    id: query.get('id') ?? undefined,
    documentId: query.get('documentId') ?? undefined,
    before: before === null ? undefined : Number(before),
  }
}

function reading<T>(read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new CometpadError('INVALID_REQUEST', { detail: 'The command is of another version.', cause })
  }
}
