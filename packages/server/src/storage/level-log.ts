/**
 * The log on LevelDB: names, heads and entries as rows, written by the one group commit, verified on every read.
 * The format is described in docs/persistence-format.md.
 */
import { randomBytes } from 'node:crypto'
import { CometpadError, START, checkDocumentId } from '@cometpad/shared'
import type { Limits, Offset } from '@cometpad/shared'
import type { DocumentHead, DocumentPage, Log, LogEntry, NewDocument, Snapshot } from '../core/ports.ts'
import type { Compactor } from './compactor.ts'
import type { Operation, View } from './database.ts'
import type { Damages } from './damages.ts'
import { readDocument, readEntries, readHead, readSnapshot, readWholeDocument } from './document-rows.ts'
import type { FoundDocument } from './document-rows.ts'
import { seal } from './envelope.ts'
import type { Deletions } from './deletions.ts'
import type { FirstLines } from './first-lines.ts'
import { encodeHead, encodeName, firstHead } from './head-row.ts'
import { DOCUMENT_KEY_BYTES, decodeKey, entryKey, namesAfter } from './keys.ts'
import type { OpenDocument } from './open-documents.ts'
import { encodeOwners, readOwners } from './owner-rows.ts'
import { encodeSnapshot } from './snapshot-rows.ts'
import type { Store } from './store.ts'
import { readTombstone, rowsAfter } from './tombstone-rows.ts'
import type { Tombstone } from './tombstone-rows.ts'

export interface LevelLogOptions {
  readonly store: Store
  readonly compactor: Compactor
  readonly damages: Damages
  readonly deletions: Pick<Deletions, 'delete'>
  readonly firstLines: Pick<FirstLines, 'note'>
  readonly limits: Limits
  /** Milliseconds since 1970. */
  readonly now: () => number
}

export class LevelLog implements Log {
  readonly #options: LevelLogOptions
  readonly #creating = new Map<string, Promise<DocumentHead>>()

  constructor(options: LevelLogOptions) {
    this.#options = options
  }

  get isWritable(): boolean {
    return this.#options.store.isWritable
  }

  async find(documentId: string): Promise<DocumentHead | undefined> {
    const { store, damages } = this.#options
    const found = await damages.watch(documentId, () =>
      store.read((handle) => handle.view((view) => readWholeDocument(view, documentId))),
    )
    return found?.head
  }

  async create(documentId: string, about: NewDocument): Promise<DocumentHead> {
    checkDocumentId(documentId)
    // Whoever is told "it exists" must find it: wait until the other creation is durable or has failed.
    for (;;) {
      const other = this.#creating.get(documentId)
      if (other === undefined) break
      await other.catch(() => undefined)
    }
    const made = this.#create(documentId, about)
    this.#creating.set(documentId, made)
    return made.finally(() => this.#creating.delete(documentId))
  }

  append(documentId: string, entries: readonly LogEntry[]): Promise<void> {
    return this.#change(documentId, ({ documentKey, head }, time) => {
      let offset = head.head
      let logBytes = head.logBytes
      const { generation } = head
      const rows = entries.flatMap((entry): Operation[] => {
        if (entry.offset !== offset + 1) throw this.#misfit(entry.offset, offset)
        offset = entry.offset
        logBytes += entry.update.length
        const key = entryKey(documentKey, offset)
        const row: Operation = { type: 'put', key, value: seal(key, { payload: entry.update, time }) }
        if (entry.claim === undefined) return [row]
        return [row, ...encodeOwners(documentKey, { ...entry.claim, generation, time })]
      })
      return entries.length === 0 ? undefined : { rows, head: { ...head, head: offset, logBytes } }
    })
  }

  delete(documentId: string, by: string): Promise<void> {
    return this.#options.deletions.delete(documentId, by)
  }

  setTitle(documentId: string, title: string): Promise<void> {
    return this.#change(documentId, ({ head }) => ({ rows: [], head: { ...head, title } }))
  }

  read(documentId: string, after: Offset, maxBytes: number): Promise<readonly LogEntry[] | 'compacted'> {
    return this.#look(documentId, async (view, found) =>
      after < found.head.snapshotOffset ? 'compacted' : readEntries(view, found, after, maxBytes),
    )
  }

  snapshot(documentId: string): Promise<Snapshot | undefined> {
    return this.#look(documentId, readSnapshot)
  }

  owners(documentId: string): Promise<ReadonlyMap<number, string>> {
    return this.#look(documentId, readOwners)
  }

  list({ after = '', limit }: { readonly after?: string; readonly limit: number }): Promise<DocumentPage> {
    return this.#options.store.read((handle) =>
      handle.view(async (view) => {
        const ids: string[] = []
        const range = { ...namesAfter(after), limit: limit + 1 }
        await view.scan(range, ({ key }) => ids.push(nameOfKey(key)) > 0)
        const page = ids.slice(0, limit)
        const documents = await Promise.all(page.map((documentId) => this.#listed(view, documentId)))
        return {
          documents: documents.filter((head) => head !== undefined),
          next: ids.length > limit ? (page.at(-1) ?? null) : null,
        }
      }),
    )
  }

  /** A damaged document is missing from the list and reported; the others are listed. */
  async #listed(view: View, documentId: string): Promise<DocumentHead | undefined> {
    try {
      const found = await this.#options.damages.watch(documentId, () => readDocument(view, documentId))
      // From an older version, or the process ended before anybody looked.
      if (found !== undefined && found.head.firstLine === undefined && found.head.head > START)
        this.#options.firstLines.note(documentId)
      return found?.head
    } catch (cause) {
      if (!(cause instanceof CometpadError && cause.code === 'DOCUMENT_DAMAGED')) throw cause
      return undefined
    }
  }

  #create(documentId: string, { title, unlessDeleted = false }: NewDocument): Promise<DocumentHead> {
    const { store, damages, limits, now } = this.#options
    return store.use(async (handle) => {
      const before = await damages.watch(documentId, () =>
        handle.view(async (view) => ({
          found: await readWholeDocument(view, documentId),
          tombstone: await readTombstone(view, documentId),
        })),
      )
      if (before.found !== undefined) throw new CometpadError('DOCUMENT_EXISTS')
      if (before.tombstone !== undefined && unlessDeleted) throw new CometpadError('DOCUMENT_NOT_FOUND')
      const documentKey = randomBytes(DOCUMENT_KEY_BYTES)
      const time = now()
      const first = firstSnapshot(before.tombstone)
      const { offset, update } = first ?? { offset: START, update: new Uint8Array() }
      const bytes = update.length
      const head = firstHead({ documentId, title, offset, bytes, createdAt: time, updatedAt: time })
      await handle.writer.write({
        rows: [
          encodeName(documentId, documentKey),
          encodeHead(documentKey, head),
          ...(first === undefined ? [] : encodeSnapshot(documentKey, first, limits.chunkBytes)),
          ...(before.tombstone === undefined ? [] : rowsAfter(documentId, documentKey, before.tombstone)),
        ],
      })
      handle.documents.add(documentId, { documentKey, head, compactionFactor: 1 })
      return head
    })
  }

  /** The caller is wrong; or it read the head while the store was broken, and what was refused is there in spite of it. */
  #misfit(offset: Offset, head: Offset): Error {
    if (offset <= head && this.#options.store.wasReopened)
      return new CometpadError('STORE_UNAVAILABLE', { detail: 'The store was opened anew meanwhile.' })
    return new TypeError(`Offset ${offset} does not follow ${head}`)
  }

  /** Reads a document as it is on the disk at one moment. */
  #look<T>(documentId: string, read: (view: View, found: FoundDocument) => Promise<T>): Promise<T> {
    const { store, damages } = this.#options
    return damages.watch(documentId, () =>
      store.read((handle) =>
        handle.documents.use(documentId, ({ documentKey, isDeleted }) => {
          if (isDeleted === true) throw new CometpadError('DOCUMENT_NOT_FOUND')
          return handle.view(async (view) =>
            read(view, { documentKey, head: await readHead(view, documentId, documentKey) }),
          )
        }),
      ),
    )
  }

  /** Takes a change in, in the order of the calls, and resolves when it is durable. */
  #change(
    documentId: string,
    plan: (document: OpenDocument, time: number) => Change | undefined,
  ): Promise<void> {
    const { store, compactor, damages, firstLines, now } = this.#options
    return store.use((handle) =>
      handle.documents.use(documentId, async (document) => {
        damages.check(documentId)
        if (document.isDeleted === true) throw new CometpadError('DOCUMENT_NOT_FOUND')
        const updatedAt = Math.max(now(), document.head.updatedAt)
        const change = plan(document, updatedAt)
        if (change === undefined) return
        const head = { ...change.head, updatedAt }
        // Before the head moves: a refusal must leave it where it was.
        handle.writer.check()
        document.head = head
        await handle.writer.write({
          rows: change.rows,
          newest: { of: document, encode: () => encodeHead(document.documentKey, head) },
        })
        compactor.consider(documentId, document)
        if (change.rows.length > 0) firstLines.note(documentId)
      }),
    )
  }
}

interface Change {
  readonly rows: readonly Operation[]
  readonly head: DocumentHead
}

/**
 * An offset that somebody has kept from a history that was deleted must not mean anything in the next one, which therefore
 * begins with a snapshot of nothing behind them all.
 */
function firstSnapshot(tombstone: Tombstone | undefined): Snapshot | undefined {
  // The Yjs update that brings nothing.
  return tombstone === undefined ? undefined : { offset: tombstone.head + 1, update: new Uint8Array([0, 0]) }
}

function nameOfKey(key: Uint8Array): string {
  const decoded = decodeKey(key)
  if (decoded?.kind !== 'name') throw new TypeError('Not the key of a name')
  return decoded.documentId
}
