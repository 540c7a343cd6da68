import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { openDatabase } from '../../src/storage/database.ts'
import type { Operation } from '../../src/storage/database.ts'
import type { OpenedLog } from '../../src/storage/index.ts'
import { decodeKey } from '../../src/storage/keys.ts'
import { watchedDatabase } from './folders.ts'
import { levelLogs } from './opened-log.ts'
import { codeOf, entriesOf, textOf, typed } from './log-contract.ts'

const PLENTY = 1024 * 1024 * 16

const logs = levelLogs()

/** Everything that somebody sees who opens the document. */
async function contentOf({ log }: OpenedLog, documentId: string): Promise<string> {
  const snapshot = await log.snapshot(documentId)
  const entries = await log.read(documentId, snapshot?.offset ?? 0, PLENTY)
  if (entries === 'compacted') throw new TypeError('Compacted while it was read')
  return textOf([
    ...(snapshot === undefined ? [] : [snapshot.update]),
    ...entries.map(({ update }) => update),
  ])
}

/** How many rows of each kind there are, whether anybody reads them or not. */
async function rowsOnDisk(): Promise<Record<string, number>> {
  await logs.close()
  const database = await openDatabase(`${logs.folder}/leveldb`)
  const counts: Record<string, number> = { global: 0, name: 0, head: 0, entry: 0, snapshot: 0 }
  await database.view(async (view) => {
    for (const key of await view.keys({})) {
      const kind = decodeKey(key)?.kind ?? 'unknown'
      counts[kind] = (counts[kind] ?? 0) + 1
    }
  })
  await database.close()
  return counts
}

function isSnapshotRow({ type, key }: Operation): boolean {
  return type === 'put' && decodeKey(key)?.kind === 'snapshot'
}

/** Compactions go on by themselves, in a thread, on a machine that may be busy. */
function eventually<T>(look: () => T | Promise<T>) {
  return expect.poll(look)
}

const words = (count: number) => Array.from({ length: count }, (_, n) => `${n} `)

describe('compaction on LevelDB', () => {
  it('begins by itself when the log has enough entries, and leaves no old row behind', async () => {
    const store = await logs.open({ compactionEntries: 10 })
    await store.log.create('a', { title: '' })
    const updates = typed(words(25))
    for (const entry of entriesOf(updates)) await store.log.append('a', [entry])
    await eventually(async () => (await store.log.find('a'))?.snapshotOffset).toBeGreaterThanOrEqual(20)
    expect(await contentOf(store, 'a')).toBe(words(25).join(''))
    expect(logs.reports.all).toEqual([])
    const head = await store.log.find('a')
    const rows = await rowsOnDisk()
    expect(rows).toEqual({
      global: 2,
      name: 1,
      head: 1,
      entry: 25 - (head?.snapshotOffset ?? 0),
      snapshot: 1,
    })
  })

  it('begins by itself when the log is larger than its snapshot', async () => {
    const store = await logs.open({ compactionBytes: 2000 })
    await store.log.create('a', { title: '' })
    const updates = typed(['x'.repeat(1500), 'y'.repeat(1500), 'z'.repeat(1000)])
    await store.log.append('a', entriesOf(updates.slice(0, 1)))
    await store.log.append('a', entriesOf(updates.slice(1, 2), 1))
    await eventually(async () => (await store.log.find('a'))?.snapshotOffset).toBe(2)
    await store.log.append('a', entriesOf(updates.slice(2), 2))
    expect(await store.log.find('a')).toMatchObject({ snapshotOffset: 2, head: 3 })
  })

  it('[LG8] keeps what is appended while it runs, wherever it is', async () => {
    let onParts: (() => Promise<void>) | undefined
    const store = await logs.open(
      { chunkBytes: 40 },
      watchedDatabase(async (operations) => {
        if (!operations.some(isSnapshotRow)) return
        const once = onParts
        onParts = undefined
        await once?.()
      }),
    )
    await store.log.create('a', { title: '' })
    const updates = typed(words(30))
    await store.log.append('a', entriesOf(updates.slice(0, 10)))
    const during: Promise<void>[] = []
    onParts = async () => {
      during.push(
        store.log.append('a', entriesOf(updates.slice(12, 20), 12)),
        store.log.setTitle('a', 'changed meanwhile'),
      )
    }
    const compacting = store.compact('a')
    during.push(store.log.append('a', entriesOf(updates.slice(10, 12), 10)))
    await compacting
    await Promise.all(during)
    expect(during).toHaveLength(3)
    await store.log.append('a', entriesOf(updates.slice(20), 20))
    const head = await store.log.find('a')
    expect(head).toMatchObject({ head: 30, title: 'changed meanwhile' })
    expect([10, 12]).toContain(head?.snapshotOffset)
    const tail = await store.log.read('a', head?.snapshotOffset ?? 0, PLENTY)
    if (tail === 'compacted') throw new TypeError('The tail is there')
    expect(head?.logBytes).toBe(tail.reduce((bytes, { update }) => bytes + update.length, 0))
    expect(await contentOf(store, 'a')).toBe(words(30).join(''))
    expect(await contentOf(await logs.open(), 'a')).toBe(words(30).join(''))
  })

  it('gives readers one state or the other, never a mixture', async () => {
    const store = await logs.open({ chunkBytes: 100 })
    await store.log.create('a', { title: '' })
    const updates = typed(words(200))
    let read = 0
    for (let from = 0; from < updates.length; from += 20) {
      await store.log.append('a', entriesOf(updates.slice(from, from + 20), from))
      const progress = { done: false }
      const finished = store.compact('a').finally(() => (progress.done = true))
      while (!progress.done) {
        const snapshot = await store.log.snapshot('a')
        const entries = await store.log.read('a', snapshot?.offset ?? 0, PLENTY)
        // Swapped between the two reads: a reader begins anew.
        if (entries === 'compacted') continue
        const all = [
          ...(snapshot === undefined ? [] : [snapshot.update]),
          ...entries.map(({ update }) => update),
        ]
        expect(textOf(all)).toBe(words(from + 20).join(''))
        read += 1
      }
      await finished
    }
    expect(read).toBeGreaterThan(10)
  })

  it('cuts a large snapshot into parts and reads it back', async () => {
    const store = await logs.open({ chunkBytes: 1000 })
    await store.log.create('a', { title: '' })
    const text = Array.from({ length: 5000 }, (_, n) => String.fromCodePoint(97 + (n % 26))).join('')
    await store.log.append('a', entriesOf(typed([text, text])))
    await store.compact('a')
    expect(await contentOf(store, 'a')).toBe(text + text)
    expect((await rowsOnDisk())['snapshot']).toBe(11)
    expect(await contentOf(await logs.open(), 'a')).toBe(text + text)
  })

  it('replaces a larger snapshot by a smaller one completely', async () => {
    const store = await logs.open({ chunkBytes: 100 })
    await store.log.create('a', { title: '' })
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    doc.getText('t').insert(0, 'x'.repeat(1000))
    doc.getText('t').delete(0, 990)
    await store.log.append('a', entriesOf(updates.slice(0, 1)))
    await store.compact('a')
    await store.log.append('a', entriesOf(updates.slice(1), 1))
    await store.compact('a')
    expect(await contentOf(store, 'a')).toBe('x'.repeat(10))
    expect(await rowsOnDisk()).toEqual({ global: 2, name: 1, head: 1, entry: 0, snapshot: 1 })
  })

  it('removes more old rows than fit into one batch', async () => {
    const sizes: number[] = []
    const store = await logs.open(
      { commitRows: 10 },
      watchedDatabase((operations) => void sizes.push(operations.length)),
    )
    await store.log.create('a', { title: '' })
    for (const entry of entriesOf(typed(words(35)))) await store.log.append('a', [entry])
    await store.compact('a')
    expect(Math.max(...sizes)).toBeLessThanOrEqual(12)
    expect(await contentOf(store, 'a')).toBe(words(35).join(''))
    expect(await rowsOnDisk()).toEqual({ global: 2, name: 1, head: 1, entry: 0, snapshot: 1 })
  })

  it('compacts a log that is too long for one go in several', async () => {
    const store = await logs.open({ compactionReadBytes: 100 })
    await store.log.create('a', { title: '' })
    const updates = typed(words(20))
    await store.log.append('a', entriesOf(updates))
    let before = 0
    for (let n = 0; n < 20 && before < 20; n += 1) {
      await store.compact('a')
      const { snapshotOffset = 0 } = (await store.log.find('a')) ?? {}
      expect(snapshotOffset).toBeGreaterThan(before)
      before = snapshotOffset
      expect(await contentOf(store, 'a')).toBe(words(20).join(''))
    }
    expect(before).toBe(20)
    await store.compact('a')
  })

  it('[LG8] leaves the document as it was when the process dies at any batch of it', async () => {
    const updates = typed(words(12))
    let batchesInAll = 0
    for (let dieAt = 0; dieAt === 0 || dieAt <= batchesInAll; dieAt += 1) {
      const documentId = `d${dieAt}`
      let batches = 0
      let isCompacting = false
      const watched = watchedDatabase(() => {
        if (!isCompacting) return
        batches += 1
        if (batches === dieAt) throw new Error('killed')
      })
      // Fewer rows than there are to delete, and small parts: many batches to die at.
      const store = await logs.open({ chunkBytes: 20, commitRows: 5 }, watched)
      await store.log.create(documentId, { title: '' })
      await store.log.append(documentId, entriesOf(updates))
      isCompacting = true
      await store.compact(documentId).catch(() => undefined)
      isCompacting = false
      if (dieAt === 0) batchesInAll = batches
      // Other parts than those that may be left over from before.
      const again = await logs.open({ chunkBytes: 33 })
      expect(await contentOf(again, documentId)).toBe(words(12).join(''))
      await again.log.append(documentId, entriesOf(typed(['!'], 2), 12))
      await again.compact(documentId)
      expect(await contentOf(again, documentId)).toContain(words(12).join(''))
      expect(await again.log.find(documentId)).toMatchObject({ snapshotOffset: 13, logBytes: 0 })
    }
    expect(batchesInAll).toBeGreaterThan(4)
    const { snapshot = 0, entry = 0, head = 0 } = await rowsOnDisk()
    expect(entry).toBe(0)
    expect(head).toBe(batchesInAll + 1)
    expect(snapshot).toBeLessThanOrEqual(head * 3)
  })

  it('repeats a compaction that died before its swap, at the same offset with other parts', async () => {
    const updates = typed(words(12))
    let failSwap = false
    const store = await logs.open(
      { chunkBytes: 10 },
      watchedDatabase((operations) => {
        if (failSwap && !operations.some(isSnapshotRow)) throw new Error('killed')
      }),
    )
    await store.log.create('a', { title: '' })
    await store.log.append('a', entriesOf(updates))
    failSwap = true
    expect(await codeOf(store.compact('a'))).toBe('STORE_UNAVAILABLE')
    failSwap = false
    expect((await rowsOnDisk())['snapshot']).toBeGreaterThan(2)
    const again = await logs.open({ chunkBytes: 30 })
    await again.compact('a')
    expect(await contentOf(again, 'a')).toBe(words(12).join(''))
  })

  it('does not touch a log with edits that build on missing ones, reports it, and waits before it tries again', async () => {
    const store = await logs.open({ compactionEntries: 4 })
    for (const id of ['a', 'b']) await store.log.create(id, { title: '' })
    const updates = typed(words(20)).slice(1)
    await store.log.append('a', entriesOf(updates.slice(0, 4)))
    await eventually(() => logs.reports.all).toMatchObject([
      { what: 'compact', documentId: 'a', cause: { code: 'DOCUMENT_DAMAGED' } },
    ])
    for (const entry of entriesOf(updates.slice(4, 7), 4)) await store.log.append('a', [entry])
    // Another one goes through the same thread meanwhile: nothing was waiting there.
    await store.log.append('b', entriesOf(typed(words(3))))
    await store.compact('b')
    expect(logs.reports.all).toHaveLength(1)
    expect(await store.log.find('a')).toMatchObject({ head: 7, snapshotOffset: 0 })
    expect(await store.log.read('a', 0, PLENTY)).toEqual(entriesOf(updates.slice(0, 7)))
    await store.log.append('a', entriesOf(updates.slice(7, 8), 7))
    await eventually(() => logs.reports.all.length).toBe(2)
  })

  it('harms no other document when one cannot be compacted', async () => {
    const store = await logs.open({ compactionEntries: 4 })
    for (const id of ['bad', 'good']) await store.log.create(id, { title: '' })
    await store.log.append('bad', entriesOf(Array.from({ length: 4 }, () => new Uint8Array([9, 9, 9]))))
    await store.log.append('good', entriesOf(typed(words(4))))
    await eventually(async () => (await store.log.find('good'))?.snapshotOffset).toBe(4)
    await eventually(() => logs.reports.all).toMatchObject([{ what: 'compact', documentId: 'bad' }])
  })

  it('compacts many documents, a few at a time', async () => {
    const store = await logs.open({ compactionEntries: 4 })
    const ids = Array.from({ length: 12 }, (_, n) => `d${n}`)
    await Promise.all(ids.map((id) => store.log.create(id, { title: '' })))
    await Promise.all(ids.map((id) => store.log.append(id, entriesOf(typed(words(4))))))
    for (const id of ids) await eventually(async () => (await store.log.find(id))?.snapshotOffset).toBe(4)
    expect(logs.reports.all).toEqual([])
  })

  it('is given up quietly when the store is closed', async () => {
    const store = await logs.open({ compactionEntries: 4 })
    await store.log.create('a', { title: '' })
    await store.log.append('a', entriesOf(typed(words(2000))))
    await store.close()
    expect(logs.reports.all).toEqual([])
    expect(await contentOf(await logs.open(), 'a')).toBe(words(2000).join(''))
  })
})
