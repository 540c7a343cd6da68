/**
 * A process that does everything a store does, twice, and dies at the n-th pass of a named place: makes documents, writes,
 * compacts, deletes, has a write fail and the store opened anew, closes, and opens again. Says what is saved.
 * Arguments: folder, place ('' for none), n.
 */
import { writeSync } from 'node:fs'
import { openDatabase } from '../../src/storage/database.ts'
import { armFaultPoints } from '../../src/storage/fault-point.ts'
import { openLevelLog } from '../../src/storage/index.ts'
import { NumberWriter } from './numbers.ts'

const [folder = '', place = '', count = '1'] = process.argv.slice(2)
const passes = new Map<string, number>()
let failNextWrite = false

armFaultPoints((name) => {
  const pass = (passes.get(name) ?? 0) + 1
  passes.set(name, pass)
  if (name === place && pass === Number(count)) process.kill(process.pid, 'SIGKILL')
  if (name === 'commit/before-write' && failNextWrite) {
    failNextWrite = false
    throw new Error('A write that fails')
  }
})

function say(...words: readonly (string | number)[]): void {
  writeSync(1, `${words.join(' ')}\n`)
}

for (let session = 0; session < 2; session += 1) {
  const { log, compact, removed, close } = await openLevelLog({
    folder,
    limits: { chunkBytes: 60, commitRows: 4, reopenMs: 1, reopenBytes: 4096, highWaterMs: 15 },
    report: { failed: (what, documentId, cause) => say('report', what, documentId, String(cause)) },
    openDatabase,
  })
  const writers = ['a', 'b', 'c'].map((documentId) => new NumberWriter(log, documentId))
  await Promise.all(
    writers.map(async (writer) => {
      await writer.open()
      for (let n = 0; n < 12; n += 1) {
        say('saved', writer.documentId, await writer.write())
        if (n % 6 === 5) await compact(writer.documentId)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    }),
  )
  const short = new NumberWriter(log, `short-${session}`)
  await short.open()
  for (let n = 0; n < 10; n += 1) {
    say('saved', short.documentId, await short.write())
    if (n === 3) await compact(short.documentId)
  }
  say('deleting', short.documentId)
  await log.delete(short.documentId, 'ada')
  say('deleted', short.documentId)
  // Removes what remains before it is gone again.
  await removed()
  failNextWrite = true
  await writers[0]?.write().catch(() => undefined)
  while (!log.isWritable) await new Promise((resolve) => setTimeout(resolve, 1))
  const again = new NumberWriter(log, 'a')
  await again.open()
  for (let n = 0; n < 4; n += 1) say('saved', 'a', await again.write())
  await log.setTitle('b', `session ${session}`)
  await close()
}
for (const [name, pass] of passes) say('passed', name, pass)
