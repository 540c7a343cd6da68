// A gate that lets everything through looks like one with nothing to stop. So violations are planted in a copy of the
// tree, and every gate has to find its own.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const copy = mkdtempSync(join(tmpdir(), 'cometpad-gates-'))
const SKIPPED = new Set(['.git', 'dist', 'data', 'coverage', 'test-results', '.vite'])
const MINUTE = 60_000
// Compilers and linters read the whole tree, and others may use the machine as well.
vi.setConfig({ testTimeout: 2 * MINUTE, hookTimeout: 2 * MINUTE })

beforeAll(() => {
  for (const name of readdirSync(root)) {
    if (name === 'node_modules' || SKIPPED.has(name)) continue
    // The links of a package's node_modules are relative and lead into the copy.
    cpSync(join(root, name), join(copy, name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !SKIPPED.has(basename(path)) && !path.endsWith('.tsbuildinfo'),
    })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
})

afterAll(() => rmSync(copy, { recursive: true }))

function plant(path: string, source: string): string {
  mkdirSync(dirname(join(copy, path)), { recursive: true })
  writeFileSync(join(copy, path), source)
  return path
}

function run(command: string, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin', command), args, {
    cwd: copy,
    encoding: 'utf8',
    timeout: 2 * MINUTE,
  })
  return { status, output: stdout + stderr }
}

describe('the linter', () => {
  const promise = 'async function f(): Promise<void> {}\nexport function g(): void {\n  f()\n}\n'
  const violations: readonly (readonly [what: string, path: string, source: string, finding: string])[] = [
    ['a promise that nobody awaits', 'packages/server/src/http/planted.ts', promise, 'no-floating-promises'],
    ['the same in a test', 'packages/server/test/planted.test.ts', promise, 'no-floating-promises'],
    ['an explicit any', 'packages/editor/src/planted.ts', 'export const a: any = 1\n', 'no-explicit-any'],
    ['a default export', 'packages/editor/src/planted-default.ts', 'export default 1\n', 'no-default-export'],
    [
      'the time in the core',
      'packages/server/src/core/planted.ts',
      'export const t = Date.now()\n',
      "'Date'",
    ],
    ['a timer in the provider', 'packages/provider/src/planted.ts', 'setTimeout(f, 1)\n', "'setTimeout'"],
    [
      'chance in shared',
      'packages/shared/src/planted.ts',
      'export const r = Math.random()\n',
      "'Math.random'",
    ],
    ['a global of the page', 'packages/provider/src/planted-page.ts', 'document.title = ""\n', "'document'"],
  ]
  let lint = { status: null as number | null, output: '' }

  beforeAll(() => {
    const paths = violations.map(([, path, source]) => plant(path, source))
    lint = run('oxlint', '--type-aware', '--deny-warnings', '--format=unix', ...paths)
    for (const path of paths) rmSync(join(copy, path))
  })

  test.each(violations)('finds %s', (_what, path, _source, finding) => {
    const found = lint.output.split('\n').filter((line) => line.includes(`${path}:`))
    expect(found.join('\n')).toContain(finding)
  })

  test('fails as a whole', () => {
    expect(lint.status).not.toBe(0)
  })
})

describe('the import graph', () => {
  const violations: readonly (readonly [rule: string, path: string, imported: string])[] = [
    ['core-is-pure', 'packages/server/src/core/planted-framework.ts', 'fastify'],
    ['core-is-pure', 'packages/server/src/core/planted-node.ts', 'node:fs/promises'],
    ['core-is-pure', 'packages/server/src/core/planted-yjs.ts', 'yjs'],
    ['core-is-pure', 'packages/server/src/core/planted-storage.ts', '../storage/index.ts'],
    ['http-knows-only-the-core', 'packages/server/src/http/planted.ts', '../storage/index.ts'],
    ['storage-knows-only-the-core', 'packages/server/src/storage/planted.ts', '../http/origin.ts'],
    ['transports-knows-only-the-core', 'packages/server/src/transports/planted.ts', '../storage/index.ts'],
    ['adapters-use-ports', 'packages/server/src/transports/planted-inside.ts', '../core/rooms.ts'],
    [
      'only-content-knows-the-binding',
      'packages/server/src/http/planted-binding.ts',
      '../../../binding/src/index.ts',
    ],
    ['shared-is-pure', 'packages/shared/src/planted.ts', 'yjs'],
    ['shared-is-pure', 'packages/shared/src/planted-node.ts', 'node:crypto'],
    ['no-foreign-inside', 'packages/editor/src/planted-inside.ts', '../../provider/src/outbox.ts'],
    [
      'no-react-below-the-editor',
      'packages/provider/src/planted-react.ts',
      '../../editor/node_modules/react',
    ],
    ['provider-needs-no-editor', 'packages/provider/src/planted.ts', '../../editor/src/index.ts'],
    ['binding-needs-no-connection', 'packages/binding/src/planted.ts', '../../provider/src/index.ts'],
    ['editor-knows-no-app', 'packages/editor/src/planted-app.ts', '../app/src/main.ts'],
    ['editor-knows-no-server', 'packages/editor/src/planted-server.ts', '../../server/src/index.ts'],
    ['browser-code-names-no-node', 'packages/provider/src/planted-node.ts', 'node:net'],
    ['only-public-doors', 'e2e/planted.ts', '../packages/server/src/core/room.ts'],
    ['no-cycles', 'packages/server/src/planted-cycle-a.ts', './planted-cycle-b.ts'],
    ['nothing-unresolved', 'packages/server/src/planted-nowhere.ts', './there-is-no-such-file.ts'],
    ['not-to-tests', 'packages/shared/src/planted-test.ts', './roles.test.ts'],
  ]
  let graph = { status: null as number | null, output: '' }

  beforeAll(() => {
    for (const [, path, imported] of violations) plant(path, `import '${imported}'\n`)
    plant('packages/server/src/planted-cycle-b.ts', "import './planted-cycle-a.ts'\n")
    graph = run('depcruise', 'packages', 'e2e', '--config', '.dependency-cruiser.cjs')
    for (const [, path] of violations) rmSync(join(copy, path))
    rmSync(join(copy, 'packages/server/src/planted-cycle-b.ts'))
  })

  test.each(violations)('%s is broken by %s', (rule, path) => {
    const found = graph.output.split('\n').filter((line) => line.includes(path))
    expect(found.join('\n')).toContain(`error ${rule}: ${path}`)
  })

  test('is not empty, and fails as a whole', () => {
    expect(Number(/(\d+) modules/.exec(graph.output)?.[1])).toBeGreaterThan(150)
    expect(graph.status).not.toBe(0)
  })
})

describe('the other gates', () => {
  test('the core does not compile with a timer in it', () => {
    const path = plant(
      'packages/server/src/core/planted.ts',
      'export const t = setTimeout(() => undefined, 1)\n',
    )
    const { status, output } = run('tsc', '-p', 'packages/server/src/core')
    rmSync(join(copy, path))
    expect(output).toContain("Cannot find name 'setTimeout'")
    expect(status).not.toBe(0)
  })

  test('tests are type-checked too', () => {
    const path = plant('packages/shared/test/planted.ts', "export const n: number = 'one'\n")
    const { status, output } = run('tsc', '-p', 'tsconfig.tests.json')
    rmSync(join(copy, path))
    expect(output).toContain('packages/shared/test/planted.ts')
    expect(status).not.toBe(0)
  })

  test('the formatter finds another form', () => {
    const path = plant('packages/shared/src/planted.ts', 'export const a = "a";\n')
    const { status, output } = run('oxfmt', '--check', path)
    rmSync(join(copy, path))
    expect(output).toContain(path)
    expect(status).not.toBe(0)
  })

  test('a file that nobody imports, an export that nobody uses and a package that nobody lists are found', () => {
    plant('packages/provider/src/planted-alone.ts', 'export const alone = 1\n')
    plant('packages/provider/src/planted-export.ts', 'export const used = 1\nexport const spare = 2\n')
    const index = join(copy, 'packages/provider/src/index.ts')
    const source = readFileSync(index, 'utf8')
    writeFileSync(
      index,
      `${source}import 'left-out-package'\nimport { used } from './planted-export.ts'\nvoid used\n`,
    )
    const { status, output } = run('knip')
    writeFileSync(index, source)
    for (const name of ['planted-alone', 'planted-export'])
      rmSync(join(copy, `packages/provider/src/${name}.ts`))
    expect(output).toMatch(/planted-alone\.ts/)
    expect(output).toMatch(/spare .*planted-export\.ts/)
    expect(output).toMatch(/left-out-package/)
    expect(status).not.toBe(0)
  })
})
