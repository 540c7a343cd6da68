/** A log on LevelDB that a test opens and opens again, in a folder of its own and with its reports. Closed after each test. */
import type { Limits } from '@cometpad/shared'
import { afterEach, beforeEach } from 'vitest'
import type { Database } from '../../src/storage/database.ts'
import { openLevelLog } from '../../src/storage/index.ts'
import type { OpenedLog } from '../../src/storage/index.ts'
import { Reports, memoryFolder } from './folders.ts'

export interface LevelLogs {
  /** Each test has others. */
  readonly folder: string
  readonly reports: Reports
  /** Closes what is open, and opens it again. */
  open(limits?: Partial<Limits>, database?: (path: string) => Promise<Database>): Promise<OpenedLog>
  close(): Promise<void>
}

export function levelLogs(): LevelLogs {
  let folder = ''
  let reports = new Reports()
  let remove: () => Promise<void>
  let opened: OpenedLog | undefined
  async function close(): Promise<void> {
    await opened?.close()
    opened = undefined
  }
  beforeEach(async () => {
    ;({ folder, remove } = await memoryFolder())
    reports = new Reports()
  })
  afterEach(async () => {
    await close()
    await remove()
  })
  return {
    get folder() {
      return folder
    },
    get reports() {
      return reports
    },
    async open(limits = {}, openDatabase) {
      await close()
      const options = openDatabase === undefined ? {} : { openDatabase }
      opened = await openLevelLog({ folder, report: reports, limits, ...options })
      return opened
    },
    close,
  }
}
