import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

// Every package is tested from its sources: the condition below picks src over dist.
const conditions = ['@cometpad/source', 'module', 'node', 'development']

const all = [
  'packages/*/{src,test}/**/*.test.ts',
  'packages/*/{src,test}/**/*.test.tsx',
  'scripts/**/*.test.ts',
]
const thatFindLosses = [
  'packages/server/test/{backup,durability,faults,simulation}/**/*.test.ts',
  'packages/server/test/storage/kill.test.ts',
  'packages/provider/test/offline/crash.test.ts',
]

export default defineConfig({
  resolve: { conditions, dedupe: ['yjs', 'lexical'] },
  ssr: { resolve: { conditions } },
  test: {
    // Many tests wait for processes and disks. On two cores Vitest by itself would run one file at a time.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Deadlines, not expectations: what takes half a second alone takes twenty on a busy machine.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    expect: { poll: { timeout: 60_000, interval: 20 } },
    projects: [
      // What may find a loss by chance is never tried again: a loss is no accident of the machine. The hostile network is
      // seeded, and its loss would come again; but its clock runs ahead of a machine that stalls.
      { extends: true, test: { name: 'losses', include: thatFindLosses, retry: 0 } },
      {
        extends: true,
        test: {
          name: 'rest',
          include: all,
          exclude: ['**/node_modules/**', ...thatFindLosses],
          // In CI, where a machine may stall, what fails once is tried once more. Vitest names it.
          retry: process.env['CI'] === undefined ? 0 : 1,
        },
      },
    ],
  },
})
