import { spawnSync } from 'node:child_process'
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CometpadError, limits } from '@cometpad/shared'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Log } from '../../src/core/ports.ts'
import { openLevelLog } from '../../src/storage/index.ts'
import { Reports, temporaryFolder } from '../storage/folders.ts'
import { NumberWriter, faultOf } from './numbers.ts'

const CYCLES = 20
/** The promise for a machine with nothing else to do, held for the median; a single stall may be longer. */
const RECOVERY_MS = 5_000
const STALL_MS = 20_000
/** More often than a server tries, so that the test is short. What is counted are the attempts. */
const REOPEN_MS = 200

let folder: string
let remove: () => Promise<void>
let isMounted = false

beforeAll(async () => {
  ;({ folder, remove } = await temporaryFolder())
  await mkdir(join(folder, 'small'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', join(folder, 'small')])
  isMounted = mounted.status === 0
})

afterAll(async () => {
  // A test that failed has the store still open in it.
  if (isMounted) spawnSync('umount', ['-l', join(folder, 'small')])
  await remove()
})

/** Somebody who reads a document all the time, whatever the disk does. */
class Reader {
  #isEnding = false
  #reads = 0
  readonly #failed: unknown[] = []
  readonly #reading: Promise<void>

  private constructor(log: Log, documentId: string, number: number) {
    this.#reading = this.#read(log, documentId, number)
  }

  /** Makes the document, with a few numbers in it. */
  static async of(log: Log, documentId: string): Promise<Reader> {
    const writer = new NumberWriter(log, documentId)
    await writer.open()
    for (let n = 1; n < 10; n += 1) await writer.write()
    return new Reader(log, documentId, await writer.write())
  }

  get reads(): number {
    return this.#reads
  }

  async end(): Promise<{ reads: number; failed: readonly unknown[] }> {
    this.#isEnding = true
    await this.#reading
    return { reads: this.#reads, failed: this.#failed }
  }

  async #read(log: Log, documentId: string, number: number): Promise<void> {
    while (!this.#isEnding) {
      this.#reads += 1
      const fault = await faultOf(log, documentId, number).catch((cause: unknown) => cause)
      if (fault !== undefined) this.#failed.push(fault)
      // Often, and not as often as this machine can.
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
  }
}

test(`[DU3] a disk that is full ${CYCLES} times, and empty again, costs nothing that was said to be saved, is read meanwhile, and is written again at the next attempt`, async (context) => {
  if (!isMounted) return context.skip('A small disk cannot be mounted here: that takes root.')
  const small = join(folder, 'small')
  const filler = join(small, 'filler')
  const reports = new Reports()
  const { log, close } = await openLevelLog({
    folder: join(small, 'data'),
    report: reports,
    limits: { reopenMs: REOPEN_MS },
  })
  const attemptsRefused = (): number => reports.all.filter(({ what }) => what === 'reopen the store').length
  let writer = new NumberWriter(log, 'a')
  await writer.open()
  const reader = await Reader.of(log, 'b')
  let saved = 0
  const recoveries: number[] = []
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    const { bavail, bsize } = await statfs(small)
    // More than there is, and then single pages up to the last.
    await writeFile(filler, new Uint8Array(bavail * bsize + bsize)).catch(() => undefined)
    let refusal: unknown
    while (refusal === undefined)
      try {
        saved = await writer.write()
      } catch (cause) {
        refusal = cause
      }
    expect(refusal).toBeInstanceOf(CometpadError)
    expect(refusal).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    // It stays full over an attempt to come back, and everything is read meanwhile.
    const [before, readBefore] = [attemptsRefused(), reader.reads]
    await expect.poll(attemptsRefused, { timeout: STALL_MS, interval: 20 }).toBeGreaterThan(before)
    await expect.poll(() => reader.reads, { timeout: STALL_MS, interval: 20 }).toBeGreaterThan(readBefore + 1)
    expect(log.isWritable, `cycle ${cycle}, full`).toBe(false)
    expect(await faultOf(log, 'a', saved), `cycle ${cycle}, full`).toBeUndefined()
    await rm(filler)
    const [since, refused] = [performance.now(), attemptsRefused()]
    await expect.poll(() => log.isWritable, { timeout: STALL_MS, interval: 10 }).toBe(true)
    recoveries.push(performance.now() - since)
    // The one that may have been under way; the next has to do.
    expect(attemptsRefused() - refused, `cycle ${cycle}, attempts in vain`).toBeLessThanOrEqual(1)
    writer = new NumberWriter(log, 'a')
    await writer.open()
    saved = await writer.write()
    expect(await faultOf(log, 'a', saved), `cycle ${cycle}, empty again`).toBeUndefined()
  }
  const { reads, failed } = await reader.end()
  expect(failed).toEqual([])
  recoveries.sort((one, other) => one - other)
  const median = recoveries[CYCLES / 2] ?? Infinity
  const slowest = recoveries.at(-1) ?? Infinity
  expect(median).toBeLessThan(RECOVERY_MS)
  // A server tries less often, and an attempt in vain and the next are still within the promise.
  expect(2 * limits.reopenMs).toBeLessThan(RECOVERY_MS)
  await close()
  const again = await openLevelLog({ folder: join(small, 'data'), report: new Reports() })
  expect(await faultOf(again.log, 'a', saved)).toBeUndefined()
  await again.close()
  process.stdout.write(
    `disk full: ${CYCLES} cycles, ${saved} numbers said to be saved, 0 lost, writable again after ${Math.round(median)} ms (median) and ${Math.round(slowest)} ms at most, ${reads} reads meanwhile, 0 failed\n`,
  )
}, 180_000)
