import { CometpadError } from '@cometpad/shared'
import { expect, test } from 'vitest'
import type { DocumentHead, Log } from '../../src/core/ports.ts'
import { Table, Writer } from './table.ts'

const GENERATION = '5'.repeat(32)

/** A table whose document gets another history when the work that is given to `Rooms.replace` is done. */
function replaceable(texts: readonly string[]) {
  let isReplaced = false
  let finish: (error?: Error) => void = () => {}
  const done = new Promise<void>((resolve, reject) => {
    finish = (error) => (error === undefined ? resolve() : reject(error))
  })
  const writer = new Writer(9)
  const update = texts.map((text) => writer.write(text)).at(-1) ?? new Uint8Array([0, 0])
  const table = new Table({
    holdsCommits: true,
    wrap: (log): Log => ({
      get isWritable() {
        return log.isWritable
      },
      find: async (documentId) => {
        const head = await log.find(documentId)
        return head && isReplaced ? { ...head, head: 7, snapshotOffset: 7, generation: GENERATION } : head
      },
      create: (...args) => log.create(...args),
      append: (...args) => log.append(...args),
      read: (documentId, after, bytes) =>
        isReplaced
          ? Promise.resolve(after < 7 ? ('compacted' as const) : [])
          : log.read(documentId, after, bytes),
      snapshot: (documentId) =>
        isReplaced ? Promise.resolve({ offset: 7, update }) : log.snapshot(documentId),
      owners: (...args) => log.owners(...args),
      setTitle: (...args) => log.setTitle(...args),
      delete: (...args) => log.delete(...args),
      list: (options) => log.list(options),
    }),
  })
  const work = async (): Promise<DocumentHead> => {
    await done
    isReplaced = true
    const head = await table.log.find('doc')
    if (head === undefined) throw new TypeError('It is there')
    return { ...head, generation: GENERATION }
  }
  return { table, work, finish }
}

test('[GN1] everybody who is there is told of the new generation and closed, plain clients for good', async () => {
  const { table, work, finish } = replaceable(['restored'])
  await table.store('doc', [new Writer(1).write('old')])
  const ana = await table.sit()
  const plain = await table.sit({ dialect: 'yjs', position: undefined })
  ana.heard.splice(0)
  const replaced = table.rooms.replace('doc', work)
  await table.turn()
  expect([ana.closed, plain.closed]).toEqual([undefined, undefined])
  finish()
  expect((await replaced).generation).toBe(GENERATION)
  expect(ana.heard[0]).toEqual({ type: 'reset', generation: GENERATION })
  expect([ana.closed, plain.closed]).toEqual(['GENERATION_CHANGED', 'GENERATION_CHANGED'])
  expect(plain.kinds()).not.toContain('reset')
})

test('[GN2] what waits for the disk is saved first; what comes later is neither stored nor acknowledged', async () => {
  const { table, work, finish } = replaceable(['restored'])
  const writer = new Writer(1)
  await table.store('doc', [writer.write('old')])
  const ana = await table.sit()
  ana.say({ type: 'update', update: writer.write('in time') })
  await table.turn()
  const replaced = table.rooms.replace('doc', work)
  ana.say({ type: 'update', update: writer.write('too late') })
  await table.turn()
  expect(ana.heard.some(({ type }) => type === 'saved')).toBe(false)
  await table.commit()
  expect(ana.heard.filter(({ type }) => type === 'saved')).toEqual([{ type: 'saved', count: 1, offset: 2 }])
  finish()
  await replaced
  expect((await table.log.find('doc'))?.head).toBe(2)
  expect(ana.heard.filter(({ type }) => type === 'saved')).toHaveLength(1)
})

test('[GN2] who comes while a history is replaced waits, and gets the new one and no word of the old', async () => {
  const { table, work, finish } = replaceable(['restored'])
  await table.store('doc', [new Writer(1).write('old')])
  const replaced = table.rooms.replace('doc', work)
  const ben = await table.sit()
  const cleo = await table.sit({ generation: '1'.repeat(32), position: 1 })
  expect([ben.heard, cleo.heard]).toEqual([[], []])
  finish()
  await replaced
  await table.turn()
  expect(ben.heard[0]).toMatchObject({ type: 'hello', generation: GENERATION, head: 7 })
  expect(ben.content()).toBe('restored')
  expect(cleo.kinds()).toEqual(['reset', 'error'])
  expect(cleo.closed).toBe('GENERATION_CHANGED')
})

test('[GN3] when the replacement fails everybody comes back to the old history', async () => {
  const { table, work, finish } = replaceable([])
  await table.store('doc', [new Writer(1).write('old')])
  const ana = await table.sit()
  const replaced = table.rooms.replace('doc', work)
  const ben = await table.sit()
  finish(new CometpadError('STORE_UNAVAILABLE'))
  await expect(replaced).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  await table.turn()
  expect(ana.closed).toBe('STORE_UNAVAILABLE')
  expect(ana.kinds()).not.toContain('reset')
  expect(ben.content()).toBe('old')
  expect((await table.sit()).content()).toBe('old')
})

test.each([
  [new CometpadError('OVERLOADED'), 'OVERLOADED'],
  [new CometpadError('DOCUMENT_DAMAGED'), 'DOCUMENT_DAMAGED'],
  [new Error('Something of a library'), 'STORE_UNAVAILABLE'],
])('[GN3] and is told why: %s', async (cause, code) => {
  const { table, work, finish } = replaceable([])
  await table.store('doc', [new Writer(1).write('old')])
  const ana = await table.sit()
  const replaced = table.rooms.replace('doc', work)
  await table.turn()
  finish(cause)
  await expect(replaced).rejects.toBe(cause)
  expect(ana.closed).toBe(code)
})

test('[GN2] a second replacement waits for the first', async () => {
  const { table, work, finish } = replaceable(['restored'])
  await table.store('doc', [new Writer(1).write('old')])
  const order: string[] = []
  const first = table.rooms.replace('doc', async () => {
    const head = await work()
    order.push('first')
    return head
  })
  const second = table.rooms.replace('doc', async () => {
    const head = await work()
    order.push('second')
    return head
  })
  await table.turn()
  finish()
  await Promise.all([first, second])
  expect(order).toEqual(['first', 'second'])
  expect(table.rooms.size).toEqual({ rooms: 1, readers: 0 })
})

test('[GN2] what waits for the disk is saved before its document is deleted, and what comes later is not', async () => {
  const table = new Table({ holdsCommits: true })
  const writer = new Writer(1)
  await table.store('doc', [writer.write('old')])
  const ana = await table.sit()
  ana.say({ type: 'update', update: writer.write('in time') })
  await table.turn()
  const deleted = table.rooms.delete('doc', 'ada')
  ana.say({ type: 'update', update: writer.write('too late') })
  const ben = await table.sit()
  await table.commitWhile(deleted)
  expect(ana.heard.filter(({ type }) => type === 'saved')).toEqual([{ type: 'saved', count: 1, offset: 2 }])
  expect([ana.closed, ben.closed]).toEqual(['DOCUMENT_NOT_FOUND', 'DOCUMENT_NOT_FOUND'])
  expect(table.log.durable('doc').entries).toEqual([])
  expect(table.rooms.size).toEqual({ rooms: 0, readers: 0 })
})

test('[GN3] when a deletion fails everybody comes back to the document', async () => {
  const table = new Table({ holdsCommits: true })
  await table.store('doc', [new Writer(1).write('old')])
  const ana = await table.sit()
  const deleted = table.rooms.delete('doc', 'ada')
  await table.turn()
  await Promise.all([expect(deleted).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' }), table.fail()])
  await table.turn()
  expect(ana.closed).toBe('STORE_UNAVAILABLE')
  expect((await table.sit()).content()).toBe('old')
})
