/** How the text of a document begins, for whoever shows it in a list. Runs in the thread. Knows no store. */
import { limits } from '@cometpad/shared'
import type * as Y from 'yjs'

/** Where the form of documents keeps its text (docs/document-format.md). Others have none that we know of. */
const FLOW = 'flow'

/** The first line that is not blank; empty when there is none. */
export function firstLineOf(doc: Y.Doc): string {
  let line = ''
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Yjs types a delta as anything
  for (const { insert } of doc.getText(FLOW).toDelta() as { readonly insert: unknown }[]) {
    // A block begins; or there is an object in the line, before which enough was said.
    if (typeof insert !== 'string') {
      if (line.trim() !== '') break
      line = ''
    } else line += insert.slice(0, limits.firstLineLength)
    if (line.length > limits.firstLineLength) break
  }
  return shortened(line.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim())
}

/** No half characters. */
function shortened(line: string): string {
  return line
    .slice(0, limits.firstLineLength)
    .replace(/[\ud800-\udbff]$/, '')
    .trim()
}
