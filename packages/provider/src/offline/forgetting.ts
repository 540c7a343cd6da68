/**
 * Which documents were forgotten on purpose, and when: a page that has loaded one before that brings nothing of it back.
 * Their names are forgotten too, so that a hash stands for each.
 */
import { clientLimits as limits } from '@cometpad/shared'
import type { Step, StepOf } from './indexeddb-connection.ts'
import type { DocumentName } from './store.ts'

/** When all documents were forgotten. */
const ALL = 'epoch'
/** When any document was. */
const LATEST = 'forgotten'
const MARK = 'forgotten-'
const MARKS = (): IDBKeyRange => IDBKeyRange.bound(MARK, `${MARK}~`)

/** A number that grows whenever something is forgotten. */
export async function epochOf<Mode extends IDBTransactionMode>(step: StepOf<Mode>): Promise<number> {
  const meta = step.objectStore('meta')
  return Math.max((await meta.get(ALL)) ?? 0, (await meta.get(LATEST)) ?? 0)
}

/** What comes from a page that has loaded the document earlier is forgotten. */
export async function forgottenAt<Mode extends IDBTransactionMode>(
  step: StepOf<Mode>,
  document: DocumentName,
): Promise<number> {
  const meta = step.objectStore('meta')
  return Math.max((await meta.get(ALL)) ?? 0, (await meta.get(markOf(document))) ?? 0)
}

/** @param document undefined: all */
export async function markForgotten(step: Step, document: DocumentName | undefined): Promise<void> {
  const meta = step.objectStore('meta')
  const epoch = (await epochOf(step)) + 1
  if (document === undefined) {
    await meta.put(epoch, ALL)
    await meta.delete(MARKS())
  } else {
    await dropOldest(step)
    await meta.put(epoch, LATEST)
    await meta.put(epoch, markOf(document))
  }
}

/** A page that was open ever since so many others were forgotten is not expected. */
async function dropOldest(step: Step): Promise<void> {
  const meta = step.objectStore('meta')
  const [keys, epochs] = [await meta.getAllKeys(MARKS()), await meta.getAll(MARKS())]
  if (keys.length < limits.offlineForgotten) return
  const oldest = keys[epochs.indexOf(Math.min(...epochs))]
  if (oldest !== undefined) await meta.delete(oldest)
}

function markOf({ server, documentId }: DocumentName): string {
  const bytes = new TextEncoder().encode(`${server} ${documentId}`)
  return `${MARK}${hash(bytes, 0x811c9dc5)}-${hash(bytes, 0x9e3779b9)}`
}

/** FNV-1a, which is quick and enough where nobody means harm: whoever writes here can write everything. */
function hash(bytes: Uint8Array, basis: number): number {
  let sum = basis
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193)
  return sum >>> 0
}
