/**
 * The log in memory, for tests and simulations. The test decides when a commit becomes durable, whether it fails, and
 * when the process dies; what it sees is then what the log on disk would have shown. Uses no timer and nothing of Node.
 */
import { CometpadError, checkDocumentId } from '@cometpad/shared'
import type { Offset } from '@cometpad/shared'
import type { DocumentHead, DocumentPage, Log, LogEntry, NewDocument, Snapshot } from '../core/ports.ts'

/** Writes on their way to the disk. The test ends each batch once; further calls do nothing. */
export interface MemoryBatch {
  readonly documents: readonly string[]
  commit(): void
  /** Rejects everything that waits for this batch or a later one with STORE_UNAVAILABLE; nothing of it is kept. */
  fail(cause: unknown): void
}

export interface MemoryLogOptions {
  /** Gets each batch, one at a time, and ends it whenever it likes. Default: commits at once. */
  readonly schedule?: (batch: MemoryBatch) => void
  /** Milliseconds since 1970. */
  readonly now?: () => number
  /** A number in [0, 1). */
  readonly random?: () => number
}

interface Stored {
  readonly generation: string
  readonly createdAt: number
  updatedAt: number
  title: string
  head: Offset
  logBytes: number
  snapshot: Snapshot | undefined
  entries: LogEntry[]
  readonly owners: Map<number, string>
}

/** What a crash leaves. */
interface Disk {
  readonly documents: Map<string, Stored>
  /** Of each document that was deleted, and not made anew, its last offset. */
  readonly tombstones: Map<string, Offset>
}

/** A Yjs update that brings nothing. */
const NOTHING = new Uint8Array([0, 0])

interface Write {
  readonly documentId: string
  readonly apply: () => void
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class MemoryLog implements Log {
  readonly #options: MemoryLogOptions
  readonly #disk: Disk
  /** Documents whose deletion waits for the disk. */
  readonly #deleting = new Set<string>()
  /** Heads as they will be once everything accepted is durable; only of documents that wait for a commit. */
  readonly #accepted = new Map<string, Offset>()
  readonly #creating = new Map<string, Promise<DocumentHead>>()
  #waiting: Write[] = []
  #inFlight: Write[] | undefined
  #crashed = false

  constructor(options: MemoryLogOptions = {}, disk: Disk = { documents: new Map(), tombstones: new Map() }) {
    this.#options = options
    this.#disk = disk
  }

  get isWritable(): boolean {
    return true
  }

  async find(documentId: string): Promise<DocumentHead | undefined> {
    this.#checkAlive()
    const stored = this.#disk.documents.get(documentId)
    return stored && headOf(documentId, stored)
  }

  async create(documentId: string, about: NewDocument): Promise<DocumentHead> {
    this.#checkAlive()
    checkDocumentId(documentId)
    // Whoever is told "it exists" must find it: wait until the other creation is durable or has failed.
    for (;;) {
      const other = this.#creating.get(documentId)
      if (other === undefined) break
      await other.catch(() => undefined)
    }
    if (this.#disk.documents.has(documentId)) throw new CometpadError('DOCUMENT_EXISTS')
    if (about.unlessDeleted === true && this.#disk.tombstones.has(documentId))
      throw new CometpadError('DOCUMENT_NOT_FOUND')
    const made = this.#create(documentId, about.title)
    this.#creating.set(documentId, made)
    return made.finally(() => this.#creating.delete(documentId))
  }

  async append(documentId: string, entries: readonly LogEntry[]): Promise<void> {
    this.#checkAlive()
    const stored = this.#stored(documentId)
    let head = this.#accepted.get(documentId) ?? stored.head
    for (const { offset } of entries) {
      if (offset !== head + 1) throw new TypeError(`Offset ${offset} does not follow ${head}`)
      head = offset
    }
    if (entries.length === 0) return
    this.#accepted.set(documentId, head)
    await this.#write(documentId, () => {
      for (const { offset, update, claim } of entries) {
        stored.logBytes += update.length
        stored.entries.push({ offset, update })
        for (const client of claim?.clients ?? []) stored.owners.set(client, claim?.subject ?? '')
      }
      stored.head = head
      stored.updatedAt = this.#now()
    })
  }

  async read(
    documentId: string,
    after: Offset,
    maxBytes: number,
  ): Promise<readonly LogEntry[] | 'compacted'> {
    this.#checkAlive()
    const { entries, snapshot } = this.#stored(documentId)
    const start = snapshot?.offset ?? 0
    if (after < start) return 'compacted'
    const page: LogEntry[] = []
    let bytes = 0
    for (let index = after - start; index < entries.length; index += 1) {
      const entry = entries[index]
      if (entry === undefined) break
      bytes += entry.update.length
      if (page.length > 0 && bytes > maxBytes) break
      page.push(entry)
    }
    return page
  }

  async snapshot(documentId: string): Promise<Snapshot | undefined> {
    this.#checkAlive()
    return this.#stored(documentId).snapshot
  }

  async owners(documentId: string): Promise<ReadonlyMap<number, string>> {
    this.#checkAlive()
    return new Map(this.#stored(documentId).owners)
  }

  async setTitle(documentId: string, title: string): Promise<void> {
    this.#checkAlive()
    const stored = this.#stored(documentId)
    await this.#write(documentId, () => {
      stored.title = title
      stored.updatedAt = this.#now()
    })
  }

  async delete(documentId: string, _by: string): Promise<void> {
    this.#checkAlive()
    const stored = this.#stored(documentId)
    this.#deleting.add(documentId)
    await this.#write(documentId, () => {
      this.#deleting.delete(documentId)
      this.#disk.documents.delete(documentId)
      this.#disk.tombstones.set(documentId, stored.head)
    })
  }

  async list(options: { readonly after?: string; readonly limit: number }): Promise<DocumentPage> {
    this.#checkAlive()
    const { after = '', limit } = options
    const ids = [...this.#disk.documents.keys()].filter((id) => id > after).sort()
    const page = ids.slice(0, limit)
    return {
      documents: page.flatMap((id) => {
        const stored = this.#disk.documents.get(id)
        return stored === undefined ? [] : [headOf(id, stored)]
      }),
      next: ids.length > limit ? (page.at(-1) ?? null) : null,
    }
  }

  /** What the disk holds at this moment, without a wait in which it could change. */
  durable(documentId: string): {
    readonly snapshot: Snapshot | undefined
    readonly entries: readonly LogEntry[]
  } {
    const { snapshot, entries } = this.#disk.documents.get(documentId) ?? { snapshot: undefined, entries: [] }
    return { snapshot, entries }
  }

  /** Puts a snapshot in the place of the entries up to its offset, as compaction does. Durable with the next batch. */
  async compact(documentId: string, snapshot: Snapshot): Promise<void> {
    this.#checkAlive()
    const stored = this.#stored(documentId)
    const start = stored.snapshot?.offset ?? 0
    if (snapshot.offset <= start || snapshot.offset > stored.head)
      throw new TypeError(`No snapshot can be made at ${snapshot.offset}`)
    await this.#write(documentId, () => {
      stored.entries = stored.entries.filter(({ offset }) => offset > snapshot.offset)
      stored.logBytes = stored.entries.reduce((bytes, { update }) => bytes + update.length, 0)
      stored.snapshot = snapshot
    })
  }

  /**
   * The process dies: what is not durable is lost, its promises never settle, and this log refuses everything. Gives
   * the log as the next process finds it. The batch in flight may have reached the disk unseen: `keepInFlight`.
   */
  crash(options: { readonly keepInFlight?: boolean } = {}): MemoryLog {
    if (options.keepInFlight === true) for (const write of this.#inFlight ?? []) write.apply()
    this.#crashed = true
    this.#inFlight = undefined
    this.#waiting = []
    return new MemoryLog(this.#options, this.#disk)
  }

  async #create(documentId: string, title: string): Promise<DocumentHead> {
    const createdAt = this.#now()
    const before = this.#disk.tombstones.get(documentId)
    const snapshot = before === undefined ? undefined : { offset: before + 1, update: NOTHING }
    const stored: Stored = {
      generation: this.#generation(),
      createdAt,
      updatedAt: createdAt,
      title,
      head: snapshot?.offset ?? 0,
      logBytes: 0,
      snapshot,
      entries: [],
      owners: new Map(),
    }
    const head = headOf(documentId, stored)
    await this.#write(documentId, () => {
      this.#disk.tombstones.delete(documentId)
      this.#disk.documents.set(documentId, stored)
    })
    return head
  }

  #write(documentId: string, apply: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ documentId, apply, resolve, reject })
      this.#startBatch()
    })
  }

  #startBatch(): void {
    if (this.#crashed || this.#inFlight !== undefined || this.#waiting.length === 0) return
    const writes = this.#waiting
    this.#waiting = []
    this.#inFlight = writes
    const schedule = this.#options.schedule ?? ((batch) => batch.commit())
    schedule({
      documents: writes.map(({ documentId }) => documentId),
      commit: () => this.#end(writes, () => this.#commit(writes)),
      fail: (cause) => this.#end(writes, () => this.#fail(writes, cause)),
    })
  }

  #end(writes: readonly Write[], how: () => void): void {
    if (this.#inFlight !== writes) return
    this.#inFlight = undefined
    how()
    this.#startBatch()
  }

  #commit(writes: readonly Write[]): void {
    for (const write of writes) write.apply()
    if (this.#waiting.length === 0) this.#accepted.clear()
    for (const write of writes) write.resolve()
  }

  #fail(writes: readonly Write[], cause: unknown): void {
    const lost = [...writes, ...this.#waiting]
    this.#waiting = []
    this.#accepted.clear()
    this.#deleting.clear()
    for (const write of lost) write.reject(new CometpadError('STORE_UNAVAILABLE', { cause }))
  }

  #stored(documentId: string): Stored {
    const stored = this.#disk.documents.get(documentId)
    if (stored === undefined || this.#deleting.has(documentId)) throw new CometpadError('DOCUMENT_NOT_FOUND')
    return stored
  }

  #checkAlive(): void {
    if (this.#crashed) throw new CometpadError('STORE_UNAVAILABLE', { detail: 'The process has crashed.' })
  }

  #now(): number {
    return (this.#options.now ?? Date.now)()
  }

  #generation(): string {
    const random = this.#options.random ?? Math.random
    return Array.from({ length: 32 }, () => Math.floor(random() * 16).toString(16)).join('')
  }
}

function headOf(documentId: string, stored: Stored): DocumentHead {
  const { generation, head, title, logBytes, createdAt, updatedAt, snapshot } = stored
  const snapshotOffset = snapshot?.offset ?? 0
  const snapshotBytes = snapshot?.update.length ?? 0
  return {
    documentId,
    generation,
    head,
    snapshotOffset,
    title,
    logBytes,
    snapshotBytes,
    createdAt,
    updatedAt,
  }
}
