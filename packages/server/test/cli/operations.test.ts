import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CometpadProvider, browserEnvironment } from '@cometpad/provider'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import * as Y from 'yjs'
import { commands } from '../../src/cli/commands.ts'
import { runCommandLine } from '../../src/cli/run.ts'
import { contentsOf, textOfUpdate } from '../backup/stores.ts'
import { ServerProcess } from '../server-process.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const TSX = import.meta.resolve('tsx')

let folder = ''
let server: ServerProcess
const at = (name: string): string => join(folder, name)

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cometpad-cli-'))
  server = new ServerProcess(at('data'))
  await server.start()
}, 180_000)

afterEach(async () => {
  await server.kill()
  await rm(folder, { recursive: true })
})

function wordsOf(line: string): string[] {
  return Array.from(line.matchAll(/"([^"]*)"|(\S+)/g), ([, quoted, plain]) => quoted ?? plain ?? '').slice(1)
}

/** The command as somebody types it in the folder. */
async function spawned(line: string): Promise<{ code: number | null; out: string; err: string }> {
  const args = ['--conditions', '@cometpad/source', '--import', TSX, MAIN, ...wordsOf(line)]
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

async function here(line: string): Promise<{ code: number; out: string; err: string }> {
  const before = process.cwd()
  process.chdir(folder)
  try {
    return await run(...wordsOf(line))
  } finally {
    process.chdir(before)
  }
}

/** The same without a process of its own. */
async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = ''
  let err = ''
  const code = await runCommandLine(argv, {
    env: {},
    print: (text) => (out += `${text}\n`),
    tell: (text) => (err += text),
    isWatched: false,
  })
  return { code, out, err }
}

async function write(documentId: string, text: string): Promise<void> {
  const doc = new Y.Doc()
  const provider = new CometpadProvider({
    server: server.url,
    documentId,
    doc,
    awareness: null,
    environment: browserEnvironment(WebSocket),
  })
  await expect.poll(() => provider.synced, { timeout: 60_000 }).toBe(true)
  doc.getText('t').insert(doc.getText('t').length, text)
  await expect.poll(() => provider.unsavedChanges, { timeout: 60_000 }).toBe(0)
  provider.destroy()
}

async function commandsInDocs(): Promise<string[]> {
  const page = await readFile(new URL('../../../../docs/operations.md', import.meta.url), 'utf8')
  return Array.from(page.matchAll(/```sh\n(.*?)```/gs), ([, block = '']) => block)
    .flatMap((block) => block.trim().split('\n'))
    .filter((line) => line.startsWith('cometpad '))
}

describe('docs/operations.md', () => {
  it('[CM4] has commands that all work beside a server that runs, one after the other', async () => {
    const lines = await commandsInDocs()
    for (const { name } of commands)
      if (name !== 'serve')
        expect(
          lines.some((line) => line.startsWith(`cometpad ${name} `) || line === `cometpad ${name}`),
          name,
        ).toBe(true)
    await write('minutes', 'of monday')
    for (const [index, line] of lines.entries()) {
      // One as a process of its own; the others need not wait for one.
      const { code, out, err } = index === 0 ? await spawned(line) : await here(line)
      expect({ line, code, err }).toEqual({ line, code: 0, err: '' })
      expect(out.trim().length, line).toBeGreaterThan(0)
      // Between the two backups somebody writes on.
      if (line === 'cometpad backup monday.cpb') await write('minutes', ' and tuesday')
    }
    expect(await textOfUpdate(folder, 'minutes.yjs')).toBe('of monday and tuesday')
    await server.stop()
    const contents = await contentsOf(at('data'))
    expect(contents).toMatchObject({
      minutes: { text: 'of monday and tuesday' },
      'minutes-of-monday': { text: 'of monday' },
      'copy-of-minutes': { text: 'of monday and tuesday', title: 'A copy' },
    })
    expect(await contentsOf(at('restored'))).toMatchObject({ minutes: { text: 'of monday and tuesday' } })
  }, 120_000)
})

describe('a command', () => {
  it('[CM4] gives the same with a server as without one', async () => {
    await write('one', 'text of one')
    const data = ['--data', at('data')]
    const live = await run('backup', at('live.cpb'), ...data)
    await run('export', at('live.yjs'), '--document', 'one', '--yjs', ...data)
    await server.stop()
    const alone = await run('backup', at('alone.cpb'), ...data)
    await run('export', at('alone.yjs'), '--document', 'one', '--yjs', ...data)
    expect([live.code, alone.code, live.err, alone.err]).toEqual([0, 0, '', ''])
    expect(await readFile(at('live.yjs'))).toEqual(await readFile(at('alone.yjs')))
    await run('restore', at('live.cpb'), '--data', at('a'))
    await run('restore', at('alone.cpb'), '--data', at('b'))
    expect(await contentsOf(at('a'))).toEqual(await contentsOf(at('b')))
    expect(await run('verify', ...data)).toMatchObject({ code: 0 })
  }, 180_000)

  it('[GN1] moves whoever is in a document over when it is restored', async () => {
    await write('one', 'first')
    const data = ['--data', at('data')]
    await run('backup', at('full.cpb'), ...data)
    await write('one', ' second')
    const provider = new CometpadProvider({
      server: server.url,
      documentId: 'one',
      doc: new Y.Doc(),
      awareness: null,
      environment: browserEnvironment(WebSocket),
    })
    await expect.poll(() => provider.synced, { timeout: 60_000 }).toBe(true)
    const reset = new Promise<unknown>((resolve) => provider.on('reset', resolve))
    const restored = await run('restore', at('full.cpb'), '--document', 'one', '--json', ...data)
    expect(restored).toMatchObject({ code: 0, err: '' })
    await reset
    provider.destroy()
    await write('one', ' third')
    await server.stop()
    expect(await contentsOf(at('data'))).toMatchObject({ one: { text: 'first third', head: 4 } })
  }, 180_000)

  it('[CM2] says in one line what is wrong, and writes nothing', async () => {
    await write('one', 'text')
    const data = ['--data', at('data')]
    await run('backup', at('full.cpb'), ...data)
    await writeFile(at('cut.cpb'), (await readFile(at('full.cpb'))).subarray(0, 200))
    await writeFile(at('text.txt'), 'no backup')
    const cases: [string[], number, RegExp][] = [
      [['backup'], 64, /Say one FILE/],
      [['backup', at('x'), '--sinse', 'y'], 64, /Unknown option '--sinse'/],
      [['backup', at('full.cpb'), ...data], 73, /is there already/],
      [['backup', at('no/where.cpb'), ...data], 66, /no such file/],
      [['backup', at('x'), '--data', at('nowhere')], 74, /no store/],
      [['restore', at('cut.cpb'), '--data', at('new')], 65, /cut\.cpb: It ends too early/],
      [['restore', at('text.txt'), '--data', at('new')], 65, /not a Cometpad backup/],
      [['restore', at('gone.cpb'), '--data', at('new')], 66, /no such file/],
      [['restore', at('full.cpb'), ...data], 73, /not empty/],
      [['restore', at('full.cpb'), '--document', 'two', ...data], 1, /"two" is not in the backup/],
      [['verify', at('cut.cpb')], 65, /ends too early/],
      [['import', at('full.cpb'), ...data], 73, /"one" is there already/],
      [['import', at('text.txt'), ...data], 64, /Is it a Yjs update/],
      [['import', at('text.txt'), '--document', 'two', ...data], 1, /not a valid Yjs update/],
      [['export', at('x'), '--yjs', ...data], 64, /say --document/],
      [['export', at('x'), '--document', 'two', ...data], 1, /no such document/],
      [['doctor', '--data', at('nowhere')], 3, /^$/],
    ]
    for (const [argv, expected, why] of cases) {
      const { code, err } = await run(...argv)
      expect({ argv, code }).toEqual({ argv, code: expected })
      expect(err.replace(/^cometpad: /, '').trimEnd(), argv.join(' ')).toMatch(why)
      expect(err.split('\n').length, argv.join(' ')).toBeLessThanOrEqual(2)
    }
    const files = readdirSync(folder).toSorted()
    expect(files).toEqual(['cut.cpb', 'data', 'full.cpb', 'text.txt'])
  }, 180_000)

  it('[CM2] says that the server cannot be reached when it holds the folder and does not answer', async () => {
    await writeFile(at('data/control.json'), JSON.stringify({ port: 1, secret: 'x' }))
    const { code, err } = await run('verify', '--data', at('data'))
    expect(code).toBe(68)
    expect(err).toMatch(/does not answer/)
  })

  it('[CM4] is refused at the control port without the secret of the folder', async () => {
    const { port } = JSON.parse(await readFile(at('data/control.json'), 'utf8'))
    for (const authorization of [undefined, 'Bearer ', `Bearer ${'0'.repeat(64)}`]) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
      const answer = await fetch(`http://127.0.0.1:${port}/documents`, { headers })
      expect(answer.status).toBe(401)
    }
    expect(statSync(at('data/control.json')).mode & 0o777).toBe(0o600)
    await server.stop()
    expect(existsSync(at('data/control.json'))).toBe(false)
  })
})

describe('progress', () => {
  it('[CM5] is drawn for whoever watches, and taken away; --quiet and --json draw none', async () => {
    await write('one', 'text')
    const drawn = async (...flags: string[]): Promise<string> => {
      let err = ''
      const argv = ['verify', '--data', at('data'), ...flags]
      const tell = (text: string) => (err += text)
      expect(await runCommandLine(argv, { env: {}, print: () => {}, tell, isWatched: true })).toBe(0)
      return err
    }
    expect(await drawn()).toBe('\rVerifying  1 document\u001B[K\r\u001B[K')
    expect([await drawn('--quiet'), await drawn('--json')]).toEqual(['', ''])
    expect(JSON.parse((await run('verify', '--json', '--data', at('data'))).out)).toEqual({
      documents: 1,
      damaged: [],
    })
  })
})
