/**
 * Our own lock on a data folder, beside LevelDB's: that one is a file which somebody may delete, and then a second process
 * opens the same database. Ours is a name in the kernel (Linux) and a record of the owner that is read again and again.
 * Nobody who does not get it writes a byte. Knows nothing of LevelDB but the file that it locks.
 */
import { randomBytes } from 'node:crypto'
import { readFile, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { CometpadError } from '@cometpad/shared'

export const OWNER_FILE = 'owner'
/** Made with the database, and never removed by it. */
const LEVEL_LOCK = 'leveldb/LOCK'
const LEVEL_CURRENT = 'leveldb/CURRENT'

/** The record is touched this often; who finds a foreign one watches it for a little longer than twice that. */
const BEAT_MS = 1_000
const WATCH_MS = 2_500

/** Who holds a folder, as told to others. */
interface Owner {
  readonly token: string
  readonly pid: number
  /** When the process began, as the kernel counts: another one may have its number. */
  readonly started: string
  readonly host: string
  /** This run of the kernel, and the space in which `pid` counts. */
  readonly machine: string
}

/** Tokens of this process: its own record is no sign of another one. */
const held = new Set<string>()

export class FolderLock {
  readonly #path: string
  readonly #token: string
  readonly #name: Server | undefined
  /** LevelDB's lock file as it was when the database was opened. */
  #watched: { readonly path: string; readonly inode: number } | undefined

  private constructor(path: string, token: string, name: Server | undefined) {
    this.#path = path
    this.#token = token
    this.#name = name
  }

  /** Rejects with DATA_LOCKED. */
  static async take(folder: string): Promise<FolderLock> {
    const path = join(folder, OWNER_FILE)
    const name = await takeName(folder, path)
    try {
      const record = (await readOwner(path)) ?? (await returnedOwner(folder))
      if (record !== undefined && (await isAlive(record, path))) throw locked(folder, record)
      const token = randomBytes(16).toString('hex')
      await rm(path, { force: true })
      await writeFile(path, JSON.stringify(await ownRecord(token)), { flag: 'wx' })
      held.add(token)
      return new FolderLock(path, token, name)
    } catch (cause) {
      name?.close()
      const isRace = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST'
      throw isRace ? locked(folder, undefined) : cause
    }
  }

  /** From now on another file in the place of this one means that somebody else has opened the database. */
  async watch(path: string): Promise<void> {
    const found = await stat(path).catch(() => undefined)
    this.#watched = found && { path, inode: found.ino }
  }

  /** Shows that the owner lives, and sees whether it still is the owner. To be called about once a second. */
  async beat(now: Date): Promise<boolean> {
    const record = await readOwner(this.#path)
    if (record === undefined) {
      // Deleted by hand. The name in the kernel is still ours.
      await writeFile(this.#path, JSON.stringify(await ownRecord(this.#token)), { flag: 'wx' })
    } else if (record.token !== this.#token) return false
    if (this.#watched !== undefined) {
      const lock = await stat(this.#watched.path).catch(() => undefined)
      if (lock !== undefined && lock.ino !== this.#watched.inode) return false
    }
    await utimes(this.#path, now, now)
    return true
  }

  /** Shows that the owner lives for as long as the work takes, which may be minutes. Whoever writes afterwards asks `beat` first. */
  async holding<T>(work: () => Promise<T>): Promise<T> {
    // What fails here fails again when it is asked.
    const beats = setInterval(() => void this.beat(new Date()).catch(() => undefined), BEAT_MS)
    try {
      return await work()
    } finally {
      clearInterval(beats)
    }
  }

  /** Idempotent. */
  async release(): Promise<void> {
    held.delete(this.#token)
    const record = await readOwner(this.#path)
    if (record?.token === this.#token) await rm(this.#path, { force: true })
    const name = this.#name
    if (name?.listening === true) await new Promise((resolve) => name.close(resolve))
  }
}

/** A name that the kernel gives to one process at a time and takes back when it dies. Follows the folder, not its path. */
async function takeName(folder: string, path: string): Promise<Server | undefined> {
  if (process.platform !== 'linux') return undefined
  const { dev, ino } = await stat(folder)
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ path: `\0cometpad-${dev}-${ino}`, exclusive: true }, resolve)
    })
  } catch (cause) {
    const isTaken = cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE'
    if (isTaken) throw locked(folder, await readOwner(path))
    throw cause
  }
  server.unref()
  return server
}

async function isAlive(owner: Owner, path: string): Promise<boolean> {
  if (held.has(owner.token)) return true
  const here = await ownRecord('')
  if (owner.machine === here.machine)
    return owner.pid !== process.pid && (await startOf(owner.pid)) === owner.started
  // On a host of that name the kernel has begun anew since then, or it is another container: only the latter can beat.
  const before = await mtimeOf(path)
  const deadline = Date.now() + WATCH_MS
  while (Date.now() < deadline) {
    await after(BEAT_MS / 4)
    if ((await mtimeOf(path)) !== before) return true
  }
  return false
}

/**
 * Where both lock files were deleted by hand only the name in the kernel is left, and that is not seen from another
 * container: an owner that lives puts its record there again. Undefined: nobody did, or there was no reason to wait.
 */
async function returnedOwner(folder: string): Promise<Owner | undefined> {
  const isThere = async (name: string): Promise<boolean> =>
    (await stat(join(folder, name)).catch(() => undefined)) !== undefined
  if (!(await isThere(LEVEL_CURRENT)) || (await isThere(LEVEL_LOCK))) return undefined
  const deadline = Date.now() + WATCH_MS
  while (Date.now() < deadline) {
    await after(BEAT_MS / 4)
    const record = await readOwner(join(folder, OWNER_FILE))
    if (record !== undefined) return record
  }
  return undefined
}

async function ownRecord(token: string): Promise<Owner> {
  const { pid } = process
  return { token, pid, started: (await startOf(pid)) ?? '', host: hostname(), machine: await machine() }
}

async function machine(): Promise<string> {
  if (process.platform !== 'linux') return hostname()
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8')
  return `${boot.trim()} ${await readlink('/proc/self/ns/pid')}`
}

/** Undefined: there is no such process. Where the kernel does not tell when it began, '' stands for any time. */
async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
    // After the name in brackets; field 22 of the whole line.
    return line?.slice(line.lastIndexOf(')') + 2).split(' ')[19]
  }
  try {
    process.kill(pid, 0)
    return ''
  } catch (cause) {
    return cause instanceof Error && 'code' in cause && cause.code === 'EPERM' ? '' : undefined
  }
}

/** What cannot be read as a record was cut while it was written, by somebody who then died. */
async function readOwner(path: string): Promise<Owner | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return isOwner(value) ? value : undefined
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw cause
  }
}

function isOwner(value: unknown): value is Owner {
  if (typeof value !== 'object' || value === null) return false
  const { token, pid, started, host, machine: where } = value as Record<keyof Owner, unknown>
  return [token, started, host, where].every((text) => typeof text === 'string') && Number.isInteger(pid)
}

async function mtimeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.mtimeMs ?? 0
}

function locked(folder: string, owner: Owner | undefined): CometpadError {
  const who = owner === undefined ? '' : ` by process ${owner.pid} on ${owner.host}`
  return new CometpadError('DATA_LOCKED', { detail: `${folder} is in use${who}.` })
}
