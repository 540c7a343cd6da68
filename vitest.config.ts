import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'
import type { TestSpecification } from 'vitest/node'

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
/**
 * What takes minutes begins first, lest one worker is busy with it when the others have nothing left to do. Those that wait
 * for processes and disks come in turn with those that calculate.
 */
const longest = [
  'packages/server/test/faults/crash-points.test.ts',
  'packages/binding/test/fuzz-many.test.ts',
  'packages/server/test/durability/kill.test.ts',
  'packages/server/test/chaos/chaos.test.ts',
  'packages/binding/test/fuzz-two.test.ts',
  'packages/server/test/chaos/kill.test.ts',
  'packages/server/test/process/start.test.ts',
  'packages/server/test/backup/crash.test.ts',
]

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const found = longest.findIndex((path) => moduleId.endsWith(path))
      return found < 0 ? longest.length : found
    }
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b))
  }
}

export default defineConfig({
  resolve: { conditions, dedupe: ['yjs', 'lexical'] },
  ssr: { resolve: { conditions } },
  test: {
    // Many tests wait for processes and disks: one file more than there are cores. Vitest by itself would run one fewer.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
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
