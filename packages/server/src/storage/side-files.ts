/**
 * What is kept beside LevelDB so that of its damage it can be told what it has reached: the ledger, the
 * copy of the MANIFEST, and the notes of what stands in tables. None of it is a promise: what cannot be written is said once, and damage is told of the whole store then.
 */
import type { Limits } from '@cometpad/shared'
import type { Operation } from './database.ts'
import { Ledger } from './ledger.ts'
import { ManifestKeeper } from './manifest-copy.ts'
import { TableNotes } from './table-notes.ts'
import type { Touched } from './touched.ts'

export interface SideFilesOptions {
  readonly folder: string
  readonly databasePath: string
  readonly limits: Limits
  readonly noticed: (what: string, cause?: unknown) => void
}

export class SideFiles {
  readonly #ledger: Ledger
  readonly #manifest: ManifestKeeper | undefined
  readonly #tables: TableNotes | undefined
  /** Tables are being read. */
  #noting: Promise<void> | undefined
  readonly #limits: Limits
  readonly #noticed: SideFilesOptions['noticed']
  #isSaid = false

  private constructor(
    ledger: Ledger,
    manifest: ManifestKeeper | undefined,
    tables: TableNotes | undefined,
    { limits, noticed }: Pick<SideFilesOptions, 'limits' | 'noticed'>,
  ) {
    this.#limits = limits
    this.#ledger = ledger
    this.#manifest = manifest
    this.#tables = tables
    this.#noticed = noticed
  }

  /** The database was opened just now. Rejects when they cannot be begun. */
  static async begin(
    { folder, databasePath, limits, noticed }: SideFilesOptions,
    counter: number,
    marked: Touched,
  ): Promise<SideFiles> {
    const ledger = await Ledger.begin(folder, limits, counter, marked)
    const manifest = await ManifestKeeper.begin(folder, databasePath)
    const tables = await TableNotes.begin(folder, databasePath, limits)
    return new SideFiles(ledger, manifest, tables, { limits, noticed })
  }

  /** A batch is durable. */
  note(counter: number, operations: readonly Operation[]): void {
    this.#ledger.note(counter, operations)
  }

  /** Never rejects. */
  async flush(): Promise<void> {
    await this.#try('ledger', () => this.#ledger.flush())
    await this.#try('manifest-copy', async () => this.#manifest?.copy())
    // Nobody waits for it: tables are large.
    this.#noting ??= this.#note(this.#limits.tablesNotedEachTime).finally(() => (this.#noting = undefined))
  }

  /**
   * Never rejects.
   * @param closedAt the newest batch, when the database was closed in peace
   */
  async close(closedAt?: number): Promise<void> {
    await this.#try('ledger', () => this.#ledger.flush())
    if (closedAt !== undefined) await this.#try('manifest-copy', async () => this.#manifest?.copy(closedAt))
    await this.#noting
    if (closedAt !== undefined) await this.#note(this.#limits.tablesNotedAtOnce)
    await this.#ledger.close()
  }

  #note(max: number): Promise<void> {
    return this.#try('table-notes', async () => this.#tables?.note(max))
  }

  async #try(file: string, write: () => Promise<void>): Promise<void> {
    try {
      await write()
    } catch (cause) {
      if (!this.#isSaid)
        this.#noticed(`The file ${file} cannot be written. The next start sees to it.`, cause)
      this.#isSaid = true
    }
  }
}
