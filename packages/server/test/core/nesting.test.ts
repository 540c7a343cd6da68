/** How deep items stand in shared types, held against Yjs itself, which has built the document. */
import { SeededRandom } from '@cometpad/shared/testing'
import { limits } from '@cometpad/shared'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { Depths } from '../../src/core/gate/depths.ts'
import { Known } from '../../src/core/gate/known.ts'
import type { Held } from '../../src/core/gate/nesting.ts'
import { UNBOUNDED, shapeOfUpdate } from '../../src/core/gate/update-shape.ts'
import { Table } from './table.ts'

const SESSIONS = Number(process.env['TEST_NESTING_SESSIONS'] ?? 20)
const STEPS = 120

/** What a room knows of a document. */
class Document {
  readonly #known = new Known()
  readonly #depths = new Depths()
  readonly held: Held = {
    clockOf: (client) => this.#known.clock(client),
    depthOf: (client, clock) => this.#depths.at(client, clock),
  }

  take(update: Uint8Array): void {
    const shape = shapeOfUpdate(update, UNBOUNDED, this.held)
    this.#depths.add(shape.depths, this.held.clockOf)
    this.#known.add(shape)
  }
}

/** Each item that has not been collected, and in how many types it stands. */
function* depthsIn(doc: Y.Doc): Generator<{ client: number; from: number; to: number; depth: number }> {
  for (const structs of doc.store.clients.values())
    for (const item of structs) {
      if (!(item instanceof Y.Item)) continue
      const { client, clock } = item.id
      let depth = 0
      for (let { parent } = item; parent instanceof Y.AbstractType && parent._item !== null;) {
        depth += 1
        parent = parent._item.parent
      }
      yield { client, from: clock, to: clock + item.length, depth }
    }
}

function expectSame(document: Document, doc: Y.Doc, seed: number): number {
  let deepest = 0
  for (const { client, from, to, depth } of depthsIn(doc)) {
    for (const clock of [from, to - 1])
      expect(document.held.depthOf(client, clock), `seed ${seed}, ${client}:${clock}`).toBe(depth)
    deepest = Math.max(deepest, depth)
  }
  return deepest
}

/** Writers that nest lists, texts and maps in each other, hear of each other now and then, and delete. */
function session(seed: number): { docs: Y.Doc[]; updates: Uint8Array[] } {
  const random = new SeededRandom(seed)
  const updates: Uint8Array[] = []
  const docs = [3, 1, 2].map((clientID) => {
    const doc = new Y.Doc()
    doc.clientID = clientID
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== 'other') updates.push(update)
    })
    return doc
  })
  for (let step = 0; step < STEPS; step += 1) {
    const doc = random.pick(docs)
    const types = typesIn(doc)
    const type = random.chance(0.6) ? (types.at(-1) ?? random.pick(types)) : random.pick(types)
    if (type instanceof Y.Map) type.set(random.pick(['a', 'b']), random.chance(0.5) ? new Y.Array() : 'value')
    else if (type instanceof Y.Array) {
      const at = random.below(type.length + 1)
      if (type.length > 2 && random.chance(0.2)) type.delete(random.below(type.length), 1)
      else type.insert(at, [random.pick([1, 'x', new Y.Map(), new Y.Array(), new Y.Text('text')])])
    } else if (type instanceof Y.Text) {
      if (random.chance(0.5)) type.insert(random.below(type.length + 1), 'letters')
      else type.insertEmbed(random.below(type.length + 1), new Y.Map())
    }
    if (random.chance(0.4)) {
      const [from, to] = [random.pick(docs), random.pick(docs)]
      Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)), 'other')
    }
  }
  for (const to of docs) for (const from of docs) Y.applyUpdate(to, Y.encodeStateAsUpdate(from), 'other')
  return { docs, updates }
}

type Shared = Y.ContentType['type']

function typesIn(doc: Y.Doc): Shared[] {
  const found: Shared[] = [doc.getArray('list'), doc.getMap('map')]
  for (const structs of doc.store.clients.values())
    for (const item of structs)
      if (item instanceof Y.Item && !item.deleted && item.content instanceof Y.ContentType)
        found.push(item.content.type)
  return found
}

describe('how deep items stand in shared types', () => {
  test(`[GA2] is what Yjs says, for ${SESSIONS} documents, edit by edit and as a whole`, () => {
    let deepest = 0
    for (let seed = 1; seed <= SESSIONS; seed += 1) {
      const { docs, updates } = session(seed)
      const [doc] = docs
      if (doc === undefined) throw new TypeError('Nobody has written')
      const whole = new Document()
      whole.take(Y.encodeStateAsUpdate(doc))
      deepest = Math.max(deepest, expectSame(whole, doc, seed))
      // As they were made: what each builds on may come later for another writer, so in an order that Yjs can apply.
      const bit = new Document()
      const plain = new Y.Doc()
      for (const update of updates) {
        Y.applyUpdate(plain, update)
        if (plain.store.pendingStructs !== null) break
        bit.take(update)
      }
      if (plain.store.pendingStructs === null) expectSame(bit, doc, seed)
      // In two halves, of which the second brings some of the first again.
      const halves = new Document()
      const middle = new Y.Doc()
      for (const update of updates.slice(0, updates.length / 2)) Y.applyUpdate(middle, update)
      halves.take(Y.encodeStateAsUpdate(middle))
      halves.take(Y.encodeStateAsUpdate(doc))
      expectSame(halves, doc, seed)
    }
    // Where nothing was nested nothing was compared.
    expect(deepest).toBeGreaterThan(3)
  })

  test('[GA2] does not matter for two people who write by turns in one paragraph', () => {
    const docs = [1, 2].map((clientID) => Object.assign(new Y.Doc(), { clientID }))
    for (let turn = 0; turn < 2_000; turn += 1) {
      const [doc, other] = turn % 2 === 0 ? docs : docs.toReversed()
      if (doc === undefined || other === undefined) throw new TypeError('Nobody is there')
      const text = doc.getText('t')
      text.insert(text.length, 'a')
      Y.applyUpdate(other, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(other)))
    }
    const { depths } = shapeOfUpdate(Y.encodeStateAsUpdate(docs[0] ?? new Y.Doc()), limits)
    expect(depths.size).toBe(0)
  })
})

describe('shared types that stand in each other too deep', () => {
  /** Each in the one before: as its first child, or as the second one, whose place only its neighbour tells. */
  function* chain(levels: number, isSecond: boolean): Generator<Uint8Array> {
    const doc = new Y.Doc()
    let update = new Uint8Array()
    doc.on('update', (made: Uint8Array) => (update = Uint8Array.from(made)))
    let list = doc.getArray<unknown>('list')
    for (let level = 0; level < levels; level += 1) {
      const next = new Y.Array<unknown>()
      if (isSecond) {
        list.insert(0, [0])
        yield update
      }
      list.push([next])
      yield update
      list = next
    }
  }

  test.each([false, true])(
    '[GA2] are refused wherever the next one stands, in one update or in as many as there are types (%s)',
    async (isSecond) => {
      const table = new Table({ limits: { typeDepth: 10 } })
      await table.store('doc', [])
      const updates = [...chain(12, isSecond)]
      const bit = await table.sit()
      const taken: number[] = []
      for (const update of updates) {
        if (bit.closed !== undefined) break
        bit.say({ type: 'update', update })
        taken.push(taken.length)
        await table.turn()
      }
      expect(bit.closed).toBe('UPDATE_TOO_COMPLEX')
      // The types one to eleven stand in 0 to 10 others; what is put into the eleventh would be the first that stands in eleven.
      expect(taken).toHaveLength(isSecond ? 23 : 12)
      const stored = table.log.durable('doc').entries.length
      expect(stored).toBe(taken.length - 1)
      const whole = await table.sit()
      whole.say({ type: 'update', update: Y.mergeUpdates(updates) })
      expect(whole.closed).toBe('UPDATE_TOO_COMPLEX')
      expect(table.log.durable('doc').entries).toHaveLength(stored)
    },
  )

  test('[GA2] are counted on by a room that has loaded the document anew', async () => {
    const updates = [...chain(12, true)]
    const table = new Table({ limits: { typeDepth: 10 } })
    // Twelve are there already, from before there was a bound.
    await table.store('doc', [Y.mergeUpdates(updates.slice(0, 20))])
    const guest = await table.sit()
    for (const update of updates.slice(20)) guest.say({ type: 'update', update })
    expect(guest.closed).toBe('UPDATE_TOO_COMPLEX')
  })

  test('[GA2] can stand as deep as Yjs itself bears', () => {
    const doc = new Y.Doc()
    for (const update of chain(limits.typeDepth, false)) Y.applyUpdate(doc, update)
    expect(() => doc.toJSON()).not.toThrow()
    const list = doc.getArray('list')
    expect(() => list.delete(0, 1)).not.toThrow()
    expect(list.length).toBe(0)
  })
})
