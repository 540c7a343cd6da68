/** Bundles the embedding page once for all browser tests, from the built packages, as an embedding site would. */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const BUNDLE = new URL('./dist/', import.meta.url)

/** Where the file of the bundle is that a page asks for, such as `main.js`, or one that is loaded later. */
export function fileOfBundle(path: string): string {
  return fileURLToPath(new URL(path, BUNDLE))
}

// oxlint-disable-next-line import/no-default-export -- Playwright takes no other
export default async function buildEmbedding(): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('.', import.meta.url)),
    // Its files are found beside it, wherever a page serves them.
    base: './',
    build: {
      outDir: 'dist',
      chunkSizeWarningLimit: 2_000,
      rolldownOptions: {
        input: fileURLToPath(new URL('./main.tsx', import.meta.url)),
        output: { entryFileNames: 'main.js' },
      },
    },
  })
}
