/**
 * A copy of LevelDB's MANIFEST beside it. LevelDB only ever appends to that file, and removes no table or log that the file names;
 * so what it said at any time is a whole store for as long as everything that it named is there. Knows no tables.
 */
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32c } from './crc32c.ts'
import { replaceFile } from './replace-file.ts'

export const MANIFEST_COPY_FILE = 'manifest-copy'
const MAGIC = 0x43504d46
/** magic(4) · checksum of what follows(4) · counter(8), all ones: not closed · length of the name(1) · name · bytes */
const HEADER = 8
const NOT_CLOSED = 0xffff_ffff_ffff_ffffn

export interface ManifestCopy {
  /** Its name. */
  readonly file: string
  /** What it began with. */
  readonly bytes: Uint8Array
  /** The store was closed in peace with this batch as its newest: the copy is all of it. */
  readonly closedAt: number | undefined
}

/** Undefined when there is none that is whole. */
export async function readManifestCopy(folder: string): Promise<ManifestCopy | undefined> {
  const copy = await readFile(join(folder, MANIFEST_COPY_FILE)).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return Buffer.alloc(0)
    throw cause
  })
  const isWhole = copy.length > HEADER + 9 && copy.readUInt32BE(0) === MAGIC
  if (!isWhole || copy.readUInt32BE(4) !== crc32c(copy.subarray(HEADER))) return undefined
  const counter = copy.readBigUInt64BE(HEADER)
  const nameAt = HEADER + 9
  const end = nameAt + copy.readUInt8(HEADER + 8)
  return {
    file: copy.toString('latin1', nameAt, end),
    bytes: new Uint8Array(copy.subarray(end)),
    closedAt: counter === NOT_CLOSED ? undefined : Number(counter),
  }
}

/** Keeps the copy of one opening of the database. */
export class ManifestKeeper {
  readonly #folder: string
  readonly #path: string
  #size = -1

  /** @param path of the MANIFEST */
  private constructor(folder: string, path: string) {
    this.#folder = folder
    this.#path = path
  }

  /** Undefined: the database is not LevelDB's. */
  static async begin(folder: string, databasePath: string): Promise<ManifestKeeper | undefined> {
    const current = await readFile(join(databasePath, 'CURRENT'), 'utf8').catch(() => '')
    if (!/^MANIFEST-\d+\n$/.test(current)) return undefined
    const keeper = new ManifestKeeper(folder, join(databasePath, current.trim()))
    await keeper.copy()
    return keeper
  }

  /**
   * Copies what is new. Durable when it resolves.
   * @param closedAt the newest batch, when the database was closed
   */
  async copy(closedAt?: number): Promise<void> {
    const { size } = await stat(this.#path)
    if (size === this.#size && closedAt === undefined) return
    const bytes = await readFile(this.#path)
    const name = this.#path.slice(this.#path.lastIndexOf('MANIFEST-'))
    const copy = Buffer.alloc(HEADER + 9 + name.length + bytes.length)
    copy.writeUInt32BE(MAGIC, 0)
    copy.writeBigUInt64BE(closedAt === undefined ? NOT_CLOSED : BigInt(closedAt), HEADER)
    copy.writeUInt8(name.length, HEADER + 8)
    copy.write(name, HEADER + 9, 'latin1')
    copy.set(bytes, HEADER + 9 + name.length)
    copy.writeUInt32BE(crc32c(copy.subarray(HEADER)), 4)
    await replaceFile(join(this.#folder, MANIFEST_COPY_FILE), copy)
    this.#size = bytes.length
  }
}
