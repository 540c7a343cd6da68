import {
  chmod,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DataFolder } from '../../src/storage/data-folder.ts'
import type { DataFolderOptions, OpenedFolder } from '../../src/storage/data-folder.ts'
import { openDatabase } from '../../src/storage/database.ts'
import type { Database } from '../../src/storage/database.ts'
import { networkFileSystem } from '../../src/storage/file-system.ts'
import { FORMAT_VERSION, encodeCounter } from '../../src/storage/global-rows.ts'
import { hexOf } from '../../src/storage/head-row.ts'
import { globalKey, globalRow } from '../../src/storage/keys.ts'
import { seal } from '../../src/storage/envelope.ts'
import { temporaryFolder } from './folders.ts'

let folder: string
let remove: () => Promise<void>

beforeEach(async () => {
  ;({ folder, remove } = await temporaryFolder())
  notices = []
})

afterEach(() => remove())

/** What the operator is told although the store is opened. */
let notices: string[] = []

class Opening {
  readonly #folder: DataFolder
  readonly database: Database
  readonly counter: number

  private constructor(dataFolder: DataFolder, { database, counter }: OpenedFolder) {
    this.#folder = dataFolder
    this.database = database
    this.counter = counter
  }

  static async make(path: string, options: Partial<DataFolderOptions> = {}): Promise<Opening> {
    const noticed = (what: string) => void notices.push(what)
    const dataFolder = await DataFolder.take({ folder: path, noticed, ...options })
    try {
      return new Opening(dataFolder, await dataFolder.open())
    } catch (cause) {
      await dataFolder.release()
      throw cause
    }
  }

  beat(acknowledged: number): Promise<boolean> {
    return this.#folder.beat(acknowledged)
  }

  /** In peace, or as a crash leaves it: LevelDB is closed either way, because this process lives on. */
  async close(acknowledged?: number): Promise<void> {
    await this.database.close()
    await this.#folder.release(acknowledged)
  }
}

async function refusal(path = folder, options: Partial<DataFolderOptions> = {}): Promise<unknown> {
  try {
    await (await Opening.make(path, options)).close()
    return undefined
  } catch (error) {
    return error
  }
}

describe('the data folder', () => {
  it('is made when it is missing, and found again', async () => {
    const path = join(folder, 'deep', 'down')
    expect(await refusal(path)).toBeUndefined()
    expect(await refusal(path)).toBeUndefined()
    const files = ['high-water', 'ledger', 'leveldb', 'manifest-copy', 'table-notes']
    expect(await readdir(path)).toEqual(files)
  })

  it('remembers the number of the newest batch', async () => {
    const first = await Opening.make(folder)
    expect(first.counter).toBe(0)
    await first.database.write([encodeCounter(41)])
    await first.close()
    const second = await Opening.make(folder)
    expect(second.counter).toBe(41)
    await second.close()
  })

  it('is refused while another one uses it', async () => {
    const first = await Opening.make(folder)
    expect(await refusal()).toMatchObject({ code: 'DATA_LOCKED', message: expect.stringContaining(folder) })
    await first.close()
    expect(await refusal()).toBeUndefined()
  })

  it('[DU7] is refused while another one uses it, also when its locks were deleted by hand', async () => {
    const first = await Opening.make(folder)
    await rm(join(folder, 'leveldb', 'LOCK'))
    await rm(join(folder, 'owner'))
    const before = await readdir(join(folder, 'leveldb'))
    expect(await refusal()).toMatchObject({ code: 'DATA_LOCKED' })
    expect(await readdir(join(folder, 'leveldb'))).toEqual(before)
    // The owner puts its record there again.
    expect(await first.beat(0)).toBe(true)
    expect(await readdir(folder)).toContain('owner')
    await first.close()
    expect(await readdir(folder)).not.toContain('owner')
  })

  it('[DU7] is given up by its owner when somebody else has taken it', async () => {
    const first = await Opening.make(folder)
    const record = join(folder, 'owner')
    await writeFile(record, (await readFile(record, 'utf8')).replace(/"token":"../, '"token":"zz'))
    expect(await first.beat(0)).toBe(false)
    await first.close()
    const second = await Opening.make(folder)
    const lock = join(folder, 'leveldb', 'LOCK')
    await writeFile(`${lock}.other`, '')
    await rename(`${lock}.other`, lock)
    expect(await second.beat(0)).toBe(false)
    await second.close()
  })

  it('is taken over from an owner that is dead, and from a record that was cut', async () => {
    const record = join(folder, 'owner')
    for (const text of [
      '{"token":"00","pi',
      await recordOf({ pid: 2 ** 22 + 1 }),
      await recordOf({ started: '1' }),
    ]) {
      await writeFile(record, text)
      expect(await refusal()).toBeUndefined()
    }
  })

  it('is taken over from an owner on another machine only when that shows no sign of life', async () => {
    const record = join(folder, 'owner')
    await writeFile(record, await recordOf({ machine: 'elsewhere' }))
    const beats = setInterval(() => void utimes(record, new Date(), new Date()), 300)
    expect(await refusal()).toMatchObject({ code: 'DATA_LOCKED' })
    clearInterval(beats)
    expect(await refusal()).toBeUndefined()
  }, 180_000)

  it('[DU7] is held while its files are read for as long as that takes', async () => {
    const record = join(folder, 'owner')
    const long = new Date(0)
    const opening = await Opening.make(folder, {
      openDatabase: async (path) => {
        await utimes(record, long, long)
        await expect.poll(async () => (await stat(record)).mtimeMs, { timeout: 60_000 }).toBeGreaterThan(0)
        return openDatabase(path)
      },
    })
    await opening.close()
  }, 180_000)

  it('[DU7] is left alone when somebody else has taken it while its files were read', async () => {
    await (await Opening.make(folder)).close()
    const dataFolder = await DataFolder.take({ folder, noticed: () => undefined })
    const record = join(folder, 'owner')
    await writeFile(record, (await readFile(record, 'utf8')).replace(/"token":"../, '"token":"zz'))
    const before = await readdir(join(folder, 'leveldb'))
    await expect(dataFolder.open()).rejects.toMatchObject({ code: 'DATA_LOCKED' })
    expect(await readdir(join(folder, 'leveldb'))).toEqual(before)
    await dataFolder.release()
  })

  async function recordOf(change: Record<string, unknown>): Promise<string> {
    const opening = await Opening.make(folder)
    const record: unknown = JSON.parse(await readFile(join(folder, 'owner'), 'utf8'))
    await opening.close()
    return JSON.stringify({ ...(record as object), token: 'another', ...change })
  }

  it('[DU8] is refused on a file system of another machine, unless the settings say otherwise', async () => {
    const nfs = { typeOf: async () => 0x6969, mounts: async () => '' }
    expect(await networkFileSystem(folder, nfs)).toBe('NFS')
    const mounts = async () => `/dev/vda / ext4 rw 0 0\nhost:/x ${folder}/my\\040share fuse.sshfs rw 0 0\n`
    const fuse = { typeOf: async () => 0x65735546, mounts }
    await mkdir(join(folder, 'my share', 'deep'), { recursive: true })
    expect(await networkFileSystem(join(folder, 'my share', 'deep'), fuse)).toBe('fuse.sshfs')
    expect(await networkFileSystem(folder, fuse)).toBeUndefined()
    expect(await networkFileSystem(folder)).toBeUndefined()
  })

  it('is refused when a file stands in its place', async () => {
    const path = join(folder, 'file')
    await writeFile(path, 'x')
    expect(await refusal(path)).toMatchObject({
      code: 'DATA_UNUSABLE',
      message: expect.stringContaining(path),
    })
  })

  it.skipIf(process.getuid?.() === 0)('is refused when it may not be written', async () => {
    await chmod(folder, 0o500)
    expect(await refusal()).toMatchObject({ code: 'DATA_UNUSABLE' })
    await chmod(folder, 0o700)
  })

  it.each([0, FORMAT_VERSION + 1])(
    '[DU12] is refused when version %i of the format is in it, and keeps its rows',
    async (version) => {
      expect(await refusal()).toBeUndefined()
      const key = globalKey(globalRow.formatVersion)
      const value = seal(key, { payload: new Uint8Array([version]) })
      // Something that this version knows nothing of.
      const foreign = {
        type: 'put' as const,
        key: new Uint8Array([200, version]),
        value: new Uint8Array(100),
      }
      const database = await openDatabase(join(folder, 'leveldb'))
      await database.write([{ type: 'put', key, value }, foreign])
      const rows = await rowsIn(database)
      await database.close()
      const message = expect.stringContaining(`format version ${version}; this is version ${FORMAT_VERSION}`)
      for (let attempt = 0; attempt < 2; attempt += 1)
        expect(await refusal(folder, { acceptLoss: true })).toMatchObject({ code: 'DATA_DAMAGED', message })
      const again = await openDatabase(join(folder, 'leveldb'))
      expect(await rowsIn(again)).toEqual(rows)
      await again.close()
    },
  )

  async function rowsIn(database: Database): Promise<string[]> {
    const rows: string[] = []
    await database.view((view) =>
      view.scan({}, ({ key, value }) => rows.push(`${hexOf(key)} ${hexOf(value)}`) > 0),
    )
    return rows
  }

  it('is refused when its first rows are damaged, lost, or were never there', async () => {
    expect(await refusal()).toBeUndefined()
    const key = globalKey(globalRow.batchCounter)
    for (const operation of [
      { type: 'put' as const, key, value: new Uint8Array([1, 2, 3, 4, 5, 6, 7]) },
      { type: 'del' as const, key },
    ]) {
      const database = await openDatabase(join(folder, 'leveldb'))
      await database.write([operation])
      await database.close()
      expect(await refusal()).toMatchObject({ code: 'DATA_DAMAGED' })
    }
    const foreign = join(folder, 'foreign')
    const database = await openDatabase(join(foreign, 'leveldb'))
    await database.write([{ type: 'put', key: new Uint8Array([65]), value: new Uint8Array([66]) }])
    await database.close()
    expect(await refusal(foreign)).toMatchObject({ code: 'DATA_DAMAGED' })
  })

  it('is refused when LevelDB would begin anew over tables that are there', async () => {
    await mkdir(join(folder, 'leveldb'))
    await writeFile(join(folder, 'leveldb', '000005.ldb'), 'x')
    expect(await refusal()).toMatchObject({
      code: 'DATA_DAMAGED',
      message: expect.stringContaining('CURRENT'),
    })
    expect(await readdir(join(folder, 'leveldb'))).toEqual(['000005.ldb'])
  })

  it.each(['missing', 'cut'])('is refused when its MANIFEST is %s, and the copy is gone', async (how) => {
    expect(await refusal()).toBeUndefined()
    await rm(join(folder, 'manifest-copy'))
    for (const file of await readdir(join(folder, 'leveldb'))) {
      if (!file.startsWith('MANIFEST')) continue
      if (how === 'missing') await rm(join(folder, 'leveldb', file))
      else await truncate(join(folder, 'leveldb', file), 10)
    }
    expect(await refusal()).toMatchObject({ code: 'DATA_DAMAGED' })
  })

  it('[DU4] is refused when acknowledged batches are missing, and opened without them when the settings say so', async () => {
    const first = await Opening.make(folder)
    await first.database.write([encodeCounter(40)])
    await first.close(41)
    const lost = { code: 'DATA_DAMAGED', message: expect.stringContaining('batches 41 to 41') }
    expect(await refusal()).toMatchObject(lost)
    // That it was refused changes nothing.
    expect(await refusal()).toMatchObject(lost)
    const second = await Opening.make(folder, { acceptLoss: true })
    expect(notices).toEqual([expect.stringContaining('Batches 41 to 41 are lost')])
    expect(second.counter).toBe(41)
    await second.database.write([encodeCounter(42)])
    await second.close(42)
    expect(await refusal()).toBeUndefined()
  })

  it('[DU4] is refused when its database is gone or begun anew', async () => {
    const first = await Opening.make(folder)
    await first.database.write([encodeCounter(3)])
    await first.close(3)
    await rename(join(folder, 'leveldb'), join(folder, 'away'))
    expect(await refusal()).toMatchObject({ code: 'DATA_DAMAGED' })
    await rm(join(folder, 'leveldb'), { recursive: true })
    await rename(join(folder, 'away'), join(folder, 'leveldb'))
    expect(await refusal()).toBeUndefined()
  })

  it('[DU4] takes what one torn write leaves of the high-water mark, and none at all, for what they are', async () => {
    const first = await Opening.make(folder)
    await first.database.write([encodeCounter(7)])
    await first.close(7)
    const path = join(folder, 'high-water')
    const whole = await readFile(path)
    for (const slot of [0, 4_096]) {
      await writeFile(
        path,
        whole.map((byte, at) => (at >= slot && at < slot + 28 ? byte ^ 0x55 : byte)),
      )
      expect(await refusal()).toBeUndefined()
    }
    expect(notices).toEqual([])
    await writeFile(path, '')
    expect(await refusal()).toBeUndefined()
    expect(notices).toEqual([expect.stringContaining('high-water cannot be read')])
    await rm(path)
    expect(await refusal()).toBeUndefined()
  })
})
