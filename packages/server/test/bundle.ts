/**
 * Programs for tests that start many processes: bundled to plain JavaScript once, so that each start costs what a start costs
 * in production and not the loading of TypeScript. Knows nothing of what is in them.
 */
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const WORKER = join(PACKAGE, 'src/storage/yjs-worker.ts')

export interface Bundle {
  /** The program, to be given to `node`. */
  readonly file: string
  remove(): Promise<void>
}

/** @param entry path of a TypeScript file, from the folder of the server's package */
export async function bundle(entry: string): Promise<Bundle> {
  // Inside of the package, from where the names of libraries lead to its own.
  const parent = join(PACKAGE, 'test/dist')
  await mkdir(parent, { recursive: true })
  const folder = await mkdtemp(join(parent, 'bundle-'))
  await build({
    entryPoints: { program: join(PACKAGE, entry), 'yjs-worker': WORKER },
    outdir: folder,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    conditions: ['@cometpad/source'],
    external: await libraries(),
    sourcemap: 'inline',
    logLevel: 'silent',
  })
  return { file: join(folder, 'program.js'), remove: () => rm(folder, { recursive: true, force: true }) }
}

/** What is installed is loaded as it is; what is ours is part of the bundle. */
async function libraries(): Promise<string[]> {
  const manifest: unknown = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'))
  const { dependencies, devDependencies } = manifest as Record<string, Record<string, string>>
  return Object.keys({ ...dependencies, ...devDependencies }).filter((name) => !name.startsWith('@cometpad/'))
}
