/**
 * Keeps a document on the device: edits that the server does not have, soon; the rest of it, a little later. Decides when
 * something is written; the ledger knows what, and the store how. Never stops the editor: what fails is said and tried
 * again.
 */
import { CometpadError, clientLimits as limits } from '@cometpad/shared'
import type { Clock, ErrorCode } from '@cometpad/shared'
import type { Replica } from '../replica.ts'
import type { Keeping } from './keeping.ts'
import { Ledger } from './ledger.ts'
import { refusedHistory } from './refused-history.ts'
import type { DocumentName, HistoryName, KeptCopy, Loaded, OfflineStore } from './store.ts'

export interface JournalOptions {
  readonly store: OfflineStore
  readonly document: DocumentName
  readonly replica: Replica
  readonly clock: Clock
  /** What was kept is in the document. */
  readonly restored: () => void
  readonly changed: (keeping: Keeping) => void
  readonly failed: (error: CometpadError) => void
}

export class Journal {
  /** Settles when the page need not wait any longer for what was kept. */
  readonly opened: Promise<void>
  readonly #options: JournalOptions
  readonly #ledger: Ledger
  /** Undefined until what was kept is read: nothing is written before. */
  #epoch: number | undefined
  /** Which unbroken sequence of writes ours continue. */
  #line: number | undefined
  #generation = ''
  #isReading = false
  #isReplaced = false
  #isClosed = false
  /** The page went before what was kept is read. */
  #isLate = false
  #hasNews = false
  /** When the oldest of what is not written came. */
  #newsSince: number | undefined
  /** Writes that are under way. */
  readonly #steps = new Set<Promise<void>>()
  #failure: ErrorCode | undefined
  #timer: { readonly due: number; readonly cancel: () => void } | undefined
  #keeping: Keeping = { state: 'opening' }

  constructor(options: JournalOptions) {
    this.#options = options
    const { replica, clock } = options
    this.#ledger = new Ledger(replica.doc, replica.outbox)
    this.opened = new Promise((resolve) => {
      const cancel = clock.after(limits.offlineWaitMs, resolve)
      void this.#open().finally(() => {
        cancel()
        resolve()
      })
    })
  }

  get keeping(): Keeping {
    return this.#keeping
  }

  /** An edit of ours, which is on its way into the outbox. */
  edited(update: Uint8Array): void {
    this.#ledger.edited(update)
    // What could not be written is in the outbox, and one copy of it is enough.
    if (this.#failure !== undefined) this.#ledger.breaks()
    this.#schedule(limits.offlineDelayMs)
  }

  /** Something of the server is in the document. */
  came(update: Uint8Array): void {
    if (this.#isReading) return
    this.#ledger.came(update)
    this.#schedule(limits.offlineStateMs)
  }

  /** The position, the title, or what is acknowledged has changed. */
  noted(): void {
    if (this.#isReading) return
    this.#hasNews = true
    this.#schedule(limits.offlineStateMs)
  }

  /** The page may be gone in a moment, and with it whatever takes more than one request. */
  flush(): void {
    if (this.#isClosed) return
    this.#isLate = this.#epoch === undefined
    this.#nameHistory()
    if (!this.#ledger.isKept) this.#append()
    else if (!this.#isWriting && this.#hasNews) this.#write()
  }

  /** The server has another history: what is unsent of this one stays as a copy. */
  replaced(): void {
    if (this.#isReplaced) return
    this.#isReplaced = true
    if (this.#epoch === undefined || this.#isForgotten) return
    if (!this.#ledger.isKept) this.#write()
    void this.#watch(this.#options.store.replace(this.#history))
  }

  /**
   * What is unsent was refused for good: it stays as a copy, and the next page begins with what the server has. Nothing more
   * is kept of this one. A crash between the two steps leaves both, and the next page refuses the edits again.
   */
  async setAside(random: number): Promise<void> {
    const epoch = this.#epoch
    if (epoch === undefined || this.#isClosed || this.#isReplaced || this.#isForgotten) return
    this.#isClosed = true
    this.#timer?.cancel()
    await Promise.all(this.#steps)
    const { store, replica } = this.#options
    const { unsent, known, removed } = this.#ledger.takeRefused()
    const { title, role } = replica
    const facts = { title, role, line: undefined, position: undefined, acknowledged: [] }
    const copy = { ...this.#history, generation: refusedHistory(this.#generation, random) }
    const kept = { ...facts, unsent, known, removed: [], scope: 'whole', isReplaced: true } as const
    if ((await store.write(copy, epoch, kept)).outcome !== 'written') return
    const rest = { ...facts, unsent: [], known: [], removed, scope: 'unsent', isReplaced: false } as const
    await store.write(this.#history, epoch, rest)
  }

  close(): void {
    if (this.#isClosed) return
    if (!this.#ledger.isKept || this.#ledger.hasNews) this.#write()
    this.#isClosed = true
    this.#timer?.cancel()
  }

  copies(): Promise<readonly KeptCopy[]> {
    return this.#options.store.copies(this.#options.document)
  }

  discard(copy: KeptCopy): Promise<void> {
    return this.#options.store.discard(this.#options.document, copy)
  }

  /** Nothing of the document stays on the device, and nothing more is kept there until it is opened anew. */
  forget(): Promise<void> {
    this.#failure = 'DEVICE_FORGOTTEN'
    this.#timer?.cancel()
    this.#show()
    return this.#options.store.forget(this.#options.document)
  }

  get #isWriting(): boolean {
    return this.#steps.size > 0
  }

  get #isForgotten(): boolean {
    return this.#failure === 'DEVICE_FORGOTTEN'
  }

  get #history(): HistoryName {
    return { ...this.#options.document, generation: this.#generation }
  }

  // Reading

  async #open(): Promise<void> {
    const { store, document, restored } = this.#options
    try {
      const loaded = await store.load(document)
      if (this.#isForgotten) return
      if (this.#isClosed) return this.#closeLate(loaded)
      this.#failure = undefined
      this.#epoch = loaded.epoch
      const isSound = this.#read(loaded) && loaded.damaged === 0
      if (!isSound) this.#options.failed(new CometpadError('DEVICE_DAMAGED'))
    } catch (cause) {
      if (this.#isClosed) return
      this.#fail(cause)
      this.#later(() => void this.#open())
      return
    }
    restored()
    this.#hasNews = true
    // It may be gone before a timer rings.
    if (this.#isLate) this.flush()
    this.#schedule(this.#ledger.isKept ? limits.offlineStateMs : limits.offlineDelayMs)
  }

  /** The document was closed before what is kept was read: that stays as it is, and what was typed meanwhile is added to it. */
  #closeLate({ history, epoch }: Loaded): void {
    if (this.#ledger.isKept || this.#isReplaced) return
    const { replica, store } = this.#options
    const kept = history?.generation ?? ''
    this.#epoch = epoch
    this.#generation = replica.progress?.generation ?? kept
    if (history !== undefined && kept !== '' && kept !== this.#generation)
      void this.#watch(store.replace(history))
    this.#append()
  }

  /** Puts what was kept into the document and the outbox. False: something of it makes no sense. */
  #read({ history, line, known, unsent, damaged }: Loaded): boolean {
    if (history === undefined) return true
    const { replica, store } = this.#options
    const present = replica.progress?.generation
    if (history.generation !== '' && present !== undefined && history.generation !== present) {
      // It took so long that the server was first, with another history.
      void this.#watch(store.replace(history))
      return true
    }
    this.#isReading = true
    let isSound = true
    for (const { id, update } of known) {
      isSound = this.#apply(update) && isSound
      this.#ledger.readKnown(id, update.length)
    }
    for (const { id, update, edits } of unsent) {
      isSound = this.#apply(update) && isSound
      this.#ledger.readUnsent(id, edits)
      replica.outbox.add(update, edits)
    }
    const { position, title, role, generation } = history
    replica.restore({ generation, position: isSound ? position : undefined, title, role })
    this.#isReading = false
    this.#generation = generation
    this.#line = line
    // What has no position may lack something; and what the server has said before is in no row.
    if (isSound && damaged === 0 && position !== undefined && present === undefined) this.#ledger.continues()
    return isSound
  }

  #apply(update: Uint8Array): boolean {
    try {
      this.#options.replica.apply(update)
      return true
    } catch {
      return false
    }
  }

  // Writing

  #schedule(delayMs: number): void {
    this.#show()
    if (this.#epoch === undefined || this.#isClosed || this.#failure !== undefined) return
    this.#newsSince ??= this.#options.clock.now()
    this.#after(delayMs, () => this.#due())
  }

  #due(): void {
    const waitedMs = this.#options.clock.now() - (this.#newsSince ?? 0)
    // What was acknowledged meanwhile is in no hurry; unsent edits do not even wait for what is under way.
    if (this.#ledger.isKept && waitedMs < limits.offlineStateMs)
      this.#after(limits.offlineStateMs - waitedMs, () => this.#due())
    else if (!this.#isWriting) this.#write()
    else if (this.#ledger.hasUnwritten) this.#append()
  }

  /** Sets the timer, unless it rings sooner. */
  #after(delayMs: number, run: () => void): void {
    const { clock } = this.#options
    const due = clock.now() + delayMs
    if (this.#timer !== undefined && this.#timer.due <= due) return
    this.#timer?.cancel()
    const cancel = clock.after(delayMs, () => {
      this.#timer = undefined
      run()
    })
    this.#timer = { due, cancel }
  }

  /** Tries again what has failed. */
  #later(run: () => void): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#after(limits.offlineRetryMs, run)
  }

  /** Unsent edits alone, whatever else is under way, in a step that waits for nothing. */
  #append(): void {
    void this.#step(async (epoch) => {
      const page = this.#ledger.takeUnsent()
      if (page === undefined) return
      const unsent = await this.#options.store.append(this.#history, epoch, page.rows.unsent)
      page.settle({ unsent, known: [] })
    })
  }

  #write(): void {
    const { replica, store } = this.#options
    if (this.#isReplaced && replica.outbox.edits === 0) return
    this.#nameHistory()
    this.#hasNews = false
    this.#newsSince = undefined
    void this.#step(async (epoch) => {
      const page = this.#ledger.take()
      const { pendingStructs, pendingDs } = replica.doc.store
      // What builds on something that has not come is not what a position stands for.
      const isSound = pendingStructs === null && pendingDs === null
      const written = await store.write(this.#history, epoch, {
        ...page.rows,
        line: this.#line,
        position: isSound ? replica.progress?.position : undefined,
        title: replica.title,
        role: replica.role,
        isReplaced: this.#isReplaced,
      })
      if (written.outcome === 'forgotten') throw new CometpadError('DEVICE_FORGOTTEN')
      if (written.outcome === 'missing') return this.#ledger.breaks()
      this.#line = written.line
      page.settle(written)
    })
  }

  /** Of which history the document is may have been said just now. */
  #nameHistory(): void {
    const generation = this.#options.replica.progress?.generation ?? ''
    if (generation === this.#generation) return
    this.#generation = generation
    this.#ledger.breaks()
  }

  async #step(run: (epoch: number) => Promise<void>): Promise<void> {
    const epoch = this.#epoch
    if (epoch === undefined || this.#isForgotten) return
    const step = this.#try(() => run(epoch))
    this.#steps.add(step)
    await step
    this.#steps.delete(step)
    this.#show()
    if (this.#isWriting || this.#isClosed || this.#isForgotten) return
    if (this.#failure !== undefined) this.#later(() => this.#write())
    else if (!this.#ledger.isKept) this.#schedule(limits.offlineDelayMs)
    else if (this.#hasNews || this.#ledger.hasNews) this.#schedule(limits.offlineStateMs)
  }

  /** Never rejects. */
  async #try(run: () => Promise<void>): Promise<void> {
    try {
      await run()
      if (!this.#isForgotten) this.#failure = undefined
    } catch (cause) {
      this.#ledger.breaks()
      this.#fail(cause)
    }
  }

  async #watch(asked: Promise<void>): Promise<void> {
    try {
      await asked
    } catch (cause) {
      this.#fail(cause)
      this.#later(() => this.#write())
    }
  }

  #fail(cause: unknown): void {
    if (this.#isForgotten) return
    const error = cause instanceof CometpadError ? cause : new CometpadError('DEVICE_UNAVAILABLE', { cause })
    const isNew = this.#failure !== error.code
    this.#failure = error.code
    this.#show()
    if (isNew) this.#options.failed(error)
  }

  #show(): void {
    const next = this.#decide()
    if (JSON.stringify(next) === JSON.stringify(this.#keeping)) return
    this.#keeping = next
    this.#options.changed(next)
  }

  #decide(): Keeping {
    if (this.#failure !== undefined) return { state: 'failed', code: this.#failure }
    if (this.#epoch === undefined) return { state: 'opening' }
    return { state: this.#ledger.isKept ? 'kept' : 'writing' }
  }
}
