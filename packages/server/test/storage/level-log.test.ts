import { mkdir, rmdir } from 'node:fs/promises'
import { Level } from 'level'
import { describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../../src/storage/database.ts'
import type { Database, Operation, StoredRow } from '../../src/storage/database.ts'
import { HighWater } from '../../src/storage/high-water.ts'
import { decodeKey } from '../../src/storage/keys.ts'
import { memoryFolder, watchedDatabase } from './folders.ts'
import { levelLogs } from './opened-log.ts'
import { codeOf, entriesOf, typed } from './log-contract.ts'

const PLENTY = 1024 * 1024

const logs = levelLogs()

/** Works on the rows behind the log's back. */
async function withRows<T>(work: (database: Database, rows: StoredRow[]) => Promise<T>): Promise<T> {
  await logs.close()
  const database = await openDatabase(`${logs.folder}/leveldb`)
  try {
    const rows: StoredRow[] = []
    await database.view((view) => view.scan({}, (row) => rows.push(row) > 0))
    return await work(database, rows)
  } finally {
    await database.close()
  }
}

/** Lets a test stop or fail what is written. */
class Gate {
  readonly batches: (readonly Operation[])[] = []
  fail: Error | undefined
  #held: Promise<void> | undefined

  readonly database = watchedDatabase(async (operations) => {
    this.batches.push(operations)
    await this.#held
    if (this.fail !== undefined) throw this.fail
  })

  hold(): () => void {
    let release = (): void => undefined
    this.#held = new Promise((resolve) => (release = resolve))
    return () => {
      this.#held = undefined
      release()
    }
  }
}

describe('the log on LevelDB', () => {
  it('writes the edits of many documents in one batch', async () => {
    const gate = new Gate()
    const { log } = await logs.open({}, gate.database)
    const ids = Array.from({ length: 50 }, (_, n) => `d${n}`)
    await Promise.all(ids.map((id) => log.create(id, { title: '' })))
    const before = gate.batches.length
    await Promise.all(ids.map((id) => log.append(id, entriesOf(typed(['a', 'b'])))))
    expect(gate.batches.length - before).toBe(1)
    // Two entries and one head for each, and the counter.
    expect(gate.batches.at(-1)).toHaveLength(50 * 3 + 1)
  })

  it('writes one head for many appends of one document in one batch', async () => {
    const gate = new Gate()
    const { log } = await logs.open({}, gate.database)
    await log.create('a', { title: '' })
    await Promise.all(entriesOf(typed(['a', 'b', 'c'])).map((entry) => log.append('a', [entry])))
    expect(gate.batches.at(-1)).toHaveLength(3 + 1 + 1)
  })

  it('gathers for the next batch while one is being synced', async () => {
    const gate = new Gate()
    const { log } = await logs.open({}, gate.database)
    for (const id of ['a', 'b', 'c']) await log.create(id, { title: '' })
    const before = gate.batches.length
    const release = gate.hold()
    const first = log.append('a', entriesOf(typed(['x'])))
    await expect.poll(() => gate.batches.length - before, { timeout: 60_000 }).toBe(1)
    const rest = [log.append('b', entriesOf(typed(['y']))), log.append('c', entriesOf(typed(['z'])))]
    release()
    await Promise.all([first, ...rest])
    expect(gate.batches.length - before).toBe(2)
  })

  it('rejects all who wait when a batch fails, opens anew, and has kept all that was acknowledged', async () => {
    const gate = new Gate()
    const { log } = await logs.open({}, gate.database)
    for (const id of ['a', 'b']) await log.create(id, { title: '' })
    const updates = typed(['one', 'two', 'three'])
    await log.append('a', entriesOf(updates.slice(0, 1)))
    const before = gate.batches.length
    const release = gate.hold()
    const inFlight = log.append('a', entriesOf(updates.slice(1, 2), 1))
    await expect.poll(() => gate.batches.length - before, { timeout: 60_000 }).toBe(1)
    const waiting = [log.append('a', entriesOf(updates.slice(2), 2)), log.append('b', entriesOf(updates))]
    gate.fail = new Error('No space left on device')
    release()
    for (const lost of [inFlight, ...waiting]) expect(await codeOf(lost)).toBe('STORE_UNAVAILABLE')
    expect(gate.batches.length - before).toBe(1)
    expect(logs.reports.all.map(({ what }) => what)).toEqual(['write to the store'])
    expect(log.isWritable).toBe(false)
    expect(await log.find('a')).toMatchObject({ head: 1 })
    expect(await log.find('b')).toMatchObject({ head: 0 })
    gate.fail = undefined
    await expect.poll(() => log.isWritable, { timeout: 60_000 }).toBe(true)
    expect(await log.find('a')).toMatchObject({ head: 1 })
    await log.append('a', entriesOf(updates.slice(1), 1))
    expect(await log.read('a', 0, PLENTY)).toEqual(entriesOf(updates))
  })

  it('[DU3] is read from while the disk takes nothing, refuses what is written, and comes back without being asked', async () => {
    const gate = new Gate()
    let opens = 0
    let canOpen = true
    const { log, status } = await logs.open({ reopenMs: 20 }, async (path) => {
      opens += 1
      if (!canOpen) throw new Error('No space left on device')
      return gate.database(path)
    })
    await log.create('a', { title: 'kept' })
    gate.fail = new Error('No space left on device')
    // What the probe finds is what LevelDB would find.
    await mkdir(`${logs.folder}/space-probe`)
    expect(await codeOf(log.setTitle('a', 'x'))).toBe('STORE_UNAVAILABLE')
    for (let n = 0; n < 20; n += 1) {
      expect(await log.find('a')).toMatchObject({ title: 'kept' })
      expect(await codeOf(log.setTitle('a', 'x'))).toBe('STORE_UNAVAILABLE')
      expect(status().isWritable).toBe(false)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(opens).toBe(1)
    // Space there is, and yet it cannot be opened.
    canOpen = false
    await rmdir(`${logs.folder}/space-probe`)
    await expect.poll(() => opens, { timeout: 60_000 }).toBeGreaterThan(2)
    expect(await codeOf(log.find('a'))).toBe('STORE_UNAVAILABLE')
    canOpen = true
    gate.fail = undefined
    await expect.poll(() => log.isWritable, { timeout: 60_000 }).toBe(true)
    await log.setTitle('a', 'x')
    expect(await log.find('a')).toMatchObject({ title: 'x' })
  })

  it('[DU3] is not closed in peace when a write fails while it is being closed', async () => {
    const gate = new Gate()
    const { log } = await logs.open({}, gate.database)
    await log.create('a', { title: '' })
    const before = gate.batches.length
    const release = gate.hold()
    const appended = codeOf(log.append('a', entriesOf(typed(['x']))))
    await expect.poll(() => gate.batches.length - before, { timeout: 60_000 }).toBe(1)
    const closed = logs.close()
    gate.fail = new Error('No space left on device')
    release()
    expect(await appended).toBe('STORE_UNAVAILABLE')
    await closed
    const mark = await HighWater.open(logs.folder)
    expect(mark.found).toMatchObject({ isClean: false })
    await mark.close()
  })

  it('[DU3] waits before it tries again, so that a disk that fails every write keeps nobody busy', async () => {
    const gate = new Gate()
    let opens = 0
    const { log } = await logs.open({ reopenMs: 60_000 }, async (path) => {
      opens += 1
      return gate.database(path)
    })
    await log.create('a', { title: '' })
    gate.fail = new Error('broken')
    expect(await codeOf(log.setTitle('a', 'x'))).toBe('STORE_UNAVAILABLE')
    await expect.poll(() => opens, { timeout: 60_000 }).toBe(2)
    await expect.poll(() => log.isWritable, { timeout: 60_000 }).toBe(true)
    for (let n = 0; n < 5; n += 1) expect(await codeOf(log.setTitle('a', 'x'))).toBe('STORE_UNAVAILABLE')
    expect(opens).toBe(2)
  })

  it('[DU4] does not go on with a store that has lost acknowledged batches', async () => {
    const gate = new Gate()
    let opens = 0
    const other = await memoryFolder()
    const { log } = await logs.open({}, (path) => {
      opens += 1
      // The second time it finds an older copy of itself.
      return opens === 1 ? gate.database(path) : openDatabase(`${other.folder}/leveldb`)
    })
    await log.create('a', { title: '' })
    gate.fail = new Error('broken')
    expect(await codeOf(log.setTitle('a', 'x'))).toBe('STORE_UNAVAILABLE')
    await expect
      .poll(() => logs.reports.all.at(-1), { timeout: 60_000 })
      .toMatchObject({ what: 'reopen the store', cause: { cause: { code: 'DATA_DAMAGED' } } })
    expect(await codeOf(log.find('a'))).toBe('STORE_UNAVAILABLE')
    await other.remove()
  })

  it('refuses everything after it was closed', async () => {
    const { log, close, compact } = await logs.open()
    await close()
    expect(await codeOf(log.find('a'))).toBe('STORE_UNAVAILABLE')
    expect(await codeOf(log.create('a', { title: '' }))).toBe('STORE_UNAVAILABLE')
    expect(await codeOf(compact('a'))).toBe('STORE_UNAVAILABLE')
  })

  it('makes durable what was being written when it is closed', async () => {
    const { log, close } = await logs.open()
    await log.create('a', { title: '' })
    const written = log.append('a', entriesOf(typed(['x'])))
    await Promise.resolve()
    await close()
    await written
    expect(await (await logs.open()).log.find('a')).toMatchObject({ head: 1 })
  })
})

describe('every write to LevelDB', () => {
  it('is a synced batch: an unsynced one could survive a later one that is lost', async () => {
    const writes: unknown[] = []
    // oxlint-disable-next-line typescript/unbound-method -- called with the database it belongs to
    const start = Level.prototype.batch as (this: Level) => { write: (options: unknown) => Promise<void> }
    vi.spyOn(Level.prototype, 'batch').mockImplementation(function (this: Level, ...operations: unknown[]) {
      if (operations.length > 0) writes.push('an array')
      const chained = start.call(this)
      const write = chained.write.bind(chained)
      chained.write = (options) => {
        writes.push(options)
        return write(options)
      }
      return chained as never
    })
    const others = (['put', 'del', 'clear'] as const).map((name) => vi.spyOn(Level.prototype, name))
    try {
      const { log, compact } = await logs.open()
      await log.create('a', { title: '' })
      await log.append('a', entriesOf(typed(['a', 'b'])))
      await log.setTitle('a', 'x')
      await compact('a')
      expect(writes).toEqual(Array.from({ length: 6 }, () => ({ sync: true })))
      for (const other of others) expect(other).not.toHaveBeenCalled()
    } finally {
      vi.restoreAllMocks()
    }
  })
})

describe('a damaged row on LevelDB', () => {
  const updates = typed(['one ', 'two ', 'three ', 'four'])

  /** Document "a" with a snapshot of two parts and two entries, "b" with an entry, both fine. */
  async function prepare(): Promise<void> {
    const { log, compact } = await logs.open({ chunkBytes: 15 })
    for (const id of ['a', 'b']) {
      await log.create(id, { title: id })
      await log.append(id, entriesOf(updates.slice(0, 2)))
    }
    await compact('a')
    await log.append('a', entriesOf(updates.slice(2), 2))
  }

  /** What somebody sees who opens the document. */
  async function look(documentId: string): Promise<string | undefined> {
    const { log } = await logs.open({ chunkBytes: 15 })
    return codeOf(
      (async () => {
        const head = await log.find(documentId)
        if (head === undefined) throw new TypeError('The document is gone')
        await log.snapshot(documentId)
        const entries = await log.read(documentId, head.snapshotOffset, PLENTY)
        if (entries === 'compacted' || entries.length !== head.head - head.snapshotOffset)
          throw new TypeError('An answer is wrong')
      })(),
    )
  }

  it('is noticed whichever byte of whichever row is flipped, and harms its document only', async () => {
    await prepare()
    expect(await look('a')).toBeUndefined()
    const rows = await withRows(async (_, rows) => rows)
    const documentKey = await keyOf('a')
    const own = rows.filter(({ key }) => {
      const decoded = decodeKey(key)
      if (decoded?.kind === 'name') return decoded.documentId === 'a'
      return (
        decoded !== undefined &&
        'documentKey' in decoded &&
        Buffer.compare(decoded.documentKey, documentKey) === 0
      )
    })
    expect(own.map(({ key }) => decodeKey(key)?.kind)).toEqual([
      'name',
      'head',
      'entry',
      'entry',
      'snapshot',
      'snapshot',
    ])
    for (const { key, value } of own) {
      for (let at = 0; at < value.length; at += 1) {
        const wrong = value.slice()
        wrong[at] = (wrong[at] ?? 0) ^ (1 << (at % 8))
        expect(await lookAt([{ type: 'put', key, value: wrong }])).toBe('DOCUMENT_DAMAGED')
      }
      expect(await look('b')).toBeUndefined()
      expect(await lookAt([{ type: 'put', key, value }])).toBeUndefined()
    }
  }, 180_000)

  async function keyOf(documentId: string): Promise<Uint8Array> {
    return withRows(async (_, rows) => {
      for (const { key, value } of rows) {
        const decoded = decodeKey(key)
        if (decoded?.kind === 'name' && decoded.documentId === documentId) return value.slice(-16)
      }
      throw new TypeError('There is such a name')
    })
  }

  async function lookAt(operations: readonly Operation[]): Promise<string | undefined> {
    await withRows(async (database) => database.write(operations))
    return look('a')
  }

  it('is noticed when it is missing', async () => {
    await prepare()
    const documentKey = await keyOf('a')
    const rows = await withRows(async (_, rows) => rows)
    let removed = 0
    for (const { key, value } of rows) {
      const decoded = decodeKey(key)
      if (decoded === undefined || !('documentKey' in decoded)) continue
      if (Buffer.compare(decoded.documentKey, documentKey) !== 0) continue
      removed += 1
      expect(await lookAt([{ type: 'del', key }])).toBe('DOCUMENT_DAMAGED')
      expect(await look('b')).toBeUndefined()
      expect(await lookAt([{ type: 'put', key, value }])).toBeUndefined()
    }
    expect(removed).toBe(5)
  })

  it('is noticed when it is missing, by those too who read no further than the next entry', async () => {
    const six = typed(['1', '2', '3', '4', '5', '6'])
    const { log } = await logs.open()
    await log.create('a', { title: '' })
    await log.append('a', entriesOf(six))
    await withRows(async (database, rows) => {
      const third = rows.find(({ key }) => {
        const decoded = decodeKey(key)
        return decoded?.kind === 'entry' && decoded.offset === 3
      })
      if (third === undefined) throw new TypeError('There is a third entry')
      await database.write([{ type: 'del', key: third.key }])
    })
    const again = await logs.open()
    expect(await again.log.read('a', 0, 0)).toEqual(entriesOf(six).slice(0, 1))
    expect(await codeOf(again.log.read('a', 2, 0))).toBe('DOCUMENT_DAMAGED')
    expect(await again.log.read('a', 3, 0)).toEqual(entriesOf(six).slice(3, 4))
  })

  it('[LG7] is noticed when the head is older than the log behind it', async () => {
    const { log } = await logs.open()
    await log.create('a', { title: '' })
    await log.append('a', entriesOf(updates.slice(0, 2)))
    const older = await withRows(async (_, rows) => rows.find(({ key }) => decodeKey(key)?.kind === 'head'))
    await (await logs.open()).log.append('a', entriesOf(updates.slice(2, 3), 2))
    if (older === undefined) throw new TypeError('There is a head')
    await withRows((database) => database.write([{ type: 'put', ...older }]))
    const again = (await logs.open()).log
    expect(await codeOf(again.find('a'))).toBe('DOCUMENT_DAMAGED')
    expect(await codeOf(again.append('a', entriesOf(updates.slice(2, 3), 2)))).toBe('DOCUMENT_DAMAGED')
  })

  it('[DU6] is said to the operator once, counted, and its document is not written any more', async () => {
    await prepare()
    await withRows(async (database, rows) => {
      const entry = rows.findLast(({ key }) => decodeKey(key)?.kind === 'entry')
      if (entry === undefined) throw new TypeError('There is an entry')
      await database.write([{ type: 'del', key: entry.key }])
    })
    const { log, status } = await logs.open()
    const [hurt = '', whole = ''] =
      (await codeOf(log.read('a', 2, PLENTY))) === undefined ? ['b', 'a'] : ['a', 'b']
    for (let n = 0; n < 3; n += 1)
      expect(await codeOf(log.read(hurt, hurt === 'a' ? 2 : 0, PLENTY))).toBe('DOCUMENT_DAMAGED')
    expect(status()).toMatchObject({ isWritable: true, damaged: [{ documentId: hurt }] })
    expect(logs.reports.all).toMatchObject([{ what: 'read the document', documentId: hurt }])
    const { head = 0 } = (await log.find(hurt)) ?? {}
    expect(await codeOf(log.append(hurt, entriesOf(updates.slice(0, 1), head)))).toBe('DOCUMENT_DAMAGED')
    const { head: other = 0 } = (await log.find(whole)) ?? {}
    await log.append(whole, entriesOf(updates.slice(0, 1), other))
  })

  it('is left out of the list and reported, and the rest is listed', async () => {
    await prepare()
    const documentKey = await keyOf('a')
    await withRows(async (database, rows) => {
      const head = rows.find(({ key }) => {
        const decoded = decodeKey(key)
        return decoded?.kind === 'head' && Buffer.compare(decoded.documentKey, documentKey) === 0
      })
      if (head === undefined) throw new TypeError('There is a head')
      await database.write([{ type: 'del', key: head.key }])
    })
    const { log } = await logs.open()
    const page = await log.list({ limit: 10 })
    expect(page.documents.map(({ documentId }) => documentId)).toEqual(['b'])
    expect(logs.reports.all).toMatchObject([
      { what: 'read the document', documentId: 'a', cause: { code: 'DOCUMENT_DAMAGED' } },
    ])
    expect(await codeOf(log.append('a', entriesOf(updates)))).toBe('DOCUMENT_DAMAGED')
    expect(await codeOf(log.create('a', { title: '' }))).toBe('DOCUMENT_DAMAGED')
    await log.append('b', entriesOf(updates.slice(2, 3), 2))
  })
})
