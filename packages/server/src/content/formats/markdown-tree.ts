/** The nodes of a Markdown syntax tree, by the names of mdast. */
import type { fromMarkdown } from 'mdast-util-from-markdown'

export type Root = ReturnType<typeof fromMarkdown>
export type RootContent = Root['children'][number]
export type Blockquote = Extract<RootContent, { type: 'blockquote' }>
export type List = Extract<RootContent, { type: 'list' }>
export type MarkdownTable = Extract<RootContent, { type: 'table' }>
export type ListItem = List['children'][number]
export type PhrasingContent = Extract<RootContent, { type: 'paragraph' }>['children'][number]
