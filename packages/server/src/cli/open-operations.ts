/**
 * Finds who can work on a data folder: the server that holds it, or this process when nobody does. LevelDB has one owner,
 * so that one of them is it.
 */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { CometpadError, limits } from '@cometpad/shared'
import { chunksOf } from '../control/chunks.ts'
import { controlClient } from '../control/control-client.ts'
import { readControlFile } from '../control/control-file.ts'
import type { Operations } from '../control/operations.ts'
import { trailOf } from '../control/trail.ts'
import { AccessBook } from '../core/access-book.ts'
import { OPERATOR } from '../core/ports.ts'
import { DATABASE_FOLDER, openLevelLog } from '../storage/index.ts'
import type { Terminal } from './command.ts'

/** Rejects with DATA_UNUSABLE when there is no store, and with what opening it rejects with. Makes nothing. */
export async function openOperations(folder: string, terminal: Terminal): Promise<Operations> {
  await refuseUnlessStore(folder)
  const address = await readControlFile(folder)
  const live = address && controlClient(address)
  if (live !== undefined && (await answers(live))) return live
  try {
    return await openFolder(folder, terminal)
  } catch (cause) {
    if (live !== undefined && cause instanceof CometpadError && cause.code === 'DATA_LOCKED')
      throw new CometpadError('SERVER_UNREACHABLE', { detail: `${folder}:`, cause })
    throw cause
  }
}

async function openFolder(folder: string, terminal: Terminal): Promise<Operations> {
  const store = await openLevelLog({
    folder,
    // Commands change nothing that they are not asked to change.
    migrates: false,
    report: {
      failed: (what, documentId, cause) =>
        terminal.tell(`cometpad: ${what} failed (${documentId || 'the store'}): ${reasonOf(cause)}\n`),
      noticed: (what) => terminal.tell(`cometpad: ${what}\n`),
    },
  })
  const access = new AccessBook({ store: store.access, limits, now: Date.now })
  let closing: Promise<void> | undefined
  return {
    isLive: false,
    backup: (request) => chunksOf((write) => store.backup(request, write)),
    list: (after) => store.log.list({ after, limit: limits.listPage }),
    compact: store.compact,
    trail: (documentId) => trailOf(store, documentId),
    resetRights: (documentId, owner) => access.reset(documentId, owner, OPERATOR),
    quarantined: () => store.quarantine.list(),
    quarantinedBytes: (id) => store.quarantine.read(id),
    dropQuarantined: (choice) => store.quarantine.drop(choice),
    replace: async (documentId, history) => {
      const head = await (await store.prepareReplacement(documentId, history))()
      // It has happened, whether it can be written down or not.
      await access
        .noteReplacement(documentId, OPERATOR)
        .catch((cause: unknown) => terminal.tell(`cometpad: the trail was not written: ${reasonOf(cause)}\n`))
      return head
    },
    close: () => (closing ??= store.close()),
  }
}

async function refuseUnlessStore(folder: string): Promise<void> {
  try {
    await access(join(folder, DATABASE_FOLDER))
  } catch (cause) {
    throw new CometpadError('DATA_UNUSABLE', { detail: `There is no store in ${folder}.`, cause })
  }
}

/** False: it has gone without taking its file away. */
async function answers(live: Operations): Promise<boolean> {
  try {
    await live.list('~')
    return true
  } catch (cause) {
    if (
      cause instanceof CometpadError &&
      (cause.code === 'SERVER_UNREACHABLE' || cause.code === 'UNAUTHORIZED')
    )
      return false
    throw cause
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
