/**
 * Reads a document from the database and changes nothing there: what it finds in disorder it makes the best of, and says
 * what is to be put in order. That is a step of its own, which looks again, because other tabs may have been there first.
 */
import { epochOf, forgottenAt } from './forgetting.ts'
import type { Look, Step } from './indexeddb-connection.ts'
import {
  adopted,
  historiesOf,
  isWhole,
  keyOf,
  nameOf,
  newest,
  nextLine,
  rangeOf,
} from './indexeddb-records.ts'
import type { StoredRow } from './indexeddb-records.ts'
import type { DocumentName, HistoryName, Loaded, RowId } from './store.ts'

type Found = HistoryName & { readonly id: RowId }

/** What is not as it should be. */
export interface Litter {
  /** From pages that were about to go when their document was forgotten. */
  readonly forgotten: readonly Found[]
  /** What is left without them is no longer everything up to a position. */
  readonly damaged: readonly Found[]
  /** Edits that a page wrote without looking when it was about to go: they count. */
  readonly orphaned: readonly Found[]
}

export async function readDocument(
  look: Look,
  document: DocumentName,
): Promise<{ readonly loaded: Loaded; readonly litter: Litter }> {
  const [epoch, forgottenSince] = [await epochOf(look), await forgottenAt(look, document)]
  const histories = await historiesOf(look, document)
  const rows: StoredRow[] = []
  const [forgotten, damaged, orphaned]: [Found[], Found[], Found[]] = [[], [], []]
  for (const row of await look.objectStore('rows').index('history').getAll(rangeOf(document))) {
    const found = { ...nameOf(row), id: row.id ?? 0 }
    if (row.epoch < forgottenSince) forgotten.push(found)
    else if (isWhole(row)) rows.push(row)
    else damaged.push(found)
  }
  for (const row of rows) {
    if (histories.some(({ generation }) => generation === row.generation)) continue
    orphaned.push({ ...nameOf(row), id: row.id })
    histories.push(adopted(row, 0, histories))
  }
  const history = newest(histories.filter(({ generation }) => generation !== '')) ?? newest(histories)
  const own = rows.filter(
    ({ generation }) => generation === history?.generation || (generation === '' && history !== undefined),
  )
  const isOf = ({ generation }: HistoryName): boolean => generation === history?.generation
  const isSound = history?.hasState === true && !damaged.some(isOf)
  // What has no generation yet has to be written as a whole before anything goes on from it, and so has what lacks something.
  const goesOn = history !== undefined && own.every(isOf) && ![...damaged, ...orphaned].some(isOf)
  return {
    loaded: {
      epoch,
      history: history && {
        ...nameOf(history),
        position: isSound ? history.position : undefined,
        title: history.title,
        role: history.role,
      },
      line: goesOn ? history.line : undefined,
      known: own.filter(({ unsent }) => unsent === 0),
      unsent: own.filter(({ unsent }) => unsent === 1),
      damaged: damaged.length,
    },
    litter: { forgotten, damaged, orphaned },
  }
}

export async function clearLitter(
  step: Step,
  document: DocumentName,
  { forgotten, damaged, orphaned }: Litter,
): Promise<void> {
  const [rows, histories] = [step.objectStore('rows'), step.objectStore('histories')]
  for (const { id } of forgotten) await rows.delete(id)
  for (const found of damaged) {
    if ((await rows.get(found.id)) === undefined) continue
    await rows.delete(found.id)
    const record = await histories.get(keyOf(found))
    if (record === undefined) continue
    const line = await nextLine(step)
    await histories.put({ ...record, hasState: false, position: undefined, line })
  }
  for (const found of orphaned) {
    const [row, record] = [await rows.get(found.id), await histories.get(keyOf(found))]
    if (row === undefined || record !== undefined) continue
    await histories.put(adopted(row, await nextLine(step), await historiesOf(step, document)))
  }
}
