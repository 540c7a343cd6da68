/** The records of the database: how they are named, made, found and checked. Decides nothing. */
import { checksum } from './checksum.ts'
import type { HistoryKey } from './eviction.ts'
import type { HistoryRecord, RowRecord, Step, StepOf } from './indexeddb-connection.ts'
import type { DocumentName, HistoryName } from './store.ts'

const LINE = 'line'

export type StoredRow = RowRecord & { readonly id: number }

/** Everything whose key begins so: an array is greater than every text and number. */
export function rangeOf(name: DocumentName | HistoryName): IDBKeyRange {
  const start = 'generation' in name ? keyOf(name) : [name.server, name.documentId]
  return IDBKeyRange.bound(start, [...start, []])
}

export function keyOf({ server, documentId, generation }: HistoryName): HistoryKey {
  return [server, documentId, generation]
}

export function nameOf({ server, documentId, generation }: HistoryName): HistoryName {
  return { server, documentId, generation }
}

export function recordOf(history: HistoryName, line: number): HistoryRecord {
  return {
    ...nameOf(history),
    hasState: false,
    line,
    position: undefined,
    title: '',
    role: undefined,
    isReplaced: false,
    bytes: 0,
    usedAt: 0,
  }
}

export function rowOf(
  history: HistoryName,
  epoch: number,
  update: Uint8Array,
  unsent: 0 | 1,
  edits: number,
): RowRecord {
  return { ...nameOf(history), unsent, edits, update, sum: checksum(update), epoch }
}

/** What another program, or a fault, has left here may be anything. */
export function isWhole(row: RowRecord): row is StoredRow {
  const { update, sum, edits, unsent } = row as Partial<RowRecord>
  return (
    update instanceof Uint8Array &&
    Number.isSafeInteger(edits) &&
    unsent !== undefined &&
    checksum(update) === sum
  )
}

export async function nextLine(step: Step): Promise<number> {
  const line = ((await step.objectStore('meta').get(LINE)) ?? 0) + 1
  await step.objectStore('meta').put(line, LINE)
  return line
}

export function historiesOf<Mode extends IDBTransactionMode>(
  step: StepOf<Mode>,
  { server, documentId }: DocumentName,
): Promise<HistoryRecord[]> {
  return step.objectStore('histories').getAll(rangeOf({ server, documentId }))
}

/** The one that was used last of those that the server has. */
export function newest(histories: readonly HistoryRecord[]): HistoryRecord | undefined {
  const present = histories.filter(({ isReplaced }) => !isReplaced)
  return present.sort((one, other) => other.usedAt - one.usedAt)[0]
}

/**
 * The record of rows that a page wrote without looking when it was about to go.
 * @param others of the same document
 */
export function adopted(row: RowRecord, line: number, others: readonly HistoryRecord[]): HistoryRecord {
  const isReplaced = newest(others) !== undefined && row.generation !== ''
  return { ...recordOf(row, line), isReplaced }
}
