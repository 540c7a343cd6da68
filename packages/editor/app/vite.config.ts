import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

// The page is built from the sources of our packages, so that one build step is enough.
const conditions = ['@cometpad/source', 'module', 'browser', 'production']

const page = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

export default defineConfig({
  resolve: { conditions, dedupe: ['yjs', 'lexical'] },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // Nothing inline: the server's Content-Security-Policy allows files of its own origin only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    // The doctor is a page of its own: it has to come where the rest is slow or does not work.
    rolldownOptions: { input: { index: page('index.html'), doctor: page('doctor.html') } },
  },
  server: {
    // `vite dev app` beside a running server.
    proxy: { '/v1': { target: 'http://127.0.0.1:3000', ws: true } },
  },
})
