/**
 * The thread when the server runs from its TypeScript sources: bundled first, for to load a hundred files through a loader takes a
 * thread ten seconds on a busy machine. Not part of the build.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const folder = await mkdtemp(join(tmpdir(), 'cometpad-content-'))
const outfile = join(folder, 'worker.mjs')
await build({
  entryPoints: [fileURLToPath(new URL('content-worker.ts', import.meta.url))],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  conditions: ['@cometpad/source'],
  logLevel: 'silent',
})
await import(pathToFileURL(outfile).href)
await rm(folder, { recursive: true })
