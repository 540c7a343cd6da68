/** Markdown: CommonMark with strikethrough, task lists and tables. What it has no word for is in `says`. */
import { joined } from '../blocks.ts'
import type { Attrs, Block, Run, TextRun } from '../blocks.ts'
import { placeOf } from '../containers.ts'
import { isTable, partsOf, plainCell, spread } from '../tables.ts'
import type { Table } from '../tables.ts'
import { isCode, isListItem, isText, languageOf, textOf } from './format.ts'
import type { Format } from './format.ts'
import { readMarkdown } from './markdown-read.ts'
import { writeMarkdown } from './markdown-write.ts'
import { spaced } from './spaced.ts'

export const markdown: Format = {
  hasContainers: true,
  // Of the rest Markdown knows nothing: it parts no lists either.
  write: (blocks) =>
    writeMarkdown(
      partsOf(blocks).flatMap((part): (Block | Table)[] =>
        isTable(part) ? [saysTable(part)] : [says(part) ?? []].flat(),
      ),
    ),
  read: readMarkdown,
  says,
  saysTable,
}

function says(block: Block): Block | null {
  const { T } = block.keys
  if (!isText(block)) return T === 'rule' ? { keys: { T, ...placeOf(block) }, runs: [] } : null
  if (isCode(block)) return codeOf(block)
  const isHeading = typeof T === 'string' && T.startsWith('h')
  const runs = lined(block.runs.flatMap(runOf), isHeading)
  // Markdown has no empty paragraph.
  return T === undefined && runs.length === 0 ? null : { keys: keysOf(block), runs }
}

/** Rows of cells without spans, of which the first head their columns. What is merged stands in the first of its places. */
function saysTable({ rows, look = {} }: Table): Table {
  return {
    source: [],
    look: placeOf({ keys: look, runs: [] }),
    rows: spread(rows).map((cells, row) =>
      cells.map((cell) => {
        const runs = cellOf(cell?.blocks ?? [])
        return plainCell(runs.length === 0 ? [] : [{ keys: {}, runs }], row === 0 ? 1 : 0)
      }),
    ),
  }
}

/** The blocks of a cell are lines of one. */
function cellOf(blocks: readonly Block[]): Run[] {
  const lines = blocks.filter((block) => isText(block))
  const text = lines.map(textOf).join('')
  // In a table no code can have both of these.
  const hasCode = !(text.includes('\\') && text.includes('|'))
  return spaced(
    lines.flatMap((block, at): Run[] => [
      ...(at === 0 ? [] : [{ text: '\n', attrs: {} }]),
      ...block.runs.flatMap(runOf).flatMap(({ text: words, attrs: { k, a, ...others } }) => {
        const link = typeof a === 'string' ? { a: a.replaceAll('|', '%7C') } : {}
        const code = hasCode && (k !== undefined || isCode(block)) ? { k: 1 } : {}
        return words
          .split(/(\n)/)
          .map((part) => ({ text: part, attrs: { ...others, ...link, ...(part === '\n' ? {} : code) } }))
      }),
    ]),
  )
}

/** Of code Markdown says the text and the language. */
function codeOf(block: Block): Block {
  const language = languageOf(block)
  const text = textOf(block).replaceAll(/\r\n?/g, '\n')
  return {
    keys: { T: 'code', ...(language === undefined ? {} : { L: language }), ...placeOf(block) },
    runs: text === '' ? [] : [{ text, attrs: {} }],
  }
}

function keysOf(block: Block): Attrs {
  const { T, I, C, S } = block.keys
  if (!isListItem(block)) return { ...(T === undefined ? {} : { T }), ...placeOf(block) }
  return {
    ...placeOf(block),
    T,
    ...(I === undefined ? {} : { I }),
    ...(T === 'cl' && C !== undefined ? { C } : {}),
    ...(T === 'ol' && S !== undefined ? { S } : {}),
  }
}

function runOf(run: Run): TextRun[] {
  if (!('text' in run)) return []
  const { b, i, s, k, a } = run.attrs
  const attrs = Object.fromEntries(
    Object.entries({ b, i, s, k, a }).filter(([, value]) => value !== undefined),
  )
  return [{ text: run.text, attrs }]
}

/** No break at an end: there it would be a backslash. In a heading there is none at all. */
function lined(runs: readonly TextRun[], isHeading: boolean): Run[] {
  const left = joined(runs.map((run) => (isHeading ? { ...run, text: run.text.replaceAll('\n', ' ') } : run)))
  for (let first = left[0]; first !== undefined && first.text.startsWith('\n'); first = left[0]) {
    const text = first.text.replace(/^\n+/, '')
    if (text === '') left.shift()
    else left[0] = { ...first, text }
  }
  for (let last = left.at(-1); last !== undefined && last.text.endsWith('\n'); last = left.at(-1)) {
    const text = last.text.replace(/\n+$/, '')
    if (text === '') left.pop()
    else left[left.length - 1] = { ...last, text }
  }
  return left
}
