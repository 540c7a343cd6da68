/** Commands that go on running, in a folder of their own, for one file of tests: what is left of them is ended after each test. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { Command, buildCommand } from './command.ts'
import type { CommandOptions } from './command.ts'

export interface Served {
  /** There from the first test on. */
  readonly folder: string
  start(words: readonly string[], options?: CommandOptions): Command
}

export function servedCommands(): Served {
  const running: Command[] = []
  let folder = ''
  beforeAll(async () => {
    buildCommand()
    folder = await mkdtemp(join(tmpdir(), 'cometpad-process-'))
  })
  afterEach(async () => {
    for (const command of running.splice(0)) {
      command.signal('SIGKILL')
      await command.ended
    }
  })
  afterAll(() => rm(folder, { recursive: true }))
  return {
    get folder() {
      return folder
    },
    start(words, options) {
      const command = new Command(words, options)
      running.push(command)
      return command
    },
  }
}
