/** Which documents leave a device that keeps too many: those that were not used for longest, and never unsent edits. */
import type { Step } from './indexeddb-connection.ts'
import type { DocumentName } from './store.ts'

export interface Room {
  readonly offlineDocuments: number
  readonly offlineBytes: number
}

export type HistoryKey = [server: string, documentId: string, generation: string]

/** Room for `document`, which stays. */
export async function makeRoom(step: Step, document: DocumentName, room: Room): Promise<void> {
  const histories = await step.objectStore('histories').getAll()
  let count = histories.length
  let bytes = histories.reduce((sum, history) => sum + history.bytes, 0)
  for (const history of histories.sort((one, other) => one.usedAt - other.usedAt)) {
    if (count <= room.offlineDocuments && bytes <= room.offlineBytes) return
    const { server, documentId, generation } = history
    if (server === document.server && documentId === document.documentId) continue
    const unsent = await step.objectStore('rows').index('history').count([server, documentId, generation, 1])
    if (unsent > 0) continue
    await remove(step, [server, documentId, generation])
    count -= 1
    bytes -= history.bytes
  }
}

/** A history and all its rows. */
export async function remove(step: Step, key: HistoryKey): Promise<void> {
  const rows = step.objectStore('rows')
  for (const unsent of [0, 1])
    for (const id of await rows.index('history').getAllKeys([...key, unsent])) await rows.delete(id)
  await step.objectStore('histories').delete(key)
}
