/**
 * Makes documents, as the log does, but for each source no more than `documentsPerWindow` within `documentWindowMs`: whoever may
 * write under any name could fill the disk with empty ones. Knows no rights.
 */
import { CometpadError } from '@cometpad/shared'
import type { Clock, Limits } from '@cometpad/shared'
import type { DocumentHead, Log, NewDocument } from './ports.ts'
import { Tally } from './tally.ts'

type Bounds = Pick<Limits, 'documentsPerWindow' | 'documentWindowMs' | 'sources'>

export class DocumentMaker {
  readonly #log: Pick<Log, 'create'>
  readonly #made: Tally

  constructor(log: Pick<Log, 'create'>, limits: Bounds, clock: Pick<Clock, 'now'>) {
    this.#log = log
    const { documentsPerWindow: most, documentWindowMs: windowMs, sources } = limits
    this.#made = new Tally({ most, windowMs, sources }, clock)
  }

  /** @param source whose it counts as; undefined: the server's own. Rejects with RATE_LIMITED, and as the log does. */
  async create(documentId: string, about: NewDocument, source: string | undefined): Promise<DocumentHead> {
    const retryAfterMs = source === undefined ? 0 : this.#made.count(source)
    if (retryAfterMs > 0) throw new CometpadError('RATE_LIMITED', { retryAfterMs })
    return this.#log.create(documentId, about)
  }
}
