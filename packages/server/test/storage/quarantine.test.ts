import { describe, expect, it } from 'vitest'
import type { RefusedUpdate } from '../../src/core/ports.ts'
import { openDatabase } from '../../src/storage/database.ts'
import type { Database } from '../../src/storage/database.ts'
import { kind } from '../../src/storage/keys.ts'
import { levelLogs } from './opened-log.ts'

const logs = levelLogs()
const WAIT = { timeout: 30_000, interval: 10 }

function refused(documentId: string, bytes: number[] | Uint8Array = [7]): RefusedUpdate {
  return { documentId, subject: 'eve', code: 'MALFORMED_UPDATE', update: Uint8Array.from(bytes) }
}

describe('the quarantine on LevelDB', () => {
  it('[GA15] has what was refused after a restart, with when, for which document, by whom, why, and the bytes', async () => {
    const { log, quarantine } = await logs.open()
    await log.create('doc', { title: '' })
    quarantine.keep(refused('doc', [1, 2, 3]))
    await expect.poll(async () => (await quarantine.list()).length, WAIT).toBe(1)
    const again = await logs.open()
    const [found] = await again.quarantine.list()
    expect(found).toEqual({
      id: expect.stringMatching(/^[0-9a-z]+$/) as string,
      documentId: 'doc',
      at: expect.any(Number) as number,
      subject: 'eve',
      code: 'MALFORMED_UPDATE',
      bytes: 3,
    })
    const { update } = await again.quarantine.read(found?.id ?? '')
    expect(update).toEqual(Uint8Array.of(1, 2, 3))
    await expect(again.quarantine.read('nothing')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('[GA15] keeps so many of a document and so many in all, so many bytes of each, and lets the oldest go', async () => {
    const { log, quarantine } = await logs.open({
      quarantineUpdates: 4,
      quarantineUpdatesOfDocument: 2,
      quarantineUpdateBytes: 10,
    })
    const firsts = async (): Promise<string[]> => {
      const all = await quarantine.list()
      const whole = await Promise.all(all.map(({ id }) => quarantine.read(id)))
      return whole.map(({ documentId, update }) => `${documentId} ${update[0]}`)
    }
    for (const id of ['a', 'b', 'c']) await log.create(id, { title: '' })
    for (let n = 1; n <= 5; n += 1) quarantine.keep(refused('a', [n]))
    await expect.poll(firsts, WAIT).toEqual(['a 4', 'a 5'])
    for (let n = 1; n <= 3; n += 1) for (const id of ['b', 'c']) quarantine.keep(refused(id, [n]))
    await expect.poll(firsts, WAIT).toEqual(['b 2', 'c 2', 'b 3', 'c 3'])
    quarantine.keep(refused('a', new Uint8Array(1_000)))
    await expect.poll(async () => (await quarantine.list()).at(-1)?.bytes, WAIT).toBe(1_000)
    const last = (await quarantine.list()).at(-1)
    expect((await quarantine.read(last?.id ?? '')).update.length).toBe(10)
    // What was there before a restart counts as well.
    const again = await logs.open({ quarantineUpdates: 2 })
    again.quarantine.keep(refused('b', [9]))
    await expect.poll(async () => (await again.quarantine.list()).length, WAIT).toBe(2)
  })

  it('[GA15] keeps so many bytes of a document and in all', async () => {
    const { log, quarantine } = await logs.open({ quarantineBytes: 3_000, quarantineBytesOfDocument: 2_500 })
    for (const id of ['a', 'b']) await log.create(id, { title: '' })
    const held = async (): Promise<string> =>
      (await quarantine.list()).map(({ documentId }) => documentId).join('')
    for (let n = 0; n < 4; n += 1) quarantine.keep(refused('a', new Uint8Array(1_000)))
    await expect.poll(held, WAIT).toBe('aa')
    for (let n = 0; n < 2; n += 1) quarantine.keep(refused('b', new Uint8Array(1_000)))
    await expect.poll(held, WAIT).toBe('bb')
  })

  it('[GA15] goes with its document', async () => {
    const { log, quarantine, removed } = await logs.open({ quarantineUpdates: 2 })
    for (const id of ['doc', 'other']) await log.create(id, { title: '' })
    // What is gone would be the newest, and keep the other one out.
    for (const id of ['other', 'doc']) quarantine.keep(refused(id))
    await expect.poll(async () => (await quarantine.list()).length, WAIT).toBe(2)
    await log.delete('doc', 'ada')
    await removed()
    expect((await quarantine.list()).map(({ documentId }) => documentId)).toEqual(['other'])
    const kept = async (): Promise<string[]> => (await quarantine.list()).map(({ documentId }) => documentId)
    // There is room again, and nothing is kept of a document that is not there.
    quarantine.keep(refused('other'))
    await expect.poll(kept, WAIT).toEqual(['other', 'other'])
    const [, last] = await quarantine.list()
    quarantine.keep(refused('doc'))
    quarantine.keep(refused('other'))
    await expect.poll(async () => (await quarantine.list())[0]?.id, WAIT).toBe(last?.id)
    expect(await kept()).toEqual(['other', 'other'])
  })

  it('[GA15] drops one, those of a document, those before a moment, and all', async () => {
    const { log, quarantine } = await logs.open()
    for (const id of ['a', 'b']) await log.create(id, { title: '' })
    for (const id of ['a', 'a', 'b', 'b']) quarantine.keep(refused(id))
    await expect.poll(async () => (await quarantine.list()).length, WAIT).toBe(4)
    const [first] = await quarantine.list()
    expect(await quarantine.drop({ id: first?.id })).toBe(1)
    expect(await quarantine.drop({ id: first?.id })).toBe(0)
    expect(await quarantine.drop({ documentId: 'a' })).toBe(1)
    expect(await quarantine.drop({ before: first?.at ?? 0 })).toBe(0)
    expect(await quarantine.drop({ before: Number.NaN })).toBe(0)
    expect(await quarantine.drop({ before: Date.now() + 60_000 })).toBe(2)
    quarantine.keep(refused('a'))
    await expect.poll(async () => (await quarantine.list()).length, WAIT).toBe(1)
    expect(await quarantine.drop({})).toBe(1)
    expect(await quarantine.list()).toEqual([])
  })

  it('[GA15] passes over a row that is damaged, which everything that is dropped takes along', async () => {
    const rows: Uint8Array[] = []
    const { log, quarantine } = await logs.open({}, async (path) => {
      const database = await openDatabase(path)
      const spied: Database = {
        view: (read) => database.view(read),
        close: () => database.close(),
        write: (operations) => {
          const changed = operations.map((operation) => {
            if (operation.type === 'del' || operation.key[0] !== kind.quarantine) return operation
            rows.push(operation.key)
            if (rows.length > 1) return operation
            const value = operation.value.slice()
            value[value.length - 1] = (value[value.length - 1] ?? 0) ^ 1
            return { ...operation, value }
          })
          return database.write(changed)
        },
      }
      return spied
    })
    await log.create('doc', { title: '' })
    for (let n = 0; n < 2; n += 1) quarantine.keep(refused('doc'))
    await expect.poll(() => rows.length, WAIT).toBe(2)
    await expect.poll(async () => (await quarantine.list()).length, WAIT).toBe(1)
    expect(await quarantine.drop({})).toBe(2)
  })

  it('[GA15] is never in the way of an edit, and not written when the disk is nearly full', async () => {
    const { log, quarantine } = await logs.open({
      reopenBytes: Number.MAX_SAFE_INTEGER,
      waitingQuarantine: 1,
    })
    await log.create('doc', { title: '' })
    for (let n = 0; n < 100; n += 1) quarantine.keep(refused('doc', new Uint8Array(1_000)))
    await log.append('doc', [{ offset: 1, update: Uint8Array.of(0, 0) }])
    expect((await log.find('doc'))?.head).toBe(1)
    await logs.close()
    const again = await logs.open()
    expect(await again.quarantine.list()).toEqual([])
  })
})
