/**
 * Programs for tests that start many processes: bundled to plain JavaScript once, libraries and all, so that a start costs
 * neither the loading of TypeScript nor of hundreds of files. Knows nothing of what is in them.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const PACKAGE = fileURLToPath(new URL('..', import.meta.url))
const WORKER = join(PACKAGE, 'src/storage/yjs-worker.ts')
/** Libraries that are CommonJS ask for Node's own modules in this way. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"

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
    // It looks for its compiled part beside itself.
    external: ['classic-level'],
    banner: { js: REQUIRE },
    sourcemap: 'inline',
    logLevel: 'silent',
  })
  return { file: join(folder, 'program.js'), remove: () => rm(folder, { recursive: true, force: true }) }
}
