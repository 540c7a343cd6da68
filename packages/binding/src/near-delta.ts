/**
 * What a transaction changed in a flow, read beside the changes alone. Yjs reads its own delta from the start of the text to
 * its end; here reading begins at the marker before a change, whose attributes are remembered, and ends at the first marker
 * behind it where the attributes are again what they were. Only while a transaction is observed. Knows no editor.
 */
import * as Y from 'yjs'
import { attrsOf, canonical } from './form.ts'
import type { Attrs } from './form.ts'
import { blockLength, isMarker, setFormat, unitsIn } from './model.ts'
import type { Block, DeltaOp } from './model.ts'

/** So many items are looked at on the way to the markers; where there are more, everything is read sooner. */
const MOST_ITEMS = 2_000

/** The marker before a change: null at the start of the flow. */
type Anchor = Y.Item | null

interface Start {
  readonly anchor: Anchor
  /** Unit of the flow before the transaction. */
  readonly at: number
  readonly attrs: Attrs
}

/**
 * The delta of `flow`, in units of the flow before; null where it is read more cheaply as a whole.
 * @param blocks the flow as it was before the transaction
 */
export function readNearDelta(
  flow: Y.Text,
  transaction: Y.Transaction,
  blocks: readonly Block[],
): DeltaOp[] | null {
  const changes = new Changes(flow, transaction)
  const anchors = changes.findAnchors()
  const starts = anchors === null ? null : startsAt(anchors, blocks)
  if (anchors === null || starts === null) return null
  const walk = new Walk(changes, anchors)
  for (const start of starts) walk.from(start, flow._start)
  return walk.finish()
}

/** The same read from the start of the flow to its end: what Yjs leaves out of its delta is counted here. */
export function readWholeDelta(flow: Y.Text, transaction: Y.Transaction): DeltaOp[] {
  const walk = new Walk(new Changes(flow, transaction), null)
  walk.from({ anchor: null, at: 0, attrs: {} }, flow._start)
  return walk.finish()
}

/** Which items a transaction added to a flow and deleted from it. */
class Changes {
  readonly #flow: Y.Text
  readonly #transaction: Y.Transaction

  constructor(flow: Y.Text, transaction: Y.Transaction) {
    this.#flow = flow
    this.#transaction = transaction
  }

  adds({ id }: Y.Item): boolean {
    return id.clock >= (this.#transaction.beforeState.get(id.client) ?? 0)
  }

  deletes({ id, deleted }: Y.Item): boolean {
    return deleted && Y.isDeleted(this.#transaction.deleteSet, id)
  }

  /** A marker that was there before and still is. */
  isAnchor(item: Y.Item): boolean {
    return !item.deleted && isMarkerItem(item) && !this.adds(item)
  }

  /** The nearest anchor before each change; null when there are too many changes. */
  findAnchors(): Set<Anchor> | null {
    const anchors = new Set<Anchor>()
    const seen = new Set<Y.Item>()
    for (const item of this.#changed()) {
      let left: Anchor = item
      while (left !== null && !this.isAnchor(left)) {
        if (seen.has(left)) break
        seen.add(left)
        left = left.left
      }
      if (left === null || !seen.has(left)) anchors.add(left)
      if (seen.size > MOST_ITEMS) return null
    }
    return anchors
  }

  *#changed(): Generator<Y.Item> {
    const { beforeState, afterState, deleteSet, doc } = this.#transaction
    const isOfFlow = (struct: unknown): struct is Y.Item =>
      struct instanceof Y.Item && struct.parent === this.#flow
    for (const [client, end] of afterState) {
      const from = beforeState.get(client) ?? 0
      const structs = doc.store.clients.get(client) ?? []
      if (end > from) yield* structs.slice(Y.findIndexSS(structs, from)).filter(isOfFlow)
    }
    const deleted: Y.Item[] = []
    Y.iterateDeletedStructs(this.#transaction, deleteSet, (struct) => {
      if (isOfFlow(struct)) deleted.push(struct)
    })
    yield* deleted
  }
}

function isMarkerItem({ content }: Y.Item): boolean {
  return content instanceof Y.ContentType && isMarker(content.type)
}

/** Where the anchors stood, in their order; null when one is unknown. */
function startsAt(anchors: ReadonlySet<Anchor>, blocks: readonly Block[]): Start[] | null {
  const starts: Start[] = anchors.has(null) ? [{ anchor: null, at: 0, attrs: {} }] : []
  let at = 0
  for (const block of blocks) {
    const anchor = block.marker?._item ?? null
    if (anchor !== null && anchors.has(anchor)) starts.push({ anchor, at, attrs: attrsOf(block.own) })
    if (starts.length === anchors.size) return starts
    at += blockLength(block)
  }
  return null
}

/** Reads from anchor to anchor, and writes the delta. */
class Walk {
  readonly #changes: Changes
  /** Null: there is no end but that of the flow. */
  readonly #anchors: ReadonlySet<Anchor> | null
  readonly #passed = new Set<Anchor>()
  readonly #delta: (Omit<DeltaOp, 'retain'> & { retain?: number })[] = []
  /** Units before the transaction that the delta has come to. */
  #at = 0

  constructor(changes: Changes, anchors: ReadonlySet<Anchor> | null) {
    this.#changes = changes
    this.#anchors = anchors
  }

  from({ anchor, at, attrs }: Start, first: Y.Item | null): void {
    if (this.#passed.has(anchor)) return
    this.#retain(at - this.#at, undefined)
    const formats = new Formats(attrs)
    for (let item = anchor ?? first; item !== null; item = item.right) {
      if (this.#anchors !== null && item !== anchor && this.#changes.isAnchor(item)) {
        if (this.#anchors.has(item)) this.#passed.add(item)
        else if (formats.change === undefined) return
      }
      this.#read(item, formats)
    }
  }

  finish(): DeltaOp[] {
    const last = this.#delta.at(-1)
    if (last?.retain !== undefined && last.attributes === undefined) this.#delta.pop()
    return this.#delta
  }

  #read(item: Y.Item, formats: Formats): void {
    const isAdded = this.#changes.adds(item)
    const isDeleted = this.#changes.deletes(item)
    if (isAdded ? isDeleted : item.deleted && !isDeleted) return
    const { content } = item
    if (content instanceof Y.ContentFormat) {
      if (!isAdded) setFormat(formats.before, content)
      if (!isDeleted) setFormat(formats.after, content)
      formats.forget()
    } else if (isAdded) this.#insert(content, formats)
    else if (isDeleted) this.#delete(item.length)
    else this.#retain(item.length, formats.change)
  }

  #insert(content: Y.Item['content'], formats: Formats): void {
    const { attributes } = formats
    for (const insert of unitsIn(content)) this.#delta.push({ insert, attributes })
  }

  #delete(units: number): void {
    this.#at += units
    this.#delta.push({ delete: units })
  }

  #retain(units: number, attributes: Attrs | undefined): void {
    if (units === 0) return
    this.#at += units
    const last = this.#delta.at(-1)
    if (last?.retain === undefined || last.attributes !== attributes)
      this.#delta.push(attributes === undefined ? { retain: units } : { retain: units, attributes })
    else last.retain += units
  }
}

/** The attributes at one place, before the transaction and after it. What follows from them is worked out where it is asked for. */
class Formats {
  readonly before: Map<string, unknown>
  readonly after: Map<string, unknown>
  #attributes: Attrs | null = null
  #change: Attrs | undefined | null

  constructor(attrs: Attrs) {
    this.before = new Map(Object.entries(attrs))
    this.after = new Map(this.before)
  }

  forget(): void {
    this.#attributes = null
    this.#change = null
  }

  get attributes(): Attrs {
    return (this.#attributes ??= Object.fromEntries(this.after))
  }

  /** What makes the attributes before those after; undefined when they are the same. */
  get change(): Attrs | undefined {
    if (this.#change !== null) return this.#change
    const change: Record<string, unknown> = {}
    for (const name of new Set([...this.before.keys(), ...this.after.keys()])) {
      const is = this.after.get(name) ?? null
      if (canonical({ v: this.before.get(name) }) !== canonical({ v: is })) change[name] = is
    }
    return (this.#change = Object.keys(change).length === 0 ? undefined : change)
  }
}
