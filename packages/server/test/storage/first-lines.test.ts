import { expect, test } from 'vitest'
import * as Y from 'yjs'
import type { OpenedLog } from '../../src/storage/index.ts'
import { levelLogs } from './opened-log.ts'
import { makeOld } from './old-store.ts'

const WAIT = { timeout: 30_000, interval: 20 }
const LIMITS = { firstLineMs: 10 }
const logs = levelLogs()

/** A document whose text is this line. */
function updateOf(line: string): Uint8Array {
  const doc = new Y.Doc()
  doc.getText('flow').insertEmbed(0, new Y.Map())
  doc.getText('flow').insert(1, line)
  return Y.encodeStateAsUpdate(doc)
}

async function listed({ log }: OpenedLog): Promise<string | undefined> {
  return (await log.list({ limit: 10 })).documents[0]?.firstLine
}

test('[CO9] a while after an edit the list says how the text begins, and after a restart too', async () => {
  const opened = await logs.open(LIMITS)
  await opened.log.create('a', { title: '' })
  const { updatedAt } = (await opened.log.find('a')) ?? {}
  expect(await listed(opened)).toBeUndefined()
  await opened.log.append('a', [{ offset: 1, update: updateOf('Minutes') }])
  await expect.poll(() => listed(opened), WAIT).toBe('Minutes')
  expect((await opened.log.find('a'))?.updatedAt).toBeGreaterThanOrEqual(updatedAt ?? Infinity)
  expect(await listed(await logs.open())).toBe('Minutes')
  expect(logs.reports.all).toEqual([])
})

test('[CO9] a compaction finds it as well, and of a document of an older version it is found when it is listed', async () => {
  const opened = await logs.open({ firstLineMs: 600_000 })
  await opened.log.create('a', { title: '' })
  await opened.log.append('a', [{ offset: 1, update: updateOf('Minutes') }])
  await opened.compact('a')
  expect(await listed(opened)).toBe('Minutes')
  await logs.close()
  await makeOld(logs.folder)
  const again = await logs.open(LIMITS)
  await expect.poll(() => listed(again), WAIT).toBe('Minutes')
})
