/**
 * A process that restores, or replaces a document's history, and kills itself at the n-th pass of a named place. Says
 * nothing: what it leaves on the disk is what the test looks at.
 */
import * as Y from 'yjs'
import { limits } from '@cometpad/shared'
import { armFaultPoints } from '../../src/storage/fault-point.ts'
import { openLevelLog, restoreFolder } from '../../src/storage/index.ts'

const [what = '', place = '', pass = '1', folder = '', ...files] = process.argv.slice(2)
let passed = 0

armFaultPoints((name) => {
  if (name !== place) return
  passed += 1
  if (passed === Number(pass)) process.kill(process.pid, 'SIGKILL')
})

if (what === 'restore') {
  // Small batches, so that there are several.
  await restoreFolder({ files, folder, limits: { ...limits, commitBytes: 2_000 }, by: 'operator' })
} else {
  const store = await openLevelLog({
    folder,
    limits: { chunkBytes: 300, commitRows: 100 },
    report: { failed: (...all) => process.stderr.write(all.join(' ')) },
  })
  const doc = new Y.Doc()
  doc.getText('t').insert(0, 'restored '.repeat(100))
  const replace = await store.prepareReplacement('a', {
    title: 'Restored',
    updates: [Y.encodeStateAsUpdate(doc)],
  })
  await replace()
  await store.close()
}
