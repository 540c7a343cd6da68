import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { limits } from '@cometpad/shared'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { restoreFolder } from '../../src/storage/index.ts'
import { bundle } from '../bundle.ts'
import type { Bundle } from '../bundle.ts'
import { memoryFolder } from '../storage/folders.ts'
import { TestStore, contentsOf, words } from './stores.ts'

// The long form: TEST_CRASH_ROUNDS=100 pnpm exec vitest run packages/server/test/backup (docs/testing.md).
const ROUNDS = Number(process.env['TEST_CRASH_ROUNDS'] ?? 10)
let program: Bundle
let folder: string
let remove: () => Promise<void>
let before: Awaited<ReturnType<typeof contentsOf>>
const at = (name: string): string => join(folder, name)

beforeAll(async () => {
  ;({ folder, remove } = await memoryFolder())
  program = await bundle('test/backup/restore-program.ts')
  const store = await TestStore.open(at('data'))
  await store.write('a', words(120))
  await store.log.compact('a')
  await store.write('a', words(250, 'more '))
  await store.write('b', words(20))
  await store.backup(at('full'))
  await store.close()
  before = await contentsOf(at('data'))
}, 180_000)

afterAll(async () => {
  await program.remove()
  await remove()
})

/** True when it was killed at the place; false when it came to its end without passing there so often. */
async function dies(what: string, place: string, pass: number, args: readonly string[]): Promise<boolean> {
  const child = spawn(process.execPath, [program.file, what, place, String(pass), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  expect(errors).toBe('')
  expect(code === 0 || signal === 'SIGKILL').toBe(true)
  return signal === 'SIGKILL'
}

const rounds = Array.from({ length: ROUNDS }, (_, round) => round)

test.each(
  [
    'after-inspection',
    'after-batch',
    'after-generations',
    'after-rows',
    'before-rename',
    'after-rename',
  ].flatMap((place) => rounds.map((round) => [place, round] as const)),
)(
  '[BK4] a restore that is killed at %s leaves no folder or all of it, and can be begun anew (%i)',
  async (place, round) => {
    const name = `target-${place}-${round}`
    const target = at(name)
    expect(await dies('restore', `restore/${place}`, 1, [target, at('full')])).toBe(true)
    const isThere = (await readdir(folder)).includes(name)
    expect(isThere).toBe(place === 'after-rename')
    if (isThere) {
      expect(await contentsOf(target)).toEqual(before)
      await rm(target, { recursive: true })
    }
    await restoreFolder({ files: [at('full')], folder: target, limits, by: 'operator' })
    expect(await contentsOf(target)).toEqual(before)
    // Nothing is left of the one that was killed.
    expect((await readdir(folder)).toSorted()).toEqual(['data', 'full', name])
    await rm(target, { recursive: true })
  },
  60_000,
)

test.each(
  ['after-part', 'before-swap', 'after-swap', 'after-removal'].flatMap((place) =>
    rounds.map((round) => [place, round] as const),
  ),
)(
  '[BK5] a replacement that is killed at %s leaves the old history or the new one, and can be made again (%i)',
  async (place, round) => {
    const target = at(`replaced-${place}-${round}`)
    await cp(at('data'), target, { recursive: true })
    const pass = place === 'after-part' ? 1 + (round % 3) : 1
    expect(await dies('replace', `replace/${place}`, pass, [target])).toBe(true)
    const isNew = place === 'after-swap' || place === 'after-removal'
    const found = await contentsOf(target)
    expect(found['b']).toEqual(before['b'])
    if (!isNew) expect(found['a']).toEqual(before['a'])
    else expect(found['a']).toMatchObject({ title: 'Restored', text: 'restored '.repeat(100), head: 371 })
    // Once more over what the first one has left, and this time to its end.
    expect(await dies('replace', 'nowhere', 1, [target])).toBe(false)
    expect((await contentsOf(target))['a']).toMatchObject({
      title: 'Restored',
      text: 'restored '.repeat(100),
      head: isNew ? 372 : 371,
    })
    await rm(target, { recursive: true })
  },
  60_000,
)
