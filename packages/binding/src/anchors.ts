/** Places that outlive edits: units of the flow as relative positions, for carets of others, undo and comments. */
import * as Y from 'yjs'
import type { UnitRange } from './caret.ts'

export interface AnchoredRange {
  readonly anchor: Y.RelativePosition
  readonly focus: Y.RelativePosition
}

/** A caret hangs on the character on its left, as everywhere in the binding. */
export function anchorRange(flow: Y.Text, range: UnitRange): AnchoredRange {
  const anchor = Y.createRelativePositionFromTypeIndex(flow, range.anchor, -1)
  const focus =
    range.focus === range.anchor ? anchor : Y.createRelativePositionFromTypeIndex(flow, range.focus, -1)
  return { anchor, focus }
}

/** Null when it hangs on something that this document does not have yet. */
export function resolveRange(flow: Y.Text, range: AnchoredRange): UnitRange | null {
  const anchor = resolve(flow, range.anchor)
  const focus = range.focus === range.anchor ? anchor : resolve(flow, range.focus)
  return anchor === null || focus === null ? null : { anchor, focus }
}

function resolve(flow: Y.Text, position: Y.RelativePosition): number | null {
  const { doc } = flow
  if (doc === null) return null
  const place = Y.createAbsolutePositionFromRelativePosition(position, doc, false)
  return place === null || place.type !== flow ? null : Math.min(place.index, flow.length)
}
