import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AccessRecord } from '../../src/core/ports.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { kind } from '../../src/storage/keys.ts'
import { DATABASE_FOLDER } from '../../src/storage/index.ts'
import { levelLogs } from './opened-log.ts'

const logs = levelLogs()
const record: AccessRecord = {
  people: [{ subject: 'eve', role: 'none', changedBy: 'ada', changedAt: 5 }],
  links: [{ linkId: 'l', role: 'viewer', secretHash: 'h', createdBy: 'ada', createdAt: 5, expiresAt: 9 }],
  trail: [{ at: 5, by: 'ada', what: 'role set', about: 'eve', role: 'none' }],
}

describe('the access to documents on LevelDB', () => {
  it('[RV1, RV6] is there after a restart, and goes with its document, but for who has deleted it', async () => {
    const { log, access } = await logs.open()
    await expect(access.write('doc', record)).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' })
    await log.create('doc', { title: '' })
    expect(await access.read('doc')).toBeUndefined()
    await access.write('doc', record)
    const again = await logs.open()
    expect(await again.access.read('doc')).toEqual(record)
    expect(await again.access.read('other')).toBeUndefined()
    await again.log.delete('doc', 'ada')
    const deleted = { at: expect.any(Number) as number, by: 'ada', what: 'deleted' }
    const left = { people: [], links: [], trail: [deleted] }
    expect(await again.access.read('doc')).toEqual(left)
    await again.log.create('doc', { title: '' })
    expect(await again.access.read('doc')).toEqual(left)
  })

  it('[LG7] is never guessed when its row is wrong', async () => {
    const { log, access } = await logs.open()
    for (const documentId of ['doc', 'other']) {
      await log.create(documentId, { title: '' })
      await access.write(documentId, record)
    }
    await logs.close()
    const database = await openDatabase(join(logs.folder, DATABASE_FOLDER))
    const range = { gte: new Uint8Array([kind.access]), lt: new Uint8Array([kind.access + 1]), limit: 1 }
    let key = new Uint8Array()
    await database.view((view) =>
      view.scan(range, (row) => {
        key = new Uint8Array(row.key)
        return false
      }),
    )
    await database.write([{ type: 'put', key, value: new Uint8Array([1, 0, 0, 0, 0, 0, 2, 123, 125]) }])
    await database.close()
    const again = await logs.open()
    const reads = ['doc', 'other'].map((id) =>
      again.access.read(id).catch(({ code }: { code: string }) => code),
    )
    const found = await Promise.all(reads)
    expect(found).toHaveLength(2)
    expect(found).toContainEqual(record)
    expect(found).toContain('DOCUMENT_DAMAGED')
  })
})
