/** The words of a copy that was kept when a document got another history. */
import { FLOW, OBJECT, readFlow } from '@cometpad/binding'
import type { KeptCopy } from '@cometpad/provider'
import { Doc, applyUpdate } from 'yjs'

/** Blocks are parted by an empty line, as in `getText`. */
export function textOfCopy({ updates }: KeptCopy): string {
  const doc = new Doc()
  for (const update of updates) applyUpdate(doc, update)
  return readFlow(doc.getText(FLOW))
    .map(({ text }) => text.replaceAll(OBJECT, ''))
    .join('\n\n')
}
