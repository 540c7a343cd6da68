import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const script = fileURLToPath(new URL('with-pnpm.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'cometpad-pnpm-'))

/** Stands in for npx and pnpm: says how it was called, and waits to be told to end when its last word is "wait". */
const STAND_IN = `#!/bin/sh
echo "$(basename "$0") $*"
case "$*" in
  *wait) exec node -e "
    process.on('SIGTERM', () => { console.log('ended'); process.exit(3) })
    setTimeout(() => {}, 10000)
    console.log('waiting')" ;;
  *fail) exit 7 ;;
esac
`

beforeAll(() => {
  for (const name of ['npx', 'pnpm']) {
    writeFileSync(join(folder, name), STAND_IN)
    chmodSync(join(folder, name), 0o755)
  }
})

afterAll(() => rmSync(folder, { recursive: true }))

interface Outcome {
  readonly code: number | null
  readonly output: string
}

async function run(
  words: readonly string[],
  options: { agent?: string; flags?: readonly string[]; stopAt?: string } = {},
): Promise<Outcome> {
  const PATH = `${folder}:${dirname(process.execPath)}:/usr/bin:/bin`
  const env = { PATH, npm_config_user_agent: options.agent ?? 'npm/11.0.0 node/v20.19.0 linux x64' }
  const child = spawn(process.execPath, [...(options.flags ?? []), script, ...words], { env })
  let output = ''
  const take = (chunk: Buffer): void => {
    output += chunk.toString()
    if (options.stopAt !== undefined && output.includes(options.stopAt)) child.kill('SIGTERM')
  }
  child.stdout.on('data', take)
  child.stderr.on('data', take)
  await once(child, 'close')
  return { code: child.exitCode, output }
}

test('npm alone is enough: the pinned pnpm is fetched by npx, which asks no question', async () => {
  expect(await run(['up', '--port', '0'])).toEqual({
    code: 0,
    output: 'npx --yes pnpm@12.21.0 run up --port 0\n',
  })
})

test('a pnpm that started it is used, unless it is too old for this workspace', async () => {
  const newer = await run(['up'], { agent: 'pnpm/12.21.0 npm/? node/v20.19.0 linux x64' })
  expect(newer.output).toBe('pnpm run up\n')
  const older = await run(['up'], { agent: 'pnpm/8.15.9 npm/? node/v20.19.0 linux x64' })
  expect(older.output).toBe('npx --yes pnpm@12.21.0 run up\n')
})

test('the exit code is that of the script', async () => {
  expect((await run(['fail'])).code).toBe(7)
})

test('a signal reaches what was started, and its end is waited for', async () => {
  const { code, output } = await run(['wait'], { stopAt: 'waiting' })
  expect(output).toContain('ended')
  expect(code).toBe(3)
})

test('when the shell of npm is ended, what was started ends too', async () => {
  const env = { PATH: `${folder}:${dirname(process.execPath)}:/usr/bin:/bin`, npm_lifecycle_event: 'start' }
  const shell = spawn('sh', ['-c', `"${process.execPath}" "${script}" wait; true`], { env })
  let output = ''
  shell.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    if (output.includes('waiting')) shell.kill('SIGTERM')
  })
  // The pipe closes when nobody holds it any more.
  await once(shell, 'close')
  expect(output).toContain('ended')
})

test('an old Node is told what is needed', async () => {
  const pretend = "Object.defineProperty(process.versions, 'node', { value: '20.18.3' })"
  const flags = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`]
  const { code, output } = await run(['up'], { flags })
  expect(output).toBe('Cometpad needs Node 20.19 or newer; this is 20.18.3.\n')
  expect(code).toBe(1)
})

test('to say no script is a mistake', async () => {
  expect((await run([])).code).toBe(64)
})
