/**
 * Makes a data folder of a chain of backups: looks all of them through, builds the store beside its place, checks it, and
 * only then gives it its name. Whatever happens on the way, the folder is not there, or whole.
 */
import { mkdir, readdir, rename, rm, statfs } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { AccessRecord, TrailEntry } from '../../core/ports.ts'
import { decodeAccess, encodeAccess } from '../access-rows.ts'
import { inspectChain, rowsOf } from './read-backup.ts'
import type { BackupFile } from './read-backup.ts'
import { DATABASE_FOLDER } from '../data-folder.ts'
import { openDatabase } from '../database.ts'
import type { Database, Operation, View } from '../database.ts'
import { readDocument, readEntries, readSnapshot } from '../document-rows.ts'
import { faultPoint } from '../fault-point.ts'
import { encodeCounter, encodeFormatVersion } from '../global-rows.ts'
import { encodeHead, newGeneration } from '../head-row.ts'
import { accessKey } from '../keys.ts'
import { syncFolder } from '../sync-folder.ts'

/** A store takes about as much as its backup; while it is written, LevelDB has some of it twice. */
const SPACE_FACTOR = 1.3

export interface RestoreOptions {
  readonly files: readonly string[]
  /** Must not be there, or be empty. */
  readonly folder: string
  readonly limits: Pick<Limits, 'commitBytes' | 'commitRows' | 'pageBytes' | 'trailEntries'>
  /** Who does it, for the trails of the documents. */
  readonly by: string
  /** Bytes of backup files that were read; each is read twice. */
  readonly progress?: (bytes: number) => void
}

export interface Restored {
  readonly documents: number
  /** They were damaged when the backup was made, and still are. */
  readonly damaged: readonly string[]
}

/** Rejects with BACKUP_UNUSABLE, TARGET_IN_USE or DATA_UNUSABLE; then there is no folder. */
export async function restoreFolder(options: RestoreOptions): Promise<Restored> {
  const { files, folder, progress } = options
  const target = resolve(folder)
  await refuseUnlessFree(target)
  const chain = await inspectChain(files, progress)
  faultPoint('restore/after-inspection')
  const building = `${target}.restoring-${process.pid}`
  try {
    await removeLeftovers(target)
    await mkdir(join(building, DATABASE_FOLDER), { recursive: true, mode: 0o700 })
    await checkSpace(building, chain)
    const restored = await build(join(building, DATABASE_FOLDER), chain, options)
    await syncFolder(join(building, DATABASE_FOLDER))
    await syncFolder(building)
    faultPoint('restore/before-rename')
    await rename(building, target)
    faultPoint('restore/after-rename')
    await syncFolder(dirname(target))
    return restored
  } catch (cause) {
    await rm(building, { recursive: true, force: true })
    if (cause instanceof CometpadError) throw cause
    throw new CometpadError('DATA_UNUSABLE', { detail: `${folder}: ${reasonOf(cause)}.`, cause })
  }
}

async function build(
  path: string,
  chain: readonly BackupFile[],
  { limits, by, progress }: RestoreOptions,
): Promise<Restored> {
  const database = await openDatabase(path)
  try {
    await fill(database, chain, limits, progress)
    await renewGenerations(database, chain, { limits, by })
    faultPoint('restore/after-rows')
    return await database.view((view) => check(view, chain, limits))
  } finally {
    await database.close()
  }
}

async function fill(
  database: Database,
  chain: readonly BackupFile[],
  { commitBytes }: RestoreOptions['limits'],
  progress: RestoreOptions['progress'],
): Promise<void> {
  const { kind = 'backup', counter = 0 } = chain.at(-1)?.header ?? {}
  // An export has no global rows; a backup's own follow and replace these.
  let batch: Operation[] = [encodeFormatVersion(), encodeCounter(kind === 'export' ? 0 : counter)]
  let bytes = 0
  for await (const rows of rowsOf(chain, progress)) {
    for (const row of rows) {
      batch.push({ type: 'put', ...row })
      bytes += row.key.length + row.value.length
    }
    if (bytes < commitBytes) continue
    await database.write(batch)
    faultPoint('restore/after-batch')
    batch = []
    bytes = 0
  }
  await database.write(batch)
}

/**
 * What was written after the backup is gone here, and its offsets will be given to other edits. Whoever still has such
 * edits must not go on from its old position, and is told so by the new generation. The trails say who has done that.
 */
async function renewGenerations(
  database: Database,
  chain: readonly BackupFile[],
  { limits, by }: Pick<RestoreOptions, 'limits' | 'by'>,
): Promise<void> {
  const { commitRows, trailEntries } = limits
  const time = Date.now()
  const documentIds = Array.from(chain.at(-1)?.names.keys() ?? [])
  for (let from = 0; from < documentIds.length; from += commitRows) {
    const rows = await database.view((view) =>
      Promise.all(
        documentIds.slice(from, from + commitRows).map(async (id) => {
          const found = await unlessDamaged(() => readDocument(view, id))
          // Nobody can come to a document whose head is damaged.
          if (found === undefined) return []
          const { documentKey, head } = found
          const trail = await withEntry(
            view,
            documentKey,
            { at: time, by, what: 'history replaced' },
            trailEntries,
          )
          return [encodeHead(documentKey, { ...head, generation: newGeneration() }), ...trail]
        }),
      ),
    )
    await database.write(rows.flat())
    faultPoint('restore/after-generations')
  }
}

/** Nothing where the access is damaged: it stays as it is, and closes its document. */
async function withEntry(
  view: View,
  documentKey: Uint8Array,
  entry: TrailEntry,
  most: number,
): Promise<Operation[]> {
  const key = accessKey(documentKey)
  const value = await view.get(key)
  const nothing: AccessRecord = { people: [], links: [], trail: [] }
  const before = value === undefined ? nothing : await unlessDamaged(async () => decodeAccess(key, value))
  if (before === undefined) return []
  const trail = [...before.trail, entry].slice(-most)
  return [encodeAccess(documentKey, { ...before, trail }, entry.at)]
}

async function unlessDamaged<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof CometpadError && cause.code === 'DOCUMENT_DAMAGED') return undefined
    throw cause
  }
}

/** Every document reads from end to end, but for those that the backup calls damaged. */
async function check(
  view: View,
  chain: readonly BackupFile[],
  { pageBytes }: RestoreOptions['limits'],
): Promise<Restored> {
  const last = chain.at(-1)
  if (last === undefined) throw new TypeError('A chain has at least one file')
  const known = new Set(chain.flatMap(({ end }) => end.damaged))
  const damaged: string[] = []
  for (const documentId of last.names.keys()) {
    try {
      await readAll(view, documentId, pageBytes)
    } catch (cause) {
      if (!(cause instanceof CometpadError && cause.code === 'DOCUMENT_DAMAGED')) throw cause
      if (!known.has(documentId))
        throw new CometpadError('BACKUP_UNUSABLE', { detail: `"${documentId}" came out damaged.`, cause })
      damaged.push(documentId)
    }
  }
  return { documents: last.names.size, damaged }
}

async function readAll(view: View, documentId: string, pageBytes: number): Promise<void> {
  const found = await readDocument(view, documentId)
  if (found === undefined) throw new CometpadError('DOCUMENT_DAMAGED', { detail: 'The name is missing.' })
  await readSnapshot(view, found)
  for (let offset = found.head.snapshotOffset; offset < found.head.head;) {
    const entries = await readEntries(view, found, offset, pageBytes)
    offset = entries.at(-1)?.offset ?? found.head.head
  }
}

async function refuseUnlessFree(target: string): Promise<void> {
  const files = await readdir(target).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (code === 'ENOENT') return []
    throw new CometpadError('TARGET_IN_USE', { detail: `${target}: ${reasonOf(cause)}.`, cause })
  })
  if (files.length > 0) throw new CometpadError('TARGET_IN_USE', { detail: `${target} is not empty.` })
}

/** What restores that were killed have left; those that still run stay. */
async function removeLeftovers(target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  for (const name of await readdir(dirname(target))) {
    const [start, pid] = name.split('.restoring-')
    if (start !== basename(target) || pid === undefined || !/^\d+$/.test(pid)) continue
    if (Number(pid) === process.pid || !isRunning(Number(pid)))
      await rm(join(dirname(target), name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM'
  }
}

async function checkSpace(folder: string, chain: readonly BackupFile[]): Promise<void> {
  const needed = SPACE_FACTOR * chain.reduce((sum, { bytes }) => sum + bytes, 0)
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < needed)
    throw new CometpadError('DATA_UNUSABLE', {
      detail: `${folder}: ${megabytes(needed)} are needed, and ${megabytes(bavail * bsize)} are free.`,
    })
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000)} MB`
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
