/**
 * Which rows of the device hold what: builds the batches that are written, and learns from what was written. Edits are
 * counted as they leave the outbox, from the oldest on: what was added less what is left in it is acknowledged. Knows no
 * store, no time, and no connection.
 */
import { CometpadError, clientLimits as limits } from '@cometpad/shared'
import { encodeStateAsUpdate, mergeUpdates } from 'yjs'
import type { Doc } from 'yjs'
import type { Outbox } from '../outbox.ts'
import type { Batch, RowId, Unsent } from './store.ts'

export interface Page {
  readonly rows: Pick<Batch, 'unsent' | 'known' | 'acknowledged' | 'removed' | 'scope'>
  /** These are the ids of what was written. */
  readonly settle: (ids: { readonly unsent: readonly RowId[]; readonly known: readonly RowId[] }) => void
}

/** Edits by their numbers: those after `from`, up to `until`. */
interface Span {
  readonly from: number
  readonly until: number
}

/** A row of unsent edits; it may go once so many edits are acknowledged. */
interface Row extends Span {
  readonly id: RowId
}

interface Edit {
  readonly update: Uint8Array
  readonly number: number
}

export class Ledger {
  readonly #doc: Doc
  readonly #outbox: Outbox
  #added: number
  /** What is to be written: edits, and what came from the server. */
  #edits: Edit[] = []
  #came: Uint8Array[] = []
  /** What this tab has read or written, and what is there for certain: unsent edits. */
  #rows: Row[] = []
  /** The same of what the server has, and rows of unknown worth. */
  #known: RowId[] = []
  /** Bytes of the known rows: of the one that had everything, and of those that came after it. */
  #wholeBytes = 0
  #tailBytes = 0
  /** What is there is incomplete, of unknown worth, or too many rows: the next page has everything. */
  #isBroken = true
  /** So many edits are there already, or on their way in a step that nothing can cut short. */
  #hurried = 0
  /** The document is too large to be kept. */
  #keepsState = true

  constructor(doc: Doc, outbox: Outbox) {
    this.#doc = doc
    this.#outbox = outbox
    // What the document held before us is in the outbox, and in the first page.
    this.#added = outbox.edits
  }

  get #acknowledged(): number {
    return this.#added - this.#outbox.edits
  }

  /** Every unsent edit is on the device. */
  get isKept(): boolean {
    return this.#covers({ from: this.#acknowledged, until: this.#added })
  }

  get hasUnwritten(): boolean {
    const acknowledged = this.#acknowledged
    return this.#edits.some(({ number }) => number > acknowledged)
  }

  get hasNews(): boolean {
    const acknowledged = this.#acknowledged
    const isGone = this.#rows.some(({ until }) => until <= acknowledged)
    return this.#isBroken || this.#came.length > 0 || this.#edits.length > 0 || isGone
  }

  edited(update: Uint8Array): void {
    this.#added += 1
    this.#edits.push({ update, number: this.#added })
  }

  came(update: Uint8Array): void {
    if (!this.#keepsState) return
    this.#came.push(update)
    // A first reading may bring thousands: then the document is written as it is.
    if (this.#came.length > limits.offlineRows) this.#isBroken = true
    if (this.#isBroken) this.#came.length = 1
  }

  /** A row that was read: its edits are in the outbox now, as the newest. */
  readUnsent(id: RowId, edits: number): void {
    const from = this.#added
    this.#added += edits
    this.#rows.push({ id, from, until: this.#added })
  }

  readKnown(id: RowId, bytes: number): void {
    this.#known.push(id)
    this.#wholeBytes += bytes
  }

  /** What was read is the present document; only what happens from now on has to be added. */
  continues(): void {
    this.#isBroken = false
  }

  /** What was taken has not been written. All of it is in the document and in the outbox. */
  breaks(): void {
    this.#isBroken = true
    this.#edits = []
    this.#hurried = 0
    this.#known.push(...this.#rows.splice(0).map(({ id }) => id))
  }

  /**
   * Unsent edits that are not there for certain, though a page that is being written may have them: they are worth nothing
   * without those before them.
   */
  takeUnsent(): Page | undefined {
    const unsent = this.#unsent.filter((span) => span.until > this.#hurried && !this.#covers(span))
    const acknowledged = this.#acknowledged
    this.#edits = this.#edits.filter(({ number }) => number <= acknowledged)
    const last = unsent.at(-1)
    if (last === undefined) return undefined
    this.#hurried = last.until
    const rows = { unsent, known: [], acknowledged: [], removed: [], scope: 'news' as const }
    return {
      rows,
      settle: (ids) => {
        this.#tailBytes += bytesOf(unsent.map(({ update }) => update))
        this.#settleUnsent(unsent, ids.unsent)
      },
    }
  }

  /** What has to be written now. Throws DEVICE_FULL when that is more than a document may have. */
  take(): Page {
    const isLong = this.#known.length > limits.offlineRows || this.#rows.length > limits.offlineRows
    const isHeavy = this.#tailBytes > Math.max(limits.offlineTailBytes, this.#wholeBytes)
    return this.#isBroken || isLong || isHeavy ? this.#takeEverything() : this.#takeNews()
  }

  /** What a copy has to hold for a person, and the rows of ours that the document is to go on without. */
  takeRefused(): Pick<Batch, 'unsent' | 'known' | 'removed'> {
    const unsent = this.#outbox.everything()
    const removed = [...this.#known, ...this.#rows.map(({ id }) => id)]
    return { unsent, known: [encodeStateAsUpdate(this.#doc)], removed }
  }

  #takeNews(): Page {
    const acknowledged = this.#acknowledged
    const gone = this.#rows.filter(({ until }) => until <= acknowledged).map(({ id }) => id)
    const came = this.#came
    const unsent = this.#take()
    for (const { update } of this.#edits) came.push(update)
    this.#came = []
    this.#edits = []
    const known = came.length === 0 ? [] : [mergeUpdates(came)]
    const rows = {
      unsent: unsent === undefined ? [] : [unsent],
      known,
      acknowledged: gone,
      removed: [],
      scope: 'news' as const,
    }
    return {
      rows,
      settle: (ids) => {
        this.#rows = this.#rows.filter(({ id }) => !gone.includes(id))
        this.#known.push(...gone, ...ids.known)
        this.#tailBytes += bytesOf(known) + bytesOf(rows.unsent.map(({ update }) => update))
        this.#settleUnsent(rows.unsent, ids.unsent)
      },
    }
  }

  /** One row for the document, and those of the outbox, in the place of all that this tab has read and written. */
  #takeEverything(): Page {
    const unsent = this.#unsent
    if (bytesOf(unsent.map(({ update }) => update)) > limits.offlineDocumentBytes)
      throw new CometpadError('DEVICE_FULL')
    const state = encodeStateAsUpdate(this.#doc)
    this.#keepsState = state.length <= limits.offlineDocumentBytes
    const known = this.#keepsState ? [state] : []
    const scope = this.#keepsState ? ('whole' as const) : ('unsent' as const)
    const removed = [...this.#known, ...this.#rows.map(({ id }) => id)]
    this.#edits = []
    this.#came = []
    this.#isBroken = false
    return {
      rows: { unsent, known, acknowledged: [], removed, scope },
      settle: (ids) => {
        // Others may have been added while this was being written.
        this.#rows = this.#rows.filter(({ id }) => !removed.includes(id))
        this.#settleUnsent(unsent, ids.unsent)
        this.#known = [...ids.known]
        this.#wholeBytes = state.length
        this.#tailBytes = 0
      },
    }
  }

  #take(): (Unsent & Span) | undefined {
    const acknowledged = this.#acknowledged
    const edits = this.#edits.filter(({ number }) => number > acknowledged)
    // The others are content that is not written either.
    this.#edits = this.#edits.filter(({ number }) => number <= acknowledged)
    const last = edits.at(-1)
    if (last === undefined) return undefined
    const update = mergeUpdates(edits.map(({ update }) => update))
    return { update, edits: edits.length, from: last.number - edits.length, until: last.number }
  }

  /** What is in the outbox, with its numbers. */
  get #unsent(): readonly (Unsent & Span)[] {
    let from = this.#acknowledged
    return this.#outbox.everything().map(({ update, edits }) => {
      const span = { update, edits, from, until: from + edits }
      from = span.until
      return span
    })
  }

  /** There is a row for each of these edits. */
  #covers({ from, until }: Span): boolean {
    const rows = this.#rows.toSorted((one, other) => one.from - other.from)
    const reached = rows.reduce((so, row) => (row.from <= so ? Math.max(so, row.until) : so), from)
    return reached >= until
  }

  #settleUnsent(spans: readonly Span[], ids: readonly RowId[]): void {
    for (const [index, { from, until }] of spans.entries()) {
      const id = ids[index]
      if (id !== undefined) this.#rows.push({ id, from, until })
    }
  }
}

function bytesOf(updates: readonly Uint8Array[]): number {
  return updates.reduce((sum, { length }) => sum + length, 0)
}
