import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Every package is tested from its sources: the condition below picks src over dist.
const conditions = ['@cometpad/source', 'module', 'node', 'development']

export default defineConfig({
  resolve: { conditions, dedupe: ['yjs', 'lexical'] },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'packages/*/{src,test}/**/*.test.tsx',
      'scripts/**/*.test.ts',
    ],
    // Many tests wait for processes and disks. On two cores Vitest by itself would run one file at a time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
})
