/** Content that another program, or an attacker, has put where ours keeps its own: shown or left alone, and never an exception. */
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { FLOW, META, seed } from '../src/form.ts'
import { readFlow } from '../src/read-flow.ts'
import { erase, type } from './gestures.ts'
import { createWriter, findFaults, sync, treeOf } from './writer.ts'

const kinds: Readonly<Record<string, (doc: Y.Doc) => void>> = {
  'keys of a map in the flow': (doc) => doc.getMap(FLOW).set('a', 1),
  'a type under a key of the flow': (doc) => doc.getMap(FLOW).set('k', new Y.Text('x')),
  'types in the flow': (doc) =>
    doc
      .getArray(FLOW)
      .insert(0, [new Y.Array(), new Y.Text('hi'), new Y.XmlElement('p'), new Y.XmlText('x')]),
  'values in the flow': (doc) =>
    doc.getArray(FLOW).insert(0, [1, 'two', { three: 3n }, null, true, [], new Date(0).toJSON()]),
  'bytes in the flow': (doc) => doc.getArray(FLOW).insert(0, [new Uint8Array(3)]),
  'a document in the flow': (doc) => doc.getArray(FLOW).insert(0, [new Y.Doc()]),
  'embeds that are words, numbers, and nothing': (doc) => {
    for (const embed of ['', 'two', 3, null]) embedValue(doc.getText(FLOW), embed)
  },
  'a marker with keys that no JSON says': (doc) => {
    const marker = new Y.Map<unknown>()
    doc.getText(FLOW).insertEmbed(0, marker)
    marker.set('T', 10n)
    marker.set('I', { deep: 10n })
    marker.set('W', new Y.Doc())
    marker.set('x', new Uint8Array(2))
  },
  'a tree of XML in the flow': (doc) => doc.getXmlFragment(FLOW).insert(0, [new Y.XmlElement('p')]),
  'an embed that is no object': (doc) => doc.getText(FLOW).insertEmbed(0, [1]),
  'attributes that are objects': (doc) =>
    doc.getText(FLOW).insert(0, 'x', { bold: { a: 1 }, link: [], _a: null }),
  'a marker whose keys are types': (doc) => {
    const marker = new Y.Map()
    doc.getText(FLOW).insertEmbed(0, marker)
    for (const key of ['type', 'indent', 'checked', 'align', 'start', 'language', 'rows', 'cells'])
      marker.set(key, new Y.Array())
  },
  'text in the place of the version': (doc) => doc.getText(META).insert(0, 'x'),
  'a list in the place of the version': (doc) => doc.getArray(META).insert(0, [1]),
  'a version that is a map': (doc) => doc.getMap(META).set('version', new Y.Map()),
  'a version that is a word': (doc) => doc.getMap(META).set('version', 'two'),
}

/** As no function of Yjs does it, but any program can write it. */
function embedValue(flow: Y.Text, embed: unknown): void {
  flow.doc?.transact((transaction) => {
    const { clientID, store } = transaction.doc
    const id = Y.createID(clientID, Y.getState(store, clientID))
    // Behind what is there: the seed stays the first.
    let left: Y.Item | null = null
    for (let item = flow._start; item !== null; item = item.right) left = item
    const content = new Y.ContentEmbed(embed as object)
    new Y.Item(id, left, left?.lastId ?? null, null, null, flow, null, content).integrate(transaction, 0)
  })
}

function made(by: (doc: Y.Doc) => void): Uint8Array {
  const doc = new Y.Doc()
  doc.clientID = 99
  by(doc)
  return Y.encodeStateAsUpdate(doc)
}

describe.each(Object.entries(kinds))('%s', (_what, by) => {
  it('[BN6] that comes while somebody writes breaks nobody: all see the same and the words are there', () => {
    const alice = createWriter({ clientId: 10 })
    const bob = createWriter({ clientId: 20 })
    type(alice, [0, 0], 'kept words')
    sync(alice, bob)
    Y.applyUpdate(alice.doc, made(by), 'sync')
    sync(alice, bob)
    expect([alice.binding.state.state, bob.binding.state.state]).not.toContain('broken')
    expect(alice.text()).toContain('kept words')
    expect(treeOf(bob)).toEqual(treeOf(alice))
    expect([...findFaults(alice), ...findFaults(bob)]).toEqual([])
  })

  it('[BN6] that is there when somebody opens the document breaks nobody who writes on, deletes, or reads it', () => {
    const doc = new Y.Doc()
    seed(doc)
    Y.applyUpdate(doc, made(by))
    const writer = createWriter({ clientId: 10, doc })
    expect(writer.binding.state.state).not.toBe('broken')
    if (writer.binding.state.state === 'live') {
      const last = writer.binding.view.blocks.length - 1
      type(writer, [last, 0], 'words')
      expect(writer.text()).toContain('words')
      erase(writer, [last, 0], [last, 2])
    }
    expect(findFaults(writer)).toEqual([])
    expect(() => readFlow(writer.doc.getText(FLOW))).not.toThrow()
  })
})
