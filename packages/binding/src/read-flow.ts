/**
 * Reads a whole flow, item for item: Yjs' own delta leaves out content that it counts. Total: whatever lies in the document
 * becomes blocks. Knows no editor.
 */
import * as Y from 'yjs'
import { BlockWriter } from './apply-delta.ts'
import { canonical } from './form.ts'
import type { Canonical } from './form.ts'
import { setFormat, unitsIn } from './model.ts'
import type { Block } from './model.ts'

/** An empty flow gives no block at all. */
export function readFlow(flow: Y.Text): Block[] {
  const writer = new BlockWriter()
  const formats = new Map<string, unknown>()
  let attrs: Canonical | null = ''
  for (let item = flow._start; item !== null; item = item.right) {
    if (item.deleted) continue
    const { content } = item
    if (content instanceof Y.ContentFormat) {
      setFormat(formats, content)
      attrs = null
    } else {
      attrs ??= formats.size === 0 ? '' : canonical(Object.fromEntries(formats))
      for (const unit of unitsIn(content)) writer.add(unit, attrs)
    }
  }
  return writer.finish()
}
