/**
 * The data folder of one process: locked, checked, and the store in it opened, or one line that says why not. Never has
 * LevelDB repair: its repair has turned a damaged table into an empty database and called it a success.
 */
import { mkdir, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { CometpadError, limits as defaults } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import { openDatabase } from './database.ts'
import { markDamaged } from './damage-marks.ts'
import type { Database, Operation } from './database.ts'
import {
  NO_FILES,
  bytesDropped,
  damagedDocuments,
  isUnborn,
  keepCopies,
  lookAtFiles,
  mendingsOf,
  replaceFiles,
} from './database-files.ts'
import type { FilesLook } from './database-files.ts'
import { freeBytes } from './disk-space.ts'
import { faultPoint } from './fault-point.ts'
import { networkFileSystem } from './file-system.ts'
import { lostBatches, readFirstRows } from './first-rows.ts'
import type { FirstRows } from './first-rows.ts'
import { folderError, openingError } from './folder-errors.ts'
import { FolderLock } from './folder-lock.ts'
import { FORMAT_VERSION, encodeCounter } from './global-rows.ts'
import { HighWater } from './high-water.ts'
import type { Coverage } from './ledger-file.ts'
import { readLedger } from './ledger.ts'
import { isLostEndKnown, lostAtTheEnd } from './lost-end.ts'
import type { LogEnd } from './lost-end.ts'
import { forgetLost, isNothing, lostRowsIn, noteLost } from './lost-rows.ts'
import { restoreFirstRows } from './noted-names.ts'
import { readManifestCopy } from './manifest-copy.ts'
import type { ManifestCopy } from './manifest-copy.ts'
import { migrate } from './migration.ts'
import { SideFiles } from './side-files.ts'
import { syncFolder } from './sync-folder.ts'
import { readTableNotes } from './table-notes.ts'
import type { NotedTables } from './table-notes.ts'

/** Inside the data folder; what else the server keeps lies beside it. */
export const DATABASE_FOLDER = 'leveldb'
/** Copies of damaged files, kept before anything else is done with them. */
export const DAMAGED_FOLDER = 'damaged'

export interface OpenedFolder {
  readonly database: Database
  /** The number of the newest batch. */
  readonly counter: number
}

export interface DataFolderOptions {
  readonly folder: string
  /** Something that the operator has to know of, although it goes on. */
  readonly noticed: (what: string, cause?: unknown) => void
  /** Another database than LevelDB's, for tests. */
  readonly openDatabase?: ((path: string) => Promise<Database>) | undefined
  /** Go on although acknowledged batches are missing: the operator has said so. */
  readonly acceptLoss?: boolean | undefined
  readonly allowNetworkFolder?: boolean | undefined
  readonly limits?: Limits | undefined
  /** False: a store of an older version is refused, and not brought to this one. */
  readonly migrates?: boolean | undefined
}

/** What is known before anything is opened. */
interface Beforehand {
  /** The process died, or the store broke: the end of what was being written may be missing. */
  readonly mayBeTorn: boolean
  readonly coverage: Coverage
  readonly tableNotes: NotedTables
  readonly manifestCopy: ManifestCopy | undefined
}

export class DataFolder {
  readonly #options: DataFolderOptions
  readonly #path: string
  readonly #lock: FolderLock
  readonly #highWater: HighWater
  /** Tables that this process has found to be whole. */
  readonly #wholeTables = new Set<string>()
  #acknowledged: number
  #sideFiles: SideFiles | undefined

  private constructor(options: DataFolderOptions, lock: FolderLock, highWater: HighWater) {
    this.#options = options
    this.#path = join(options.folder, DATABASE_FOLDER)
    this.#lock = lock
    this.#highWater = highWater
    const { found } = highWater
    this.#acknowledged = typeof found === 'string' ? 0 : found.counter
  }

  /** Takes the folder for this process. Rejects with DATA_UNUSABLE or DATA_LOCKED; nothing was written then. */
  static async take(options: DataFolderOptions): Promise<DataFolder> {
    const { folder } = options
    try {
      await mkdir(folder, { recursive: true })
      await checkFileSystem(options)
      faultPoint('open/before-lock')
      const lock = await FolderLock.take(folder)
      faultPoint('open/after-lock')
      try {
        return new DataFolder(options, lock, await HighWater.open(folder))
      } catch (cause) {
        await lock.release()
        throw cause
      }
    } catch (cause) {
      throw cause instanceof CometpadError ? cause : openingError(folder, cause)
    }
  }

  /**
   * Opens the store, also once more after it broke. Rejects with DATA_UNUSABLE, DATA_LOCKED or DATA_DAMAGED; nothing is
   * left open then.
   * @param acknowledged the newest batch that was acknowledged, as far as this process knows
   */
  async open(acknowledged = 0): Promise<OpenedFolder> {
    this.#acknowledged = Math.max(this.#acknowledged, acknowledged)
    // The files of a large store are read for minutes.
    return this.#lock.holding(() => this.#open())
  }

  async #open(): Promise<OpenedFolder> {
    const { folder } = this.#options
    await this.#sideFiles?.close()
    this.#sideFiles = undefined
    const beforehand = await this.#beforehand().catch((cause: unknown) => {
      throw openingError(folder, cause)
    })
    const look = await this.#look(beforehand)
    await this.#checkOurs()
    await this.#highWater.write({ counter: this.#acknowledged, isClean: false }).catch((cause: unknown) => {
      throw openingError(folder, cause)
    })
    faultPoint('open/after-mark')
    const database = await this.#openDatabase()
    faultPoint('open/after-leveldb')
    try {
      // Before anything is said to be saved in them: LevelDB does not make sure of the names of its first files.
      await syncFolder(this.#path)
      faultPoint('open/after-sync')
      const counter = await this.#check(database, look, beforehand)
      await this.#lock.watch(join(this.#path, 'LOCK'))
      return { database, counter }
    } catch (cause) {
      await database.close()
      throw cause instanceof CometpadError ? cause : openingError(folder, cause)
    }
  }

  /** Rejects with DATA_LOCKED when somebody else has taken the folder while this process read in it, or was stopped. */
  async #checkOurs(): Promise<void> {
    const { folder } = this.#options
    const isOurs = await this.#lock.beat(new Date()).catch((cause: unknown) => {
      throw openingError(folder, cause)
    })
    if (!isOurs) throw folderError('DATA_LOCKED', `${folder} was taken by another process meanwhile.`)
  }

  /** To be called about once a second. False: the folder is no longer ours, and nothing may be written any more. */
  async beat(acknowledged: number): Promise<boolean> {
    if (!(await this.#lock.beat(new Date()))) return false
    await this.#sideFiles?.flush()
    await this.#highWater.write({ counter: acknowledged, isClean: false })
    return true
  }

  /** A batch is durable; the ledger has it with the next beat. */
  wrote(counter: number, operations: readonly Operation[]): void {
    this.#sideFiles?.note(counter, operations)
  }

  /** @param acknowledged when the database was closed in peace: the newest batch in it */
  async release(acknowledged?: number): Promise<void> {
    try {
      await this.#sideFiles?.close(acknowledged)
      if (acknowledged !== undefined) await this.#highWater.write({ counter: acknowledged, isClean: true })
    } finally {
      await this.#highWater.close()
      await this.#lock.release()
    }
  }

  async #openDatabase(): Promise<Database> {
    const open = this.#options.openDatabase ?? openDatabase
    try {
      return await open(this.#path)
    } catch (cause) {
      if (!(await this.#beginAnew())) throw openingError(this.#options.folder, cause)
      return open(this.#path).catch((again: unknown) => {
        throw openingError(this.#options.folder, again)
      })
    }
  }

  /** What a power loss within the first start has left is put aside: nothing was ever in it. False: there is more. */
  async #beginAnew(): Promise<boolean> {
    const { found } = this.#highWater
    const { folder, noticed } = this.#options
    if (this.#acknowledged > 0 || found === 'unreadable') return false
    try {
      if (!(await isUnborn(this.#path))) return false
      const aside = this.#asideNow()
      await mkdir(dirname(aside), { recursive: true })
      await rename(this.#path, aside)
      await mkdir(this.#path)
      await syncFolder(folder)
      noticed(`The first start was cut short before anything was written. What it left is in ${aside}.`)
      return true
    } catch (cause) {
      throw openingError(folder, cause)
    }
  }

  async #beforehand(): Promise<Beforehand> {
    const { folder } = this.#options
    const { found, isWritten } = this.#highWater
    const wasClosedInPeace =
      typeof found !== 'string' && found.isClean && this.#acknowledged === found.counter
    const mayBeTorn = !wasClosedInPeace || isWritten
    const copy = await readManifestCopy(folder)
    // After a stop in peace nothing may be missing, which only the copy of that stop is sure of.
    const isOfUse = mayBeTorn || copy?.closedAt === this.#acknowledged
    return {
      mayBeTorn,
      coverage: await readLedger(folder),
      tableNotes: await readTableNotes(folder),
      manifestCopy: isOfUse ? copy : undefined,
    }
  }

  /** Before LevelDB touches anything. */
  async #look(beforehand: Beforehand): Promise<FilesLook> {
    const { folder, noticed, acceptLoss = false } = this.#options
    const { found } = this.#highWater
    const { mayBeTorn, manifestCopy } = beforehand
    let look: FilesLook
    try {
      await mkdir(this.#path, { recursive: true })
      look = await this.#lookAtFiles(mayBeTorn, manifestCopy)
    } catch (cause) {
      throw openingError(folder, cause)
    }
    if (look.isNew && this.#acknowledged > 0 && !acceptLoss) throw lostBatches(folder, 1, this.#acknowledged)
    const damage = [...look.damage]
    if (look.tornLog !== undefined && !mayBeTorn)
      damage.push({
        file: look.tornLog,
        what: `${look.tornLog} ends with ${look.tornBytes} bytes that cannot be read.`,
      })
    if (found === 'unreadable')
      noticed(`The file high-water cannot be read. Nothing is known of what was acknowledged.`)
    if (look.tornBytes > 0 && mayBeTorn)
      noticed(
        `The last ${look.tornBytes} bytes of the log were not written to their end and are left out. Nobody was told that they are saved.`,
      )
    if (damage.length === 0) return look
    if (await this.#mend(look, beforehand)) return look
    // LevelDB drops what it cannot read of a log. Without the other files it would begin anew, or end the process.
    const canGoOn = damage.every(({ file }) => file.endsWith('.log'))
    if (await this.#beginAnew()) return NO_FILES
    const what = damage.map(({ what }) => what).join(' ')
    if (!acceptLoss || !canGoOn)
      throw folderError(
        'DATA_DAMAGED',
        `${this.#path}: ${what}${canGoOn ? ' --accept-loss goes on without them.' : ''}`,
      )
    const copies = await this.#keepCopies(damage)
    noticed(`${what} Accepted, as the settings say. Copies are in ${copies}.`)
    return look
  }

  #lookAtFiles(mayBeTorn: boolean, manifestCopy?: ManifestCopy): Promise<FilesLook> {
    return lookAtFiles(this.#path, { mayBeTorn, whole: this.#wholeTables, manifestCopy })
  }

  /** Of damage that reaches documents which can be named, all others need not suffer. False: nothing was changed. */
  async #mend(look: FilesLook, beforehand: Beforehand): Promise<boolean> {
    const { folder, noticed } = this.#options
    try {
      const acknowledged = this.#acknowledged
      const mendings = await mendingsOf(this.#path, look, { ...beforehand, acknowledged })
      if (mendings === undefined || mendings.files.length === 0) return false
      await this.#checkOurs()
      const copies = await this.#keepCopies(mendings.files)
      // Afterwards nothing in the files tells of it.
      if (!isNothing(mendings.lost)) await noteLost(folder, mendings.lost)
      await replaceFiles(this.#path, mendings.files)
      noticed(`${mendings.files.map(({ what }) => what).join(' ')} Copies are in ${copies}.`)
      return (await this.#lookAtFiles(beforehand.mayBeTorn)).damage.length === 0
    } catch (cause) {
      throw cause instanceof CometpadError ? cause : openingError(folder, cause)
    }
  }

  /** A place for what is kept of damage that was found now. */
  #asideNow(): string {
    return join(this.#options.folder, DAMAGED_FOLDER, new Date().toISOString().replaceAll(':', '-'))
  }

  /** Gives the folder of the copies. */
  async #keepCopies(damaged: readonly { readonly file: string }[]): Promise<string> {
    const copies = this.#asideNow()
    await keepCopies(
      this.#path,
      damaged.map(({ file }) => file),
      copies,
    )
    return copies
  }

  /** The rows in their present form, whatever version they had. */
  async #presentRows(database: Database): Promise<FirstRows> {
    const { folder, acceptLoss = false, noticed, migrates = true, limits = defaults } = this.#options
    const first = await readFirstRows(database, folder, acceptLoss ? 0 : this.#acknowledged)
    if (first.version === FORMAT_VERSION) return first
    const versions = `${folder} has format version ${first.version}, this is version ${FORMAT_VERSION}.`
    if (!migrates) throw folderError('DATA_OUTDATED', versions)
    const ports = { tell: noticed, freeBytes: () => freeBytes(folder), checkOurs: () => this.#checkOurs() }
    await migrate({ database, folder, rows: limits.commitRows, ...ports }, first)
    return first
  }

  /** What LevelDB has made of the files. */
  async #check(database: Database, look: FilesLook, beforehand: Beforehand): Promise<number> {
    const { folder, acceptLoss = false, noticed, limits = defaults } = this.#options
    const dropped = await bytesDropped(this.#path)
    if (dropped > 0 && look.tornBytes === 0 && !acceptLoss)
      throw folderError(
        'DATA_DAMAGED',
        `${this.#path}: LevelDB has dropped ${dropped} bytes. See its file LOG.`,
      )
    await restoreFirstRows(database, (await lostRowsIn(folder)).noted)
    const { counter } = await this.#presentRows(database)
    const end: LogEnd = { ...beforehand, counter, acknowledged: this.#acknowledged }
    const lostEnd = lostAtTheEnd(end)
    if (!isNothing(lostEnd)) await noteLost(folder, lostEnd)
    const { harmed, touched } = await markDamaged(database, await lostRowsIn(folder))
    if (harmed.length > 0) noticed(damagedDocuments(harmed))
    const isWhole = counter >= this.#acknowledged
    if (!isWhole && !acceptLoss && !isLostEndKnown(end))
      throw lostBatches(folder, counter + 1, this.#acknowledged)
    if (!isWhole) {
      const how = acceptLoss ? 'Accepted, as the settings say.' : 'All documents in them are named.'
      noticed(`Batches ${counter + 1} to ${this.#acknowledged} are lost. ${how}`)
    }
    // The numbers of what is lost are not given again.
    const newest = Math.max(counter, this.#acknowledged)
    if (!isWhole) await database.write([encodeCounter(newest)])
    const paths = { folder, databasePath: this.#path }
    this.#sideFiles = await SideFiles.begin({ ...paths, limits, noticed }, newest, touched)
    await forgetLost(folder)
    return newest
  }
}

async function checkFileSystem({ folder, allowNetworkFolder = false }: DataFolderOptions): Promise<void> {
  if (allowNetworkFolder) return
  const network = await networkFileSystem(folder)
  if (network !== undefined)
    throw folderError(
      'DATA_UNUSABLE',
      `${folder} is on a file system of another machine (${network}), where locks and syncs cannot be relied on. ` +
        'Use a disk of this machine, or say --allow-network-folder if that is meant.',
    )
}
