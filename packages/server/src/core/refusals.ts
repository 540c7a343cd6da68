/**
 * What follows from a refused update, beside its answer: it is counted for where it came from, and its bytes are kept aside when they
 * look like an attack or a broken client. Knows no message and no store.
 */
import type { Clock, ErrorCode, Limits } from '@cometpad/shared'
import type { QuarantinePort, RefusedUpdate } from './ports.ts'
import { Tally } from './tally.ts'

/** Of these nobody's own client has a copy that it shows, or could be told what is wrong with it. */
const KEPT: ReadonlySet<ErrorCode> = new Set(['MALFORMED_UPDATE', 'UPDATE_TOO_COMPLEX', 'CLIENT_ID_TAKEN'])
const COUNTED: ReadonlySet<ErrorCode> = new Set([...KEPT, 'READ_ONLY', 'MISSING_DEPENDENCY'])

export class Refusals {
  readonly #quarantine: QuarantinePort | undefined
  readonly #counted: Tally
  readonly #kept: Tally
  /** Of one source: all. */
  readonly #keptInAll: Tally

  constructor(limits: Limits, clock: Pick<Clock, 'now'>, quarantine: QuarantinePort | undefined) {
    this.#quarantine = quarantine
    const { sources, refusedUpdates, refusalWindowMs, quarantineWindowMs: windowMs } = limits
    this.#counted = new Tally({ most: refusedUpdates, windowMs: refusalWindowMs, sources }, clock)
    this.#kept = new Tally({ most: limits.quarantinedBySource, windowMs, sources }, clock)
    this.#keptInAll = new Tally({ most: limits.quarantinedInWindow, windowMs, sources: 1 }, clock)
  }

  /**
   * Gives the milliseconds for which nothing of the kind may come from the source; 0: it may.
   * @param source undefined: the server's own, which counts for nobody
   */
  note(refused: RefusedUpdate, source: string | undefined): number {
    if (source === undefined || !COUNTED.has(refused.code)) return 0
    // A flood costs no more than its count.
    const isKept = KEPT.has(refused.code) && this.#kept.count(source) === 0 && this.#keptInAll.count('') === 0
    if (isKept) this.#quarantine?.keep(refused)
    return this.#counted.count(source)
  }
}
