import { afterEach, beforeEach, expect, test } from 'vitest'
import { CometpadError } from '@cometpad/shared'
import { openDatabase } from '../../src/storage/database.ts'
import type { Database, Operation } from '../../src/storage/database.ts'
import { openLevelLog } from '../../src/storage/index.ts'
import type { OpenedLog } from '../../src/storage/index.ts'
import { Reports, memoryFolder } from '../storage/folders.ts'
import { NumberWriter, faultOf } from './numbers.ts'

const OPERATIONS = 500
const DOCUMENTS = ['a', 'b', 'c', 'd']
/** A compaction writes parts, the swap and removals: each of these has its turn to fail. */
const WRITES_OF_COMPACTION = 4

/**
 * What a disk does to a batch: a write that fails leaves nothing of it; of a sync that fails nobody knows, and the batch turns
 * up when the store is opened again.
 */
type Failure = 'write' | 'sync'

/** A database whose n-th write from now on fails, once. */
class FailingDatabase {
  failures = 0
  readonly #kind: Failure
  #countdown = 0
  #late: readonly Operation[] = []

  constructor(kind: Failure) {
    this.#kind = kind
  }

  /** @param n 0: none */
  failAt(n: number): void {
    this.#countdown = n
  }

  readonly open = async (path: string): Promise<Database> => {
    const database = await openDatabase(path)
    return {
      view: (read) => database.view(read),
      write: async (operations) => {
        this.#countdown -= 1
        if (this.#countdown !== 0) return database.write(operations)
        this.failures += 1
        if (this.#kind === 'sync') this.#late = operations
        throw Object.assign(new Error('EIO: i/o error'), { code: 'LEVEL_IO_ERROR' })
      },
      close: async () => {
        const late = this.#late
        this.#late = []
        if (late.length > 0) await database.write(late)
        await database.close()
      },
    }
  }
}

let folder: string
let remove: () => Promise<void>
let opened: OpenedLog

beforeEach(async () => {
  ;({ folder, remove } = await memoryFolder())
})

afterEach(() => remove())

test.each<Failure>(['write', 'sync'])(
  `[DU3] a %s that fails with EIO in any of ${OPERATIONS} operations costs nothing that was said to be saved`,
  async (kind) => {
    const failing = new FailingDatabase(kind)
    const limits = { chunkBytes: 400, commitRows: 8, reopenMs: 1, reopenBytes: 1, highWaterMs: 50 }
    const report = new Reports()
    opened = await openLevelLog({ folder, limits, report, openDatabase: failing.open })
    const saved = new Map<string, number>()
    const writers = new Map<string, NumberWriter>()
    for (const documentId of DOCUMENTS) writers.set(documentId, await writerOf(documentId))
    let refused = 0
    for (let n = 0; n < OPERATIONS; n += 1) {
      const documentId = DOCUMENTS[n % DOCUMENTS.length] ?? 'a'
      const operate = async (): Promise<void> => {
        if (n % 10 === 9) await opened.compact(documentId)
        else if (n % 25 === 7) await opened.log.setTitle(documentId, `title ${n}`)
        else saved.set(documentId, (await writers.get(documentId)?.write()) ?? 0)
      }
      failing.failAt(n % 10 === 9 ? 1 + (n % WRITES_OF_COMPACTION) : 1)
      const cause = await operate().then(
        () => undefined,
        (error: unknown) => error,
      )
      // A compaction may have come to its end in fewer writes.
      if (cause !== undefined) {
        refused += 1
        expect(cause).toBeInstanceOf(CometpadError)
        expect(cause).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      }
      failing.failAt(0)
      await expect.poll(() => opened.log.isWritable, { interval: 1 }).toBe(true)
      expect(
        await faultOf(opened.log, documentId, saved.get(documentId) ?? 0),
        `operation ${n}`,
      ).toBeUndefined()
      if (cause === undefined) continue
      // Who was refused comes back, reads afresh, and does it again.
      writers.set(documentId, await writerOf(documentId))
      await operate()
    }
    await opened.close()
    const again = await openLevelLog({ folder, report })
    let told = 0
    for (const [documentId, number] of saved) {
      expect(await faultOf(again.log, documentId, number)).toBeUndefined()
      told += number
    }
    await again.close()
    expect(refused).toBeGreaterThan(OPERATIONS * 0.9)
    process.stdout.write(
      `EIO on a ${kind}: ${failing.failures} failures in ${OPERATIONS} operations, ${told} numbers said to be saved, 0 lost\n`,
    )
  },
  600_000,
)

async function writerOf(documentId: string): Promise<NumberWriter> {
  const writer = new NumberWriter(opened.log, documentId)
  await writer.open()
  return writer
}
