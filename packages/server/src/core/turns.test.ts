import { expect, it } from 'vitest'
import { Turns } from './turns.ts'

/** Work that ends when it is told to. */
function held() {
  const ends: (() => void)[] = []
  const work = (): Promise<void> => new Promise((resolve) => void ends.push(resolve))
  return { work, ends }
}

it('[CO4] one thing is written by one after the other, also after one that failed', async () => {
  const turns = new Turns({ each: 9, all: 9 })
  const order: string[] = []
  const failed = turns.take('a', async () => {
    order.push('first')
    throw new Error('no')
  })
  const second = turns.take('a', async () => void order.push('second'))
  await expect(failed).rejects.toThrow('no')
  await second
  expect(order).toEqual(['first', 'second'])
})

it('[CO7] who waits for one thing, and who waits for any, is refused beyond a bound, until one has ended', async () => {
  const turns = new Turns({ each: 2, all: 3 })
  const { work, ends } = held()
  const taken = [turns.take('a', work), turns.take('a', work)]
  await expect(turns.take('a', work)).rejects.toMatchObject({ code: 'OVERLOADED' })
  taken.push(turns.take('b', work))
  await expect(turns.take('c', work)).rejects.toMatchObject({ code: 'OVERLOADED' })
  await expect.poll(() => ends.length).toBe(2)
  ends.shift()?.()
  await taken[0]
  taken.push(turns.take('c', work))
  await expect(turns.take('d', work)).rejects.toMatchObject({ code: 'OVERLOADED' })
  for (let n = 0; n < 3; n += 1) {
    await expect.poll(() => ends.length).toBeGreaterThan(0)
    ends.shift()?.()
  }
  await Promise.all(taken)
})
