/**
 * Writes a store, as it is at one moment, as a backup: names and heads of all documents first, then the log of each, then
 * everything else. Damage in one document is noted and its rows are taken along as they are; the others are whole.
 */
import { randomBytes } from 'node:crypto'
import { CometpadError } from '@cometpad/shared'
import { BACKUP_VERSION, BlockWriter } from './backup-blocks.ts'
import type { BackupEnd } from './backup-blocks.ts'
import type { BaseCatalog } from './base-catalog.ts'
import type { Range, StoredRow, View } from '../database.ts'
import { readHead } from '../document-rows.ts'
import type { FoundDocument } from '../document-rows.ts'
import { unseal } from '../envelope.ts'
import { FORMAT_VERSION, decodeNumber } from '../global-rows.ts'
import { decodeName, hexOf } from '../head-row.ts'
import {
  allSnapshotsRange,
  decodeKey,
  entryKey,
  entryRange,
  globalKey,
  globalRow,
  headKey,
  kind,
  nameKey,
  snapshotRange,
} from '../keys.ts'
import { OTHERS, digestGroups, groupOf } from './row-groups.ts'

export interface BackupRequest {
  readonly kind: 'backup' | 'export'
  /** Carry only what this one lacks. */
  readonly base?: BaseCatalog | undefined
  /** Only these documents; an export of a few. */
  readonly only?: readonly string[] | undefined
}

/** A name that is in the store, and what it leads to as far as that can be read. */
interface Listed {
  readonly documentId: string
  readonly name: StoredRow
  readonly documentKey: Uint8Array | undefined
  readonly found: FoundDocument | undefined
}

/** Rejects with DOCUMENT_NOT_FOUND when one of `only` is not there, and with whatever `write` rejects with. */
export async function writeBackup(
  view: View,
  { kind: backupKind, base, only }: BackupRequest,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<BackupEnd['damaged']> {
  const out = new BlockWriter(write)
  const listed = await listDocuments(view, only)
  const damaged = new Set(
    listed.filter(({ found }) => found === undefined).map(({ documentId }) => documentId),
  )
  await out.begin({
    version: BACKUP_VERSION,
    store: FORMAT_VERSION,
    id: randomBytes(16).toString('hex'),
    base: base?.id ?? null,
    kind: backupKind,
    counter: await counterOf(view),
    createdAt: new Date().toISOString(),
  })
  if (backupKind === 'backup') await copy(view, out, { gte: globalKey(0), lt: new Uint8Array([kind.name]) })
  for (const { name } of listed) if (out.add(name)) await out.flush()
  for (const { documentKey } of listed) {
    const value = documentKey && (await view.get(headKey(documentKey)))
    if (documentKey && value && out.add({ key: headKey(documentKey), value })) await out.flush()
  }
  for (const document of listed)
    if (!(await copyLog(view, out, document, base))) damaged.add(document.documentId)
  const groups = backupKind === 'backup' ? await digestGroups(view) : []
  if (backupKind === 'backup') await copyGroups(view, out, groups, base)
  await out.end(groups, { documents: listed.length, damaged: [...damaged] })
  return [...damaged]
}

async function listDocuments(view: View, only: readonly string[] | undefined): Promise<Listed[]> {
  const names: StoredRow[] = []
  if (only === undefined) {
    const range = { gte: new Uint8Array([kind.name]), lt: new Uint8Array([kind.name + 1]) }
    await view.scan(range, (row) => names.push(row) > 0)
  } else {
    for (const documentId of only) {
      const key = nameKey(documentId)
      const value = await view.get(key)
      if (value === undefined) throw new CometpadError('DOCUMENT_NOT_FOUND', { detail: `"${documentId}":` })
      names.push({ key, value })
    }
  }
  const listed: Listed[] = []
  for (const name of names) listed.push(await lookUp(view, name))
  return listed
}

async function lookUp(view: View, name: StoredRow): Promise<Listed> {
  const decoded = decodeKey(name.key)
  const documentId = decoded?.kind === 'name' ? decoded.documentId : hexOf(name.key)
  const documentKey = sound(() => decodeName(documentId, name.value))
  if (documentKey === undefined) return { documentId, name, documentKey, found: undefined }
  try {
    const head = await readHead(view, documentId, documentKey)
    return { documentId, name, documentKey, found: { documentKey, head } }
  } catch (cause) {
    if (!isDamage(cause)) throw cause
    return { documentId, name, documentKey, found: undefined }
  }
}

/** The rows that make up a document, or those that the base lacks. False when something about them is damaged. */
async function copyLog(
  view: View,
  out: BlockWriter,
  { documentKey, found }: Listed,
  base: BaseCatalog | undefined,
): Promise<boolean> {
  if (documentKey === undefined) return false
  if (found === undefined) {
    // Whatever is left of it.
    await copy(view, out, allSnapshotsRange(documentKey))
    await copy(view, out, entryRange(documentKey, 0, Number.MAX_SAFE_INTEGER))
    return false
  }
  const { generation, head, snapshotOffset } = found.head
  const known = base?.documents.get(hexOf(documentKey))
  const isContinued = known?.generation === generation && known.snapshotOffset === snapshotOffset
  const after = isContinued ? known.head : snapshotOffset
  let isSound = true
  if (!isContinued && snapshotOffset > 0)
    isSound = (await copy(view, out, snapshotRange(documentKey, snapshotOffset))) > 0
  if (after >= head) return isSound
  let offset = after
  const copied = await copy(view, out, entryRange(documentKey, after + 1, head), (key) => {
    offset += 1
    return Buffer.compare(key, entryKey(documentKey, offset)) === 0
  })
  return isSound && copied === head - after
}

async function copyGroups(
  view: View,
  out: BlockWriter,
  groups: readonly StoredRow[],
  base: BaseCatalog | undefined,
): Promise<void> {
  const changed = new Set(
    groups
      .filter(({ key, value }) => base?.groups.get(hexOf(key)) !== hexOf(value))
      .map(({ key }) => hexOf(key)),
  )
  if (changed.size === 0) return
  await eachRow(view, OTHERS, out, (row) => changed.has(groupOf(row.key) ?? ''))
}

/** Copies the rows of a range; gives how many there were, or -1 when one is damaged or out of its place. */
async function copy(
  view: View,
  out: BlockWriter,
  range: Range,
  isInPlace: (key: Uint8Array) => boolean = () => true,
): Promise<number> {
  let count = 0
  let isSound = true
  await eachRow(view, range, out, ({ key, value }) => {
    count += 1
    isSound = isSound && isInPlace(key) && sound(() => unseal(key, value)) !== undefined
    return true
  })
  return isSound ? count : -1
}

/** Adds the rows that `take` wants, and stops reading while what was added is written. */
async function eachRow(
  view: View,
  range: Range,
  out: BlockWriter,
  take: (row: StoredRow) => boolean,
): Promise<void> {
  let rest: Range | undefined = range
  while (rest !== undefined) {
    const present: Range = rest
    rest = undefined
    await view.scan(present, (row) => {
      if (!take(row) || !out.add(row)) return true
      const { gte: _, ...others } = present
      rest = { ...others, gt: row.key }
      return false
    })
    if (rest !== undefined) await out.flush()
  }
}

async function counterOf(view: View): Promise<number> {
  const value = await view.get(globalKey(globalRow.batchCounter))
  return value === undefined ? 0 : decodeNumber(globalRow.batchCounter, value)
}

function sound<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (cause) {
    if (!isDamage(cause)) throw cause
    return undefined
  }
}

function isDamage(cause: unknown): boolean {
  return cause instanceof CometpadError && cause.code === 'DOCUMENT_DAMAGED'
}
