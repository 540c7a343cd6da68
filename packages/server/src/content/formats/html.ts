/** HTML: a fragment of blocks, as one would write it by hand. What it has no word for is in `says`. */
import { joined, linkOf } from '../blocks.ts'
import type { Attrs, Block, Run, TextRun } from '../blocks.ts'
import { placeOf, withoutCells } from '../containers.ts'
import { isCode, isListItem, isText, languageOf } from './format.ts'
import type { Format } from './format.ts'
import { readHtml } from './html-read.ts'
import { writeHtml } from './html-write.ts'

export const html: Format = {
  hasContainers: true,
  // Of the rest HTML knows nothing: it parts no lists either.
  write: (blocks) => writeHtml(withoutCells(blocks).flatMap((block) => says(block) ?? [])),
  read: readHtml,
  says,
}

function says(block: Block): Block | null {
  const { T } = block.keys
  if (!isText(block)) return T === 'rule' ? { keys: { T, ...placeOf(block) }, runs: [] } : null
  const runs = block.runs.flatMap(runOf)
  return { keys: keysOf(block), runs: isCode(block) ? lined(runs) : spaced(runs) }
}

function keysOf(block: Block): Attrs {
  const { T, I, A, D, C, S } = block.keys
  const isItem = isListItem(block)
  return {
    ...placeOf(block),
    ...(T === undefined ? {} : { T }),
    ...(isItem && I !== undefined ? { I } : {}),
    ...(A === undefined ? {} : { A }),
    ...(D === undefined ? {} : { D }),
    ...(T === 'cl' && C !== undefined ? { C } : {}),
    ...(T === 'ol' && S !== undefined ? { S } : {}),
    ...(isCode(block) && languageOf(block) !== undefined ? { L: languageOf(block) } : {}),
  }
}

function runOf(run: Run): Run[] {
  if (!('text' in run)) return []
  const { b, i, u, s, k, sub, sup, hl, a } = run.attrs
  const attrs = Object.fromEntries(
    Object.entries({ b, i, u, s, k, sub, sup, hl, a }).filter(([, value]) => value !== undefined),
  )
  return [{ text: run.text, attrs }]
}

/** Code is written as it stands, but for empty lines at its ends. What is code in it anyway is not said twice. */
function lined(runs: readonly Run[]): TextRun[] {
  const parts = runs.flatMap((run) => {
    if (!('text' in run)) return []
    const { k: _code, ...attrs } = run.attrs
    return run.text
      .replaceAll(/\r\n?/g, '\n')
      .split(/(\n)/)
      .map((text) => ({ text, attrs: text === '\n' ? linkOf(attrs) : attrs }))
      .filter(({ text }) => text !== '')
  })
  const isLine = ({ text }: TextRun): boolean => text !== '\n'
  return joined(parts.slice(parts.findIndex(isLine), parts.findLastIndex(isLine) + 1))
}

/** White space means one space, and none at the ends of a line. No line is empty at the ends of a block. */
function spaced(runs: readonly Run[]): TextRun[] {
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
