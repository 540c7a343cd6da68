/** HTML: a fragment of blocks, as one would write it by hand. What it has no word for is in `says`. */
import { joined, linkOf } from '../blocks.ts'
import type { Attrs, Block, Run, TextRun } from '../blocks.ts'
import { placeOf } from '../containers.ts'
import { isBlank, isTable, partsOf } from '../tables.ts'
import type { Table } from '../tables.ts'
import { isCode, isListItem, isText, languageOf } from './format.ts'
import type { Format } from './format.ts'
import { readHtml } from './html-read.ts'
import { writeHtml } from './html-write.ts'
import { spaced } from './spaced.ts'

export const html: Format = {
  hasContainers: true,
  // Of the rest HTML knows nothing: it parts no lists either.
  write: (blocks) =>
    writeHtml(
      partsOf(blocks).flatMap((part): (Block | Table)[] =>
        isTable(part) ? [saysTable(part)] : [says(part) ?? []].flat(),
      ),
    ),
  read: readHtml,
  says,
  saysTable,
}

function says(block: Block): Block | null {
  const { T } = block.keys
  if (!isText(block)) return T === 'rule' ? { keys: { T, ...placeOf(block) }, runs: [] } : null
  const runs = block.runs.flatMap(runOf)
  return { keys: keysOf(block), runs: isCode(block) ? lined(runs) : spaced(runs) }
}

/** All but colours, widths, and a cell that heads both its row and its column: that heads its column. */
function saysTable({ rows, look = {} }: Table): Table {
  return {
    source: [],
    look: placeOf({ keys: look, runs: [] }),
    rows: rows.map((cells) =>
      cells.map(({ blocks, rowSpan, colSpan, heads }) => {
        const said = blocks.flatMap((block) => says(block) ?? [])
        return { blocks: isBlank(said) ? [] : said, rowSpan, colSpan, heads: heads === 3 ? 1 : heads }
      }),
    ),
  }
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
