import { CometpadError, limits } from '@cometpad/shared'
import { describe, expect, test } from 'vitest'
import { Doc, applyUpdate } from 'yjs'
import { Outbox } from '../outbox.ts'
import { Ledger } from './ledger.ts'
import type { Page } from './ledger.ts'

class Desk {
  readonly doc = new Doc()
  readonly outbox = new Outbox()
  readonly ledger = new Ledger(this.doc, this.outbox)
  #lastId = 0

  constructor() {
    this.doc.on('update', (update, origin) => {
      if (origin === 'server') return this.ledger.came(update)
      this.ledger.edited(update)
      this.outbox.add(update)
    })
  }

  type(text: string): void {
    this.doc.getText('t').insert(0, text)
  }

  receive(text: string): void {
    this.doc.transact(() => this.doc.getText('t').insert(0, text), 'server')
  }

  /** The server acknowledges everything. */
  acknowledge(): void {
    let count = 0
    while (this.outbox.next() !== undefined) count += 1
    this.outbox.acknowledge(count)
    this.outbox.restart()
  }

  /** As if it had been written. */
  write(page: Page | undefined): Page['rows'] | undefined {
    page?.settle({
      unsent: page.rows.unsent.map(() => (this.#lastId += 1)),
      known: page.rows.known.map(() => (this.#lastId += 1)),
    })
    return page?.rows
  }

  /** What somebody reads who has these rows and nothing else. */
  static textOf(...rows: readonly (Page['rows'] | undefined)[]): string {
    const doc = new Doc()
    for (const { known, unsent } of rows.filter((row) => row !== undefined))
      for (const update of [...known, ...unsent.map((row) => row.update)]) applyUpdate(doc, update)
    return doc.getText('t').toJSON()
  }
}

describe('a ledger', () => {
  test('[OF1] begins with everything, and adds what happens afterwards', () => {
    const desk = new Desk()
    desk.type('a')
    expect(desk.ledger.isKept).toBe(false)
    const whole = desk.write(desk.ledger.take())
    expect(whole).toMatchObject({ scope: 'whole', unsent: [{ edits: 1 }] })
    expect(desk.ledger.isKept).toBe(true)
    desk.type('b')
    desk.receive('c')
    const news = desk.write(desk.ledger.take())
    expect(news).toMatchObject({ scope: 'news', unsent: [{ edits: 1 }], removed: [] })
    expect(Desk.textOf(whole, news)).toBe('cba')
  })

  test('[OF1] edits that were acknowledged before they were written are content like that of others', () => {
    const desk = new Desk()
    const whole = desk.write(desk.ledger.take())
    desk.type('a')
    desk.acknowledge()
    desk.type('b')
    const hurried = desk.write(desk.ledger.takeUnsent())
    const news = desk.write(desk.ledger.take())
    expect(hurried).toMatchObject({ unsent: [{ edits: 1 }], known: [] })
    expect(news).toMatchObject({ unsent: [], known: [expect.anything()] })
    expect(Desk.textOf(whole, hurried, news)).toBe('ba')
  })

  test('[OF2] is kept when every unsent edit has a row, also those of a page that was not written', () => {
    const desk = new Desk()
    desk.write(desk.ledger.take())
    desk.type('a')
    desk.ledger.take()
    desk.ledger.breaks()
    desk.type('b')
    expect(desk.ledger.isKept).toBe(false)
    const alone = desk.write(desk.ledger.takeUnsent())
    expect(Desk.textOf(alone)).toBe('ba')
    expect(desk.ledger.isKept).toBe(true)
    // What else there is to keep is still to be written.
    expect(desk.ledger.hasNews).toBe(true)
    expect(desk.ledger.take().rows.removed).toHaveLength(3)
  })

  test('[OF1] unsent edits alone bring along those of a page that is being written, and each once', () => {
    const desk = new Desk()
    desk.type('a')
    const page = desk.ledger.take()
    desk.type('b')
    const alone = desk.ledger.takeUnsent()
    expect(Desk.textOf(alone?.rows)).toBe('ba')
    desk.type('c')
    const next = desk.ledger.takeUnsent()
    expect(next?.rows.unsent).toMatchObject([{ edits: 1 }])
    expect(desk.ledger.takeUnsent()).toBeUndefined()
    for (const late of [page, next]) desk.write(late)
    // Between the two is what is still on its way.
    expect(desk.ledger.isKept).toBe(false)
    desk.write(alone)
    expect(desk.ledger.isKept).toBe(true)
  })

  test('[OF3] a row is acknowledged once all of its edits are', () => {
    const desk = new Desk()
    desk.write(desk.ledger.take())
    desk.type('a')
    desk.write(desk.ledger.take())
    desk.type('b')
    desk.type('c')
    desk.write(desk.ledger.take())
    desk.outbox.next()
    desk.outbox.next()
    desk.outbox.acknowledge(2)
    expect(desk.ledger.hasNews).toBe(true)
    expect(desk.write(desk.ledger.take())?.acknowledged).toEqual([2])
    expect(desk.ledger.isKept).toBe(true)
    desk.outbox.next()
    desk.outbox.acknowledge(3)
    expect(desk.write(desk.ledger.take())?.acknowledged).toEqual([3])
    expect(desk.ledger.hasNews).toBe(false)
  })

  test('[OF8] joins rows when they are many, or heavy', () => {
    const desk = new Desk()
    desk.write(desk.ledger.take())
    const scopes: unknown[] = []
    for (let edit = 0; edit <= limits.offlineRows; edit += 1) {
      desk.type('a')
      scopes.push(desk.write(desk.ledger.take())?.scope)
    }
    expect(new Set(scopes)).toEqual(new Set(['news']))
    desk.type('b')
    const whole = desk.write(desk.ledger.take())
    expect(whole?.scope).toBe('whole')
    expect(whole?.removed.length).toBe(limits.offlineRows + 2)
    expect(Desk.textOf(whole)).toBe(desk.doc.getText('t').toJSON())
    desk.receive('x'.repeat(limits.offlineTailBytes + 1))
    expect(desk.write(desk.ledger.take())?.scope).toBe('news')
    desk.receive('y')
    expect(desk.write(desk.ledger.take())?.scope).toBe('whole')
  })

  test('[OF8] keeps unsent edits alone of a document that is too large, and not more of these than there may be', () => {
    const desk = new Desk()
    desk.receive('x'.repeat(limits.offlineDocumentBytes))
    desk.type('a')
    expect(desk.write(desk.ledger.take())).toMatchObject({
      scope: 'unsent',
      known: [],
      unsent: [{ edits: 1 }],
    })
    desk.receive('more')
    expect(desk.write(desk.ledger.take())).toMatchObject({ scope: 'news', known: [], unsent: [] })
    desk.type('y'.repeat(limits.offlineDocumentBytes + 1))
    desk.ledger.breaks()
    expect(() => desk.ledger.take()).toThrow(CometpadError)
  })
})
