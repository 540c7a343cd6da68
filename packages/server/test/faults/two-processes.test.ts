import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { lstat, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FolderLock } from '../../src/storage/folder-lock.ts'
import { newcomersText, Typist, faultIn } from '../durability/typist.ts'
import { Command, buildCommand } from '../process/command.ts'

/** What an operator may have deleted because it "blocks the start". */
const LOCKS = ['leveldb/LOCK', 'owner']
const WAIT_MS = 30_000

const isLinux = process.platform === 'linux'
let folder = ''
let data = ''
let first: Command
let typist: Typist
let isMounted = false
const seconds: Command[] = []

beforeAll(async () => {
  if (!isLinux) return
  buildCommand()
  folder = await mkdtemp(join(tmpdir(), 'cometpad-two-'))
  data = join(folder, 'data')
  first = new Command(['serve', '--port', '0', '--data', data])
  typist = new Typist(new URL(await first.ready()).origin, 'two', 'ana', 'ws')
}, 180_000)

afterAll(async () => {
  if (!isLinux) return
  typist.leave()
  for (const command of [first, ...seconds]) {
    command.signal('SIGKILL')
    await command.ended
  }
  if (isMounted) spawnSync('umount', ['-l', join(folder, 'mounted')])
  await rm(folder, { recursive: true })
})

/** Every file and folder: its bytes, which file it is, and when it was last touched. */
async function everyByteOf(path: string): Promise<Record<string, string>> {
  const all: Record<string, string> = {}
  for (const name of ['', ...(await readdir(path, { recursive: true }))]) {
    const file = join(path, name)
    const found = await lstat(file)
    const { ino, size, mtimeMs, ctimeMs } = found
    const hash = found.isDirectory()
      ? ''
      : createHash('sha256')
          .update(await readFile(file))
          .digest('hex')
    all[name] = [ino, size, mtimeMs, ctimeMs, hash].join(' ')
  }
  return all
}

/** The first process does not run until `work` is done. Resolves when its last write is over. */
async function frozen<T>(work: () => Promise<T>): Promise<T> {
  first.signal('SIGSTOP')
  try {
    await expect.poll(statesOfFirst, { timeout: WAIT_MS, interval: 5 }).toEqual(new Set(['T']))
    return await work()
  } finally {
    first.signal('SIGCONT')
  }
}

async function statesOfFirst(): Promise<Set<string | undefined>> {
  const tasks = `/proc/${first.pid}/task`
  const lines = await Promise.all(
    (await readdir(tasks)).map((task) => readFile(join(tasks, task, 'stat'), 'utf8')),
  )
  // After the name in brackets.
  return new Set(lines.map((line) => line.slice(line.lastIndexOf(')') + 2).split(' ')[0]))
}

async function removeLocks(names: readonly string[]): Promise<void> {
  for (const name of names) await rm(join(data, name), { force: true })
}

async function expectRefused(path: string, through: readonly string[] = []): Promise<void> {
  const second = new Command(['serve', '--port', '0', '--data', path], { through })
  seconds.push(second)
  const isIn = second.ready().then(() => {
    throw new Error('The second process has the folder too')
  })
  const { code, stdout, stderr } = await Promise.race([second.ended, isIn])
  expect(stderr).toMatch(/^cometpad: [^\n]+ is in use[^\n]+Another process uses the data folder[^\n]+\n$/)
  expect([code, stdout]).toEqual([75, ''])
}

/** What the typist writes is saved as ever. */
async function expectAtWork(): Promise<void> {
  const { saved } = typist.told
  await expect.poll(() => typist.told.saved, { timeout: WAIT_MS }).toBeGreaterThan(saved + 3)
}

/** Other ways to the same folder; undefined where there is none. */
const ways: Readonly<Record<string, () => Promise<string | undefined>>> = {
  'a symbolic link': async () => {
    await symlink(data, join(folder, 'link'))
    return join(folder, 'link')
  },
  'a mount of the folder in another place': async () => {
    const place = join(folder, 'mounted')
    await mkdir(place)
    isMounted = spawnSync('mount', ['--bind', data, place]).status === 0
    return isMounted ? place : undefined
  },
}

test.skipIf(!isLinux).each(['LOCK', 'owner', 'LOCK and owner'])(
  '[DU7] a second process writes no byte after %s was deleted by hand, and the first works on',
  async (names) => {
    await expectAtWork()
    await frozen(async () => {
      await removeLocks(LOCKS.filter((lock) => names.includes(basename(lock))))
      const before = await everyByteOf(data)
      expect(Object.keys(before)).toEqual(expect.arrayContaining(['leveldb/CURRENT', 'high-water']))
      await expectRefused(data)
      expect(await everyByteOf(data)).toEqual(before)
    })
    await expectAtWork()
  },
  WAIT_MS * 4,
)

test.skipIf(!isLinux).for(Object.keys(ways))(
  '[DU7] a second process that comes by %s writes no byte, when all locks were deleted',
  { timeout: WAIT_MS * 4 },
  async (way, { skip }) => {
    const path = await ways[way]?.()
    if (path === undefined) return skip('A folder cannot be mounted here: that takes root.')
    await frozen(async () => {
      await removeLocks(LOCKS)
      const before = await everyByteOf(data)
      await expectRefused(path)
      expect(await everyByteOf(data)).toEqual(before)
    })
    await expectAtWork()
  },
)

// Where names in the kernel and numbers of processes are others, only the record of the owner tells that it lives.
const CONTAINER = ['unshare', '--net', '--pid', '--fork', '--mount-proc']

const [unshare = '', ...apart] = CONTAINER

test.skipIf(!isLinux || spawnSync(unshare, [...apart, 'true']).status !== 0)(
  '[DU7] a process in another container is refused too, when all locks were deleted, and the first works on',
  async () => {
    await removeLocks(LOCKS)
    await expectRefused(data, CONTAINER)
    await expectAtWork()
  },
  WAIT_MS * 4,
)

test(
  '[DU7] a folder whose locks were deleted is not written before it was watched whether an owner puts its record back',
  async () => {
    const place = await mkdtemp(join(tmpdir(), 'cometpad-owner-'))
    const at = (name: string): string => join(place, name)
    await mkdir(at('leveldb'))
    await writeFile(at('leveldb/CURRENT'), 'MANIFEST-000004\n')
    const record = { token: 'other', pid: 1, started: '1', host: 'other', machine: 'other' }
    const before = await everyByteOf(at('leveldb'))
    const beats = setInterval(() => void writeFile(at('owner'), JSON.stringify(record)), 300)
    await expect(FolderLock.take(place)).rejects.toMatchObject({ code: 'DATA_LOCKED' })
    clearInterval(beats)
    expect(await everyByteOf(at('leveldb'))).toEqual(before)
    expect(JSON.parse(await readFile(at('owner'), 'utf8'))).toEqual(record)
    expect(await readdir(place)).toEqual(['leveldb', 'owner'])
    await rm(place, { recursive: true })
  },
  WAIT_MS,
)

test.skipIf(!isLinux)(
  '[DU7] and nothing of what was saved meanwhile is missing',
  async () => {
    const url = new URL(await first.ready()).origin
    const { told } = typist
    expect(faultIn(await newcomersText(url, 'two', 'ws'), told)).toBeUndefined()
  },
  WAIT_MS,
)
