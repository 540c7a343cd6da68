/** As `chaos-program.ts`, but edits count as durable some time before they are: what a test has to notice. */
import { LevelLog } from '../../src/storage/level-log.ts'

const HASTE_MS = 300
// oxlint-disable-next-line typescript/unbound-method -- called with its log below
const { append } = LevelLog.prototype
const last = new WeakMap<LevelLog, Promise<void>>()

LevelLog.prototype.append = function (documentId, entries): Promise<void> {
  const before = last.get(this) ?? Promise.resolve()
  const later = before
    .then(() => new Promise((resolve) => setTimeout(resolve, HASTE_MS)))
    .then(() => append.call(this, documentId, entries))
  last.set(this, later)
  return Promise.resolve()
}

await import('./chaos-program.ts')
