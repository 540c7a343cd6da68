/** Data folders for tests, and a database that can be watched and made to fail. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../src/storage/database.ts'
import type { Database, Operation } from '../../src/storage/database.ts'

/** A new empty folder and how to remove it. */
export async function temporaryFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'cometpad-storage-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** What is reported, kept for the test to look at. */
export class Reports {
  readonly all: { what: string; documentId: string; cause: unknown }[] = []

  failed(what: string, documentId: string, cause: unknown): void {
    this.all.push({ what, documentId, cause })
  }
}

/** LevelDB with a test in between: sees each batch before it is written, and may throw, or wait, instead. */
export function watchedDatabase(
  before: (operations: readonly Operation[]) => Promise<void> | void,
): (path: string) => Promise<Database> {
  return async (path) => {
    const database = await openDatabase(path)
    return {
      view: (read) => database.view(read),
      write: async (operations) => {
        await before(operations)
        await database.write(operations)
      },
      close: () => database.close(),
    }
  }
}
