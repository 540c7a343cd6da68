import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { SeededRandom } from '@cometpad/shared/testing'
import { compactUpdates } from './compaction-work.ts'
import { contentDigest } from './content-digest.ts'

/** A document and each of its updates. */
function recorded(client: number): { doc: Y.Doc; updates: Uint8Array[] } {
  const doc = new Y.Doc()
  doc.clientID = client
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  return { doc, updates }
}

function loaded(updates: readonly Uint8Array[]): Y.Doc {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc
}

/** Everything that Yjs can hold, changed at random by two people who hear of each other now and then. */
function wildUpdates(seed: number): Uint8Array[] {
  const random = new SeededRandom(seed)
  const people = [recorded(1), recorded(2)] as const
  for (let step = 0; step < 60; step += 1) {
    const { doc } = random.pick(people)
    const text = doc.getText('text')
    const list = doc.getArray<unknown>('list')
    const map = doc.getMap<unknown>('map')
    random.pick([
      () => text.insert(random.below(text.length + 1), 'ab😀'.repeat(1 + random.below(3))),
      () => text.delete(random.below(text.length), text.length > 4 ? 2 : 0),
      () =>
        text.length > 0 &&
        text.format(0, random.below(text.length) + 1, { bold: random.chance(0.5) || null }),
      () => text.insertEmbed(0, { image: step }),
      () => list.insert(0, [step, 'x', null, { deep: [1.5, true] }, new Uint8Array([step])]),
      () => list.push([new Y.Map([['k', step]]), new Y.Text('nested')]),
      () => list.length > 3 && list.delete(1, 2),
      () => map.set(`k${random.below(4)}`, random.chance(0.3) ? new Y.Array() : step),
      () => map.delete(`k${random.below(4)}`),
      () => doc.getXmlFragment('xml').push([new Y.XmlElement(random.pick(['p', 'div']))]),
    ])()
    if (random.chance(0.2)) {
      Y.applyUpdate(people[0].doc, Y.encodeStateAsUpdate(people[1].doc))
      Y.applyUpdate(people[1].doc, Y.encodeStateAsUpdate(people[0].doc))
    }
  }
  // As the log has them: everybody's updates, what they heard from each other doubled.
  return [...people[0].updates, ...people[1].updates]
}

describe('compaction', () => {
  it('makes one update that loads to the same document', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const updates = wildUpdates(seed)
      const compacted = compactUpdates(updates)
      if (compacted.state !== 'compacted') throw new Error(`Seed ${seed}: ${compacted.state}`)
      const before = loaded(updates)
      const after = loaded([compacted.update])
      for (const name of ['text', 'list', 'map', 'xml'] as const) {
        const kinds = { text: Y.Text, list: Y.Array, map: Y.Map, xml: Y.XmlFragment }
        expect(after.get(name, kinds[name]).toJSON()).toEqual(before.get(name, kinds[name]).toJSON())
      }
      expect(after.getText('text').toDelta()).toEqual(before.getText('text').toDelta())
      expect(Y.encodeStateVector(after)).toEqual(Y.encodeStateVector(before))
    }
  })

  it('makes it much smaller than the log of somebody who types and deletes', () => {
    const { doc, updates } = recorded(1)
    for (let n = 0; n < 300; n += 1) doc.getText('text').insert(n, 'x')
    doc.getText('text').delete(0, 200)
    const compacted = compactUpdates(updates)
    if (compacted.state !== 'compacted') throw new Error(compacted.state)
    expect(compacted.update.length).toBeLessThan(updates.reduce((sum, { length }) => sum + length, 0) / 10)
  })

  it('lets nothing out while something builds on items that are missing', () => {
    const { doc, updates } = recorded(1)
    doc.getText('text').insert(0, 'a')
    doc.getText('text').insert(1, 'b')
    doc.getText('text').delete(0, 1)
    expect(compactUpdates(updates.slice(1))).toEqual({ state: 'pending' })
    expect(compactUpdates(updates.slice(2))).toEqual({ state: 'pending' })
    expect(compactUpdates(updates).state).toBe('compacted')
  })
})

describe('the digest of a content', () => {
  it('does not depend on how the items are cut', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const updates = wildUpdates(seed)
      const byStep = loaded(updates)
      const atOnce = loaded([Y.encodeStateAsUpdate(loaded(updates))])
      expect(contentDigest(byStep)).toBe(contentDigest(atOnce))
      // A root that was only asked for is no content.
      byStep.getMap('never used')
      expect(contentDigest(byStep)).toBe(contentDigest(atOnce))
    }
  })

  it('is the same before Yjs has joined neighbours and after', () => {
    const { doc } = recorded(7)
    const inside = doc.transact(() => {
      for (const letter of ['a', 'b', 'c']) doc.getText('t').insert(doc.getText('t').length, letter)
      for (const value of [1, 2, 3]) doc.getArray('l').push([value])
      return contentDigest(doc)
    })
    expect(contentDigest(doc)).toBe(inside)
  })

  it('differs where state vectors and deletions do not', () => {
    const texts = ['AAA', 'BBB'].map((letters) => {
      const { doc } = recorded(7)
      doc.getText('text').insert(0, letters)
      return doc
    }) as [Y.Doc, Y.Doc]
    expect(Y.equalSnapshots(Y.snapshot(texts[0]), Y.snapshot(texts[1]))).toBe(true)
    expect(contentDigest(texts[0])).not.toBe(contentDigest(texts[1]))
  })

  it('differs with each kind of content, key, order and nesting', () => {
    const changes: ((doc: Y.Doc) => void)[] = [
      () => undefined,
      (doc) => doc.getArray('r').insert(0, ['a']),
      (doc) => doc.getArray('r').insert(0, ['b']),
      (doc) => doc.getArray('s').insert(0, ['a']),
      (doc) => doc.getArray('r').insert(0, [1]),
      (doc) => doc.getArray('r').insert(0, [new Uint8Array([1])]),
      (doc) => doc.getArray('r').insert(0, [new Y.Map()]),
      (doc) => doc.getArray('r').insert(0, [new Y.Array()]),
      (doc) => doc.getArray('r').insert(0, [new Y.XmlElement('p')]),
      (doc) => doc.getArray('r').insert(0, [new Y.XmlElement('q')]),
      (doc) => doc.getArray('r').insert(0, [Y.Array.from([1])]),
      (doc) => doc.getText('r').insert(0, 'a'),
      (doc) => doc.getText('r').insert(0, 'a', { bold: true }),
      (doc) => doc.getText('r').insertEmbed(0, { a: 1 }),
      (doc) => doc.getMap('r').set('k', 1),
      (doc) => doc.getMap('r').set('l', 1),
    ]
    const digests = changes.map((change) => {
      const { doc } = recorded(7)
      change(doc)
      return contentDigest(doc)
    })
    expect(new Set(digests).size).toBe(changes.length)
  })
})
