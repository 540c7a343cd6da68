/** Keeps documents in IndexedDB. Tabs share the database: a row goes only by its id, and only by a step that has its content. */
import { CometpadError, clientLimits as limits } from '@cometpad/shared'
import { makeRoom, remove } from './eviction.ts'
import { forgottenAt, markForgotten } from './forgetting.ts'
import type { Step, Steps } from './indexeddb-connection.ts'
import { clearLitter, readDocument } from './indexeddb-reading.ts'
import { historiesOf, isWhole, keyOf, nextLine, rangeOf, recordOf, rowOf } from './indexeddb-records.ts'
import { reasonOf } from './refused-history.ts'
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

export class IndexedDbStore implements OfflineStore {
  readonly #connection: Steps
  readonly #wallClock: () => number

  constructor(connection: Steps, wallClock: () => number) {
    this.#connection = connection
    this.#wallClock = wallClock
  }

  async load(document: DocumentName): Promise<Loaded> {
    const { loaded, litter } = await this.#connection.look((look) => readDocument(look, document))
    try {
      await this.#connection.step('relaxed', async (step) => {
        await clearLitter(step, document, litter)
        await this.#touch(step, document, loaded)
      })
    } catch (cause) {
      // A device that takes nothing more can still be read: what is kept there is shown first of all.
      if (!isFull(cause)) throw cause
    }
    return loaded
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
    return this.#connection.look(async (step) => {
      const copies: KeptCopy[] = []
      for (const history of await historiesOf(step, document)) {
        if (!history.isReplaced) continue
        const stored = await step.objectStore('rows').index('history').getAll(rangeOf(history))
        const rows = stored.filter(isWhole)
        const edits = rows.reduce((sum, row) => sum + row.unsent * row.edits, 0)
        if (edits === 0) continue
        const updates = rows.map(({ update }) => update)
        const { generation, title } = history
        const rowIds = stored.map(({ id = 0 }) => id)
        copies.push({ generation, reason: reasonOf(generation), title, updates, edits, rows: rowIds })
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
