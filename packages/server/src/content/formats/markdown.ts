/** Markdown: CommonMark with strikethrough and task lists. What it has no word for is in `says`. */
import { joined } from '../blocks.ts'
import type { Attrs, Block, Run, TextRun } from '../blocks.ts'
import { placeOf, withoutCells } from '../containers.ts'
import { isCode, isListItem, isText, languageOf, textOf } from './format.ts'
import type { Format } from './format.ts'
import { readMarkdown } from './markdown-read.ts'
import { writeMarkdown } from './markdown-write.ts'

export const markdown: Format = {
  hasContainers: true,
  // Of the rest Markdown knows nothing: it parts no lists either.
  write: (blocks) => writeMarkdown(withoutCells(blocks).flatMap((block) => says(block) ?? [])),
  read: readMarkdown,
  says,
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
