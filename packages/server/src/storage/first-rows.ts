/**
 * The first rows of a store: which version of the format it has, and how many batches it has seen. Makes an empty database
 * a store, and never an emptied one. Knows no files.
 */
import { CometpadError } from '@cometpad/shared'
import type { Database, View } from './database.ts'
import { faultPoint } from './fault-point.ts'
import { FORMAT_VERSION, decodeNumber, encodeCounter, encodeFormatVersion } from './global-rows.ts'
import { globalKey, globalRow } from './keys.ts'

export interface FirstRows {
  readonly version: number
  /** The number of the newest batch. */
  readonly counter: number
}

/**
 * The version may be an older one, whose rows nobody may read before they are brought over.
 * @param acknowledged batches that were acknowledged for certain. Rejects with DATA_DAMAGED.
 */
export async function readFirstRows(
  database: Database,
  folder: string,
  acknowledged: number,
): Promise<FirstRows> {
  const found = await database.view(async (view) => ({
    version: await globalNumber(view, globalRow.formatVersion, folder),
    counter: await globalNumber(view, globalRow.batchCounter, folder),
    isEmpty: (await view.keys({ limit: 1 })).length === 0,
  }))
  if (found.isEmpty) {
    if (acknowledged > 0) throw lostBatches(folder, 1, acknowledged)
    faultPoint('first-start/before-rows')
    await database.write([encodeFormatVersion(), encodeCounter(0)])
    faultPoint('first-start/after-rows')
    return { version: FORMAT_VERSION, counter: 0 }
  }
  if (found.version === undefined || found.counter === undefined)
    throw damagedFolder(`${folder}: the database is not a Cometpad store, or its first rows are lost.`)
  if (found.version < 1 || found.version > FORMAT_VERSION)
    throw damagedFolder(`${folder}: format version ${found.version}; this is version ${FORMAT_VERSION}.`)
  return { version: found.version, counter: found.counter }
}

export function lostBatches(folder: string, from: number, to: number): CometpadError {
  return damagedFolder(
    `${folder}: batches ${from} to ${to} were acknowledged and are missing. --accept-loss goes on without them.`,
  )
}

async function globalNumber(view: View, row: number, folder: string): Promise<number | undefined> {
  const value = await view.get(globalKey(row))
  try {
    return value && decodeNumber(row, value)
  } catch (cause) {
    throw damagedFolder(`${folder}: a global row is damaged.`, cause)
  }
}

function damagedFolder(detail: string, cause?: unknown): CometpadError {
  return new CometpadError('DATA_DAMAGED', { detail, cause })
}
