/**
 * The documents that were found damaged since the process began: said once to the operator, counted for whoever watches
 * over the server, and not written any more, so that what is left of them stays as it is. Knows no rows.
 */
import { CometpadError } from '@cometpad/shared'

export interface Damage {
  readonly documentId: string
  /** What was found, in a sentence. */
  readonly what: string
}

export class Damages {
  readonly #found = new Map<string, Damage>()
  readonly #max: number
  readonly #report: (documentId: string, cause: unknown) => void

  /** @param max how many are kept; others are found again when somebody reads them */
  constructor(max: number, report: (documentId: string, cause: unknown) => void) {
    this.#max = max
    this.#report = report
  }

  get all(): readonly Damage[] {
    return Array.from(this.#found.values())
  }

  /** Throws DOCUMENT_DAMAGED when the document was found damaged before. */
  check(documentId: string): void {
    const damage = this.#found.get(documentId)
    if (damage !== undefined) throw new CometpadError('DOCUMENT_DAMAGED', { detail: damage.what })
  }

  /** It was replaced, or is gone. */
  forget(documentId: string): void {
    this.#found.delete(documentId)
  }

  /** Gives what the work gives; notes it when the work finds damage. */
  async watch<T>(documentId: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      if (cause instanceof CometpadError && cause.code === 'DOCUMENT_DAMAGED') this.#note(documentId, cause)
      throw cause
    }
  }

  #note(documentId: string, cause: CometpadError): void {
    if (this.#found.has(documentId) || this.#found.size >= this.#max) return
    this.#found.set(documentId, { documentId, what: cause.message })
    this.#report(documentId, cause)
  }
}
