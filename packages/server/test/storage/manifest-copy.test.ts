/** A MANIFEST that cannot be read is written anew from its copy, and never from one that may say less than it did. */
import { cp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { crc32c } from '../../src/storage/crc32c.ts'
import { DATABASE_FOLDER, openLevelLog } from '../../src/storage/index.ts'
import { MANIFEST_COPY_FILE, readManifestCopy } from '../../src/storage/manifest-copy.ts'
import { NumberWriter, faultOf } from '../faults/numbers.ts'
import { Reports, memoryFolder } from './folders.ts'

const NUMBERS = 3

let made: Awaited<ReturnType<typeof memoryFolder>>
let folder: string
let remove: () => Promise<void>

/** As a stop in peace leaves it, and as a crash does; and the copy of the opening before. */
const whole = (): string => join(made.folder, 'whole')
const crashed = (): string => join(made.folder, 'crashed')
let older: Buffer

beforeAll(async () => {
  made = await memoryFolder()
  for (let session = 1; session <= 3; session += 1) {
    const opened = await openLevelLog({ folder: whole(), report: new Reports() })
    const writer = new NumberWriter(opened.log, 'a')
    await writer.open()
    for (let n = 0; n < NUMBERS; n += 1) await writer.write()
    if (session === 3) await cp(whole(), crashed(), { recursive: true })
    await opened.close()
    if (session === 2) older = await readFile(join(whole(), MANIFEST_COPY_FILE))
  }
  // The process that holds the folder did not die in truth.
  await rm(join(crashed(), 'owner'))
})

afterAll(() => made.remove())

beforeEach(async () => {
  ;({ folder, remove } = await memoryFolder())
})

afterEach(() => remove())

async function take(from: string): Promise<string> {
  await rm(folder, { recursive: true })
  await cp(from, folder, { recursive: true })
  const path = join(folder, DATABASE_FOLDER)
  return join(path, (await readdir(path)).find((name) => name.startsWith('MANIFEST-')) ?? expect.fail())
}

async function expectAll(how: string): Promise<string> {
  const reports = new Reports()
  const opened = await openLevelLog({ folder, report: reports })
  try {
    expect(await faultOf(opened.log, 'a', 3 * NUMBERS), how).toBeUndefined()
  } finally {
    await opened.close()
  }
  return reports.all.map(({ what }) => what).join(' ')
}

async function expectRefused(how: string): Promise<void> {
  const before = await readdir(join(folder, DATABASE_FOLDER))
  await expect(openLevelLog({ folder, report: new Reports() }), how).rejects.toMatchObject({
    code: 'DATA_DAMAGED',
  })
  expect(await readdir(join(folder, DATABASE_FOLDER)), how).toEqual(before)
}

const harms: Record<string, (manifest: string) => Promise<void>> = {
  zeroed: async (manifest) => {
    const bytes = await readFile(manifest)
    await writeFile(manifest, bytes.fill(0, 0, Math.floor(bytes.length / 2)))
  },
  emptied: (manifest) => truncate(manifest, 0),
  halved: async (manifest) => truncate(manifest, Math.floor((await readFile(manifest)).length / 2)),
  deleted: (manifest) => rm(manifest),
  'deleted with CURRENT': async (manifest) => {
    await rm(manifest)
    await rm(join(folder, DATABASE_FOLDER, 'CURRENT'))
  },
}

it.each(Object.keys(harms))(
  '[DU14] a MANIFEST that is %s is written anew, and no document is harmed',
  async (how) => {
    for (const from of [whole(), crashed()]) {
      await harms[how]?.(await take(from))
      expect(await expectAll(`${how} in ${from}`)).toMatch(/was written anew from its copy.*Copies are in/)
      expect(await expectAll('once more')).not.toContain('MANIFEST')
    }
  },
)

it('[DU14] what was appended after the copy counts as well', async () => {
  const manifest = await take(crashed())
  const copy = (await readManifestCopy(folder)) ?? expect.fail()
  const bytes = await readFile(manifest)
  expect(copy.bytes).toEqual(new Uint8Array(bytes))
  // A copy from when the file was shorter: the first record of it.
  const first = 7 + bytes.readUInt16LE(4)
  const file = await readFile(join(folder, MANIFEST_COPY_FILE))
  const shorter = file.subarray(0, file.length - (bytes.length - first))
  shorter.writeUInt32BE(crc32c(shorter.subarray(8)), 4)
  await writeFile(join(folder, MANIFEST_COPY_FILE), shorter)
  await writeFile(manifest, bytes.fill(0, 0, first))
  await expectAll('a shorter copy')
})

it('[DU14] without a copy that is known to be all of it the folder is refused, and not changed', async () => {
  const copy = (bytes: Uint8Array) => writeFile(join(folder, MANIFEST_COPY_FILE), bytes)
  for (const from of [whole(), crashed()]) {
    const name = from === whole() ? 'after a stop' : 'after a crash'
    await harms['zeroed']?.(await take(from))
    await rm(join(folder, MANIFEST_COPY_FILE))
    await expectRefused(`${name}, no copy`)
    await harms['zeroed']?.(await take(from))
    await copy(older)
    await expectRefused(`${name}, the copy of an older opening`)
    await harms['zeroed']?.(await take(from))
    const bytes = await readFile(join(folder, MANIFEST_COPY_FILE))
    await copy(bytes.fill(7, 40, 41))
    await expectRefused(`${name}, a damaged copy`)
    if (from === whole()) {
      await harms['zeroed']?.(await take(from))
      await copy(await readFile(join(crashed(), MANIFEST_COPY_FILE)))
      await expectRefused(`${name}, a copy from before the stop`)
    }
    // The tables and logs that the older one names are gone, as are the files that led to the newer one.
    await harms['deleted with CURRENT']?.(await take(from))
    await copy(older)
    await expectRefused(`${name}, the copy of an older opening alone`)
  }
})
