import * as Y from 'yjs'
import { MemoryLog, openLevelLog } from '../../src/storage/index.ts'
import { Reports, memoryFolder } from './folders.ts'
import { logContract } from './log-contract.ts'
import type { LogUnderTest } from './log-contract.ts'

function inMemory(log: MemoryLog): LogUnderTest {
  return {
    log,
    compact: async (documentId) => {
      const { head = 0, snapshotOffset = 0 } = (await log.find(documentId)) ?? {}
      const snapshot = await log.snapshot(documentId)
      const entries = await log.read(documentId, snapshotOffset, Infinity)
      const doc = new Y.Doc()
      if (snapshot !== undefined) Y.applyUpdate(doc, snapshot.update)
      if (entries !== 'compacted') for (const { update } of entries) Y.applyUpdate(doc, update)
      await log.compact(documentId, { offset: head, update: Y.encodeStateAsUpdate(doc) })
    },
    reopen: async () => inMemory(log.crash()),
    close: async () => undefined,
  }
}

async function onLevel(folder: string, remove: () => Promise<void>): Promise<LogUnderTest> {
  const { log, compact, close } = await openLevelLog({ folder, report: new Reports() })
  return {
    log,
    compact,
    reopen: async () => {
      await close()
      return onLevel(folder, remove)
    },
    close: async () => {
      await close()
      await remove()
    },
  }
}

logContract('in memory', async () => inMemory(new MemoryLog()))

logContract('on LevelDB', async () => {
  const { folder, remove } = await memoryFolder()
  return onLevel(folder, remove)
})
