/** Puts the store together: folder, log, compaction, threads. */
import { limits as defaults } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type {
  AccessStore,
  Compute,
  DocumentHead,
  Log,
  QuarantinePort,
  Report,
  StoreStatus,
} from '../core/ports.ts'
import { writeBackup } from './backup/write-backup.ts'
import type { BackupRequest } from './backup/write-backup.ts'
import { Compactor } from './compactor.ts'
import { Damages } from './damages.ts'
import { DataFolder } from './data-folder.ts'
import type { Database } from './database.ts'
import { Deletions } from './deletions.ts'
import { whatIsInTheWay } from './disk-space.ts'
import { FirstLines } from './first-lines.ts'
import { LevelAccess } from './level-access.ts'
import { LevelLog } from './level-log.ts'
import { LevelQuarantine } from './quarantine.ts'
import type { Quarantine } from './quarantine.ts'
import { prepareReplacement } from './replacement.ts'
import type { NewHistory } from './replacement.ts'
import { Store } from './store.ts'
import { YjsThread } from './yjs-thread.ts'

export interface LevelLogSettings {
  /** The data folder; made when it is missing. */
  readonly folder: string
  readonly report: Pick<Report, 'failed' | 'noticed'>
  readonly limits?: Partial<Limits>
  /** Go on although acknowledged batches are missing. */
  readonly acceptLoss?: boolean
  readonly allowNetworkFolder?: boolean
  /** False: a store of an older version is refused with DATA_OUTDATED. Else it is brought to this one. */
  readonly migrates?: boolean
  /** For tests: another database than LevelDB's. */
  readonly openDatabase?: (path: string) => Promise<Database>
  /** For tests: milliseconds since 1970. */
  readonly now?: () => number
}

export interface OpenedLog {
  readonly log: Log
  readonly access: AccessStore
  readonly compute: Compute
  readonly quarantine: Quarantine & QuarantinePort
  readonly status: () => StoreStatus
  /** Compacts a document now, whether it is due or not. Rejects when that was not possible; nothing has changed then. */
  readonly compact: (documentId: string) => Promise<void>
  /**
   * Writes the store as it is now, chunk by chunk; each waits for the one before. Gives the documents that are damaged.
   * Rejects with STORE_UNAVAILABLE when the store is opened anew meanwhile, also while a chunk is not taken.
   */
  readonly backup: (
    request: BackupRequest,
    write: (chunk: Uint8Array) => Promise<void>,
  ) => Promise<readonly string[]>
  /** Checks a new history for a document and gives the step that puts it in place. Rejects with MALFORMED_UPDATE. */
  readonly prepareReplacement: (
    documentId: string,
    history: NewHistory,
  ) => Promise<() => Promise<DocumentHead>>
  /** Resolves when no row of a deleted document is left. */
  readonly removed: () => Promise<void>
  /** Waits for what is being written, ends the threads and lets go of the folder. */
  readonly close: () => Promise<void>
}

/** Rejects with DATA_UNUSABLE, DATA_LOCKED, DATA_DAMAGED or DATA_OUTDATED. */
export async function openLevelLog(settings: LevelLogSettings): Promise<OpenedLog> {
  const limits: Limits = { ...defaults, ...settings.limits }
  const failed: Report['failed'] = (...what) => settings.report.failed(...what)
  const folder = await DataFolder.take({
    folder: settings.folder,
    noticed: (what, cause) => {
      if (cause === undefined && settings.report.noticed !== undefined) settings.report.noticed(what)
      else failed(what, '', cause)
    },
    openDatabase: settings.openDatabase,
    acceptLoss: settings.acceptLoss,
    allowNetworkFolder: settings.allowNetworkFolder,
    limits,
    migrates: settings.migrates,
  })
  const obstacle = (): Promise<unknown> => whatIsInTheWay(settings.folder, limits.reopenBytes)
  const store = await Store.open({
    folder,
    limits,
    failed,
    clock: () => performance.now(),
    obstacle,
  })
  // Two: a reader's answer does not wait for a compaction of seconds.
  const compute = new YjsThread({ limits })
  const compaction = new YjsThread({ limits })
  const damages = new Damages(limits.damagedDocuments, (documentId, cause) =>
    failed('read the document', documentId, cause),
  )
  const compactor = new Compactor({
    damages,
    use: (work) => store.use(work),
    compact: (updates) => compaction.compact(updates),
    limits,
    failed,
  })
  const now = settings.now ?? Date.now
  const quarantine = new LevelQuarantine({ store, limits, now, obstacle, failed })
  const deletions = new Deletions({
    store,
    compactor,
    damages,
    limits,
    now,
    failed,
    deleted: (documentKey) => quarantine.forget(documentKey),
  })
  deletions.removeRemains()
  const firstLines = new FirstLines({
    store,
    damages,
    read: (updates) => compaction.firstLine(updates),
    limits,
    failed,
  })
  const log = new LevelLog({ store, compactor, damages, deletions, firstLines, limits, now })
  const compact = (updates: readonly Uint8Array[]) => compaction.compact(updates)
  return {
    log,
    access: new LevelAccess({ store, damages, now }),
    compute,
    quarantine,
    status: () => ({ isWritable: store.isWritable, damaged: damages.all }),
    compact: (documentId) => compactor.compact(documentId),
    backup: (request, write) =>
      store.use((handle) =>
        handle.view((view) =>
          // A store that broke comes back when nobody reads the old one any more.
          writeBackup(view, request, (chunk) => handle.waitFor(() => write(chunk))),
        ),
      ),
    prepareReplacement: (documentId, history) =>
      prepareReplacement({ store, compactor, damages, compact, limits, now }, documentId, history),
    removed: () => deletions.removed(),
    close: async () => {
      // A compaction that is not done is given up: the log it would have replaced is whole.
      const compacted = compactor.close()
      const looked = firstLines.close()
      await Promise.all([compaction.close(), compute.close()])
      await compacted
      await looked
      await quarantine.close()
      await deletions.close()
      await store.close()
    },
  }
}
