/**
 * A digest of what a Y.Doc holds, taken by walking it: which items are there, in which order, under which key, with
 * which content. It does not depend on how Yjs has cut neighbouring items, and does not use Yjs' encoder for
 * documents: it checks that one. Deleted content does not count.
 */
import { createHash } from 'node:crypto'
import type { Hash } from 'node:crypto'
import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'

/** Text goes into the digest in pieces of this many UTF-16 units. */
const SLICE = 16_384
const slice = Buffer.alloc(2 * SLICE)

type SharedType = NonNullable<ReturnType<Y.Doc['share']['get']>>
type AnyValue = Parameters<typeof encoding.writeAny>[1]

export function contentDigest(doc: Y.Doc): string {
  const hash = createHash('sha256')
  for (const name of [...doc.share.keys()].sort()) {
    const type = doc.share.get(name)
    if (type === undefined || isEmpty(type)) continue
    field(hash, 'root', name)
    addType(hash, type)
  }
  return hash.digest('hex')
}

/** An empty root exists only in the memory of who asked for it. */
function isEmpty(type: SharedType): boolean {
  return type._start === null && type._map.size === 0
}

function addType(hash: Hash, type: SharedType): void {
  addSequence(hash, type._start)
  for (const key of [...type._map.keys()].sort()) {
    const item = type._map.get(key)
    if (item === undefined || item.deleted) continue
    field(hash, 'key', key)
    addItem(hash, item)
  }
  field(hash, 'end', '')
}

function addSequence(hash: Hash, start: Y.Item | null): void {
  let run: Run | undefined
  for (let item = start; item !== null; item = item.right) {
    if (item.deleted) continue
    const { content } = item
    if (content instanceof Y.ContentString) {
      run = extended(hash, run, item, content.str)
    } else {
      run = flushed(hash, run)
      addItem(hash, item)
    }
  }
  flushed(hash, run)
}

/** Text whose items follow each other in place and in clock: it may be one item in one document and three in another. */
interface Run {
  readonly client: number
  readonly clock: number
  readonly texts: string[]
  next: number
}

function extended(hash: Hash, run: Run | undefined, item: Y.Item, text: string): Run {
  const { client, clock } = item.id
  if (run !== undefined && run.client === client && run.next === clock) {
    run.texts.push(text)
    run.next += item.length
    return run
  }
  flushed(hash, run)
  return { client, clock, texts: [text], next: clock + item.length }
}

function flushed(hash: Hash, run: Run | undefined): undefined {
  if (run === undefined) return undefined
  // As `field` of them all in one, which would need several times their size in memory.
  const characters = run.texts.reduce((sum, { length }) => sum + length, 0)
  hash.update(`text ${run.client} ${run.clock} ${2 * characters}\n`)
  for (const text of run.texts)
    for (let from = 0; from < text.length; from += SLICE)
      hash.update(slice.subarray(0, slice.write(text.slice(from, from + SLICE), 'utf16le')))
  return undefined
}

function addItem(hash: Hash, item: Y.Item): void {
  const { content } = item
  const { client, clock } = item.id
  if (content instanceof Y.ContentAny || content instanceof Y.ContentJSON) {
    // One field for each value: neighbours may be one item or several.
    const values: AnyValue[] = content.arr
    for (const [index, value] of values.entries())
      bytesField(
        hash,
        `value ${client} ${clock + index}`,
        encoding.encode((encoder) => encoding.writeAny(encoder, value)),
      )
    return
  }
  const encoder = new Y.UpdateEncoderV1()
  content.write(encoder, 0)
  bytesField(hash, `item ${client} ${clock} ${content.getRef()}`, encoder.toUint8Array())
  if (content instanceof Y.ContentType) addType(hash, content.type)
}

function field(hash: Hash, label: string, text: string): void {
  bytesField(hash, label, Buffer.from(text, 'utf16le'))
}

function bytesField(hash: Hash, label: string, bytes: Uint8Array): void {
  hash.update(`${label} ${bytes.length}\n`).update(bytes)
}
