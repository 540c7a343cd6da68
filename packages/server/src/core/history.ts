/**
 * What a room reads from the store for readers that are further behind than its memory: pages of the log, the snapshot,
 * and answers to state vectors. A thousand readers that ask for the same share one read and one encoded buffer.
 * Holds no `Y.Doc`.
 */
import { CometpadError, encodeMessage } from '@cometpad/shared'
import type { Clock, Limits, Offset } from '@cometpad/shared'
import { Batch } from './batch.ts'
import type { Line } from './batch.ts'
import { readVector } from './gate/known.ts'
import type { Known } from './gate/known.ts'
import { UNBOUNDED, shapeOfUpdate } from './gate/update-shape.ts'
import type { Compute, Log } from './ports.ts'

interface Deps {
  readonly log: Log
  readonly compute: Compute
  readonly clock: Clock
  readonly limits: Limits
}

/** How long an answer is kept for others who ask the same. */
const KEEP_MS = 2_000
/** At most so many answers are kept; further ones are made and forgotten. */
const KEEP_ANSWERS = 32

export class History {
  readonly #documentId: string
  readonly #deps: Deps
  readonly #shared = new Map<string, Promise<Batch>>()
  #forget: (() => void) | undefined

  constructor(documentId: string, deps: Deps) {
    this.#documentId = documentId
    this.#deps = deps
  }

  /** The next page after `offset`, or the snapshot when the log no longer reaches that far back. */
  after(offset: Offset): Promise<Batch> {
    return this.#share(`after ${offset}`, () => this.#page(offset))
  }

  /**
   * What a holder of `vector` lacks of everything up to `head`, ending with an answer that carries every deletion: equal
   * vectors do not mean equal deletions.
   */
  answer(vector: Uint8Array, head: Offset, known: Known): Promise<Batch> {
    const clocks = readVector(vector, this.#deps.limits.updateClients)
    return this.#share(`answer ${head} ${[...vector].join()}`, async () => {
      // Taken before the first wait: by the time the store has answered, the room may hold more than `head`.
      const deletes = known.encodeDeletes()
      const complete = known.vectorCoveredBy(clocks)
      const lines = complete ? [] : await this.#missing(vector, clocks, head)
      lines.push(line({ type: 'answer', update: deletes }))
      return new Batch(lines, head)
    })
  }

  close(): void {
    this.#forget?.()
    this.#shared.clear()
  }

  async #page(offset: Offset): Promise<Batch> {
    const { log, limits } = this.#deps
    const entries = await log.read(this.#documentId, offset, limits.pageBytes)
    if (entries === 'compacted') {
      const snapshot = await log.snapshot(this.#documentId)
      if (snapshot === undefined)
        throw new CometpadError('DOCUMENT_DAMAGED', { detail: 'The snapshot is missing.' })
      return new Batch([line({ type: 'update', update: snapshot.update })], snapshot.offset)
    }
    const last = entries.at(-1)
    if (last === undefined) throw new CometpadError('DOCUMENT_DAMAGED', { detail: 'The log ends too early.' })
    return new Batch(
      entries.map(({ update }) => line({ type: 'update', update })),
      last.offset,
    )
  }

  async #missing(vector: Uint8Array, clocks: ReadonlyMap<number, number>, head: Offset): Promise<Line[]> {
    const { log, compute, limits } = this.#deps
    const lines: Line[] = []
    const snapshot = await log.snapshot(this.#documentId)
    if (snapshot !== undefined && isBeyond(snapshot.update, clocks)) {
      const update = clocks.size === 0 ? snapshot.update : await compute.diff(snapshot.update, vector)
      lines.push(line({ type: 'update', update }))
    }
    let offset = snapshot?.offset ?? 0
    while (offset < head) {
      const entries = await log.read(this.#documentId, offset, limits.pageBytes)
      // Compacted meanwhile: begin again with the newer snapshot.
      if (entries === 'compacted') return this.#missing(vector, clocks, head)
      if (entries.length === 0)
        throw new CometpadError('DOCUMENT_DAMAGED', { detail: 'The log ends too early.' })
      for (const entry of entries) {
        offset = entry.offset
        if (offset <= head && isBeyond(entry.update, clocks))
          lines.push(line({ type: 'update', update: entry.update }))
      }
    }
    return lines
  }

  #share(key: string, make: () => Promise<Batch>): Promise<Batch> {
    const kept = this.#shared.get(key)
    if (kept !== undefined) return kept
    const made = make()
    if (this.#shared.size >= KEEP_ANSWERS) return made
    this.#shared.set(key, made)
    made.catch(() => this.#shared.delete(key))
    this.#forget ??= this.#deps.clock.after(KEEP_MS, () => {
      this.#forget = undefined
      this.#shared.clear()
    })
    return made
  }
}

function line(message: { type: 'update' | 'answer'; update: Uint8Array }): Line {
  return { message: encodeMessage(message), author: undefined }
}

/** Does the update bring items that a holder of these clocks lacks? */
function isBeyond(update: Uint8Array, clocks: ReadonlyMap<number, number>): boolean {
  return shapeOfUpdate(update, UNBOUNDED).structs.some(({ client, to }) => to > (clocks.get(client) ?? 0))
}
