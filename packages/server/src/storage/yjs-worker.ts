/**
 * The inside of the thread: one job at a time, an answer for each. Imports nothing that would have to be built first.
 */
import { parentPort } from 'node:worker_threads'
import * as decoding from 'lib0/decoding'
import * as Y from 'yjs'
import { compactUpdates, firstLineOfUpdates } from './compaction-work.ts'
import type { Compacted } from './compaction-work.ts'

export type ThreadJob =
  | { readonly kind: 'diff'; readonly update: Uint8Array; readonly vector: Uint8Array }
  /** The updates one after the other, each behind its length. */
  | { readonly kind: 'compact'; readonly frames: Uint8Array }
  | { readonly kind: 'firstLine'; readonly frames: Uint8Array }

export type ThreadAnswer =
  | { readonly kind: 'diff'; readonly update: Uint8Array }
  | { readonly kind: 'compact'; readonly compacted: Compacted }
  | { readonly kind: 'firstLine'; readonly firstLine: string }
  | { readonly kind: 'failed'; readonly reason: string }

function work(job: ThreadJob): ThreadAnswer {
  try {
    if (job.kind === 'diff') return { kind: 'diff', update: Y.diffUpdate(job.update, job.vector) }
    if (job.kind === 'firstLine')
      return { kind: 'firstLine', firstLine: firstLineOfUpdates(updatesOf(job.frames)) }
    return { kind: 'compact', compacted: compactUpdates(updatesOf(job.frames)) }
  } catch (error) {
    return { kind: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) }
  }
}

function updatesOf(frames: Uint8Array): Uint8Array[] {
  const decoder = decoding.createDecoder(frames)
  const updates: Uint8Array[] = []
  while (decoding.hasContent(decoder)) updates.push(decoding.readVarUint8Array(decoder))
  return updates
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
parentPort?.on('message', (job: ThreadJob) => parentPort?.postMessage(work(job)))
