/** What pages load, as a bundler makes it: everything but React. The figures are promises of the product. */
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { build } from 'vite'

const EDITOR = fileURLToPath(new URL('../src/index.ts', import.meta.url))
const DOCTOR = fileURLToPath(new URL('../app/src/doctor/main.ts', import.meta.url))
/** Before the first word of a document can be seen. */
const MOST_BYTES = 190 * 1024
/** With what is loaded beside it or when somebody asks for it. */
const MOST_BYTES_IN_ALL = 200 * 1024
const MOST_BYTES_OF_DOCTOR = 12 * 1024

test('the editor is at most 190 KiB, minified and compressed, and 200 KiB with what is loaded later', async () => {
  const { bytes, laterBytes } = await bundle(EDITOR)
  process.stdout.write(`editor: ${kib(bytes)} of ${kib(MOST_BYTES)}, and ${kib(laterBytes)} later, gzip\n`)
  // Less than this is not an editor: something was left out.
  expect(bytes).toBeGreaterThan(50 * 1024)
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES)
  expect(bytes + laterBytes).toBeLessThanOrEqual(MOST_BYTES_IN_ALL)
}, 120_000)

test('[DC6] the doctor is at most 12 KiB, and has nothing of the editor, the provider or Yjs in it', async () => {
  const { bytes, modules } = await bundle(DOCTOR)
  expect(bytes).toBeGreaterThan(2 * 1024)
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES_OF_DOCTOR)
  const foreign = modules.filter(
    (path) => !/\/packages\/(editor\/app|shared\/src)\/|\/node_modules\/lib0\//.test(path),
  )
  expect(foreign).toEqual([])
}, 120_000)

interface Size {
  /** Of what the entry imports at once. */
  readonly bytes: number
  readonly laterBytes: number
  readonly modules: string[]
}

async function bundle(entry: string): Promise<Size> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    // Vitest runs in test mode; a page gets the production build of every library.
    mode: 'production',
    define: { 'process.env.NODE_ENV': '"production"' },
    resolve: {
      conditions: ['@cometpad/source', 'module', 'browser', 'production'],
      dedupe: ['yjs', 'lexical'],
    },
    build: {
      write: false,
      target: 'es2023',
      minify: true,
      modulePreload: false,
      rolldownOptions: {
        input: entry,
        preserveEntrySignatures: 'allow-extension',
        // What comes first is one file: else what later files share with it is parted from it, by hundreds of names.
        output: { codeSplitting: { groups: [{ name: 'first', tags: ['$initial'] }] } },
      },
    },
  })
  if (Array.isArray(result) || !('output' in result)) throw new TypeError('one bundle is expected')
  const chunks = result.output.flatMap((file) => (file.type === 'chunk' ? [file] : []))
  const first = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName))
  // A set that grows while it is gone through is gone through to its end.
  for (const name of first)
    for (const chunk of chunks) if (chunk.fileName === name) chunk.imports.forEach((each) => first.add(each))
  const gzip = (some: typeof chunks): number =>
    some.reduce((sum, { code }) => sum + gzipSync(code, { level: 9 }).length, 0)
  return {
    bytes: gzip(chunks.filter(({ fileName }) => first.has(fileName))),
    laterBytes: gzip(chunks.filter(({ fileName }) => !first.has(fileName))),
    modules: chunks.flatMap(({ moduleIds }) => moduleIds),
  }
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`
}
