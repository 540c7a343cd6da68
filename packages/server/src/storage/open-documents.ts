/**
 * The heads of the documents that are being worked on, so that an append costs no read. Bounded: the one that was used
 * longest ago goes first, but never one in use, because a second copy of its head could not know of what waits for the
 * disk. Knows no database.
 */
import type { DocumentHead } from '../core/ports.ts'

export interface OpenDocument {
  readonly documentKey: Uint8Array
  /** The head as it will be when everything accepted is durable. */
  head: DocumentHead
  /** Doubled with each compaction that failed: the next is tried when the log has grown by so much. */
  compactionFactor: number
  /** Nobody changes it any more: its deletion waits for the disk, or is durable. */
  isDeleted?: boolean
}

interface Place {
  readonly loading: Promise<OpenDocument>
  users: number
}

/** So many places are looked at to find one that can go; the bound may be crossed for a moment. */
const TRIES = 16

export class OpenDocuments {
  readonly #load: (documentId: string) => Promise<OpenDocument>
  readonly #max: number
  /** In the order of their use, the oldest first. */
  readonly #places = new Map<string, Place>()

  /** @param max how many are kept */
  constructor(load: (documentId: string) => Promise<OpenDocument>, max: number) {
    this.#load = load
    this.#max = max
  }

  get size(): number {
    return this.#places.size
  }

  /** Always begins a turn later, also with what is at hand: who asked first goes on first. */
  async use<T>(documentId: string, work: (document: OpenDocument) => Promise<T>): Promise<T> {
    const place = this.#places.get(documentId) ?? this.#open(documentId)
    this.#places.delete(documentId)
    this.#places.set(documentId, place)
    place.users += 1
    try {
      return await work(await place.loading)
    } finally {
      place.users -= 1
    }
  }

  /** A document that was just made. */
  add(documentId: string, document: OpenDocument): void {
    // Somebody may have found it already, and changed it.
    if (this.#places.has(documentId)) return
    this.#makeRoom()
    this.#places.set(documentId, { loading: Promise.resolve(document), users: 0 })
  }

  /** It is not there any more. Whoever still has it sees that by itself. */
  forget(documentId: string): void {
    this.#places.delete(documentId)
  }

  #open(documentId: string): Place {
    this.#makeRoom()
    const place: Place = { loading: this.#load(documentId), users: 0 }
    // Whoever asked hears of it; the next one reads anew.
    place.loading.catch(() => {
      if (this.#places.get(documentId) === place) this.#places.delete(documentId)
    })
    return place
  }

  #makeRoom(): void {
    let tries = 0
    for (const [documentId, { users }] of this.#places) {
      if (this.#places.size < this.#max || tries >= TRIES) return
      tries += 1
      if (users === 0) this.#places.delete(documentId)
    }
  }
}
