import { FRAMES_TYPE } from '@cometpad/shared'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Answering, get } from './asking.ts'
import { Service } from './service.ts'

let service: Service
beforeEach(async () => {
  service = await Service.start()
})
afterEach(() => service.close())

it('[HT15] a request whose client has gone while its rights were looked at is not held', async () => {
  await service.table.log.create('doc', { title: '' })
  let found = (): void => undefined
  service.lookingAtRights = new Promise((resolve) => (found = resolve))
  const asks: readonly (readonly [string, Record<string, string>])[] = [
    ['?live=stream', { accept: FRAMES_TYPE }],
    ['?live=long-poll', { accept: FRAMES_TYPE }],
    ['?offset=-1&live=sse', {}],
    ['?offset=now&live=long-poll', {}],
  ]
  const asking = asks.map(
    ([query, headers]) => new Answering(service.port, 'GET', `/v1/yjs/docs/doc${query}`, headers),
  )
  for (const { begun } of asking) begun.catch(() => undefined)
  await expect.poll(() => service.answers.length).toBe(asks.length)
  for (const one of asking) one.leave()
  await expect.poll(() => service.answers.every((answer) => answer.destroyed)).toBe(true)
  found()
  // Who comes after them is answered after them.
  expect((await get(service.port).whole).status).toBe(200)
  await service.table.turn()
  expect(service.readers).toBe(0)
})
