import { describe, expect, it } from 'vitest'
import { SeededRandom } from '@cometpad/shared/testing'
import { MemoryLog } from './memory-log.ts'
import type { MemoryBatch } from './memory-log.ts'

const entry = (offset: number) => ({ offset, update: new Uint8Array([offset]) })

/** A log whose batches wait for the test. */
function held(): { log: MemoryLog; batches: MemoryBatch[] } {
  const batches: MemoryBatch[] = []
  const log = new MemoryLog({ schedule: (batch) => batches.push(batch) })
  return { log, batches }
}

async function created(): Promise<{ log: MemoryLog; batches: MemoryBatch[] }> {
  const { log, batches } = held()
  const made = log.create('a', { title: '' })
  batches.shift()?.commit()
  await made
  return { log, batches }
}

describe('the log in memory', () => {
  it('resolves a write only when its batch is committed, and shows it only then', async () => {
    const { log, batches } = await created()
    let durable = false
    const written = log.append('a', [entry(1)]).then(() => (durable = true))
    await Promise.resolve()
    expect(await log.read('a', 0, 100)).toEqual([])
    expect(durable).toBe(false)
    batches[0]?.commit()
    await written
    expect(await log.read('a', 0, 100)).toEqual([entry(1)])
  })

  it('puts everything that comes while a batch is in flight into the next one', async () => {
    const { log, batches } = await created()
    const written = [1, 2, 3].map((offset) => log.append('a', [entry(offset)]))
    expect(batches).toHaveLength(1)
    batches[0]?.commit()
    expect(batches.map(({ documents }) => documents)).toEqual([['a'], ['a', 'a']])
    batches[1]?.commit()
    await Promise.all(written)
  })

  it('loses what was not durable in a crash, and never settles its promise', async () => {
    const { log, batches } = await created()
    const first = log.append('a', [entry(1)])
    let settled = false
    const second = log.append('a', [entry(2)]).finally(() => (settled = true))
    batches[0]?.commit()
    await first
    const reopened = log.crash()
    batches[1]?.commit()
    await Promise.race([second, Promise.resolve()])
    expect(settled).toBe(false)
    expect(await reopened.read('a', 0, 100)).toEqual([entry(1)])
    await expect(log.find('a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it('may keep the batch that was in flight when it crashed', async () => {
    const { log } = await created()
    void log.append('a', [entry(1)])
    void log.append('a', [entry(2)])
    const reopened = log.crash({ keepInFlight: true })
    expect(await reopened.read('a', 0, 100)).toEqual([entry(1)])
  })

  it('rejects everything that waits when a batch fails, and takes writes again', async () => {
    const { log, batches } = await created()
    const lost = Promise.allSettled([log.append('a', [entry(1)]), log.append('a', [entry(2)])])
    batches[0]?.fail(new Error('disk full'))
    for (const result of await lost)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'STORE_UNAVAILABLE' } })
    expect(batches).toHaveLength(1)
    const again = log.append('a', [entry(1)])
    batches[1]?.commit()
    await again
    expect(await log.find('a')).toMatchObject({ head: 1, logBytes: 1 })
  })

  it('repeats itself from one seed', async () => {
    const seeded = () => {
      const random = new SeededRandom(7)
      return new MemoryLog({ now: () => 5, random: () => random.next() })
    }
    const made = await seeded().create('a', { title: '' })
    expect(await seeded().create('a', { title: '' })).toEqual(made)
    expect(made.createdAt).toBe(5)
  })
})
