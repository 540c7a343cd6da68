/** When a log is worth compacting. Pure. */
import type { Limits } from '@cometpad/shared'
import type { DocumentHead } from '../core/ports.ts'

/**
 * The log has outgrown its snapshot, so that all compactions of a document together cost as much as its history is long;
 * or it has so many entries that opening it is slow.
 * @param factor 1, and more after compactions that failed: the next one waits until the log has grown by so much
 */
export function isCompactionDue(
  head: DocumentHead,
  limits: Pick<Limits, 'compactionBytes' | 'compactionEntries'>,
  factor = 1,
): boolean {
  const entries = head.head - head.snapshotOffset
  return (
    entries >= factor * limits.compactionEntries ||
    head.logBytes > factor * Math.max(limits.compactionBytes, head.snapshotBytes)
  )
}
