/** Keeps documents in IndexedDB. Tabs share the database: a row goes only by its id, and only by a step that has its content. */
import { CometpadError, limits } from '@cometpad/shared'
import { checksum } from './checksum.ts'
import type { HistoryRecord, RowRecord, Step, Steps } from './indexeddb-connection.ts'
import { makeRoom, remove } from './eviction.ts'
import type { HistoryKey } from './eviction.ts'
import { epochOf, forgottenAt, markForgotten } from './forgetting.ts'
import type {
  Batch,
  DocumentName,
  HistoryName,
  KeptCopy,
  Loaded,
  OfflineStore,
  RowId,
  Unsent,
  Written,
} from './store.ts'

/** What a row costs beside its update, roughly. */
const ROW_BYTES = 200
const LINE = 'line'

type StoredRow = RowRecord & { readonly id: number }

export class IndexedDbStore implements OfflineStore {
  readonly #connection: Steps
  readonly #wallClock: () => number

  constructor(connection: Steps, wallClock: () => number) {
    this.#connection = connection
    this.#wallClock = wallClock
  }

  async load(document: DocumentName): Promise<Loaded> {
    const loaded = await this.#connection.step('relaxed', (step) => this.#load(step, document))
    try {
      await this.#connection.step('relaxed', (step) => this.#touch(step, document, loaded))
    } catch (cause) {
      // A device that takes nothing more can still be read: what is kept there is shown first of all.
      if (!isFull(cause)) throw cause
    }
    return loaded
  }

  async #load(step: Step, document: DocumentName): Promise<Loaded> {
    const [epoch, forgotten] = [await epochOf(step), await forgottenAt(step, document)]
    const histories = await historiesOf(step, document)
    const rows: StoredRow[] = []
    let damaged = 0
    for (const row of await step.objectStore('rows').index('history').getAll(rangeOf(document))) {
      // From a page that was about to go when its document was forgotten.
      if (row.epoch < forgotten && row.id !== undefined) await step.objectStore('rows').delete(row.id)
      else if (isWhole(row)) rows.push(row)
      else {
        damaged += 1
        await dropDamaged(step, histories, row)
      }
    }
    await adoptOrphans(step, histories, rows)
    const current = newest(histories.filter(({ generation }) => generation !== ''))
    const history = current ?? newest(histories)
    const own = rows.filter(
      ({ generation }) => generation === history?.generation || (generation === '' && history !== undefined),
    )
    return {
      epoch,
      history: history && {
        ...nameOf(history),
        position: history.hasState ? history.position : undefined,
        title: history.title,
        role: history.role,
      },
      // What has no generation yet has to be written as a whole before anything goes on from it.
      line: own.some(({ generation }) => generation !== history?.generation) ? undefined : history?.line,
      known: own.filter(({ unsent }) => unsent === 0),
      unsent: own.filter(({ unsent }) => unsent === 1),
      damaged,
    }
  }

  /** It was used just now; others that were not, and that the server has, make room for it. */
  async #touch(step: Step, document: DocumentName, { history }: Loaded): Promise<void> {
    const histories = step.objectStore('histories')
    const record = history && (await histories.get(keyOf(history)))
    if (record !== undefined) await histories.put({ ...record, usedAt: this.#wallClock() })
    await makeRoom(step, document, limits)
  }

  async write(history: HistoryName, epoch: number, batch: Batch): Promise<Written> {
    const durability = batch.unsent.length > 0 ? 'strict' : 'relaxed'
    const write = (step: Step): Promise<Written> => this.#write(step, history, epoch, batch)
    try {
      return await this.#connection.step(durability, write)
    } catch (cause) {
      if (!isFull(cause)) throw cause
    }
    // Text that is nowhere else is worth more than documents that the server has.
    await this.#connection.step('relaxed', (step) =>
      makeRoom(step, history, { offlineDocuments: 1, offlineBytes: 0 }),
    )
    return this.#connection.step(durability, write)
  }

  append(history: HistoryName, epoch: number, unsent: readonly Unsent[]): Promise<readonly RowId[]> {
    return this.#connection.step('strict', async (step) => {
      const rows = step.objectStore('rows')
      const added = unsent.map(({ update, edits }) => rows.add(rowOf(history, epoch, update, 1, edits)))
      step.commit()
      return Promise.all(added)
    })
  }

  replace(history: HistoryName): Promise<void> {
    return this.#connection.step('strict', async (step) => {
      const unsent = await step
        .objectStore('rows')
        .index('history')
        .count([...keyOf(history), 1])
      if (unsent === 0) return remove(step, keyOf(history))
      const record =
        (await step.objectStore('histories').get(keyOf(history))) ?? recordOf(history, await nextLine(step))
      await step.objectStore('histories').put({ ...record, isReplaced: true })
    })
  }

  copies(document: DocumentName): Promise<readonly KeptCopy[]> {
    return this.#connection.step('relaxed', async (step) => {
      const copies: KeptCopy[] = []
      for (const history of await historiesOf(step, document)) {
        if (!history.isReplaced) continue
        const stored = await step.objectStore('rows').index('history').getAll(rangeOf(history))
        const rows = stored.filter(isWhole)
        const edits = rows.reduce((sum, row) => sum + row.unsent * row.edits, 0)
        if (edits === 0) continue
        const updates = rows.map(({ update }) => update)
        const { generation, title } = history
        copies.push({ generation, title, updates, edits, rows: stored.map(({ id = 0 }) => id) })
      }
      return copies
    })
  }

  discard(document: DocumentName, { generation, rows }: KeptCopy): Promise<void> {
    return this.#connection.step('strict', async (step) => {
      await Promise.all(rows.map((id) => step.objectStore('rows').delete(id)))
      const key = keyOf({ ...document, generation })
      const left = await step
        .objectStore('rows')
        .index('history')
        .count([...key, 1])
      if (left === 0) await remove(step, key)
    })
  }

  forget(document: DocumentName | undefined): Promise<void> {
    return this.#connection.step('strict', async (step) => {
      await markForgotten(step, document)
      if (document === undefined) {
        await Promise.all([step.objectStore('histories').clear(), step.objectStore('rows').clear()])
        return
      }
      for (const key of await step.objectStore('rows').index('history').getAllKeys(rangeOf(document)))
        await step.objectStore('rows').delete(key)
      await step.objectStore('histories').delete(rangeOf(document))
    })
  }

  async #write(step: Step, history: HistoryName, epoch: number, batch: Batch): Promise<Written> {
    const [rows, histories] = [step.objectStore('rows'), step.objectStore('histories')]
    if (epoch < (await forgottenAt(step, history))) return { outcome: 'forgotten' }
    let record = await histories.get(keyOf(history))
    if (record === undefined) {
      if (batch.scope === 'news') return { outcome: 'missing' }
      record = recordOf(history, await nextLine(step))
      // The one that is there is newer: this tab was away when the server changed over.
      const others = await historiesOf(step, history)
      record.isReplaced =
        history.generation !== '' &&
        others.some(({ generation, isReplaced }) => generation !== '' && !isReplaced)
    }
    if (batch.scope === 'news' && batch.line !== record.line) return { outcome: 'missing' }
    for (const id of batch.acknowledged) {
      const row = await rows.get(id)
      if (row !== undefined) await rows.put({ ...row, unsent: 0 })
    }
    for (const id of batch.removed) {
      const row = await rows.get(id)
      if (row === undefined) continue
      await rows.delete(id)
      if (row.generation === history.generation) record.bytes -= row.update.length + ROW_BYTES
      else await this.#dropIfEmpty(step, { ...history, generation: row.generation })
    }
    const unsent: RowId[] = []
    const known: RowId[] = []
    for (const { update, edits } of batch.unsent)
      unsent.push(await rows.add(rowOf(history, epoch, update, 1, edits)))
    for (const update of batch.known) known.push(await rows.add(rowOf(history, epoch, update, 0, 0)))
    for (const update of [...batch.unsent.map(({ update }) => update), ...batch.known])
      record.bytes += update.length + ROW_BYTES
    if (batch.scope === 'whole') record.hasState = true
    if (batch.scope === 'unsent') {
      record.hasState = false
      record.line = await nextLine(step)
    }
    if (!record.hasState) record.position = undefined
    else if (batch.position !== undefined) record.position = Math.max(batch.position, record.position ?? 0)
    const { title, role } = batch
    const isReplaced = record.isReplaced || batch.isReplaced
    await histories.put({ ...record, title, role, isReplaced, usedAt: this.#wallClock() })
    return { outcome: 'written', line: record.line, unsent, known }
  }

  /** Rows that were written before the server had said which history it is have gone to that. */
  async #dropIfEmpty(step: Step, history: HistoryName): Promise<void> {
    const left = await step.objectStore('rows').index('history').count(rangeOf(history))
    if (left === 0) await step.objectStore('histories').delete(keyOf(history))
  }
}

function isFull(cause: unknown): boolean {
  return cause instanceof CometpadError && cause.code === 'DEVICE_FULL'
}

/** Everything whose key begins so: an array is greater than every text and number. */
function rangeOf(name: DocumentName | HistoryName): IDBKeyRange {
  const start = 'generation' in name ? keyOf(name) : [name.server, name.documentId]
  return IDBKeyRange.bound(start, [...start, []])
}

function keyOf({ server, documentId, generation }: HistoryName): HistoryKey {
  return [server, documentId, generation]
}

function nameOf({ server, documentId, generation }: HistoryName): HistoryName {
  return { server, documentId, generation }
}

function recordOf(history: HistoryName, line: number): HistoryRecord {
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

function rowOf(
  history: HistoryName,
  epoch: number,
  update: Uint8Array,
  unsent: 0 | 1,
  edits: number,
): RowRecord {
  return { ...nameOf(history), unsent, edits, update, sum: checksum(update), epoch }
}

/** What another program, or a fault, has left here may be anything. */
function isWhole(row: RowRecord): row is StoredRow {
  const { update, sum, edits, unsent } = row as Partial<RowRecord>
  return (
    update instanceof Uint8Array &&
    Number.isSafeInteger(edits) &&
    unsent !== undefined &&
    checksum(update) === sum
  )
}

async function nextLine(step: Step): Promise<number> {
  const line = ((await step.objectStore('meta').get(LINE)) ?? 0) + 1
  await step.objectStore('meta').put(line, LINE)
  return line
}

function historiesOf(step: Step, { server, documentId }: DocumentName): Promise<HistoryRecord[]> {
  return step.objectStore('histories').getAll(rangeOf({ server, documentId }))
}

/** The one that was used last of those that the server has. */
function newest(histories: readonly HistoryRecord[]): HistoryRecord | undefined {
  const present = histories.filter(({ isReplaced }) => !isReplaced)
  return present.sort((one, other) => other.usedAt - one.usedAt)[0]
}

async function dropDamaged(step: Step, histories: readonly HistoryRecord[], row: RowRecord): Promise<void> {
  if (row.id !== undefined) await step.objectStore('rows').delete(row.id)
  const history = histories.find(({ generation }) => generation === row.generation)
  if (history === undefined) return
  // What is left is no longer everything up to a position.
  history.hasState = false
  history.position = undefined
  history.line = await nextLine(step)
  await step.objectStore('histories').put(history)
}

/** A page that was about to go wrote edits without looking: they count. */
async function adoptOrphans(
  step: Step,
  histories: HistoryRecord[],
  rows: readonly StoredRow[],
): Promise<void> {
  for (const row of rows) {
    if (histories.some(({ generation }) => generation === row.generation)) continue
    const record = recordOf(row, await nextLine(step))
    record.isReplaced = newest(histories) !== undefined && row.generation !== ''
    histories.push(record)
    await step.objectStore('histories').put(record)
  }
}
