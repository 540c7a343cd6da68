/** What the editor holds, in the words of the flow: drafts of blocks, and the regions that they shall replace. */
import type { NodeKey } from 'lexical'
import type * as Y from 'yjs'
import type { Canonical } from './form.ts'
import type { Block, Content } from './model.ts'
import type { ObjectKinds } from './objects.ts'
import type { View } from './view.ts'

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

/** A draft and the element that it was read from. */
export interface Drafted {
  /** Null when it has none, or when the element is another draft's already. */
  readonly key: NodeKey | null
  readonly draft: Draft
  /** The tail behind it, if it has one, and the units of text before the tail's own. */
  readonly tail: { readonly key: NodeKey; readonly from: number } | null
  /** Of a table: the nodes of its rows and cells. */
  readonly parts?: ReadonlyMap<string, NodeKey>
}

export interface DraftContext {
  readonly view: View
  readonly objects: ObjectKinds
  /** A name for a row, a column or a container that nobody else ever gives. */
  readonly newName: () => string
  /** The containers around what is drafted, as the value of `W`. Null in a table, whose cells are where it is. */
  readonly within: string | null
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
