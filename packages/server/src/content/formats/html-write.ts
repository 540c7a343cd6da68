/** Blocks as HTML: no scripts, no styles but alignment, no attribute that a document could fill with anything but text. */
import type { Attrs, Block, Run } from '../blocks.ts'
import type { Table, TableCell } from '../tables.ts'
import { isCode, isText, languageOf } from './format.ts'
import { outline } from './outline.ts'
import type { List, Shape } from './outline.ts'

export function writeHtml(parts: readonly (Block | Table)[]): string {
  return outline(parts)
    .map((shape) => `${htmlOf(shape)}\n`)
    .join('')
}

function htmlOf(shape: Shape): string {
  if (shape.kind === 'list') return listOf(shape)
  if (shape.kind === 'container')
    return `<aside data-kind="${shape.is}">${shape.inside.map(htmlOf).join('')}</aside>`
  if (shape.kind === 'table') return tableOf(shape.table)
  const { block } = shape
  const { T } = block.keys
  if (isCode(block)) return codeOf(block)
  const inside = inlineOf(block.runs)
  if (!isText(block)) return (T === 'rule' ? '<hr>' : '') + (inside === '' ? '' : `<p>${inside}</p>`)
  const tag = T === undefined ? 'p' : typeof T === 'string' && T !== 'q' ? T : 'blockquote'
  return `<${tag}${attributesOf(block.keys)}>${inside}</${tag}>`
}

function tableOf({ rows }: Table): string {
  return `<table>${rows.map((cells) => `<tr>${cells.map(cellOf).join('')}</tr>`).join('')}</table>`
}

function cellOf({ blocks, rowSpan, colSpan, heads }: TableCell): string {
  const tag = heads === 0 ? 'td' : 'th'
  const attributes =
    (heads === 2 ? ' scope="row"' : '') +
    (rowSpan === 1 ? '' : ` rowspan="${rowSpan}"`) +
    (colSpan === 1 ? '' : ` colspan="${colSpan}"`)
  const [first, ...others] = blocks
  const isLine = first !== undefined && others.length === 0 && Object.keys(first.keys).length === 0
  const inside = isLine ? inlineOf(first.runs) : outline(blocks).map(htmlOf).join('')
  return `<${tag}${attributes}>${inside}</${tag}>`
}

function codeOf(block: Block): string {
  const language = languageOf(block)
  const inside = inlineOf(block.runs).replaceAll('<br>', '\n')
  const name = language === undefined ? '' : ` class="language-${language}"`
  return `<pre${attributesOf(block.keys)}><code${name}>${inside}</code></pre>`
}

function listOf({ isOrdered, start, items }: List): string {
  const tag = isOrdered ? 'ol' : 'ul'
  const inside = items.map(({ block, lists }) => {
    const nested = lists.map(listOf).join('')
    const { T, C } = block.keys
    const box = T === 'cl' ? `<input type="checkbox" disabled${C === 1 ? ' checked' : ''}> ` : ''
    // An item that only holds a list is none of its own: programs nest lists that way.
    const text = inlineOf(block.runs) || (box === '' && nested !== '' ? '<br>' : '')
    return `<li${attributesOf(block.keys)}>${box}${text}${nested}</li>`
  })
  return `<${tag}${start === 1 ? '' : ` start="${start}"`}>${inside.join('')}</${tag}>`
}

const ALIGNMENTS: ReadonlySet<unknown> = new Set(['left', 'start', 'center', 'right', 'end', 'justify'])

function attributesOf({ A, D }: Attrs): string {
  return (
    (D === 'ltr' || D === 'rtl' ? ` dir="${D}"` : '') +
    (ALIGNMENTS.has(A) ? ` style="text-align: ${String(A)}"` : '')
  )
}

/** From the inside out. */
const TAGS = [
  ['k', 'code'],
  ['sub', 'sub'],
  ['sup', 'sup'],
  ['hl', 'mark'],
  ['s', 's'],
  ['u', 'u'],
  ['i', 'em'],
  ['b', 'strong'],
] as const

function inlineOf(runs: readonly Run[]): string {
  return runs
    .map((run) => {
      if (!('text' in run)) return ''
      let text = escaped(run.text).replaceAll('\n', '<br>')
      for (const [name, tag] of TAGS) if (run.attrs[name] !== undefined) text = `<${tag}>${text}</${tag}>`
      const { a } = run.attrs
      return typeof a === 'string' ? `<a href="${escaped(a)}" rel="noopener noreferrer">${text}</a>` : text
    })
    .join('')
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
