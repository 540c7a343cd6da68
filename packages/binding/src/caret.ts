/** One's own selection, kept where it was while blocks are rebuilt under it. Within an update of the editor. */
import {
  $createRangeSelection,
  $getNodeByKey,
  $getSelection,
  $isElementNode,
  $isRangeSelection,
  $isTextNode,
  $setSelection,
} from 'lexical'
import type { PointType, RangeSelection } from 'lexical'
import type { Delta } from './model.ts'
import { $placeAt, $unitOfPoint } from './points.ts'
import { mapPosition } from './rebase.ts'
import type { View } from './view.ts'

export interface UnitRange {
  readonly anchor: number
  readonly focus: number
}

/** Null when nothing, or something else than text, is selected. */
export function $selectedUnits(view: View): UnitRange | null {
  const selection = $getSelection()
  if (!$isRangeSelection(selection)) return null
  const anchor = $unitOfPoint(selection.anchor, view)
  const focus = selection.isCollapsed() ? anchor : $unitOfPoint(selection.focus, view)
  return anchor === undefined || focus === undefined ? null : { anchor, focus }
}

/** A caret stays behind the character on its left; a range neither grows at its start nor at its end. */
export function mapRange(range: UnitRange, deltas: readonly Delta[]): UnitRange {
  const map = (unit: number, sticks: 'left' | 'right'): number =>
    deltas.reduce((at, delta) => mapPosition(at, delta, sticks), unit)
  if (range.anchor === range.focus) {
    const unit = map(range.anchor, 'left')
    return { anchor: unit, focus: unit }
  }
  const isForward = range.anchor < range.focus
  const start = map(Math.min(range.anchor, range.focus), 'right')
  const end = Math.max(start, map(Math.max(range.anchor, range.focus), 'left'))
  return isForward ? { anchor: start, focus: end } : { anchor: end, focus: start }
}

/**
 * Runs `render` with nothing selected, for Lexical looks at selections whose text is just being changed; then selects
 * what was selected before, carried over the changes.
 */
export function $keepingSelection(view: View, deltas: readonly Delta[], render: () => void): void {
  const selection = $getSelection()
  const units = $selectedUnits(view)
  if (selection === null) {
    render()
    return
  }
  const kept = selection.clone()
  $setSelection(null)
  render()
  if (!$isRangeSelection(kept)) {
    if (kept.getNodes().every((node) => node.isAttached())) $setSelection(kept)
    return
  }
  const isMoved = units !== null && $movePoints(kept, mapRange(units, deltas), view)
  if (!$isValid(kept.anchor) || !$isValid(kept.focus)) return
  $setSelection(kept)
  // A selection that did not move must not be set in the page again.
  kept.dirty = selection.dirty || isMoved
}

/** Selects these units, unless they are selected already. */
export function $selectUnits(range: UnitRange, view: View): void {
  const current = $getSelection()
  const selection = $isRangeSelection(current) ? current : $createRangeSelection()
  if ($movePoints(selection, range, view)) selection.dirty = true
  if (selection !== current) $setSelection(selection)
}

function $movePoints({ anchor, focus }: RangeSelection, range: UnitRange, view: View): boolean {
  const isMoved = $movePoint(anchor, range.anchor, view)
  return $movePoint(focus, range.focus, view) || isMoved
}

function $movePoint(point: PointType, unit: number, view: View): boolean {
  const place = $placeAt(unit, view)
  if (place === null) return false
  const isThere = point.key === place.key && point.offset === place.offset && point.type === place.type
  if (!isThere) point.set(place.key, place.offset, place.type)
  return !isThere
}

function $isValid(point: PointType): boolean {
  const node = $getNodeByKey(point.key)
  if (node === null || !node.isAttached()) return false
  if ($isTextNode(node)) return point.type === 'text' && point.offset <= node.getTextContentSize()
  return $isElementNode(node) && point.type === 'element' && point.offset <= node.getChildrenSize()
}
