/** Bundles the embedding page once for all browser tests, from the built packages, as an embedding site would. */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

export const BUNDLE = fileURLToPath(new URL('./dist/main.js', import.meta.url))

// oxlint-disable-next-line import/no-default-export -- Playwright takes no other
export default async function buildEmbedding(): Promise<void> {
  await build({
    configFile: false,
    logLevel: 'error',
    root: fileURLToPath(new URL('.', import.meta.url)),
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
