/** A plan written into the document, in one transaction. Knows no editor. */
import * as Y from 'yjs'
import { blockLength } from './model.ts'
import type { Block, Delta } from './model.ts'
import type { KeyChange } from './plan.ts'
import { lengthOf } from './rebase.ts'

/** @param after the flow as it will be; null when that is not known, since others changed it at the same time */
export function writePlan(
  flow: Y.Text,
  { delta, keyChanges }: { readonly delta: Delta; readonly keyChanges: readonly KeyChange[] },
  after: readonly Block[] | null,
  origin: unknown,
): void {
  if (delta.length === 0 && keyChanges.length === 0) return
  flow.doc?.transact(() => {
    const typed = after === null ? null : plainTyping(delta, after)
    // Yjs looks for the place of a plain insertion near the last one; a delta it walks along from the start of the flow.
    if (typed !== null) flow.insert(typed.at, typed.text)
    else if (delta.length > 0) writeDelta(flow, delta)
    for (const { target, changes } of keyChanges) {
      if (target.doc === null || target._item?.deleted === true) continue
      for (const [name, value] of Object.entries(changes)) {
        if (value === null) target.delete(name)
        else target.set(name, value)
      }
    }
  }, origin)
}

/** Deleting from a text Yjs goes past strangers, and takes what stands behind them; deleting from a list it does not. */
function writeDelta(flow: Y.Text, delta: Delta): void {
  const strangers: { at: number; length: number }[] = []
  let at = 0
  const others = delta.map((op) => {
    const length = lengthOf(op)
    if (op.ofStrangers !== true) {
      if (op.delete === undefined) at += length
      return op
    }
    strangers.unshift({ at, length })
    at += length
    return { retain: length }
  })
  flow.applyDelta(others as never)
  for (const one of strangers) Y.Array.prototype.delete.call(flow, one.at, one.length)
}

/**
 * Text without any format between units without any: there Yjs, which lets what is inserted without attributes take those of
 * its place, finds none either.
 */
function plainTyping(delta: Delta, after: readonly Block[]): { at: number; text: string } | null {
  const [way, typed, ...more] = delta
  if (more.length > 0 || way?.retain === undefined || way.attributes !== undefined) return null
  const { insert, attributes = {} } = typed ?? {}
  if (typeof insert !== 'string' || Object.keys(attributes).length > 0) return null
  const at = way.retain
  return isPlainAt(after, at - 1) && isPlainAt(after, at + insert.length) ? { at, text: insert } : null
}

/** Has this unit no attributes? A soft break has some that its block does not tell; behind the end nothing has any. */
function isPlainAt(blocks: readonly Block[], unit: number): boolean {
  let at = 0
  for (const block of blocks) {
    const length = blockLength(block)
    if (unit >= at + length) {
      at += length
      continue
    }
    let left = unit - at - (length - block.text.length)
    if (left < 0) return block.own === ''
    if (block.text[left] === '\n') return false
    for (const run of block.runs) {
      if (left < run.length) return run.attrs === ''
      left -= run.length
    }
  }
  return true
}
