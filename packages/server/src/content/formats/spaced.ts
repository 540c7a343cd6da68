/** Text as formats have it in which white space means one space. */
import { joined, linkOf } from '../blocks.ts'
import type { Run, TextRun } from '../blocks.ts'

/** White space means one space, and none at the ends of a line. No line is empty at the ends of a block. */
export function spaced(runs: readonly Run[]): TextRun[] {
  const result: TextRun[] = []
  let space: TextRun | undefined
  let breaks: TextRun[] = []
  for (const { text, attrs } of runs.filter((run) => 'text' in run)) {
    for (const part of text.split(/(\n|[ \t\r\f]+)/)) {
      const isFirst = result.length === 0
      if (part === '') continue
      if (part === '\n') {
        if (!isFirst) breaks.push({ text: '\n', attrs: linkOf(attrs) })
        space = undefined
      } else if (/^[ \t\r\f]/.test(part)) {
        if (!isFirst && breaks.length === 0) space ??= { text: ' ', attrs }
      } else {
        result.push(...breaks, ...(space === undefined ? [] : [space]), { text: part, attrs })
        breaks = []
        space = undefined
      }
    }
  }
  return joined(result)
}
