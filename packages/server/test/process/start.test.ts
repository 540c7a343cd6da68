import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { errorTable } from '@cometpad/shared'
import type { ErrorCode } from '@cometpad/shared'
import { describe, expect, it, vi } from 'vitest'
import { settings } from '../../src/settings.ts'
import { Command } from './command.ts'
import type { Ending } from './command.ts'
import { servedCommands } from './served.ts'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const served = servedCommands()

function serve(words: readonly string[], env: Record<string, string> = {}): Command {
  return served.start(['serve', ...words], { env, cwd: served.folder })
}

/** One line that begins with the name of the command and ends as the table says; nothing else, and never a stack. */
function expectLine({ code, stdout, stderr }: Ending, error: ErrorCode, ...parts: readonly string[]): void {
  expect(stderr).toMatch(/^cometpad: [^\n]+\n$/)
  expect(stderr).toContain(errorTable[error].text)
  for (const part of parts) expect(stderr).toContain(part)
  expect(stderr).not.toMatch(/\bat .+:\d+|node:internal|Error:/)
  expect(stdout).toBe('')
  expect(code).toBe(errorTable[error].exit)
}

describe('cometpad', () => {
  it('says what it can do, and in which version', async () => {
    const [help, serveHelp, version] = await Promise.all([
      Command.run(['--help']),
      Command.run(['serve', '--help']),
      Command.run(['--version']),
    ])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toMatch(/^ *serve\b/m)
    expect(serveHelp).toMatchObject({ code: 0, stderr: '' })
    for (const { flag, variable, help: text } of Object.values(settings))
      for (const part of [`--${flag}`, variable, text]) expect(serveHelp.stdout).toContain(part)
    expect(version).toMatchObject({ code: 0, stderr: '' })
    expect(version.stdout).toMatch(/\d+\.\d+\.\d+/)
  })

  it('has threads enough that no commit waits behind many reads', async () => {
    // Elsewhere a process does not tell how many it has.
    if (process.platform !== 'linux') return
    const threads = async (env: Record<string, string>): Promise<number> => {
      const server = serve(['--port', '0', '--data', join(served.folder, 'threads')], env)
      await server.ready()
      const tasks = await readdir(`/proc/${server.pid}/task`)
      server.signal('SIGTERM')
      await server.ended
      return tasks.length
    }
    // The pool of Node by itself has four.
    expect(await threads({})).toBe((await threads({ UV_THREADPOOL_SIZE: '4' })) + 12)
  })

  it('tells in one line that it does not know a command', async () => {
    const { code, stdout, stderr } = await Command.run(['sevre'])
    expect(stderr).toMatch(/^cometpad: [^\n]*"sevre"[^\n]*\n$/)
    expect([code, stdout]).toEqual([64, ''])
  })
})

describe('cometpad serve', () => {
  it('obeys its flags before its environment, and that before its file', async () => {
    const file = join(served.folder, 'pad.json')
    // A port that it may not listen on, and a folder in which nothing may appear.
    await writeFile(
      file,
      JSON.stringify({ port: 1, data: join(served.folder, 'of-file'), logLevel: 'silent' }),
    )
    const server = serve(['--port', '0'], {
      COMETPAD_PORT: '1',
      COMETPAD_DATA: join(served.folder, 'of-env'),
      COMETPAD_CONFIG: file,
    })
    const url = await server.ready()
    expect(Number(new URL(url).port)).toBeGreaterThan(1)
    expect((await fetch(`${url}healthz`)).status).toBe(200)
    expect(existsSync(join(served.folder, 'of-env'))).toBe(true)
    expect(existsSync(join(served.folder, 'of-file'))).toBe(false)
    server.signal('SIGTERM')
    expect((await server.ended).stderr).toBe('')
  })

  it('keeps its documents in ./data and listens on this machine, when it is told nothing else', async () => {
    const server = serve(['--port', '0'])
    expect(await server.ready()).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    expect(existsSync(join(served.folder, 'data'))).toBe(true)
  })

  it('ends with one line at a wrong setting', async () => {
    expectLine(await serve(['--port', 'http']).ended, 'CONFIG_INVALID', '--port', '"http"', '0 to 65535')
  })

  it('ends with one line rather than let the whole network edit', async () => {
    expectLine(await serve(['--host', '0.0.0.0']).ended, 'CONFIG_INVALID', '"0.0.0.0"', '--allow-open')
  })

  it('ends with one line at a busy port, and leaves the folder free', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as AddressInfo
    const data = ['--data', join(served.folder, 'busy')]
    expectLine(
      await serve(['--port', String(port), '--log-level', 'error', ...data]).ended,
      'ADDRESS_UNAVAILABLE',
      `127.0.0.1:${port}`,
    )
    other.close()
    await expect(serve(['--port', '0', ...data]).ready()).resolves.toMatch(/^http/)
  })

  it('ends with one line when another process has the folder, which goes on', async () => {
    const words = ['--port', '0', '--data', join(served.folder, 'locked')]
    const first = serve(words)
    const url = await first.ready()
    expectLine(await serve(words).ended, 'DATA_LOCKED', 'locked')
    expect((await fetch(`${url}readyz`)).status).toBe(200)
  })

  const unusable: [string, (path: string) => Promise<void>][] = [
    ['that is a file', (path) => writeFile(path, '')],
    [
      'in which a file is in the way',
      async (path) => {
        await mkdir(path)
        await writeFile(join(path, 'leveldb'), '')
      },
    ],
  ]
  // Nothing is forbidden to root.
  if (process.getuid?.() !== 0)
    unusable.push([
      'that nobody may read',
      async (path) => {
        await mkdir(path)
        await chmod(path, 0)
      },
    ])

  it.each(unusable)('ends with one line at a folder %s', async (_what, spoil) => {
    const path = await mkdtemp(join(served.folder, 'unusable-'))
    const data = join(path, 'data')
    await spoil(data)
    expectLine(await serve(['--port', '0', '--data', data]).ended, 'DATA_UNUSABLE', data)
  })

  it('ends with one line at a damaged store, and changes nothing in it', async () => {
    const data = join(served.folder, 'damaged')
    const path = join(data, 'leveldb')
    await mkdir(path, { recursive: true })
    await writeFile(join(path, 'CURRENT'), 'MANIFEST-000001\n')
    await writeFile(join(path, 'MANIFEST-000001'), 'nonsense')
    // Without a table it could be a first start that was cut short, in which nothing was kept yet.
    await writeFile(join(path, '000005.ldb'), 'nonsense')
    expectLine(await serve(['--port', '0', '--data', data]).ended, 'DATA_DAMAGED', data)
    expect(await readFile(join(path, 'CURRENT'), 'utf8')).toBe('MANIFEST-000001\n')
    expect(await readFile(join(path, 'MANIFEST-000001'), 'utf8')).toBe('nonsense')
  })
})
