/**
 * What is in a refused update, in words for whoever runs the server. Walks it as the gate does and builds nothing of it; what cannot
 * be walked is told up to there. Knows no store.
 */
import { CometpadError, errorTable } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import { UNBOUNDED, shapeOfUpdate } from '../core/gate/update-shape.ts'
import type { ClientRanges, ClockRange, UpdateShape } from '../core/gate/update-shape.ts'
import type { QuarantinedBytes } from '../storage/index.ts'

/** Lines of one list. */
const MOST_LINES = 20

export interface UpdateWords {
  /** Why it was refused, as far as its bytes tell. */
  readonly why: string
  /** What it would have done; empty when that cannot be read. */
  readonly holds: readonly string[]
}

export function wordsFor({ code, bytes, update }: QuarantinedBytes, limits: Limits): UpdateWords {
  const { text } = errorTable[code]
  if (update.length < bytes)
    return { why: `${text} Only its first ${update.length} bytes are kept, which say no more.`, holds: [] }
  if (code === 'CLIENT_ID_TAKEN') return { why: text, holds: holdsOf(update) }
  // The walk of the gate, once more: it says at what it has stopped.
  return { why: refusalOf(update, limits) ?? text, holds: holdsOf(update) }
}

function refusalOf(update: Uint8Array, limits: Limits): string | undefined {
  try {
    shapeOfUpdate(update, limits)
    return undefined
  } catch (cause) {
    if (!(cause instanceof CometpadError)) throw cause
    // What the walk of bytes says of them stands behind.
    const inner = cause.cause instanceof CometpadError ? ` ${cause.cause.message}` : ''
    return `${cause.message}${inner}`
  }
}

function holdsOf(update: Uint8Array): string[] {
  let shape: UpdateShape
  try {
    shape = shapeOfUpdate(update, UNBOUNDED)
  } catch (cause) {
    if (cause instanceof CometpadError) return []
    throw cause
  }
  const needs = Array.from(shape.needs, ([client, to]) => ({ client, from: 0, to }))
  return [
    ...listed(shape.structs, 'Brings', 'of client'),
    ...listed(shape.deletes.flatMap(eachOf), 'Deletes', 'of client'),
    ...listed(needs, 'Builds on', 'of client'),
    ...(shape.holes ? ['Has holes: clocks are missing inside of what it brings.'] : []),
  ]
}

function eachOf({ client, bounds }: ClientRanges): ClockRange[] {
  return Array.from({ length: bounds.length / 2 }, (_, index) => ({
    client,
    from: bounds[2 * index] ?? 0,
    to: bounds[2 * index + 1] ?? 0,
  }))
}

function listed(ranges: readonly ClockRange[], verb: string, of: string): string[] {
  const lines = ranges
    .slice(0, MOST_LINES)
    .map(({ client, from, to }) => `${verb} clocks ${from} to ${to - 1} ${of} ${client}.`)
  const more = ranges.length - lines.length
  return more > 0 ? [...lines, `${verb} ${more} more ranges of clocks.`] : lines
}
