import { readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CometpadError, limits } from '@cometpad/shared'
import { SeededRandom } from '@cometpad/shared/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AccessRecord } from '../../src/core/ports.ts'
import { BlockWriter, readBlocks } from '../../src/storage/backup/backup-blocks.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { FORMAT_VERSION } from '../../src/storage/global-rows.ts'
import {
  blocksOf,
  documentOfBackup,
  inspectChain,
  openLevelLog,
  restoreFolder,
  verifyBackup,
} from '../../src/storage/index.ts'
import { decodeKey } from '../../src/storage/keys.ts'
import { Reports, strayRowsIn, temporaryFolder } from '../storage/folders.ts'
import { TestStore, contentsOf, generationsOf, words } from './stores.ts'

let folder: string
let remove: () => Promise<void>
const at = (name: string): string => join(folder, name)

beforeEach(async () => {
  ;({ folder, remove } = await temporaryFolder())
})

afterEach(() => remove())

async function restore(files: readonly string[], target: string) {
  return restoreFolder({ files: files.map(at), folder: at(target), limits, by: 'operator' })
}

async function refusal(work: Promise<unknown>): Promise<CometpadError> {
  const outcome: unknown = await work.then(
    () => 'nothing was refused',
    (cause: unknown) => cause,
  )
  if (outcome instanceof CometpadError) return outcome
  throw new TypeError(`Not an error of ours: ${String(outcome)}`)
}

async function aStore(name = 'data'): Promise<TestStore> {
  const store = await TestStore.open(at(name))
  await store.write('a', words(40))
  await store.write('b/deep', words(200))
  await store.log.compact('b/deep')
  await store.write('b/deep', words(5, 'more '))
  await store.log.log.create('empty', { title: 'Nothing yet' })
  return store
}

describe('a backup', () => {
  it('[RV6] that is restored as a whole says so in the trail of every document', async () => {
    const store = await aStore()
    const at5 = { at: 5, by: 'ada', what: 'role set', about: 'eve', role: 'none' } as const
    const people = [{ subject: 'eve', role: 'none', changedBy: 'ada', changedAt: 5 }] as const
    await store.log.access.write('a', { people, links: [], trail: [at5] })
    await store.backup(at('full'))
    await store.close()
    await restore(['full'], 'new')
    const { access, close } = await openLevelLog({ folder: at('new'), report: new Reports() })
    const restored = { at: expect.any(Number) as number, by: 'operator', what: 'history replaced' }
    expect(await access.read('a')).toEqual({ people, links: [], trail: [at5, restored] })
    expect(await access.read('empty')).toEqual({ people: [], links: [], trail: [restored] })
    await close()
  })

  it('[BK1] restores to the same documents, with their offsets and titles', async () => {
    const store = await aStore()
    await store.backup(at('full'))
    await store.close()
    expect(await restore(['full'], 'new')).toEqual({ documents: 3, damaged: [] })
    const contents = await contentsOf(at('new'))
    expect(Object.keys(contents)).toEqual(['a', 'b/deep', 'empty'])
    expect(contents).toEqual(await contentsOf(at('data')))
    expect(contents['b/deep']).toMatchObject({ head: 205 })
  })

  it('[GN4] gives every document another generation, each time it is restored', async () => {
    const store = await aStore()
    await store.backup(at('full'))
    await store.close()
    await restore(['full'], 'new')
    await restore(['full'], 'other')
    const generations = await Promise.all(['data', 'new', 'other'].map((name) => generationsOf(at(name))))
    expect(new Set(generations.flat()).size).toBe(9)
  })

  it('[BK1] holds the store as it was when it began, whatever is written meanwhile', async () => {
    const store = await aStore()
    const chunks: Uint8Array[] = []
    await store.log.backup({ kind: 'backup' }, async (chunk) => {
      chunks.push(chunk)
      await store.write('a', ['late '])
      await store.write(`new-${chunks.length}`, ['late '])
      if (chunks.length === 2) await store.log.compact('a')
    })
    await store.close()
    await writeFile(at('full'), Buffer.concat(chunks))
    expect(chunks.length).toBeGreaterThan(3)
    await restore(['full'], 'new')
    const contents = await contentsOf(at('new'))
    expect(Object.keys(contents)).toEqual(['a', 'b/deep', 'empty'])
    expect(contents['a']).toMatchObject({ head: 40, text: words(40).join('') })
  })

  it('[BK1, RV1] carries the access to documents, also where it continues another one and a history is replaced', async () => {
    const said = (role: 'viewer' | 'none'): AccessRecord => ({
      people: [{ subject: 'eve', role, changedBy: 'ada', changedAt: 5 }],
      links: [],
      trail: [{ at: 5, by: 'ada', what: 'role set', about: 'eve', role }],
    })
    const store = await aStore()
    await store.log.access.write('a', said('viewer'))
    await store.log.access.write('empty', said('viewer'))
    await store.backup(at('full'))
    await store.log.access.write('a', said('none'))
    const replaced = await store.log.prepareReplacement('a', { updates: [] })
    await replaced()
    expect(await store.log.access.read('a')).toEqual(said('none'))
    await store.backup(at('second'), at('full'))
    await store.close()
    await restore(['full', 'second'], 'new')
    const restored = await openLevelLog({ folder: at('new'), report: new Reports() })
    const records = await Promise.all(['a', 'empty', 'b/deep'].map((id) => restored.access.read(id)))
    await restored.close()
    // What is new in the trails is the restore itself.
    const before = records.map((record) => record && { ...record, trail: record.trail.slice(0, -1) })
    expect(before).toEqual([said('none'), said('viewer'), { people: [], links: [], trail: [] }])
  })

  it('[BK3] continues another one: only what is new, whatever has happened to the documents', async () => {
    const store = await aStore()
    const files = ['full', 'second', 'third']
    await store.backup(at('full'))
    await store.write('a', words(3, 'x'))
    await store.write('fresh', words(3))
    await store.backup(at('second'), at('full'))
    await store.log.compact('a')
    const replaced = await store.log.prepareReplacement('fresh', { title: 'Other', updates: [] })
    await replaced()
    await store.log.log.setTitle('empty', 'Renamed')
    await store.backup(at('third'), at('second'))
    await store.close()
    const sizes = await Promise.all(files.map(async (file) => (await readFile(at(file))).length))
    expect(sizes[1]).toBeLessThan((sizes[0] ?? 0) / 3)
    await restore(files, 'new')
    const contents = await contentsOf(at('new'))
    expect(contents).toEqual(await contentsOf(at('data')))
    expect(contents).toMatchObject({ fresh: { title: 'Other', text: '' }, empty: { title: 'Renamed' } })
    await restore(['full', 'second'], 'before')
    expect(await contentsOf(at('before'))).toMatchObject({ fresh: { text: words(3).join('') } })
  })

  it('[BK3, LG11] a document that was deleted since is not in what is restored, and not made anew by opening it', async () => {
    const store = await aStore()
    // Names whose tombstones begin alike, and longer than those of most.
    const others = ['b/deep/and/far/below/one', 'b/deep/and/far/below/two', 'c']
    for (const id of others) await store.write(id, words(3))
    await store.backup(at('full'))
    for (const id of [...others, 'b/deep']) await store.log.log.delete(id, 'ada')
    await store.log.log.create('c', { title: 'Anew' })
    await store.backup(at('second'), at('full'))
    await store.log.log.create('b/deep/and/far/below/two', { title: 'Anew' })
    await store.backup(at('third'), at('second'))
    await store.close()
    for (const [files, gone] of [
      [
        ['full', 'second'],
        ['b/deep', ...others.slice(0, 2)],
      ],
      [
        ['full', 'second', 'third'],
        ['b/deep', ...others.slice(0, 1)],
      ],
    ] as const) {
      await restore([...files], files.join('-'))
      const opened = await openLevelLog({ folder: at(files.join('-')), report: new Reports() })
      for (const id of ['a', 'empty', ...others, 'b/deep'])
        expect([id, (await opened.log.find(id)) === undefined]).toEqual([id, gone.includes(id)])
      for (const id of gone) {
        const made = opened.log.create(id, { title: '', unlessDeleted: true })
        await expect(made).rejects.toMatchObject({ code: 'DOCUMENT_NOT_FOUND' })
      }
      expect(await opened.log.find('c')).toMatchObject({ title: 'Anew', head: 4 })
      await opened.removed()
      await opened.close()
      expect(await strayRowsIn(at(`${files.join('-')}/leveldb`))).toEqual([])
    }
  })

  it('[BK3] carries rows of other kinds again only when they have changed, and drops those that are gone', async () => {
    const store = await aStore()
    await store.close()
    // Of a kind that this version has no code for.
    const row = (seq: number, value: string) => ({
      key: Uint8Array.of(0x77, ...new Uint8Array(16).fill(7), ...new Uint8Array(7), seq),
      value: new TextEncoder().encode(value),
    })
    const change = async (
      ...operations: Parameters<Awaited<ReturnType<typeof openDatabase>>['write']>[0][]
    ) => {
      const database = await openDatabase(at('data/leveldb'))
      await database.write(operations.flat())
      await database.close()
    }
    const backUp = async (name: string, since?: string) => {
      const opened = await TestStore.open(at('data'))
      await opened.backup(at(name), since && at(since))
      await opened.close()
    }
    await change([
      { type: 'put', ...row(1, 'one') },
      { type: 'put', ...row(2, 'two') },
    ])
    await backUp('full')
    await backUp('same', 'full')
    await change([
      { type: 'del', key: row(1, '').key },
      { type: 'put', ...row(3, 'three') },
    ])
    await backUp('changed', 'same')
    const rowsIn = async (name: string) => {
      const values: string[] = []
      for await (const block of blocksOf(at(name)))
        if (block.type === 'rows')
          for (const { key, value } of block.rows)
            if (key[0] === 0x77) values.push(new TextDecoder().decode(value))
      return values
    }
    expect([await rowsIn('full'), await rowsIn('same'), await rowsIn('changed')]).toEqual([
      ['one', 'two'],
      [],
      ['two', 'three'],
    ])
    await restore(['full', 'same', 'changed'], 'new')
    const database = await openDatabase(at('new/leveldb'))
    const values = await database.view(async (view) => {
      const found: string[] = []
      await view.scan(
        { gte: Uint8Array.of(0x77) },
        ({ value }) => found.push(new TextDecoder().decode(value)) > 0,
      )
      return found
    })
    await database.close()
    expect(values).toEqual(['two', 'three'])
  })

  it('[BK6] takes a damaged document along as it is, names it, and holds the others whole', async () => {
    const store = await aStore()
    await store.close()
    const database = await openDatabase(at('data/leveldb'))
    await database.view(async (view) => {
      const entry = (await view.keys({})).find((key) => decodeKey(key)?.kind === 'entry')
      if (entry !== undefined) await database.write([{ type: 'del', key: entry }])
    })
    await database.close()
    const damagedStore = await TestStore.open(at('data'))
    await damagedStore.backup(at('full'))
    await damagedStore.close()
    const verified = await verifyBackup(blocksOf(at('full')))
    expect(verified.documents).toBe(3)
    expect(verified.damaged).toHaveLength(1)
    const [damaged] = verified.damaged
    expect(['a', 'b/deep']).toContain(damaged?.documentId)
    expect(await restore(['full'], 'new')).toEqual({ documents: 3, damaged: [damaged?.documentId] })
  })

  it('[BK6] brings a damaged document back into the store that it is damaged in', async () => {
    const store = await aStore()
    await store.backup(at('full'))
    await store.close()
    const database = await openDatabase(at('data/leveldb'))
    await database.view(async (view) => {
      const entries = (await view.keys({})).filter((key) => decodeKey(key)?.kind === 'entry')
      await database.write(entries.map((key) => ({ type: 'del', key })))
    })
    await database.close()
    const { log, status, prepareReplacement, close } = (await TestStore.open(at('data'))).log
    await expect(log.read('a', 0, Infinity)).rejects.toMatchObject({ code: 'DOCUMENT_DAMAGED' })
    expect(status().damaged.map(({ documentId }) => documentId)).toEqual(['a'])
    for (const documentId of ['a', 'b/deep']) {
      const chain = await inspectChain([at('full')])
      await (
        await prepareReplacement(documentId, await documentOfBackup(chain, documentId))
      )()
    }
    expect(status().damaged).toEqual([])
    await close()
    expect(await contentsOf(at('data'))).toMatchObject({
      a: { text: words(40).join(''), head: 41 },
      'b/deep': { text: [...words(200), ...words(5, 'more ')].join(''), head: 206 },
    })
  })
})

describe('a backup that cannot be used', () => {
  let whole: Uint8Array<ArrayBuffer>

  beforeEach(async () => {
    const store = await aStore()
    await store.backup(at('full'))
    await store.close()
    whole = new Uint8Array(await readFile(at('full')))
  })

  async function expectRefused(bytes: Uint8Array, why: RegExp, where: string): Promise<void> {
    await writeFile(at('bad'), bytes)
    const error = await refusal(restore(['bad'], 'new'))
    expect(error.code, where).toBe('BACKUP_UNUSABLE')
    expect(error.message, where).toMatch(why)
    expect(error.message, where).toContain(at('bad'))
    expect(
      (await readdir(folder)).filter((name) => name.startsWith('new')),
      where,
    ).toEqual([])
  }

  it('[BK2] because it was cut off anywhere, is refused, and nothing is written', async () => {
    const random = new SeededRandom(7)
    const cuts = [
      0,
      1,
      15,
      16,
      17,
      whole.length - 1,
      ...Array.from({ length: 60 }, () => random.below(whole.length)),
    ]
    for (const cut of cuts)
      await expectRefused(whole.subarray(0, cut), /ends too early|is not a Cometpad backup/, `cut at ${cut}`)
  })

  it('[BK2] because a bit of it was flipped, is refused, and nothing is written', async () => {
    const random = new SeededRandom(8)
    for (let round = 0; round < 150; round += 1) {
      const bytes = whole.slice()
      const position = random.below(bytes.length)
      bytes[position] = (bytes[position] ?? 0) ^ (1 << random.below(8))
      await expectRefused(
        bytes,
        /was changed|ends too early|not a Cometpad backup|wrong order|missing|cannot be read/,
        `byte ${position}`,
      )
    }
  })

  it('[BK2] because a block is missing or something follows its end, is refused', async () => {
    await expectRefused(new Uint8Array([...whole, 0]), /follows its end/, 'one byte more')
    const head = new DataView(whole.buffer, 16)
    const second = 16 + 9 + head.getUint32(1)
    const third = second + 9 + new DataView(whole.buffer, second).getUint32(1)
    const without = new Uint8Array([...whole.subarray(0, second), ...whole.subarray(third)])
    await expectRefused(without, /missing or were changed/, 'without its second block')
  })

  it.each([
    ['backup', { version: 2, store: FORMAT_VERSION }, /format version 2; this program reads version 1/],
    ['store', { version: 1, store: 99 }, /store of format version 99; this is version 2/],
  ])(
    '[BK2] because its %s is of another version, is refused with a sentence that says so',
    async (_, versions, why) => {
      const chunks: Uint8Array[] = []
      const writer = new BlockWriter(async (chunk) => void chunks.push(chunk))
      await writer.begin({ ...versions, id: 'x', base: null, kind: 'backup', counter: 1, createdAt: '' })
      await writer.end([], { documents: 0, damaged: [] })
      await expectRefused(Buffer.concat(chunks), why, 'another version')
    },
  )

  it('[BK2] because the one that it continues is not given, or another one is, is refused', async () => {
    const store = await TestStore.open(at('data'))
    await store.write('a', ['x'])
    await store.backup(at('next'), at('full'))
    await store.backup(at('last'), at('next'))
    await store.close()
    const cases: [string[], RegExp][] = [
      [['next'], /continues another backup/],
      [['full', 'last'], /does not continue full/],
      [['full', 'full'], /full backup, and stands behind/],
    ]
    for (const [files, why] of cases) {
      const error = await refusal(restore(files, 'new'))
      expect(error.code).toBe('BACKUP_UNUSABLE')
      expect(error.message).toMatch(why)
    }
    expect((await readdir(folder)).filter((name) => name.startsWith('new'))).toEqual([])
  })

  it('[BK4] is no reason to touch a folder that is not empty', async () => {
    await writeFile(at('full2'), whole)
    const before = await contentsOf(at('data'))
    expect((await refusal(restore(['full2'], 'data'))).code).toBe('TARGET_IN_USE')
    expect(await contentsOf(at('data'))).toEqual(before)
  })

  it('[BK2] reads the same blocks from chunks of any size', async () => {
    async function* inPieces(size: number): AsyncGenerator<Uint8Array> {
      for (let from = 0; from < whole.length; from += size) yield whole.subarray(from, from + size)
    }
    const read = async (size: number) => {
      const blocks: unknown[] = []
      for await (const block of readBlocks(inPieces(size))) blocks.push(block)
      return blocks
    }
    const blocks = await read(whole.length)
    expect(blocks.length).toBeGreaterThan(2)
    expect(await read(7)).toEqual(blocks)
    expect(await read(4096)).toEqual(blocks)
  })
})
