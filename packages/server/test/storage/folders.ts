/** Data folders for tests, and a database that can be watched and made to fail. */
import { accessSync, constants, statfsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../../src/storage/database.ts'
import type { Database, Operation } from '../../src/storage/database.ts'
import { decodeName, hexOf } from '../../src/storage/head-row.ts'
import { decodeKey } from '../../src/storage/keys.ts'

/** Where Linux keeps files in memory. */
const MEMORY = '/dev/shm'
/** Containers often have less. */
const ENOUGH_BYTES = 256 * 1024 * 1024

interface TemporaryFolder {
  readonly folder: string
  readonly remove: () => Promise<void>
}

/** A new empty folder and how to remove it. */
export function temporaryFolder(): Promise<TemporaryFolder> {
  return folderIn(tmpdir())
}

/**
 * As `temporaryFolder`, in memory where there is some: for tests that open a store hundreds of times and have no use for a disk
 * that keeps anything. What `kill -9` and wrong bytes do is the same there.
 */
export function memoryFolder(): Promise<TemporaryFolder> {
  return folderIn(hasMemory() ? MEMORY : tmpdir())
}

async function folderIn(parent: string): Promise<TemporaryFolder> {
  const folder = await mkdtemp(join(parent, 'cometpad-storage-'))
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

function hasMemory(): boolean {
  try {
    accessSync(MEMORY, constants.W_OK)
    const { bavail, bsize } = statfsSync(MEMORY)
    return bavail * bsize >= ENOUGH_BYTES
  } catch {
    return false
  }
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
