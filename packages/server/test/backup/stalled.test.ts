import { expect, test } from 'vitest'
import { levelLogs } from '../storage/opened-log.ts'
import { watchedDatabase } from '../storage/folders.ts'

const WAIT_MS = 60_000

const logs = levelLogs()

test(
  '[DU11] a backup whose reader has stopped reading ends when the store breaks, and does not keep it from coming back',
  async () => {
    let isBroken = false
    const { log, backup } = await logs.open(
      { reopenMs: 5 },
      watchedDatabase(() => {
        if (isBroken) throw new Error('No space left on device')
      }),
    )
    await log.create('a', { title: 'kept' })
    let chunks = 0
    const ended = backup({ kind: 'backup' }, () => {
      chunks += 1
      // Nobody takes it, ever.
      return new Promise(() => {})
    })
    const told = expect(ended).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect.poll(() => chunks, { timeout: WAIT_MS }).toBe(1)
    isBroken = true
    await expect(log.setTitle('a', 'refused')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    isBroken = false
    await told
    await expect.poll(() => log.isWritable, { timeout: WAIT_MS }).toBe(true)
    await log.setTitle('a', 'written')
    expect(await log.find('a')).toMatchObject({ title: 'written' })
  },
  WAIT_MS * 2,
)
