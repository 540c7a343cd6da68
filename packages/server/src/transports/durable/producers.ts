/**
 * Senders that number their requests: each number is taken once and in its turn, and one epoch fences off those before it. Yjs
 * takes a repetition without harm, so this lives in memory; a sender that is not known here may have been known before a restart.
 * Knows no request and no document.
 */
import { CometpadError } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'

export interface Numbered {
  readonly epoch: number
  readonly seq: number
}

interface Producer {
  epoch: number
  /** The last one that was taken; undefined: none of this epoch yet. */
  seq: number | undefined
  /** What came before this number is not known to have been taken. */
  since: Numbered
  /** So many requests in a row have left a gap. */
  gaps: number
  waiting: number
  last: Promise<unknown>
}

export type Refusal =
  | { readonly kind: 'fenced'; readonly epoch: number }
  | { readonly kind: 'gap'; readonly expected: number }

type Bounds = Pick<Limits, 'producers' | 'waitingProducerRequests' | 'producerGaps'>

type Taken = { readonly kind: 'taken'; readonly seq: number } | Refusal

export class Producers {
  readonly #limits: Bounds
  /** The one that was silent for longest comes first. */
  readonly #producers = new Map<string, Producer>()

  constructor(limits: Bounds) {
    this.#limits = limits
  }

  /**
   * Calls `append` when the number has its turn, one request of a producer after the other. Rejects with what `append` rejects
   * with, and then the number was not taken; with INVALID_REQUEST, or with RATE_LIMITED when too many wait.
   */
  async take(key: string, numbered: Numbered, append: () => Promise<void>): Promise<Taken> {
    const known = this.#producers.get(key)
    const producer: Producer = known ?? {
      epoch: numbered.epoch,
      seq: undefined,
      since: numbered,
      gaps: 0,
      waiting: 0,
      last: Promise.resolve(),
    }
    if (producer.waiting >= this.#limits.waitingProducerRequests) throw new CometpadError('RATE_LIMITED')
    this.#producers.delete(key)
    this.#producers.set(key, producer)
    producer.waiting += 1
    const taken = producer.last.then(() => this.#next(producer, numbered, append))
    // Whoever asked hears of a failure; the next one only waits for its end.
    producer.last = taken.catch(() => undefined)
    try {
      return await taken
    } finally {
      producer.waiting -= 1
      this.#forget(key, producer)
    }
  }

  async #next(producer: Producer, { epoch, seq }: Numbered, append: () => Promise<void>): Promise<Taken> {
    if (epoch < producer.epoch) return { kind: 'fenced', epoch: producer.epoch }
    if (epoch > producer.epoch) {
      if (seq !== 0)
        throw new CometpadError('INVALID_REQUEST', {
          detail: 'A new "Producer-Epoch" begins with "Producer-Seq" 0.',
        })
      await append()
      Object.assign(producer, { epoch, seq, gaps: 0 })
      return { kind: 'taken', seq }
    }
    if (producer.seq === undefined)
      return takeByContent(producer, { epoch, seq }, Math.max(0, seq - 1), append)
    if (seq > producer.seq + 1) return this.#beyondGap(producer, { epoch, seq }, producer.seq + 1, append)
    const wasTaken = seq <= producer.seq
    // Before what was heard first here nothing is known: it may be what comes late, and is harmless if it comes again.
    if (!wasTaken || (epoch === producer.since.epoch && seq < producer.since.seq)) await append()
    if (!wasTaken) Object.assign(producer, { seq, gaps: 0 })
    return { kind: 'taken', seq: producer.seq }
  }

  /**
   * What is missing may have been taken before a restart: a sender whose answer was lost says an old number first, and has no
   * reason to say the ones after it again. So memory is believed a few times, and then the content.
   */
  async #beyondGap(
    producer: Producer,
    numbered: Numbered,
    expected: number,
    append: () => Promise<void>,
  ): Promise<Taken> {
    producer.gaps += 1
    if (producer.gaps <= this.#limits.producerGaps) return { kind: 'gap', expected }
    return takeByContent(producer, numbered, expected, append)
  }

  #forget(key: string, producer: Producer): void {
    if (producer.waiting > 0) return
    if (producer.seq === undefined) this.#producers.delete(key)
    for (const [oldest, { waiting }] of this.#producers) {
      if (this.#producers.size <= this.#limits.producers) return
      if (waiting === 0) this.#producers.delete(oldest)
    }
  }
}

/** The content itself tells whether something before it is missing. What is taken nevertheless is harmless if it comes later. */
async function takeByContent(
  producer: Producer,
  numbered: Numbered,
  expected: number,
  append: () => Promise<void>,
): Promise<Taken> {
  const { seq } = numbered
  try {
    await append()
  } catch (cause) {
    if (seq > 0 && cause instanceof CometpadError && cause.code === 'MISSING_DEPENDENCY')
      return { kind: 'gap', expected }
    throw cause
  }
  Object.assign(producer, { seq, since: numbered, gaps: 0 })
  return { kind: 'taken', seq }
}
