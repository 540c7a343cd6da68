import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Operation } from './database.ts'
import { GroupCommit } from './group-commit.ts'
import { globalKey, globalRow } from './keys.ts'
import { decodeNumber } from './global-rows.ts'

interface Batch {
  readonly operations: readonly Operation[]
  readonly succeed: () => void
  readonly fail: (cause: Error) => void
}

const bounds = { commitRows: 100, commitBytes: 1000, waitingCommitBytes: 5000 }

function put(key: number, bytes = 1): Operation {
  return { type: 'put', key: new Uint8Array([key]), value: new Uint8Array(bytes) }
}

/** A writer whose batches end when the test says so. */
function writerUnderTest(limits = bounds) {
  const batches: Batch[] = []
  const failures: unknown[] = []
  const writer = new GroupCommit({
    limits,
    counter: 7,
    commit: (operations) =>
      new Promise((resolve, reject) => batches.push({ operations, succeed: resolve, fail: reject })),
    onFailure: (cause) => failures.push(cause),
  })
  return { writer, batches, failures }
}

/** The first bytes of a batch's keys, without the counter. */
function keysOf(batch: Batch | undefined): (number | undefined)[] {
  return (batch?.operations ?? []).filter(({ key }) => key.length === 1).map(({ key }) => key[0])
}

describe('group commit', () => {
  it('sends one batch for everything that arrives in one turn', async () => {
    const { writer, batches } = writerUnderTest()
    const written = [1, 2, 3].map((key) => writer.write({ rows: [put(key)] }))
    await turn()
    expect(batches.map(keysOf)).toEqual([[1, 2, 3]])
    batches[0]?.succeed()
    await Promise.all(written)
  })

  it('gathers what arrives while a batch is in flight for the next one', async () => {
    const { writer, batches } = writerUnderTest()
    const first = writer.write({ rows: [put(1)] })
    await turn()
    const rest = [2, 3].map((key) => writer.write({ rows: [put(key)] }))
    await turn()
    expect(batches).toHaveLength(1)
    batches[0]?.succeed()
    await first
    await turn()
    expect(batches.map(keysOf)).toEqual([[1], [2, 3]])
    batches[1]?.succeed()
    await Promise.all(rest)
    await writer.idle()
  })

  it('resolves in the order of the calls', async () => {
    const { writer, batches } = writerUnderTest()
    const order: number[] = []
    const written = [1, 2, 3].map((key) => writer.write({ rows: [put(key)] }).then(() => order.push(key)))
    await turn()
    batches[0]?.succeed()
    await Promise.all(written)
    expect(order).toEqual([1, 2, 3])
  })

  it('counts its batches in each batch', async () => {
    const { writer, batches } = writerUnderTest()
    for (const expected of [8, 9]) {
      const written = writer.write({ rows: [put(1)] })
      await turn()
      const batch = batches.at(-1)
      const row = batch?.operations.find(
        ({ key }) => Buffer.compare(key, globalKey(globalRow.batchCounter)) === 0,
      )
      expect(row?.type === 'put' && decodeNumber(globalRow.batchCounter, row.value)).toBe(expected)
      batch?.succeed()
      await written
      expect(writer.counter).toBe(expected)
    }
  })

  it('stores the newest of a row that changes with every write, as it was at the last write of the batch', async () => {
    const { writer, batches } = writerUnderTest({ ...bounds, commitRows: 2 })
    const head = {}
    const written = [1, 2, 3].map((key) =>
      writer.write({ rows: [put(key)], newest: { of: head, encode: () => put(100 + key) } }),
    )
    await turn()
    batches[0]?.succeed()
    await written[0]
    await turn()
    await turn()
    expect(batches.map(keysOf)).toEqual([
      [1, 2, 102],
      [3, 103],
    ])
    batches[1]?.succeed()
    await Promise.all(written)
  })

  it('keeps a batch within its bounds of rows and bytes, but sends a larger write alone', async () => {
    const { writer, batches } = writerUnderTest({ ...bounds, commitRows: 3 })
    const written = [
      writer.write({ rows: [put(1), put(2)] }),
      writer.write({ rows: [put(3), put(4)] }),
      writer.write({ rows: [put(5, 900)] }),
      writer.write({ rows: [put(6, 900)] }),
      writer.write({ rows: [put(7), put(8), put(9), put(10)] }),
    ]
    for (let count = 1; count <= 4; count += 1) {
      for (let n = 0; n < 3; n += 1) await turn()
      expect(batches).toHaveLength(count)
      batches.at(-1)?.succeed()
    }
    await Promise.all(written)
    expect(batches.map(keysOf)).toEqual([[1, 2], [3, 4, 5], [6], [7, 8, 9, 10]])
  })

  it('refuses what exceeds the bound on waiting bytes', async () => {
    const { writer, batches } = writerUnderTest({ ...bounds, waitingCommitBytes: 100 })
    const first = writer.write({ rows: [put(1, 200)] })
    await expect(writer.write({ rows: [put(2)] })).rejects.toMatchObject({ code: 'OVERLOADED' })
    await turn()
    const second = writer.write({ rows: [put(3)] })
    for (const count of [1, 2]) {
      expect(batches).toHaveLength(count)
      batches.at(-1)?.succeed()
      await turn()
      await turn()
    }
    await Promise.all([first, second])
  })

  it('rejects everything that waits when a batch fails, and never writes again', async () => {
    const { writer, batches, failures } = writerUnderTest()
    const inFlight = writer.write({ rows: [put(1)] })
    await turn()
    const waiting = writer.write({ rows: [put(2)] })
    const cause = new Error('disk full')
    batches[0]?.fail(cause)
    for (const lost of [inFlight, waiting])
      await expect(lost).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', cause })
    await expect(writer.write({ rows: [put(3)] })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await turn()
    await turn()
    expect(batches).toHaveLength(1)
    expect(failures).toEqual([cause])
    await writer.idle()
  })
})
