/** The inside of a thread that converts content: one job at a time, an answer for each. */
import { parentPort } from 'node:worker_threads'
import type { ContentAnswer, ContentJob } from './content-job.ts'
import { convert } from './convert.ts'

function say(answer: ContentAnswer): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(answer)
}

parentPort?.on('message', (job: ContentJob) => say(convert(job)))
say({ kind: 'ready' })
