/**
 * A process that appends until it is killed, and says on its output what was acknowledged: "document offset" a line. Its
 * entries carry a number that tells which ones they are.
 */
import { writeSync } from 'node:fs'
import * as Y from 'yjs'
import { openLevelLog } from '../../src/storage/index.ts'

const [folder = ''] = process.argv.slice(2)
const { log, compact } = await openLevelLog({
  folder,
  // Small bounds, so that it also dies in compactions.
  limits: { compactionEntries: 30, chunkBytes: 200 },
  report: {
    failed: (what, documentId, cause) => {
      process.stderr.write(`${what} ${documentId} ${String(cause)}\n`)
      process.exitCode = 1
    },
  },
})

async function typeInto(documentId: string, client: number): Promise<void> {
  if ((await log.find(documentId)) === undefined) await log.create(documentId, { title: documentId })
  // Also starts the thread, so that those that are due later begin at once.
  await compact(documentId)
  const head = await log.find(documentId)
  if (head === undefined) throw new TypeError('The document is there')
  const doc = new Y.Doc()
  const snapshot = await log.snapshot(documentId)
  if (snapshot !== undefined) Y.applyUpdate(doc, snapshot.update)
  const entries = await log.read(documentId, head.snapshotOffset, Infinity)
  if (entries === 'compacted') throw new TypeError('Nobody compacts yet')
  for (const { update } of entries) Y.applyUpdate(doc, update)
  doc.clientID = client
  let offset = head.head
  for (;;) {
    const vector = Y.encodeStateVector(doc)
    offset += 1
    doc.getArray('offsets').push([offset])
    await log.append(documentId, [{ offset, update: Y.encodeStateAsUpdate(doc, vector) }])
    writeSync(1, `${documentId} ${offset}\n`)
  }
}

await Promise.all(
  ['a', 'b', 'c', 'd', 'e'].map((documentId, n) => typeInto(documentId, process.pid * 10 + n)),
)
