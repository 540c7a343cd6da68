/**
 * What is lost when the logs of LevelDB end too early, which shows only in the number of the newest batch once LevelDB is open. The ledger
 * tells whose rows those were. Knows no files.
 */
import type { Coverage } from './ledger-file.ts'
import { NOTHING_LOST } from './lost-rows.ts'
import type { LostRows } from './lost-rows.ts'

export interface LogEnd {
  /** The process died, or the store broke: the end of what was being written may be missing. */
  readonly mayBeTorn: boolean
  readonly coverage: Coverage
  /** The newest batch that is there. */
  readonly counter: number
  /** The newest one that was acknowledged for certain; exact after a stop in peace. */
  readonly acknowledged: number
}

/** After a stop in peace the newest batch is known, and the ledger may know whose rows the missing ones held. */
export function isLostEndKnown({ mayBeTorn, coverage, counter, acknowledged }: LogEnd): boolean {
  return !mayBeTorn && coverage.between(counter, acknowledged) !== undefined
}

export function lostAtTheEnd(end: LogEnd): LostRows {
  const { coverage, counter, acknowledged } = end
  // What the last opening had marked stood in the same log.
  const isMarkLost = coverage.start === counter
  const isEndLost = counter < acknowledged && isLostEndKnown(end)
  const last = isEndLost ? acknowledged : counter
  const touched = isMarkLost || isEndLost ? coverage.between(counter, last) : undefined
  return touched === undefined ? NOTHING_LOST : { ...NOTHING_LOST, touched }
}
