import { CometpadError, limits } from '@cometpad/shared'
import { describe, expect, it } from 'vitest'
import { AccessBook } from '../../src/core/access-book.ts'
import type { AccessRecord, ShareLink } from '../../src/core/ports.ts'

/** A store that the test can slow down and break. */
class Shelf {
  readonly records = new Map<string, AccessRecord>()
  reads = 0
  isBroken = false
  /** Says that it has failed, and has kept what was written all the same. */
  isForgetful = false
  isUnreadable = false

  async read(documentId: string): Promise<AccessRecord | undefined> {
    this.reads += 1
    await new Promise((resolve) => setImmediate(resolve))
    if (this.isUnreadable) throw new CometpadError('STORE_UNAVAILABLE')
    return this.records.get(documentId)
  }

  async write(documentId: string, record: AccessRecord): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    if (this.isBroken) throw new CometpadError('STORE_UNAVAILABLE')
    this.records.set(documentId, record)
    if (this.isForgetful) throw new CometpadError('STORE_UNAVAILABLE')
  }

  replace(documentId: string, record: AccessRecord): Promise<void> {
    return this.write(documentId, record)
  }
}

function bookOver(shelf: Shelf, now = (): number => 1_000): AccessBook {
  const few = { accessPeople: 2, shareLinks: 2, trailEntries: 4, waitingAccessChanges: 3 }
  return new AccessBook({ store: shelf, limits: { ...limits, ...few }, now })
}

const link = (linkId: string, expiresAt?: number): ShareLink => ({
  linkId,
  role: 'viewer',
  secretHash: 'hash',
  ...(expiresAt === undefined ? {} : { expiresAt }),
  createdBy: 'ada',
  createdAt: 0,
})

describe('the access book', () => {
  it('[RV1] gives everybody one sheet, which is as the last durable change has made it', async () => {
    const shelf = new Shelf()
    const book = bookOver(shelf)
    const [one, two] = await Promise.all([book.sheetOf('doc'), book.sheetOf('doc')])
    expect(one).toBe(two)
    expect(shelf.reads).toBe(1)
    await Promise.all([
      book.setRole('doc', 'bob', 'viewer', 'ada'),
      book.setRole('doc', 'eve', 'none', 'ada'),
    ])
    expect(one.people.get('bob')).toEqual({
      subject: 'bob',
      role: 'viewer',
      changedBy: 'ada',
      changedAt: 1_000,
    })
    expect(one.people.get('eve')?.role).toBe('none')
    expect((await bookOver(shelf).sheetOf('doc')).people).toEqual(one.people)
    await book.setRole('doc', 'bob', null, 'ada')
    expect(one.people.has('bob')).toBe(false)
    expect(shelf.records.get('doc')?.people).toHaveLength(1)
  })

  it('[RV1] leaves everything as it was when a change cannot be kept', async () => {
    const shelf = new Shelf()
    const book = bookOver(shelf)
    const sheet = await book.sheetOf('doc')
    shelf.isBroken = true
    await expect(book.setRole('doc', 'bob', 'none', 'ada')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
    })
    expect(sheet.people.size).toBe(0)
    shelf.isBroken = false
    await book.setRole('doc', 'bob', 'none', 'ada')
    expect(sheet.people.size).toBe(1)
  })

  it('[RV8] looks again after a write that failed: what was kept all the same counts', async () => {
    const shelf = new Shelf()
    const book = bookOver(shelf)
    const sheet = await book.sheetOf('doc')
    shelf.isForgetful = true
    const failure = { code: 'STORE_UNAVAILABLE' }
    await expect(book.setRole('doc', 'bob', 'none', 'ada')).rejects.toMatchObject(failure)
    expect(sheet.people.get('bob')?.role).toBe('none')
    expect(sheet.isUnknown).toBe(false)
    await expect(book.addLink('doc', link('l'))).rejects.toMatchObject(failure)
    expect([...sheet.links.keys()]).toEqual(['l'])
    shelf.isForgetful = false
    await book.removeLink('doc', 'l', 'ada')
    expect(shelf.records.get('doc')).toMatchObject({ people: [{ subject: 'bob' }], links: [] })
  })

  it('[RV8] knows of no rights until somebody could look, and then of those that were kept', async () => {
    const shelf = new Shelf()
    const book = bookOver(shelf)
    const sheet = await book.sheetOf('doc')
    await book.setRole('doc', 'bob', 'viewer', 'ada')
    shelf.isForgetful = true
    shelf.isUnreadable = true
    const failure = { code: 'STORE_UNAVAILABLE' }
    await expect(book.setRole('doc', 'bob', 'none', 'ada')).rejects.toMatchObject(failure)
    expect(sheet.isUnknown).toBe(true)
    await expect(book.sheetOf('doc')).rejects.toMatchObject(failure)
    shelf.isForgetful = false
    await expect(book.setRole('doc', 'bob', 'owner', 'ada')).rejects.toMatchObject(failure)
    shelf.isUnreadable = false
    expect(await book.sheetOf('doc')).toBe(sheet)
    expect([sheet.isUnknown, sheet.people.get('bob')?.role]).toEqual([false, 'none'])
  })

  it('[RV6, RV8] forgets everything but the trail when the rights are set anew, for whoever is in', async () => {
    const shelf = new Shelf()
    const book = bookOver(shelf)
    const sheet = await book.sheetOf('doc')
    await book.setRole('doc', 'bob', 'none', 'ada')
    await book.addLink('doc', link('l'))
    await book.reset('doc', 'eve', 'operator')
    expect([
      [...sheet.people.values()].map(({ subject, role }) => [subject, role]),
      sheet.links.size,
    ]).toEqual([[['eve', 'owner']], 0])
    expect(sheet.trail.map(({ what }) => what)).toEqual(['role set', 'link made', 'rights reset'])
    expect((await bookOver(shelf).sheetOf('doc')).people).toEqual(sheet.people)
  })

  it('[RV4] keeps no more people and links than it may, and links that have expired make room', async () => {
    let now = 1_000
    const book = bookOver(new Shelf(), () => now)
    for (const subject of ['a', 'b', 'a']) await book.setRole('doc', subject, 'viewer', 'ada')
    await expect(book.setRole('doc', 'c', 'viewer', 'ada')).rejects.toMatchObject({
      code: 'ACCESS_LIST_FULL',
    })
    await book.addLink('doc', link('one'))
    await book.addLink('doc', link('two', 2_000))
    await expect(book.addLink('doc', link('three'))).rejects.toMatchObject({ code: 'ACCESS_LIST_FULL' })
    now = 2_000
    await book.addLink('doc', link('three'))
    expect([...(await book.sheetOf('doc')).links.keys()]).toEqual(['one', 'three'])
  })

  it('[RV4] lets only so many changes of one document wait', async () => {
    const book = bookOver(new Shelf())
    const many = Array.from({ length: 4 }, () => book.setRole('doc', 'bob', 'viewer', 'ada'))
    const ends = await Promise.allSettled(many)
    expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected'])
    await book.setRole('doc', 'bob', 'editor', 'ada')
  })

  it('[RV1] begins anew with a document that takes the place of one that was deleted', async () => {
    const shelf = new Shelf()
    const book = bookOver(shelf)
    await book.setRole('doc', 'bob', 'none', 'ada')
    const before = await book.sheetOf('doc')
    shelf.records.delete('doc')
    book.forget('doc')
    const after = await book.sheetOf('doc')
    expect([before.isOver, after.isOver, after.people.size]).toEqual([true, false, 0])
    const late = book.sheetOf('late')
    book.forget('late')
    expect((await late).isOver).toBe(true)
    expect((await book.sheetOf('late')).isOver).toBe(false)
  })

  it('[RV4] looks at the right to change when its turn has come: two owners who end each other leave one', async () => {
    const book = bookOver(new Shelf())
    const sheet = await book.sheetOf('doc')
    const standing = (subject: string) => (): void => {
      if (sheet.people.get(subject)?.role === 'none') throw new CometpadError('FORBIDDEN')
    }
    const both = await Promise.allSettled([
      book.setRole('doc', 'bob', 'none', 'ada', standing('ada')),
      book.setRole('doc', 'ada', 'none', 'bob', standing('bob')),
    ])
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect([...sheet.people.keys()]).toEqual(['bob'])
  })

  it('[RV4] who is no owner any more does not come back by a link of their own', async () => {
    const book = bookOver(new Shelf())
    await book.addLink('doc', { ...link('hers'), createdBy: 'eve' })
    await book.addLink('doc', { ...link('his'), createdBy: 'ada' })
    await book.setRole('doc', 'eve', 'viewer', 'ada')
    expect([...(await book.sheetOf('doc')).links.keys()]).toEqual(['his'])
  })

  it('[RV6] keeps who has changed what, the newest of it', async () => {
    let now = 1
    const book = bookOver(new Shelf(), () => (now += 1))
    await book.setRole('doc', 'first', 'viewer', 'ada')
    await book.setRole('doc', 'first', null, 'ada')
    await book.addLink('doc', link('l'))
    await book.removeLink('doc', 'other', 'bob')
    await book.removeLink('doc', 'l', 'bob')
    await book.noteReplacement('doc', 'operator')
    const { trail } = await book.sheetOf('doc')
    const at = expect.any(Number)
    expect(trail).toEqual([
      { at, by: 'ada', what: 'role set', about: 'first', role: null },
      { at, by: 'ada', what: 'link made', about: 'l', role: 'viewer' },
      { at, by: 'bob', what: 'link revoked', about: 'l' },
      { at, by: 'operator', what: 'history replaced' },
    ])
    const times = trail.map(({ at }) => at)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
  })
})
