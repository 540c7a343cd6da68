/**
 * Makes one update of many, in the thread: load everything into a Y.Doc that collects garbage, encode it, load that
 * again, and let nothing out unless both are the same document. Knows no store.
 */
import * as Y from 'yjs'
import { contentDigest } from './content-digest.ts'
import { firstLineOf } from './first-line.ts'

export type Compacted =
  | { readonly state: 'compacted'; readonly update: Uint8Array; readonly firstLine: string }
  /** Something builds on items that are not there. They would be lost from view in a snapshot: keep the log. */
  | { readonly state: 'pending' }
  /** What was encoded is not what was loaded. */
  | { readonly state: 'different'; readonly what: 'items or deletions' | 'content' }

export function compactUpdates(updates: readonly Uint8Array[]): Compacted {
  const written = writtenAnew(updates)
  if (written === undefined) return { state: 'pending' }
  const { facts, update, firstLine } = written
  // By now nobody holds the first document any more: two at once would need twice the memory.
  const again = factsOf(load([update]))
  // State vector and delete set; two documents can agree in both and differ in content.
  if (again === undefined || !Y.equalSnapshots(facts.snapshot, again.snapshot))
    return { state: 'different', what: 'items or deletions' }
  if (facts.digest !== again.digest) return { state: 'different', what: 'content' }
  return { state: 'compacted', update, firstLine }
}

/** What two documents have to agree in. */
interface Facts {
  readonly snapshot: Y.Snapshot
  readonly digest: string
}

/** Undefined: something is missing. */
function factsOf(doc: Y.Doc): Facts | undefined {
  return hasPending(doc) ? undefined : { snapshot: Y.snapshot(doc), digest: contentDigest(doc) }
}

function writtenAnew(
  updates: readonly Uint8Array[],
): { readonly facts: Facts; readonly update: Uint8Array; readonly firstLine: string } | undefined {
  const doc = load(updates)
  const facts = factsOf(doc)
  return facts && { facts, update: Y.encodeStateAsUpdate(doc), firstLine: firstLineOf(doc) }
}

/** As it is, also where something is missing. */
export function firstLineOfUpdates(updates: readonly Uint8Array[]): string {
  return firstLineOf(load(updates))
}

function load(updates: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc({ gc: true })
  // One transaction: half the time of one for each update.
  doc.transact(() => {
    for (const update of updates) Y.applyUpdate(doc, update)
  })
  return doc
}

function hasPending(doc: Y.Doc): boolean {
  return doc.store.pendingStructs !== null || doc.store.pendingDs !== null
}
