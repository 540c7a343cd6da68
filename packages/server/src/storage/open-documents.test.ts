import { describe, expect, it } from 'vitest'
import { OpenDocuments } from './open-documents.ts'
import type { OpenDocument } from './open-documents.ts'

function documentNamed(documentId: string): OpenDocument {
  const head = {
    documentId,
    generation: '0'.repeat(32),
    head: 0,
    snapshotOffset: 0,
    title: '',
    logBytes: 0,
    snapshotBytes: 0,
    createdAt: 0,
    updatedAt: 0,
  }
  return { documentKey: new Uint8Array(16), head, compactionFactor: 1 }
}

function counted(max: number) {
  const loaded: string[] = []
  const documents = new OpenDocuments(async (documentId) => {
    loaded.push(documentId)
    if (documentId === 'bad') throw new Error('damaged')
    return documentNamed(documentId)
  }, max)
  const touch = (documentId: string) => documents.use(documentId, async (document) => document)
  return { documents, loaded, touch }
}

describe('the heads in memory', () => {
  it('are read once, also when two ask at the same time', async () => {
    const { loaded, touch } = counted(10)
    const [one, two] = await Promise.all([touch('a'), touch('a')])
    expect(one).toBe(two)
    expect(await touch('a')).toBe(one)
    expect(loaded).toEqual(['a'])
  })

  it('let who asked first go on first, whether the head is at hand or not', async () => {
    const { documents } = counted(10)
    const order: number[] = []
    const asked = [1, 2, 3].map((n) => documents.use('a', async () => order.push(n)))
    await asked[0]
    asked.push(
      documents.use('a', async () => order.push(4)),
      documents.use('a', async () => order.push(5)),
    )
    await Promise.all(asked)
    expect(order).toEqual([1, 2, 3, 4, 5])
  })

  it('are read anew after a read that failed', async () => {
    const { loaded, touch, documents } = counted(10)
    await expect(touch('bad')).rejects.toThrow('damaged')
    await expect(touch('bad')).rejects.toThrow('damaged')
    expect(loaded).toEqual(['bad', 'bad'])
    expect(documents.size).toBe(0)
  })

  it('go when there are too many, the one used longest ago first', async () => {
    const { loaded, touch, documents } = counted(2)
    for (const id of ['a', 'b', 'a', 'c']) await touch(id)
    expect(documents.size).toBe(2)
    await touch('a')
    expect(loaded).toEqual(['a', 'b', 'c'])
    await touch('b')
    expect(loaded).toEqual(['a', 'b', 'c', 'b'])
  })

  it('stay while they are in use', async () => {
    const { loaded, touch, documents } = counted(2)
    let finish = (): void => undefined
    const using = documents.use('a', () => new Promise<void>((resolve) => (finish = resolve)))
    for (const id of ['b', 'c', 'd']) await touch(id)
    await touch('a')
    expect(loaded).toEqual(['a', 'b', 'c', 'd'])
    finish()
    await using
  })
})
