/**
 * Reads backup files: looks a chain of them through from end to end before anything is made of it, and then gives the rows
 * that make up the store. A chain is one full backup and those that continue it, in order. Writes nothing.
 */
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { CometpadError, errorTable } from '@cometpad/shared'
import { readBlocks, unusable } from './backup-blocks.ts'
import type { BackupEnd, BackupHeader, Block } from './backup-blocks.ts'
import type { BaseCatalog, KnownDocument } from './base-catalog.ts'
import type { StoredRow } from '../database.ts'
import { presentRow } from '../format-steps.ts'
import { FORMAT_VERSION } from '../global-rows.ts'
import { decodeHead, decodeName, hexOf } from '../head-row.ts'
import { decodeKey, kind } from '../keys.ts'
import { groupOf } from './row-groups.ts'

export interface BackupFile {
  readonly path: string
  readonly bytes: number
  readonly header: BackupHeader
  readonly end: BackupEnd
  /** The names in it with their document keys; undefined for one that cannot be read. */
  readonly names: ReadonlyMap<string, string | undefined>
  /** By document key. */
  readonly documents: ReadonlyMap<string, KnownDocument>
  /** Digests of all groups that the store had. */
  readonly groups: ReadonlyMap<string, string>
  /** The groups whose rows are in this file. */
  readonly ownGroups: ReadonlySet<string>
}

type Progress = (bytes: number) => void

/** The blocks of a file, with the rows of an older store in their present form. Throws BACKUP_UNUSABLE, with the name of the file. */
export async function* blocksOf(path: string, progress: Progress = () => {}): AsyncGenerator<Block> {
  const file = createReadStream(path, { highWaterMark: 1024 * 1024 })
  try {
    let version = FORMAT_VERSION
    for await (const block of readBlocks(counted(file, progress))) {
      if (block.type === 'header') version = block.header.store
      yield block.type === 'rows' && version < FORMAT_VERSION
        ? { ...block, rows: block.rows.map((row) => presentRow(row, version)) }
        : block
    }
  } catch (cause) {
    throw named(path, cause)
  } finally {
    file.destroy()
  }
}

async function* counted(file: AsyncIterable<Uint8Array>, progress: Progress): AsyncGenerator<Uint8Array> {
  for await (const chunk of file) {
    progress(chunk.length)
    yield chunk
  }
}

/** Reads a file to its end and checks all of it. Rejects with BACKUP_UNUSABLE. */
export async function inspectBackup(path: string, progress?: Progress): Promise<BackupFile> {
  const names = new Map<string, string | undefined>()
  const documents = new Map<string, KnownDocument>()
  const groups = new Map<string, string>()
  const ownGroups = new Set<string>()
  const idOfKey = new Map<string, string>()
  let header: BackupHeader | undefined
  let bytes = 0
  const count: Progress = (more) => {
    bytes += more
    progress?.(more)
  }
  for await (const block of blocksOf(path, count)) {
    if (block.type === 'header') header = block.header
    if (block.type === 'groups')
      for (const { key, value } of block.groups) groups.set(hexOf(key), hexOf(value))
    if (block.type === 'rows') for (const row of block.rows) note(row)
    if (block.type === 'end' && header !== undefined)
      return { path, bytes, header, end: block.end, names, documents, groups, ownGroups }
  }
  throw named(path, unusable('It has no end.'))

  function note(row: StoredRow): void {
    const group = groupOf(row.key)
    if (group !== undefined) ownGroups.add(group)
    const key = decodeKey(row.key)
    if (key?.kind === 'name') {
      const documentKey = unlessDamaged(() => hexOf(decodeName(key.documentId, row.value)))
      names.set(key.documentId, documentKey)
      if (documentKey !== undefined) idOfKey.set(documentKey, key.documentId)
    }
    if (key?.kind === 'head') {
      const documentKey = hexOf(key.documentKey)
      const head = unlessDamaged(() => decodeHead(idOfKey.get(documentKey) ?? '', key.documentKey, row.value))
      if (head !== undefined) documents.set(documentKey, head)
    }
  }
}

/** Looks through all files and sees that each continues the one before. Rejects with BACKUP_UNUSABLE. */
export async function inspectChain(paths: readonly string[], progress?: Progress): Promise<BackupFile[]> {
  const files: BackupFile[] = []
  for (const path of paths) {
    const file = await inspectBackup(path, progress)
    const before = files.at(-1)
    if (file.header.store < 1 || file.header.store > FORMAT_VERSION)
      throw named(
        path,
        unusable(
          `It holds a store of format version ${file.header.store}; this is version ${FORMAT_VERSION}.`,
        ),
      )
    if (file.header.base !== (before?.header.id ?? null)) throw named(path, unusable(misplaced(file, before)))
    files.push(file)
  }
  return files
}

function misplaced({ header }: BackupFile, before: BackupFile | undefined): string {
  if (header.base === null) return 'It is a full backup, and stands behind another one.'
  return before === undefined
    ? 'It continues another backup, which has to be given before it.'
    : `It does not continue ${basename(before.path)}.`
}

export function catalogOf({ header, documents, groups }: BackupFile): BaseCatalog {
  return { id: header.id, documents, groups }
}

/**
 * The rows of the store that a chain describes: of names, heads and global rows those of the last file; of logs those of
 * documents that are still there; of each group those of the last file that has it.
 */
export async function* rowsOf(
  files: readonly BackupFile[],
  progress?: Progress,
): AsyncGenerator<StoredRow[]> {
  const last = files.at(-1)
  if (last === undefined) return
  const live = new Set(last.names.values())
  for (const [index, file] of files.entries()) {
    const later = files.slice(index + 1)
    const isWanted = (key: Uint8Array): boolean => {
      const first = key[0] ?? 0
      if (first <= kind.head) return file === last
      const group = groupOf(key)
      if (group === undefined) return live.has(hexOf(key.subarray(1, 17)))
      return last.groups.has(group) && !later.some(({ ownGroups }) => ownGroups.has(group))
    }
    for await (const block of blocksOf(file.path, progress))
      if (block.type === 'rows') yield block.rows.filter(({ key }) => isWanted(key))
  }
}

function unlessDamaged<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof CometpadError && cause.code === 'DOCUMENT_DAMAGED') return undefined
    throw cause
  }
}

/** Says which file it is, and turns an error of the disk into one of the table. */
function named(path: string, cause: unknown): CometpadError {
  if (!(cause instanceof CometpadError)) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    return new CometpadError('FILE_UNUSABLE', { detail: `${path}: ${reason}.`, cause })
  }
  if (cause.code !== 'BACKUP_UNUSABLE') return cause
  const detail = cause.message.replace(errorTable.BACKUP_UNUSABLE.text, '').trim()
  return new CometpadError('BACKUP_UNUSABLE', { detail: `${path}: ${detail}`, cause })
}
