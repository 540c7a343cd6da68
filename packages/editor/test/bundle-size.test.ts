/** What a page loads for an editor, as a bundler makes it: everything but React. The figure is a promise of the product. */
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { build } from 'vite'

const ENTRY = fileURLToPath(new URL('../src/index.ts', import.meta.url))
const MOST_BYTES = 190 * 1024

test('the editor is at most 190 KiB, minified and compressed', async () => {
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
      rolldownOptions: { input: ENTRY, preserveEntrySignatures: 'strict' },
    },
  })
  if (Array.isArray(result) || !('output' in result)) throw new TypeError('one bundle is expected')
  const code = result.output.flatMap((file) => (file.type === 'chunk' ? [file.code] : []))
  const bytes = gzipSync(code.join('\n'), { level: 9 }).length
  process.stdout.write(`editor: ${(bytes / 1024).toFixed(1)} KiB gzip of ${(MOST_BYTES / 1024).toFixed(0)}\n`)
  // Less than this is not an editor: something was left out.
  expect(bytes).toBeGreaterThan(50 * 1024)
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES)
}, 120_000)
