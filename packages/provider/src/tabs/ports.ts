/**
 * What tabs of one browser have in common: locks that one of them holds at a time, and a channel on which all hear what one
 * says. `browser-tabs.ts` has the real ones.
 */

export interface Tabs {
  /**
   * Waits for the lock of this name, for as long as it takes. Gives its undo, after which nothing more is told.
   * @param steals does not wait: whoever holds it loses it
   */
  claim(name: string, steals: boolean, events: ClaimEvents): () => void
  /** What others say on it is told in the order in which each of them said it. Undefined where it cannot be had. */
  channel(name: string, hear: (message: unknown) => void): TabChannel | undefined
}

export interface ClaimEvents {
  /** The lock is ours, or there are no locks and everybody is alone. */
  held(): void
  /** Somebody else has it; it is waited for. */
  busy(): void
  /** It was ours, and somebody has stolen it. */
  lost(): void
}

export interface TabChannel {
  /** Says something to all others. Not to ourselves. */
  post(message: unknown): void
  close(): void
}
