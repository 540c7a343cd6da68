/**
 * A process that opens many data folders of an older version at once, each in a thread of its own, which stops at the n-th pass
 * of a named place; when all of them stand there it dies. Arguments: place, and for each folder its path and n.
 */
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads'
import { armFaultPoints } from '../../src/storage/fault-point.ts'
import { openLevelLog } from '../../src/storage/index.ts'

interface Task {
  readonly folder: string
  readonly place: string
  readonly count: number
}

async function openUntil({ folder, place, count }: Task): Promise<void> {
  let passes = 0
  armFaultPoints((name) => {
    if (name !== place) return
    passes += 1
    if (passes < count) return
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
    parentPort?.postMessage('there')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })
  const { close } = await openLevelLog({
    folder,
    limits: { commitRows: 1 },
    report: { failed: () => undefined },
  })
  await close()
}

if (isMainThread) {
  const [file = '', place = '', ...rest] = process.argv.slice(1)
  const tasks = Array.from({ length: rest.length / 2 }, (_, at): Task => ({
    folder: rest[at * 2] ?? '',
    place,
    count: Number(rest[at * 2 + 1]),
  }))
  let waiting = tasks.length
  for (const task of tasks)
    new Worker(file, { workerData: task }).on('message', () => {
      waiting -= 1
      if (waiting === 0) process.kill(process.pid, 'SIGKILL')
    })
} else await openUntil(workerData)
