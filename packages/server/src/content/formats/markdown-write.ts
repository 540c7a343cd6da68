/** Blocks as Markdown, by way of its syntax tree. Addresses were looked at before. */
import { gfmStrikethroughToMarkdown } from 'mdast-util-gfm-strikethrough'
import { gfmTableToMarkdown } from 'mdast-util-gfm-table'
import { gfmTaskListItemToMarkdown } from 'mdast-util-gfm-task-list-item'
import { toMarkdown } from 'mdast-util-to-markdown'
import type { Block, TextRun } from '../blocks.ts'
import type { Table } from '../tables.ts'
import { isCode, isText, languageOf, textOf } from './format.ts'
import type {
  Blockquote,
  List as MarkdownList,
  ListItem,
  PhrasingContent,
  RootContent,
} from './markdown-tree.ts'
import { outline } from './outline.ts'
import type { List, Shape } from './outline.ts'

export function writeMarkdown(parts: readonly (Block | Table)[]): string {
  return toMarkdown(
    { type: 'root', children: outline(parts).flatMap(contentOf) },
    {
      bullet: '-',
      rule: '-',
      listItemIndent: 'one',
      extensions: [
        gfmStrikethroughToMarkdown(),
        gfmTaskListItemToMarkdown(),
        // Not as wide as the widest cell: a change of one would change every line.
        gfmTableToMarkdown({ tablePipeAlign: false }),
      ],
    },
  )
}

function contentOf(shape: Shape): RootContent[] {
  if (shape.kind === 'list') return [listOf(shape)]
  if (shape.kind === 'container') {
    // As it stands: to whoever does not know it, it is a line of the quote.
    const name: RootContent = { type: 'html', value: `[!${shape.is.toUpperCase()}]` }
    return [
      { type: 'blockquote', children: [name, ...shape.inside.flatMap(contentOf)] as Blockquote['children'] },
    ]
  }
  if (shape.kind === 'table') return [tableOf(shape.table)]
  const { block } = shape
  const { T } = block.keys
  if (isCode(block)) return [{ type: 'code', lang: languageOf(block) ?? null, value: textOf(block) }]
  const children = phrasingOf(block)
  if (!isText(block)) {
    const text: RootContent[] = children.length === 0 ? [] : [{ type: 'paragraph', children }]
    return T === 'rule' ? [{ type: 'thematicBreak' }, ...text] : text
  }
  if (T === 'q')
    return [{ type: 'blockquote', children: children.length === 0 ? [] : [{ type: 'paragraph', children }] }]
  if (typeof T === 'string') return [{ type: 'heading', depth: depthOf(T), children }]
  return children.length === 0 ? [] : [{ type: 'paragraph', children }]
}

function tableOf({ rows }: Table): RootContent {
  return {
    type: 'table',
    align: (rows[0] ?? []).map(() => null),
    children: rows.map((cells) => ({
      type: 'tableRow',
      children: cells.map(({ blocks }) => ({
        type: 'tableCell',
        children: blocks.flatMap(phrasingOf).map(withTags),
      })),
    })),
  }
}

/** A row is one line, so a break in it is a tag. */
function withTags(node: PhrasingContent): PhrasingContent {
  if (node.type === 'break') return { type: 'html', value: '<br>' }
  return 'children' in node ? { ...node, children: node.children.map(withTags) as never } : node
}

function depthOf(type: string): 1 | 2 | 3 | 4 | 5 | 6 {
  return Number(type.slice(1)) as 1 | 2 | 3 | 4 | 5 | 6
}

function listOf({ isOrdered, start, items }: List): MarkdownList {
  const children = items.map(({ block, lists }): ListItem => {
    const phrasing = phrasingOf(block)
    const isCheck = block.keys['T'] === 'cl'
    const content: ListItem['children'] = lists.map(listOf)
    // A task has to have a text that its box can stand before.
    if (phrasing.length > 0 || isCheck) content.unshift({ type: 'paragraph', children: phrasing })
    return {
      type: 'listItem',
      spread: false,
      checked: isCheck ? block.keys['C'] === 1 : null,
      children: content,
    }
  })
  return { type: 'list', ordered: isOrdered, start: isOrdered ? start : null, spread: false, children }
}

const MARKS = ['a', 'b', 'i', 's'] as const

function phrasingOf({ runs }: Block): PhrasingContent[] {
  return nested(
    runs.filter((run) => 'text' in run),
    MARKS,
  )
}

/** Neighbours that have a mark in common share one node of it, outermost the link. */
function nested(runs: readonly TextRun[], marks: readonly (typeof MARKS)[number][]): PhrasingContent[] {
  const [mark, ...others] = marks
  if (mark === undefined) return runs.flatMap(leavesOf)
  const result: PhrasingContent[] = []
  for (let at = 0; at < runs.length;) {
    const value = runs[at]?.attrs[mark]
    let end = at + 1
    while (end < runs.length && runs[end]?.attrs[mark] === value) end += 1
    const children = nested(runs.slice(at, end), others)
    at = end
    if (mark === 'a' && typeof value === 'string') result.push({ type: 'link', url: value, children })
    else if (mark === 'a' || value === undefined) result.push(...children)
    else result.push({ type: NODES[mark], children })
  }
  return result
}

const NODES = { b: 'strong', i: 'emphasis', s: 'delete' } as const

function leavesOf({ text, attrs }: TextRun): PhrasingContent[] {
  return text.split(/(\n)/).flatMap((part): PhrasingContent[] => {
    if (part === '') return []
    if (part === '\n') return [{ type: 'break' }]
    return [attrs['k'] === undefined ? { type: 'text', value: part } : { type: 'inlineCode', value: part }]
  })
}
