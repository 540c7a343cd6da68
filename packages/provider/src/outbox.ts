/**
 * The edits that are not known to be durable yet, in the order in which they were made: first those on the wire, then
 * those that wait. Forgets an edit only when the server has said that it is saved. Knows no socket and no document.
 */
import { mergeUpdates } from 'yjs'
import { clientLimits as limits } from '@cometpad/shared'

/** One message of ours, and how many edits it carries. */
interface Chunk {
  readonly update: Uint8Array
  readonly edits: number
}

export class Outbox {
  #sent: Chunk[] = []
  #sentBytes = 0
  #waiting: Chunk[] = []
  #edits = 0
  /** Messages of this connection that are acknowledged. */
  #acknowledged = 0

  /** Edits that are not known to be durable. */
  get edits(): number {
    return this.#edits
  }

  /** As much of it, from the oldest on, as fits into so many bytes. */
  oldest(maxBytes: number): Uint8Array[] {
    let bytes = 0
    const updates: Uint8Array[] = []
    for (const { update } of [...this.#sent, ...this.#waiting]) {
      bytes += update.length
      if (bytes > maxBytes) break
      updates.push(update)
    }
    return updates
  }

  /** All of it, from the oldest on. */
  everything(): readonly Chunk[] {
    return [...this.#sent, ...this.#waiting].filter(({ edits }) => edits > 0)
  }

  add(update: Uint8Array, edits = 1): void {
    this.#waiting.push({ update, edits })
    this.#edits += edits
    if (this.#waiting.length >= limits.unmergedUpdates) this.#merge()
  }

  /** A new connection: whatever was on the wire of the last one is sent again. */
  restart(): void {
    this.#waiting = [...this.#sent, ...this.#waiting]
    this.#sent = []
    this.#sentBytes = 0
    this.#acknowledged = 0
    if (this.#waiting.length >= limits.unmergedUpdates) this.#merge()
  }

  /** The next edit to put on the wire; undefined when there is none or enough is under way. */
  next(): Uint8Array | undefined {
    if (this.#sent.length >= limits.inFlightUpdates || this.#sentBytes >= limits.inFlightBytes)
      return undefined
    const chunk = this.#waiting.shift()
    if (chunk === undefined) return undefined
    this.#send(chunk)
    return chunk.update
  }

  /** An answer to the server's vector was put on the wire. It covers what was waiting, which need not go any more. */
  answered(update: Uint8Array): void {
    const edits = this.#waiting.reduce((sum, chunk) => sum + chunk.edits, 0)
    this.#waiting = []
    this.#send({ update, edits })
  }

  /**
   * The first `count` messages of this connection are durable. False when that cannot be: then nothing is forgotten.
   */
  acknowledge(count: number): boolean {
    const news = count - this.#acknowledged
    if (!Number.isSafeInteger(count) || news < 0 || news > this.#sent.length) return false
    for (const { edits, update } of this.#sent.splice(0, news)) {
      this.#edits -= edits
      this.#sentBytes -= update.length
    }
    this.#acknowledged = count
    return true
  }

  #send(chunk: Chunk): void {
    this.#sent.push(chunk)
    this.#sentBytes += chunk.update.length
  }

  /** Joins neighbours, so that a long time offline costs about what its text weighs. */
  #merge(): void {
    const merged: Chunk[] = []
    let group: Chunk[] = []
    let bytes = 0
    for (const chunk of this.#waiting) {
      if (group.length > 0 && bytes + chunk.update.length > limits.partBytes) {
        merged.push(joined(group))
        group = []
        bytes = 0
      }
      group.push(chunk)
      bytes += chunk.update.length
    }
    if (group.length > 0) merged.push(joined(group))
    this.#waiting = merged
  }
}

function joined(chunks: readonly Chunk[]): Chunk {
  return {
    update: mergeUpdates(chunks.map(({ update }) => update)),
    edits: chunks.reduce((sum, { edits }) => sum + edits, 0),
  }
}
