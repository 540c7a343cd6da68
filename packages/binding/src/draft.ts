/** What the editor holds, in the words of the flow: drafts of blocks, and the regions that they shall replace. */
import type * as Y from 'yjs'
import type { Canonical } from './form.ts'
import type { Block, Content } from './model.ts'

/** An object in the text as the editor has it. */
export interface DraftObject {
  /** What it is in the document; null when it is new. */
  readonly embed: unknown
  readonly keys: Canonical
  /** Names of keys that are its kind's own: absent in `keys` they are to be deleted. */
  readonly names: readonly string[]
}

/** A block as the editor has it. Attributes are known ones only. */
export interface Draft extends Content {
  readonly objects: readonly DraftObject[]
  /** The marker that this block had when it was last read; null when it is new. */
  readonly marker: Y.Map<unknown> | null
  readonly keys: Canonical
  /** Names of keys that are its kind's own, besides those that every block knows. */
  readonly names: readonly string[]
  /** Markers of text are all alike; a thing (an object, a part of a table) is kept or deleted as itself. */
  readonly isThing: boolean
}

/** Blocks of the flow, in the order of the editor, and what shall take their place. */
export interface Region {
  readonly old: readonly Block[]
  /** Where each of them begins in the flow. */
  readonly starts: readonly number[]
  /** Where something goes when there are no old ones. */
  readonly at: number
  readonly drafts: readonly Draft[]
  /** In units of the drafts. */
  readonly caret?: number | undefined
}
