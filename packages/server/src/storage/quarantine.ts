/**
 * Refused updates, kept aside as rows beside the log of their document, within bounds: the oldest go first. They are written behind
 * what made them, with the group commit; nobody waits for that, and what cannot be written is gone. Knows not why an update is refused.
 */
import { CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { QuarantinePort, RefusedUpdate } from '../core/ports.ts'
import type { Operation, StoredRow, View } from './database.ts'
import type { Handle } from './handle.ts'
import { hexOf } from './head-row.ts'
import { ALL_QUARANTINED, DOCUMENT_KEY_BYTES, decodeKey } from './keys.ts'
import { decodeQuarantined, encodeQuarantined, idOf } from './quarantine-rows.ts'
import type { QuarantinedBytes, QuarantinedUpdate } from './quarantine-rows.ts'
import type { Store } from './store.ts'

type Bounds = Pick<
  Limits,
  | 'quarantineUpdates'
  | 'quarantineBytes'
  | 'quarantineUpdatesOfDocument'
  | 'quarantineBytesOfDocument'
  | 'quarantineUpdateBytes'
  | 'waitingQuarantine'
  | 'commitRows'
>

/** Which ones; every field that is there narrows it. */
export interface QuarantineChoice {
  readonly id?: string | undefined
  readonly documentId?: string | undefined
  /** Those that came before this moment, in milliseconds since 1970, UTC. */
  readonly before?: number | undefined
}

/** What an operator can do with it. */
export interface Quarantine {
  /** The oldest first. One that cannot be read any more is passed over. */
  list(): Promise<readonly QuarantinedUpdate[]>
  /** Rejects with NOT_FOUND. */
  read(id: string): Promise<QuarantinedBytes>
  /** How many were removed, durably. */
  drop(choice: QuarantineChoice): Promise<number>
}

export interface LevelQuarantineOptions {
  readonly store: Store
  readonly limits: Bounds
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** What keeps the disk from taking more; undefined: nothing. */
  readonly obstacle: () => Promise<unknown>
  readonly failed: (what: string, documentId: string, cause: unknown) => void
}

interface Waiting extends RefusedUpdate {
  readonly at: number
  readonly bytes: number
}

/** A row that is there. */
interface Kept {
  readonly key: Uint8Array
  readonly bytes: number
}

/** A seq is the time · 2^16, and one more than the last where that is not more. */
const TIME_BITS = 16n

export class LevelQuarantine implements Quarantine, QuarantinePort {
  readonly #options: LevelQuarantineOptions
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  /** Of all documents, the oldest first. Undefined until something is to be kept, and when nobody knows any more. */
  #kept: Kept[] | undefined
  #lastSeq = 0n
  #isClosed = false

  constructor(options: LevelQuarantineOptions) {
    this.#options = options
  }

  keep({ update, ...about }: RefusedUpdate): void {
    const { limits, now } = this.#options
    if (this.#isClosed || this.#waiting.length >= limits.waitingQuarantine) return
    // A copy: what is kept of it must not keep the message.
    const start = update.slice(0, limits.quarantineUpdateBytes)
    this.#waiting.push({ ...about, at: now(), bytes: update.length, update: start })
    this.#writing ??= this.#writeAll()
  }

  /** Its document was deleted, and its rows go with it. */
  forget(documentKey: Uint8Array): void {
    const gone = hexOf(documentKey)
    this.#kept = this.#kept?.filter(({ key }) => documentOf(key) !== gone)
  }

  async list(): Promise<readonly QuarantinedUpdate[]> {
    const found: QuarantinedUpdate[] = []
    await this.#scan((row) => {
      const { update: _, ...about } = decodeQuarantined(row)
      found.push(about)
    })
    return found.toSorted((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1))
  }

  async read(id: string): Promise<QuarantinedBytes> {
    let found: QuarantinedBytes | undefined
    await this.#scan((row) => {
      if (idOfKey(row.key) === id) found = decodeQuarantined(row)
    })
    if (found === undefined)
      throw new CometpadError('NOT_FOUND', { detail: `No refused update "${id}" is kept.` })
    return found
  }

  async drop({ id, documentId, before }: QuarantineChoice): Promise<number> {
    const keys: Uint8Array[] = []
    const isEverything = id === undefined && documentId === undefined && before === undefined
    await this.#scan(
      (row) => {
        if (id !== undefined && idOfKey(row.key) !== id) return
        if (documentId !== undefined || before !== undefined) {
          const about = decodeQuarantined(row)
          if (documentId !== undefined && about.documentId !== documentId) return
          if (before !== undefined && !(about.at < before)) return
        }
        keys.push(row.key.slice())
      },
      // Even what cannot be read can be thrown away.
      ({ key }) => void (isEverything && keys.push(key.slice())),
    )
    const rows = keys.map((key): Operation => ({ type: 'del', key }))
    if (rows.length > 0) await this.#options.store.use((handle) => handle.writer.write({ rows }))
    this.#kept = undefined
    return rows.length
  }

  /** Takes no more, and waits for what is being written. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.#waiting = []
    await this.#writing
  }

  /** Never rejects. */
  async #writeAll(): Promise<void> {
    const { failed } = this.#options
    // Not in the turn that serves who waits for an answer.
    await new Promise((resolve) => setImmediate(resolve))
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        await this.#write(next)
      } catch (cause) {
        // Whether it is there nobody knows.
        this.#kept = undefined
        if (!(cause instanceof CometpadError)) failed('keep a refused update', next.documentId, cause)
      }
    }
    this.#writing = undefined
  }

  async #write(next: Waiting): Promise<void> {
    const { store, obstacle } = this.#options
    // No edit is to fail because this has taken the last of a disk.
    if (!store.isWritable || (await obstacle()) !== undefined) return
    await store.use((handle) =>
      handle.documents.use(next.documentId, async ({ documentKey, isDeleted }) => {
        if (isDeleted === true) return
        const kept = (this.#kept ??= await this.#whatIsThere(handle))
        const put = encodeQuarantined(documentKey, { ...next, seq: this.#nextSeq(next.at) })
        const fresh = { key: put.key, bytes: put.value.length }
        const left = this.#within(kept, fresh)
        const staying = new Set(left)
        const dropped = kept.filter((one) => !staying.has(one))
        handle.writer.check()
        await handle.writer.write({
          rows: [put, ...dropped.map(({ key }): Operation => ({ type: 'del', key }))],
        })
        this.#kept = [...left, fresh]
      }),
    )
  }

  /** What can stay beside a new one. */
  #within(kept: readonly Kept[], fresh: Kept): Kept[] {
    const { limits } = this.#options
    const documentKey = documentOf(fresh.key)
    const isOwn = ({ key }: Kept): boolean => documentOf(key) === documentKey
    const own = { most: limits.quarantineUpdatesOfDocument, bytes: limits.quarantineBytesOfDocument }
    const staying = new Set(newest(kept.filter(isOwn), fresh, own))
    const others = kept.filter((one) => !isOwn(one) || staying.has(one))
    return newest(others, fresh, { most: limits.quarantineUpdates, bytes: limits.quarantineBytes })
  }

  async #whatIsThere(handle: Handle): Promise<Kept[]> {
    const kept: Kept[] = []
    await handle.view((view) =>
      view.scan(
        ALL_QUARANTINED,
        ({ key, value }) => kept.push({ key: key.slice(), bytes: value.length }) > 0,
      ),
    )
    kept.sort((one, other) => (seqOf(one.key) < seqOf(other.key) ? -1 : 1))
    const last = kept.at(-1)
    if (last !== undefined && seqOf(last.key) > this.#lastSeq) this.#lastSeq = seqOf(last.key)
    return kept
  }

  #nextSeq(at: number): bigint {
    const byTime = BigInt(at) << TIME_BITS
    this.#lastSeq = byTime > this.#lastSeq ? byTime : this.#lastSeq + 1n
    return this.#lastSeq
  }

  async #scan(
    take: (row: StoredRow) => void,
    unreadable: (row: StoredRow) => void = () => undefined,
  ): Promise<void> {
    const look = (view: View): Promise<void> =>
      view.scan(ALL_QUARANTINED, (row) => {
        try {
          take(row)
        } catch (cause) {
          if (!(cause instanceof CometpadError && cause.code === 'DOCUMENT_DAMAGED')) throw cause
          unreadable(row)
        }
        return true
      })
    await this.#options.store.read((handle) => handle.view(look))
  }
}

/** The newest of them that, with a new one, are within the bounds. */
function newest(
  kept: readonly Kept[],
  fresh: Kept,
  { most, bytes }: { most: number; bytes: number },
): Kept[] {
  let count = 1
  let sum = fresh.bytes
  let first = kept.length
  for (; first > 0; first -= 1) {
    const more = kept[first - 1]?.bytes ?? 0
    if (count + 1 > most || sum + more > bytes) break
    count += 1
    sum += more
  }
  return kept.slice(first)
}

function documentOf(key: Uint8Array): string {
  return hexOf(key.subarray(1, 1 + DOCUMENT_KEY_BYTES))
}

function seqOf(key: Uint8Array): bigint {
  const decoded = decodeKey(key)
  if (decoded?.kind !== 'quarantine') throw new TypeError('Not the key of a refused update')
  return decoded.seq
}

function idOfKey(key: Uint8Array): string {
  return idOf(seqOf(key))
}
