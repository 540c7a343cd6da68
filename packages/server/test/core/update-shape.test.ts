import fc from 'fast-check'
import { CometpadError, limits } from '@cometpad/shared'
import { SeededRandom } from '@cometpad/shared/testing'
import { describe, expect, test } from 'vitest'
import * as Y from 'yjs'
import { Known } from '../../src/core/gate/known.ts'
import { shapeOfUpdate } from '../../src/core/gate/update-shape.ts'
import type { UpdateShape } from '../../src/core/gate/update-shape.ts'

/** What Yjs itself finds in an update, in the form of a shape. */
function shapeByYjs(update: Uint8Array): { structs: string[]; deletes: string[] } {
  const { structs, ds } = Y.decodeUpdate(update)
  const clients = new Map<number, [number, number]>()
  for (const { id, length } of structs) {
    const [from, to] = clients.get(id.client) ?? [id.clock, id.clock]
    clients.set(id.client, [Math.min(from, id.clock), Math.max(to, id.clock + length)])
  }
  const deletes: string[] = []
  for (const [client, ranges] of ds.clients)
    for (const { clock, len } of ranges) deletes.push(`${client}: ${clock}-${clock + len}`)
  return {
    structs: Array.from(clients, ([client, [from, to]]) => `${client}: ${from}-${to}`).sort(),
    deletes: deletes.sort(),
  }
}

function plain({ structs, deletes }: UpdateShape): { structs: string[]; deletes: string[] } {
  const text = ({ client, from, to }: { client: number; from: number; to: number }): string =>
    `${client}: ${from}-${to}`
  const deleted = deletes.flatMap(({ client, bounds }) =>
    Array.from(bounds).flatMap((from, at) =>
      at % 2 === 0 ? [{ client, from, to: bounds[at + 1] ?? 0 }] : [],
    ),
  )
  return { structs: structs.map(text).sort(), deletes: deleted.map(text).sort() }
}

/** A document with everything that Yjs can hold, changed at random; gives each update it emitted. */
function randomUpdates(seed: number, steps: number): { updates: Uint8Array[]; docs: Y.Doc[] } {
  const random = new SeededRandom(seed)
  const updates: Uint8Array[] = []
  const docs = [1, 2].map((clientID) => {
    const doc = new Y.Doc()
    doc.clientID = clientID * 1_000 + seed
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== 'sync') updates.push(update)
    })
    return doc
  })
  for (let step = 0; step < steps; step += 1) {
    const doc = random.pick(docs)
    const text = doc.getText('text')
    const array = doc.getArray('array')
    const map = doc.getMap('map')
    const xml = doc.getXmlFragment('xml')
    const actions: (() => void)[] = [
      () =>
        text.insert(
          random.below(text.length + 1),
          random.pick(['a', 'Grüße', '👍🏽', '\u{1F469}\u200D', 'x'.repeat(200)]),
        ),
      () => text.length > 1 && text.delete(random.below(text.length - 1), 1),
      () => text.length > 1 && text.format(0, text.length, { bold: true, link: { href: 'https://a' } }),
      () => text.insertEmbed(0, { image: 'x', n: [1, { deep: null }] }),
      () => text.insertEmbed(text.length, new Y.Map([['T', 'h1']])),
      () =>
        array.insert(0, [
          1,
          -2,
          1.5,
          'text',
          true,
          false,
          null,
          { a: [1, undefined], big: 2n ** 60n },
          new Uint8Array([1, 2]),
        ]),
      () => array.length > 2 && array.delete(0, 2),
      () =>
        map.set(
          random.pick(['a', 'b']),
          random.pick<unknown>([1, 'x', { deep: { deeper: [] } }, new Y.Array(), new Y.Text('t')]),
        ),
      () => map.delete('a'),
      () => xml.insert(0, [new Y.XmlElement('p'), new Y.XmlText('t')]),
      () => xml.length > 1 && xml.delete(0, 1),
      () => map.set('sub', new Y.Doc({ guid: 'guid', meta: { a: 1 } })),
      () => docs.forEach((other) => Y.applyUpdate(other, Y.encodeStateAsUpdate(doc), 'sync')),
    ]
    doc.transact(() => random.pick(actions)())
  }
  return { updates, docs }
}

describe('the shape of an update', () => {
  test('[GA1] is what Yjs finds in it, for every kind of content', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const { updates, docs } = randomUpdates(seed, 60)
      const all = [
        ...updates,
        ...docs.map((doc) => Y.encodeStateAsUpdate(doc)),
        Y.mergeUpdates(updates.slice(0, 10)),
      ]
      for (const update of all) {
        const shape = shapeOfUpdate(update, limits)
        if (!shape.holes) expect(plain(shape), `seed ${seed}`).toEqual(shapeByYjs(update))
      }
    }
  })

  test('[GA1] an update cut short at any byte is refused', () => {
    const [, doc] = randomUpdates(7, 80).docs
    if (doc === undefined) throw new TypeError('No document')
    const update = Y.encodeStateAsUpdate(doc)
    for (let length = 0; length < update.length; length += 1)
      expect(() => shapeOfUpdate(update.subarray(0, length), limits)).toThrow(CometpadError)
  })

  test('[GA1] changed and random bytes have a shape or are refused by code, and fast', () => {
    const { updates } = randomUpdates(3, 80)
    fc.assert(
      fc.property(
        fc.constantFrom(...updates),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        (update, changes) => {
          const bytes = update.slice()
          for (const [index, byte] of changes) bytes[index % bytes.length] = byte
          expect(['shape', 'MALFORMED_UPDATE', 'UPDATE_TOO_COMPLEX']).toContain(verdict(bytes))
        },
      ),
      { numRuns: 5_000 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect(['shape', 'MALFORMED_UPDATE', 'UPDATE_TOO_COMPLEX']).toContain(verdict(bytes))
      }),
      { numRuns: 5_000 },
    )
  })

  test.each([
    ['33 million structs in seven bytes', [1, 0xff, 0xff, 0xff, 0x0f, 1, 0]],
    ['two clients of one name', [2, 1, 5, 0, 0, 1, 1, 5, 1, 0, 1, 0]],
    ['a struct of no length', [1, 1, 5, 0, 0, 0, 0]],
    ['an unknown kind of content', [1, 1, 5, 0, 31, 1, 1, 0x74, 0]],
    ['an unknown shared type', [1, 1, 5, 0, 7, 1, 1, 0x74, 9, 0]],
    ['bytes behind the end', [0, 0, 0]],
    ['nothing', []],
    ['a clock beyond 2^53', [1, 1, 5, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 1, 0]],
  ])('[GA1] %s is refused', (_what, bytes) => {
    expect(verdict(Uint8Array.from(bytes))).toBe('MALFORMED_UPDATE')
  })

  const embed = (json: string): number[] => {
    const bytes = Array.from(Buffer.from(json))
    return [1, 1, 5, 0, 5, 1, 1, 0x74, bytes.length, ...bytes, 0]
  }
  const string = (...bytes: number[]): number[] => [1, 1, 5, 0, 4, 1, 1, 0x74, bytes.length, ...bytes, 0]
  const keyed = (key: string): number[] => {
    const bytes = Array.from(Buffer.from(key))
    return [1, 1, 5, 0, 0x28, 1, 1, 0x74, bytes.length, ...bytes, 1, 126, 0]
  }

  test.each([
    ['an embed that is not JSON', embed('{')],
    ['an embed that is nothing', embed('')],
    ['an embed with a prototype', embed('{"a":[{"__proto__":{"isAdmin":true}}]}')],
    ['a text with a byte that is never in UTF-8', string(0x61, 0xff)],
    ['a text that is cut inside of a character', string(0xe2, 0x82)],
    ['a text with an overlong character', string(0xc0, 0x80)],
    ['a text with half of a pair', string(0xed, 0xa0, 0x80)],
    ['a text beyond the last character', string(0xf4, 0x90, 0x80, 0x80)],
    ['a key that is a prototype', keyed('__proto__')],
    ['a key that is a constructor', keyed('constructor')],
  ])('[GA9] %s is refused: it would break every client that applies it', (_what, bytes) => {
    expect(verdict(Uint8Array.from(bytes))).toBe('MALFORMED_UPDATE')
  })

  test('[GA9] what these look like when nothing is wrong passes', () => {
    for (const bytes of [embed('{"a":[1]}'), string(0xf0, 0x9f, 0x91, 0x8d), keyed('proto')])
      expect(verdict(Uint8Array.from(bytes))).toBe('shape')
  })

  test('[GA10] a jump of the clock that costs its sender nothing is refused', () => {
    const collected = (kind: number[], length: number[]): Uint8Array =>
      Uint8Array.from([1, 1, 5, 0, ...kind, ...length, 0])
    const most = [0x80, 0xad, 0xe2, 0x04]
    const one = [0x81, 0xad, 0xe2, 0x04]
    for (const kind of [[0], [1, 1, 1, 0x74]]) {
      expect(verdict(collected(kind, most))).toBe('shape')
      expect(verdict(collected(kind, one))).toBe('UPDATE_TOO_COMPLEX')
    }
  })

  test('[GA9] whatever passes, Yjs applies without an error', () => {
    const updates = [11, 12, 13].flatMap((seed) =>
      randomUpdates(seed, 25).docs.map((doc) => Y.encodeStateAsUpdate(doc)),
    )
    let passed = 0
    fc.assert(
      fc.property(fc.constantFrom(...updates), fc.nat(), fc.nat(255), (update, index, byte) => {
        const bytes = update.slice()
        bytes[index % bytes.length] = byte
        // What builds on something missing is not stored either (GA4).
        if (verdict(bytes) !== 'shape' || new Known().lacks(shapeOfUpdate(bytes, limits))) return
        passed += 1
        expect(() => Y.applyUpdate(new Y.Doc(), bytes)).not.toThrow()
      }),
      { numRuns: 10_000 },
    )
    expect(passed).toBeGreaterThan(100)
  })

  test('[GA2] values nested too deeply, too many items and too many clients are refused', () => {
    const deep = new Y.Doc()
    let value: unknown = 1
    for (let depth = 0; depth < 40; depth += 1) value = [value]
    deep.getArray('a').insert(0, [value])
    expect(verdict(Y.encodeStateAsUpdate(deep))).toBe('UPDATE_TOO_COMPLEX')
    const { docs } = randomUpdates(5, 60)
    const update = Y.encodeStateAsUpdate(docs[0] ?? deep)
    expect(verdict(update, { ...limits, updateItems: 10 })).toBe('UPDATE_TOO_COMPLEX')
    expect(verdict(update, { ...limits, updateClients: 0 })).toBe('UPDATE_TOO_COMPLEX')
  })

  test('[GA4] a hole in a merged update is seen', () => {
    const doc = new Y.Doc()
    const updates: Uint8Array[] = []
    doc.on('update', (update: Uint8Array) => updates.push(update))
    for (const letter of 'abc') doc.getText('t').insert(0, letter)
    const [first, , third] = updates
    if (first === undefined || third === undefined) throw new TypeError('Too few updates')
    expect(shapeOfUpdate(Y.mergeUpdates([first, third]), limits).holes).toBe(true)
    expect(shapeOfUpdate(Y.mergeUpdates(updates), limits).holes).toBe(false)
  })
})

function verdict(bytes: Uint8Array, bounds = limits): string {
  try {
    shapeOfUpdate(bytes, bounds)
    return 'shape'
  } catch (error) {
    if (error instanceof CometpadError) return error.code
    throw error
  }
}
