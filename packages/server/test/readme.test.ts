import { spawnSync } from 'node:child_process'
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { CometpadProvider } from '@cometpad/provider'
import { createServer, loadConfig } from '../src/index.ts'
import type { Server } from '../src/index.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
// Inside of the editor package, because from there all names in the README lead somewhere.
const folder = join(root, 'packages/editor/test/snippets-of-the-readme')

async function snippets(page: string): Promise<string[]> {
  const text = await readFile(join(root, page), 'utf8')
  return Array.from(text.matchAll(/```ts\n(.*?)```/gs), ([, code = '']) => code)
}

let server: Server
let url = ''
let data = ''

beforeAll(async () => {
  await mkdir(folder, { recursive: true })
  data = await mkdtemp(join(tmpdir(), 'cometpad-readme-'))
  const argv = ['--port', '0', '--data', data, '--log-level', 'silent']
  server = await createServer(loadConfig({ argv, env: {}, readFile: () => '' }))
  url = (await server.listen()).url
})

afterAll(async () => {
  await server.close()
  await rm(folder, { recursive: true })
  await rm(data, { recursive: true })
})

test('every snippet of the README compiles', async () => {
  const codes = await snippets('README.md')
  expect(codes.length).toBeGreaterThanOrEqual(2)
  for (const [index, code] of codes.entries())
    await writeFile(join(folder, `snippet-${index}.ts`), `${code}\nexport {}\n`)
  const tsconfig = { extends: '../../../../tsconfig.tests.json', include: ['*.ts'] }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  const tsc = join(root, 'node_modules/.bin/tsc')
  const { stdout, status } = spawnSync(tsc, ['-p', folder, '--noUnusedLocals', 'false'], { encoding: 'utf8' })
  expect(stdout).toBe('')
  expect(status).toBe(0)
})

test('the snippet for any Yjs application connects and saves', async () => {
  const code = (await snippets('README.md')).find((snippet) => snippet.includes('CometpadProvider'))
  if (code === undefined) throw new TypeError('The README has no snippet with the provider')
  const file = join(folder, 'running.mjs')
  await writeFile(
    file,
    `${code.replaceAll('http://127.0.0.1:4400', url.replace(/\/$/, ''))}\nexport { doc, provider }\n`,
  )
  const before = Object.getOwnPropertyDescriptor(globalThis, 'WebSocket')
  // Node 20 has no WebSocket of its own; a page has.
  Object.defineProperty(globalThis, 'WebSocket', { value: WebSocket, configurable: true, writable: true })
  try {
    const { provider, doc }: { provider: CometpadProvider; doc: CometpadProvider['doc'] } = await import(
      pathToFileURL(file).href
    )
    doc.getText('text').insert(0, 'hello')
    await new Promise<void>((resolve) =>
      provider.on('saved', ({ unsavedChanges }) => unsavedChanges === 0 && resolve()),
    )
    expect(provider.position).toBe(1)
    provider.destroy()
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'WebSocket')
    else Object.defineProperty(globalThis, 'WebSocket', before)
  }
})
