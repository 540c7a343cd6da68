/** Data folders for tests, and a database that can be watched and made to fail. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../src/storage/database.ts'
import type { Database, Operation } from '../../src/storage/database.ts'
import { decodeName, hexOf } from '../../src/storage/head-row.ts'
import { decodeKey } from '../../src/storage/keys.ts'

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

/** Rows of documents that no name leads to, and those that are still to be removed. Nobody may have the store open. */
export async function strayRowsIn(path: string): Promise<string[]> {
  const database = await openDatabase(path)
  try {
    return await database.view(async (view) => {
      const named = new Set<string>()
      const others: { readonly documentKey: string; readonly row: string }[] = []
      await view.scan({}, ({ key, value }) => {
        const decoded = decodeKey(key)
        if (decoded?.kind === 'name') named.add(hexOf(decodeName(decoded.documentId, value)))
        else if (decoded !== undefined && 'documentKey' in decoded)
          others.push({ documentKey: hexOf(decoded.documentKey), row: `${decoded.kind} ${hexOf(key)}` })
        return true
      })
      return others.filter(({ documentKey }) => !named.has(documentKey)).map(({ row }) => row)
    })
  } finally {
    await database.close()
  }
}
