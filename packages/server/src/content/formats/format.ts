/** What a format is to those who read, write and compare documents in it. */
import { CONTAINER_KINDS } from '@cometpad/binding'
import type { ContainerKind } from '@cometpad/binding'
import type { Limits } from '@cometpad/shared'
import type { Block } from '../blocks.ts'
import type { Table } from '../tables.ts'

export type Bounds = Pick<Limits, 'contentBlocks' | 'contentRuns' | 'contentDepth'>

export interface Format {
  write(blocks: readonly Block[]): string
  /** Throws CONTENT_UNREADABLE or CONTENT_TOO_COMPLEX. */
  read(text: string, bounds: Bounds): Block[]
  /** Has it a word for containers? */
  readonly hasContainers: boolean
  /** The part of a block that survives being written and read. Null: the format has no word for the block. */
  says(block: Block): Block | null
  /** The part of a table that survives. Where this is missing, cells are blocks like any. */
  readonly saysTable?: (table: Table) => Table
}

const TEXT_TYPES: ReadonlySet<unknown> = new Set([
  undefined,
  'q',
  'code',
  'ul',
  'ol',
  'cl',
  ...[1, 2, 3, 4, 5, 6].map((level) => `h${level}`),
])

/** The kind of a container by this name, in whatever letters; undefined when it is none. */
export function containerKind(name: string | undefined): ContainerKind | undefined {
  return CONTAINER_KINDS.find((kind) => kind === name?.toLowerCase())
}

/** Is this a block that holds text? Objects, and types of other versions, are not. */
export function isText({ keys }: Block): boolean {
  return TEXT_TYPES.has(keys['T'])
}

export function isListItem({ keys }: Block): boolean {
  return keys['T'] === 'ul' || keys['T'] === 'ol' || keys['T'] === 'cl'
}

/** The block's text alone, without objects. */
export function textOf({ runs }: Block): string {
  return runs.map((run) => ('text' in run ? run.text : '')).join('')
}

/** Names of languages that every format can say. */
export const LANGUAGE = /^[\w+#.-]{1,40}$/

export function isCode({ keys }: Block): boolean {
  return keys['T'] === 'code'
}

/** The language of a block of code, if a format can say it. */
export function languageOf({ keys }: Block): string | undefined {
  const { L } = keys
  return typeof L === 'string' && LANGUAGE.test(L) ? L : undefined
}
