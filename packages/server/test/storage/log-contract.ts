/**
 * What every implementation of the `Log` port promises, as one suite. It knows the port only, and what a test must be
 * able to do besides: have a document compacted, and come back after a restart.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { CometpadError } from '@cometpad/shared'
import type { Offset } from '@cometpad/shared'
import type { Log, LogEntry } from '../../src/core/ports.ts'

export interface LogUnderTest {
  readonly log: Log
  /** Replaces all entries that the document has now with a snapshot. */
  compact(documentId: string): Promise<void>
  /** The same store after a clean restart. */
  reopen(): Promise<LogUnderTest>
  close(): Promise<void>
}

/** The updates that somebody sends who types these words, one update each. */
export function typed(words: readonly string[], client = 1): Uint8Array[] {
  const doc = new Y.Doc()
  doc.clientID = client
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  const text = doc.getText('t')
  for (const word of words) text.insert(text.length, word)
  return updates
}

export function entriesOf(updates: readonly Uint8Array[], after: Offset = 0): LogEntry[] {
  return updates.map((update, index) => ({ offset: after + 1 + index, update }))
}

/** The text that a reader sees who applies all of these. */
export function textOf(updates: readonly Uint8Array[]): string {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  // oxlint-disable-next-line typescript/no-base-to-string -- a Y.Text writes its content
  return doc.getText('t').toString()
}

export async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof CometpadError) return error.code
    throw error
  }
}

const PLENTY = 1024 * 1024

export function logContract(name: string, open: () => Promise<LogUnderTest>): void {
  describe(`the log ${name}`, () => {
    let store: LogUnderTest
    let log: Log

    beforeEach(async () => {
      store = await open()
      log = store.log
    })

    afterEach(() => store.close())

    async function reopen(): Promise<void> {
      store = await store.reopen()
      log = store.log
    }

    it('finds nothing under a name that was never created', async () => {
      expect(await log.find('nobody')).toBeUndefined()
      expect(await codeOf(log.read('nobody', 0, PLENTY))).toBe('DOCUMENT_NOT_FOUND')
      expect(await codeOf(log.snapshot('nobody'))).toBe('DOCUMENT_NOT_FOUND')
      expect(await codeOf(log.setTitle('nobody', 'x'))).toBe('DOCUMENT_NOT_FOUND')
      expect(await codeOf(log.append('nobody', entriesOf(typed(['a']))))).toBe('DOCUMENT_NOT_FOUND')
    })

    it('creates an empty document that can be found', async () => {
      const made = await log.create('a/b', { title: 'Ä title' })
      expect(made).toMatchObject({
        documentId: 'a/b',
        title: 'Ä title',
        head: 0,
        snapshotOffset: 0,
        logBytes: 0,
        snapshotBytes: 0,
      })
      expect(made.createdAt).toBe(made.updatedAt)
      expect(await log.find('a/b')).toEqual(made)
      expect(await log.read('a/b', 0, PLENTY)).toEqual([])
      expect(await log.snapshot('a/b')).toBeUndefined()
    })

    it('[ID4] gives every document a generation of its own', async () => {
      const made = await Promise.all(['a', 'b', 'c', 'd'].map((id) => log.create(id, { title: '' })))
      for (const { generation } of made) expect(generation).toMatch(/^[0-9a-f]{32}$/)
      expect(new Set(made.map(({ generation }) => generation)).size).toBe(4)
    })

    it('creates a document once, also when two ask at the same time', async () => {
      const both = await Promise.allSettled([
        log.create('a', { title: 'one' }),
        log.create('a', { title: 'two' }),
      ])
      expect(both[0].status).toBe('fulfilled')
      expect(both[1]).toMatchObject({ status: 'rejected', reason: { code: 'DOCUMENT_EXISTS' } })
      expect(await codeOf(log.create('a', { title: 'three' }))).toBe('DOCUMENT_EXISTS')
      expect(await log.find('a')).toMatchObject({ title: 'one' })
    })

    it('lets whoever is told that a document exists find it', async () => {
      const first = log.create('a', { title: 'one' })
      expect(await codeOf(log.create('a', { title: 'two' }))).toBe('DOCUMENT_EXISTS')
      expect(await log.find('a')).toMatchObject({ title: 'one' })
      await first
    })

    it('[ID2] refuses a name that is no document id', async () => {
      expect(await codeOf(log.create('../etc', { title: '' }))).toBe('INVALID_DOCUMENT_ID')
    })

    it('[LG5] reads back what was appended, byte for byte and in order', async () => {
      await log.create('a', { title: '' })
      const entries = entriesOf(typed(['one ', 'two ', 'three']))
      await log.append('a', entries.slice(0, 2))
      await log.append('a', entries.slice(2))
      expect(await log.read('a', 0, PLENTY)).toEqual(entries)
      expect(await log.read('a', 1, PLENTY)).toEqual(entries.slice(1))
      expect(await log.read('a', 3, PLENTY)).toEqual([])
      const head = await log.find('a')
      expect(head?.head).toBe(3)
      expect(head?.logBytes).toBe(entries.reduce((bytes, { update }) => bytes + update.length, 0))
    })

    it('keeps the order of appends that do not wait for each other', async () => {
      await log.create('a', { title: '' })
      const entries = entriesOf(typed(Array.from({ length: 50 }, (_, n) => `${n} `)))
      const settled: Offset[] = []
      await Promise.all(
        entries.map(async (entry) => {
          await log.append('a', [entry])
          settled.push(entry.offset)
        }),
      )
      expect(settled).toEqual(entries.map(({ offset }) => offset))
      expect(await log.read('a', 0, PLENTY)).toEqual(entries)
    })

    it('keeps many documents apart that append at the same time', async () => {
      const ids = Array.from({ length: 20 }, (_, n) => `d${n}`)
      await Promise.all(ids.map((id) => log.create(id, { title: id })))
      const written = new Map(ids.map((id, n) => [id, entriesOf(typed([id, '!'], n + 1))]))
      await Promise.all([...written].map(([id, entries]) => log.append(id, entries)))
      for (const [id, entries] of written) expect(await log.read(id, 0, PLENTY)).toEqual(entries)
    })

    it('takes an empty append as nothing', async () => {
      const made = await log.create('a', { title: '' })
      await log.append('a', [])
      expect(await log.find('a')).toEqual(made)
    })

    it('[LG3] refuses entries that do not continue the head, and keeps nothing of them', async () => {
      await log.create('a', { title: '' })
      const [one, two, three] = typed(['1', '2', '3']) as [Uint8Array, Uint8Array, Uint8Array]
      await log.append('a', [{ offset: 1, update: one }])
      const wrong: LogEntry[][] = [
        [{ offset: 1, update: two }],
        [{ offset: 3, update: two }],
        [{ offset: 0, update: two }],
        [
          { offset: 2, update: two },
          { offset: 4, update: three },
        ],
      ]
      for (const entries of wrong) await expect(log.append('a', entries)).rejects.toBeInstanceOf(TypeError)
      expect((await log.find('a'))?.head).toBe(1)
      await log.append('a', entriesOf([two, three], 1))
      expect(await log.read('a', 0, PLENTY)).toHaveLength(3)
    })

    it('gives pages by bytes, each with one entry at least', async () => {
      await log.create('a', { title: '' })
      const entries = entriesOf(typed(['x'.repeat(100), 'y'.repeat(1000), 'z'.repeat(100), 'w'.repeat(100)]))
      await log.append('a', entries)
      expect(await log.read('a', 0, 0)).toEqual(entries.slice(0, 1))
      expect(await log.read('a', 1, 500)).toEqual(entries.slice(1, 2))
      expect(await log.read('a', 2, 500)).toEqual(entries.slice(2))
    })

    it('[LG8] puts a snapshot under the log and says so to who reads below it', async () => {
      await log.create('a', { title: 'kept' })
      const updates = typed(['one ', 'two ', 'three ', 'four'])
      await log.append('a', entriesOf(updates.slice(0, 3)))
      const before = await log.find('a')
      await store.compact('a')
      expect(await log.read('a', 0, PLENTY)).toBe('compacted')
      expect(await log.read('a', 2, PLENTY)).toBe('compacted')
      expect(await log.read('a', 3, PLENTY)).toEqual([])
      const snapshot = await log.snapshot('a')
      expect(snapshot?.offset).toBe(3)
      expect(textOf([snapshot?.update ?? new Uint8Array()])).toBe('one two three ')
      expect(await log.find('a')).toMatchObject({
        generation: before?.generation,
        title: 'kept',
        head: 3,
        snapshotOffset: 3,
        logBytes: 0,
        snapshotBytes: snapshot?.update.length,
      })
      const tail = entriesOf(updates.slice(3), 3)
      await log.append('a', tail)
      expect(await log.read('a', 3, PLENTY)).toEqual(tail)
      await store.compact('a')
      expect((await log.snapshot('a'))?.offset).toBe(4)
      expect(textOf([(await log.snapshot('a'))?.update ?? new Uint8Array()])).toBe('one two three four')
    })

    it('changes a title and nothing else', async () => {
      const made = await log.create('a', { title: 'old' })
      await log.append('a', entriesOf(typed(['x'])))
      await log.setTitle('a', 'new ✎')
      const head = await log.find('a')
      expect(head).toMatchObject({ title: 'new ✎', head: 1, generation: made.generation })
      await log.append('a', entriesOf(typed(['y'], 2), 1))
      expect(await log.find('a')).toMatchObject({ title: 'new ✎', head: 2 })
    })

    it('takes a title, an append and a creation that do not wait for each other', async () => {
      await log.create('a', { title: 'old' })
      await Promise.all([
        log.append('a', entriesOf(typed(['x']))),
        log.setTitle('a', 'new'),
        log.append('a', entriesOf(typed(['y'], 2), 1)),
        log.create('b', { title: 'other' }),
      ])
      expect(await log.find('a')).toMatchObject({ title: 'new', head: 2 })
      expect(await log.find('b')).toMatchObject({ title: 'other', head: 0 })
    })

    it('lists documents in the order of their ids, page by page', async () => {
      expect(await log.list({ limit: 5 })).toEqual({ documents: [], next: null })
      const ids = ['b', 'a', 'a/b', 'a-b', 'Z', '~', 'aa', '0']
      for (const id of ids) await log.create(id, { title: `title of ${id}` })
      const seen: string[] = []
      let after: string | undefined
      let pages = 0
      do {
        const page = await log.list(after === undefined ? { limit: 3 } : { limit: 3, after })
        for (const document of page.documents) {
          seen.push(document.documentId)
          expect(document).toEqual(await log.find(document.documentId))
        }
        after = page.next ?? undefined
        pages += 1
      } while (after !== undefined && pages < 10)
      expect(seen).toEqual([...ids].sort())
      expect(pages).toBe(3)
      expect((await log.list({ limit: ids.length })).next).toBeNull()
    })

    it('[LG11] deletes a document as a whole, and no other', async () => {
      const updates = typed(['one ', 'two'])
      for (const id of ['a', 'a/b', 'aa']) {
        await log.create(id, { title: id })
        await log.append(id, entriesOf(updates))
      }
      await store.compact('a')
      await log.append('a', entriesOf(typed(['!'], 2), 2))
      await log.delete('a', 'ada')
      for (let restart = 0; restart < 2; restart += 1) {
        expect(await log.find('a')).toBeUndefined()
        expect(await codeOf(log.read('a', 0, PLENTY))).toBe('DOCUMENT_NOT_FOUND')
        expect(await codeOf(log.snapshot('a'))).toBe('DOCUMENT_NOT_FOUND')
        expect(await codeOf(log.setTitle('a', 'x'))).toBe('DOCUMENT_NOT_FOUND')
        expect(await codeOf(log.append('a', entriesOf(typed(['x'], 3), 3)))).toBe('DOCUMENT_NOT_FOUND')
        expect(await codeOf(log.delete('a', 'ada'))).toBe('DOCUMENT_NOT_FOUND')
        expect((await log.list({ limit: 9 })).documents.map(({ documentId }) => documentId)).toEqual([
          'a/b',
          'aa',
        ])
        expect(await log.read('a/b', 0, PLENTY)).toEqual(entriesOf(updates))
        await reopen()
      }
    })

    it('[LG11] makes what was deleted anew only when that is asked for, and as another history', async () => {
      const first = await log.create('a', { title: 'old' })
      await log.append('a', entriesOf(typed(['old ', 'words'])))
      await log.delete('a', 'ada')
      const opening = { title: '', unlessDeleted: true }
      expect(await codeOf(log.create('a', opening))).toBe('DOCUMENT_NOT_FOUND')
      await reopen()
      expect(await codeOf(log.create('a', opening))).toBe('DOCUMENT_NOT_FOUND')
      const made = await log.create('a', { title: 'new' })
      expect(made).toMatchObject({ title: 'new', head: 3, snapshotOffset: 3, logBytes: 0 })
      expect(made.generation).not.toBe(first.generation)
      expect(await codeOf(log.create('a', opening))).toBe('DOCUMENT_EXISTS')
      expect(await log.read('a', 2, PLENTY)).toBe('compacted')
      expect(textOf([(await log.snapshot('a'))?.update ?? new Uint8Array()])).toBe('')
      await log.append('a', entriesOf(typed(['fresh']), 3))
      await store.compact('a')
      expect(textOf([(await log.snapshot('a'))?.update ?? new Uint8Array()])).toBe('fresh')
      await log.delete('a', 'ada')
      expect((await log.create('a', { title: '' })).head).toBe(5)
      expect((await log.create('b', opening)).head).toBe(0)
    })

    it('[LG11] refuses what comes behind a deletion, and keeps nothing of what came with it', async () => {
      await log.create('a', { title: '' })
      const both = [log.append('a', entriesOf(typed(['x']))), log.setTitle('a', 'renamed')]
      const gone = log.delete('a', 'ada')
      const late = await Promise.all([
        codeOf(log.append('a', entriesOf(typed(['y'], 2), 1))),
        codeOf(log.setTitle('a', 'late')),
        codeOf(log.delete('a', 'ada')),
      ])
      await Promise.all([...both, gone])
      expect(late).toEqual(['DOCUMENT_NOT_FOUND', 'DOCUMENT_NOT_FOUND', 'DOCUMENT_NOT_FOUND'])
      await reopen()
      expect(await log.find('a')).toBeUndefined()
      expect(await log.list({ limit: 9 })).toEqual({ documents: [], next: null })
    })

    it('[LG1, LG3] keeps everything over a restart', async () => {
      const made = await log.create('a', { title: 'kept' })
      const updates = typed(['one ', 'two ', 'three'])
      await log.append('a', entriesOf(updates.slice(0, 2)))
      await store.compact('a')
      await log.append('a', entriesOf(updates.slice(2), 2))
      await log.create('b', { title: 'empty' })
      const [head, other, snapshot] = [await log.find('a'), await log.find('b'), await log.snapshot('a')]
      await reopen()
      expect(head?.generation).toBe(made.generation)
      expect(await log.find('a')).toEqual(head)
      expect(await log.find('b')).toEqual(other)
      expect(await log.snapshot('a')).toEqual(snapshot)
      expect(await log.read('a', 2, PLENTY)).toEqual(entriesOf(updates.slice(2), 2))
      await log.append('a', entriesOf(typed(['!'], 2), 3))
      expect((await log.find('a'))?.head).toBe(4)
    })
  })
}
