/** Time as a port: whoever waits is given a clock, so that tests run on a fake one. */
export interface Clock {
  /** Milliseconds of a clock that never goes back. Only differences mean anything. */
  now(): number
  /** Calls `run` once after `ms`. The returned function calls it off. */
  after(ms: number, run: () => void): () => void
}
