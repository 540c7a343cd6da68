/** Edits made at the same time, carried over each other: deltas and positions. Pure; knows no document. */
import type { Delta, DeltaOp } from './model.ts'

/**
 * `delta` as it reads after `over`, both made against the same flow. `isFirst`: `delta` was written before `over` in the
 * document; where both insert at one place it stands first, and where both set one attribute it has been overwritten.
 * What `over` deleted is not touched any more.
 */
export function transformDelta(delta: Delta, over: Delta, isFirst: boolean): DeltaOp[] {
  const mine = new OpReader(delta)
  const theirs = new OpReader(over)
  const result: DeltaOp[] = []
  while (!mine.isDone) {
    if (mine.isInsert && (isFirst || !theirs.isInsert)) result.push(mine.take(Infinity))
    else if (theirs.isInsert) result.push({ retain: lengthOf(theirs.take(Infinity)) })
    else {
      const length = Math.min(mine.left, theirs.left)
      const op = mine.take(length)
      const other = theirs.take(length)
      if (other.delete === undefined) result.push(isFirst ? withoutOverwritten(op, other) : op)
    }
  }
  return compacted(result)
}

function withoutOverwritten(op: DeltaOp, { attributes }: DeltaOp): DeltaOp {
  if (op.retain === undefined || op.attributes === undefined || attributes === undefined) return op
  const left = Object.entries(op.attributes).filter(([name]) => !(name in attributes))
  return left.length === 0
    ? { retain: op.retain }
    : { retain: op.retain, attributes: Object.fromEntries(left) }
}

/** Where a position goes. `sticks` to its left: what is inserted exactly there comes behind it. */
export function mapPosition(position: number, delta: Delta, sticks: 'left' | 'right'): number {
  let at = 0
  let mapped = position
  for (const op of delta) {
    if (at > position) break
    const length = lengthOf(op)
    if (op.insert !== undefined) {
      if (at < position || sticks === 'right') mapped += length
    } else {
      if (op.delete !== undefined) mapped -= Math.max(0, Math.min(length, position - at))
      at += length
    }
  }
  return mapped
}

/** By how much a delta makes a flow longer. */
export function growthOf(delta: Delta): number {
  return delta.reduce((sum, op) => {
    if (op.insert !== undefined) return sum + lengthOf(op)
    return op.delete === undefined ? sum : sum - lengthOf(op)
  }, 0)
}

export function lengthOf(op: DeltaOp): number {
  if (op.retain !== undefined) return op.retain
  if (op.delete !== undefined) return op.delete
  return typeof op.insert === 'string' ? op.insert.length : 1
}

class OpReader {
  readonly #ops: Delta
  #index = 0
  #offset = 0

  constructor(ops: Delta) {
    this.#ops = ops
  }

  get isDone(): boolean {
    return this.#index >= this.#ops.length
  }

  get isInsert(): boolean {
    return this.#ops[this.#index]?.insert !== undefined
  }

  /** Units left of the current operation; behind the last one everything is retained. */
  get left(): number {
    const op = this.#ops[this.#index]
    return op === undefined ? Infinity : lengthOf(op) - this.#offset
  }

  take(most: number): DeltaOp {
    const op = this.#ops[this.#index]
    if (op === undefined) return { retain: most }
    const length = Math.min(most, this.left)
    const from = this.#offset
    this.#offset += length
    if (this.left === 0) {
      this.#index += 1
      this.#offset = 0
    }
    if (op.retain !== undefined) return { ...op, retain: length }
    if (op.delete !== undefined) return { ...op, delete: length }
    return typeof op.insert === 'string' ? { ...op, insert: op.insert.slice(from, from + length) } : op
  }
}

/** With one operation for what is left as it is between two changes, and none behind the last. */
function compacted(ops: readonly DeltaOp[]): DeltaOp[] {
  const compact: DeltaOp[] = []
  for (const op of ops) {
    const last = compact.at(-1)
    if (isPlain(op) && last !== undefined && isPlain(last))
      compact[compact.length - 1] = { retain: lengthOf(last) + lengthOf(op) }
    else compact.push(op)
  }
  const last = compact.at(-1)
  if (last !== undefined && isPlain(last)) compact.pop()
  return compact
}

function isPlain({ retain, attributes }: DeltaOp): boolean {
  return retain !== undefined && attributes === undefined
}
