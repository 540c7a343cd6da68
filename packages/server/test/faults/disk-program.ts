/**
 * A process that writes, compacts, and says each number only after it was saved, over a disk that may fail under it: what is
 * refused is written again once the store takes bytes. Ends in peace. Arguments: folder, numbers to write in all.
 */
import { writeSync } from 'node:fs'
import { CometpadError } from '@cometpad/shared'
import { openLevelLog } from '../../src/storage/index.ts'
import { NumberWriter } from './numbers.ts'

const [folder = '', total = '60'] = process.argv.slice(2)
const DOCUMENTS = ['a', 'b', 'c']

function say(...words: readonly (string | number)[]): void {
  writeSync(1, `${words.join(' ')}\n`)
}

/** The next number of a document, by somebody who has read it afresh: a refused one may be there in spite of it. */
async function untilDone<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (cause) {
      if (!(cause instanceof CometpadError && cause.code === 'STORE_UNAVAILABLE')) throw cause
      say('refused')
      // Not sooner: what the refused batch has left shows when the store was opened anew.
      do await new Promise((resolve) => setTimeout(resolve, 2))
      while (!opened.log.isWritable)
    }
  }
}

const opened = await openLevelLog({
  folder,
  limits: { chunkBytes: 200, commitRows: 4, reopenMs: 5, reopenBytes: 4_096, highWaterMs: 20 },
  report: { failed: (what, documentId) => say('report', what.split(' ').join('-'), documentId) },
})
const share = Math.ceil(Number(total) / DOCUMENTS.length)
await Promise.all(
  DOCUMENTS.map(async (documentId) => {
    let number = 0
    while (number < share) {
      number = await untilDone(async () => {
        const writer = new NumberWriter(opened.log, documentId)
        await writer.open()
        let written = 0
        while (written < share) {
          written = await writer.write()
          say('saved', documentId, written)
          if (written % 10 === 0) await opened.compact(documentId).catch(() => undefined)
        }
        return written
      })
    }
  }),
)
say('writing-ended')
await opened.close()
