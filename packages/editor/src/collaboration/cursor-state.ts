/**
 * The part of a presence state that says where somebody is: `cursor`, two relative positions of the flow. What comes from
 * others may be anything; what is not exactly of that form counts as being nowhere.
 */
import { FLOW } from '@cometpad/binding'
import type { AnchoredRange } from '@cometpad/binding'
import { createRelativePositionFromJSON, relativePositionToJSON } from 'yjs'
import type { RelativePosition } from 'yjs'

export interface CursorState {
  readonly anchor: unknown
  readonly focus: unknown
}

export function writeCursor({ anchor, focus }: AnchoredRange): CursorState {
  return { anchor: relativePositionToJSON(anchor), focus: relativePositionToJSON(focus) }
}

export function readCursor(state: unknown): AnchoredRange | null {
  if (!isRecord(state) || !isRecord(state['cursor'])) return null
  const { anchor, focus } = state['cursor']
  const from = readPosition(anchor)
  if (from === null) return null
  const to = JSON.stringify(anchor) === JSON.stringify(focus) ? from : readPosition(focus)
  return to === null ? null : { anchor: from, focus: to }
}

function readPosition(json: unknown): RelativePosition | null {
  if (!isRecord(json)) return null
  const { item, type, tname, assoc } = json
  // Yjs would make a type of any name that it is asked for.
  if (tname !== undefined && tname !== null && tname !== FLOW) return null
  if (!isIdOrNothing(item) || !isIdOrNothing(type)) return null
  if (assoc !== undefined && typeof assoc !== 'number') return null
  if (!isRecord(item) && !isRecord(type) && tname !== FLOW) return null
  return createRelativePositionFromJSON(json)
}

function isIdOrNothing(id: unknown): boolean {
  if (id === undefined || id === null) return true
  return isRecord(id) && isCount(id['client']) && isCount(id['clock'])
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
