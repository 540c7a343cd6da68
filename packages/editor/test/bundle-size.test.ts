/** What pages load, as a bundler makes it: everything but React. The figures are promises of the product. */
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { build } from 'vite'

const EDITOR = fileURLToPath(new URL('../src/index.ts', import.meta.url))
const DOCTOR = fileURLToPath(new URL('../app/src/doctor/main.ts', import.meta.url))
const MOST_BYTES = 190 * 1024
const MOST_BYTES_OF_DOCTOR = 12 * 1024

test('the editor is at most 190 KiB, minified and compressed', async () => {
  const { bytes } = await bundle(EDITOR)
  process.stdout.write(`editor: ${(bytes / 1024).toFixed(1)} KiB gzip of ${(MOST_BYTES / 1024).toFixed(0)}\n`)
  // Less than this is not an editor: something was left out.
  expect(bytes).toBeGreaterThan(50 * 1024)
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES)
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

async function bundle(entry: string): Promise<{ bytes: number; modules: string[] }> {
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
      modulePreload: { polyfill: false },
      rolldownOptions: { input: entry, preserveEntrySignatures: 'strict' },
    },
  })
  if (Array.isArray(result) || !('output' in result)) throw new TypeError('one bundle is expected')
  const chunks = result.output.flatMap((file) => (file.type === 'chunk' ? [file] : []))
  return {
    bytes: gzipSync(chunks.map(({ code }) => code).join('\n'), { level: 9 }).length,
    modules: chunks.flatMap(({ moduleIds }) => moduleIds),
  }
}
