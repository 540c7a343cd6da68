import { $createTextNode, $getRoot, $isElementNode, $setCompositionKey } from 'lexical'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { COMPOSITION_HOLD_MS, COMPOSITION_REST_MS } from '../src/composition.ts'
import { META, seed } from '../src/form.ts'
import { $blockNode, $select, drag, enter, erase, format, replace, type } from './gestures.ts'
import { show } from './show.ts'
import { createWriter, findFaults, sync, treeOf } from './writer.ts'
import type { Writer } from './writer.ts'

/** Begins to compose behind the last letter of a block, as an input method does. */
function compose(writer: Writer, block: number, text: string): void {
  writer.editor.update(
    () => {
      const last = $blockNode(writer, block).getLastDescendant()
      if (last === null) throw new Error('an empty block')
      $setCompositionKey(last.getKey())
    },
    { discrete: true },
  )
  writer.editor.update(
    () => $select(writer, [block, writer.binding.view.blocks[block]?.text.length ?? 0]).insertText(text),
    { discrete: true },
  )
}

function endComposition(writer: Writer): void {
  writer.editor.update(() => $setCompositionKey(null), { discrete: true })
  writer.binding.settle()
}

describe('what must not happen to a document', () => {
  it('[BN4] one that was there before the editor is shown, not replaced', () => {
    const alice = createWriter({ clientId: 10 })
    type(alice, [0, 0], 'was here')
    const doc = new Y.Doc()
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(alice.doc))
    const before = Y.encodeStateAsUpdate(doc)
    const bob = createWriter({ clientId: 20, doc })
    expect(bob.text()).toBe('was here')
    expect(Y.encodeStateAsUpdate(doc)).toEqual(before)
  })

  it('[BN4] two editors that are mounted on it one after the other, as StrictMode does, write nothing', () => {
    const doc = new Y.Doc()
    const first = createWriter({ clientId: 10, doc })
    type(first, [0, 0], 'once')
    const before = Y.encodeStateAsUpdate(doc)
    first.editor.dispose()
    createWriter({ clientId: 10, doc }).editor.dispose()
    const third = createWriter({ clientId: 10, doc })
    expect(Y.encodeStateAsUpdate(doc)).toEqual(before)
    type(third, [0, 4], ' more')
    expect(show(third)).toEqual(['p:once more'])
    expect(findFaults(third)).toEqual([])
  })

  it('[BN14] somebody who only reads writes nothing, whatever two others format and delete at the same time', () => {
    const alice = createWriter({ clientId: 10 })
    type(alice, [0, 0], 'many words stand here')
    const bob = createWriter({ clientId: 20 })
    sync(alice, bob)
    const reader = createWriter({ clientId: 30 })
    const written: unknown[] = []
    reader.doc.on('update', (_update: Uint8Array, origin: unknown) => {
      if (origin !== 'sync') written.push(origin)
    })
    sync(alice, reader)
    format(alice, [0, 5], [0, 10], 'bold')
    erase(bob, [0, 5], [0, 11])
    sync(alice, reader)
    sync(bob, reader)
    sync(alice, bob, reader)
    format(alice, [0, 2], [0, 8], 'bold')
    sync(alice, bob, reader)
    expect(written).toEqual([])
    expect(reader.text()).toBe('many stand here')
    expect(treeOf(reader)).toEqual(treeOf(alice))
    for (const writer of [alice, bob, reader]) expect(findFaults(writer)).toEqual([])
  })

  it('[BN4] two people who begin it at the same time begin one paragraph', () => {
    const alice = createWriter({ clientId: 10 })
    const bob = createWriter({ clientId: 20 })
    type(alice, [0, 0], 'A')
    type(bob, [0, 0], 'B')
    sync(alice, bob)
    expect(show(alice)).toHaveLength(1)
    expect(Array.from(alice.text()).sort()).toEqual(['A', 'B'])
    expect(show(bob)).toEqual(show(alice))
  })

  it('[BN5] a block, a key, an object and a format of a newer version are kept while one writes around them', () => {
    const doc = new Y.Doc()
    seed(doc)
    const flow = doc.getText('flow')
    flow.insert(1, 'glowing', { glow: 3 })
    flow.insertEmbed(8, new Y.Map(Object.entries({ T: 'hologram', depth: 4 })))
    flow.insert(9, 'caption')
    flow.insertEmbed(16, new Y.Map(Object.entries({ aura: 'blue' })))
    flow.insert(17, 'tail')
    flow.insertEmbed(21, new Y.Map(Object.entries({ O: 'sparkle', n: 7 })))
    const bob = createWriter({ clientId: 20, doc })
    type(bob, [0, 7], '!')
    type(bob, [2, 0], 'the ')
    enter(bob, [2, 4])
    const delta = JSON.stringify(flow.toDelta())
    expect(delta).toContain('"glow":3')
    const embeds = (flow.toDelta() as { insert: unknown }[]).flatMap(({ insert }) =>
      insert instanceof Y.Map ? [insert.toJSON()] : [],
    )
    expect(embeds).toContainEqual({ T: 'hologram', depth: 4 })
    expect(embeds).toContainEqual({ aura: 'blue' })
    expect(embeds).toContainEqual({ O: 'sparkle', n: 7 })
    expect(findFaults(bob)).toEqual([])
  })

  it('[BN5] one of a newer version is followed and not written', () => {
    const alice = createWriter({ clientId: 10 })
    const bob = createWriter({ clientId: 20 })
    type(alice, [0, 0], 'old')
    sync(alice, bob)
    alice.doc.getMap(META).set('v', 2)
    sync(alice, bob)
    expect(bob.binding.state).toEqual({ state: 'outdated', version: 2 })
    expect(bob.editor.isEditable()).toBe(false)
    alice.doc.getText('flow').insert(4, ' and new')
    sync(alice, bob)
    expect(bob.text()).toBe('old and new')
  })

  it('[BN6] an exception while a change of somebody else is shown: the tree is built anew, and both go on', () => {
    const alice = createWriter({ clientId: 10 })
    const bob = createWriter({ clientId: 20 })
    type(alice, [0, 0], 'hello')
    sync(alice, bob)
    let isArmed = true
    const update = bob.editor.update.bind(bob.editor)
    bob.editor.update = (change, options) => {
      update(() => {
        change()
        if (isArmed && options?.skipTransforms === true) {
          isArmed = false
          throw new Error('injected')
        }
      }, options)
    }
    type(alice, [0, 5], ' world')
    sync(alice, bob)
    expect(isArmed).toBe(false)
    expect(bob.text()).toBe('hello world')
    expect(bob.output.recovered.value.count).toBe(1)
    expect(bob.binding.state.state).toBe('live')
    type(bob, [0, 11], '!')
    sync(alice, bob)
    expect(alice.text()).toBe('hello world!')
    expect(treeOf(alice)).toEqual(treeOf(bob))
  })

  it('[BN6] an editor that can show nothing any more says so, stops writing, and harms nothing', () => {
    const alice = createWriter({ clientId: 10 })
    const bob = createWriter({ clientId: 20 })
    type(alice, [0, 0], 'hello')
    sync(alice, bob)
    const update = bob.editor.update.bind(bob.editor)
    bob.editor.update = (change, options) => {
      update(() => {
        change()
        if (options?.skipTransforms === true) throw new Error('injected')
      }, options)
    }
    type(alice, [0, 5], ' world')
    sync(alice, bob)
    expect(bob.binding.state.state).toBe('broken')
    expect(bob.editor.isEditable()).toBe(false)
    expect(bob.doc.getText('flow').toJSON()).toBe('hello world')
    sync(alice, bob)
    expect(alice.text()).toBe('hello world')
  })

  it('[BN7] half of a surrogate pair does not get into it, and an emoji is replaced as a whole', () => {
    const alice = createWriter({ clientId: 10 })
    const bob = createWriter({ clientId: 20 })
    alice.edit(() => {
      const paragraph = $getRoot().getFirstChild()
      if ($isElementNode(paragraph)) paragraph.append($createTextNode('a\uD83Db\uDE00c\uFDD0😀'))
    })
    expect(alice.doc.getText('flow').toJSON()).toBe('abc😀')
    sync(alice, bob)
    replace(alice, [0, 3], [0, 5], '😁')
    type(bob, [0, 5], 'Z')
    sync(alice, bob)
    expect(alice.text()).toBe('abc😁Z')
    expect(bob.text()).toBe('abc😁Z')
    expect(() => encodeURIComponent(alice.text())).not.toThrow()
  })
})

describe('a composition', () => {
  it.each([
    ['Enter before it', (writer: Writer) => enter(writer, [0, 1]), ['p:a', 'p:bcに']],
    ['typing before it', (writer: Writer) => type(writer, [0, 1], 'XY'), ['p:aXYbcに']],
    ['deleting before it', (writer: Writer) => erase(writer, [0, 0], [0, 2]), ['p:cに']],
  ] as const)('[BN8] lives through %s by somebody else', (_, act, expected) => {
    let now = 0
    const alice = createWriter({ clientId: 10, now: () => now })
    const bob = createWriter({ clientId: 20 })
    type(alice, [0, 0], 'abc')
    sync(alice, bob)
    compose(alice, 0, 'に')
    act(bob)
    sync(alice, bob)
    now = COMPOSITION_HOLD_MS - 1
    alice.binding.settle()
    expect(alice.text()).toBe('abcに')
    expect(bob.text()).not.toContain('に')
    endComposition(alice)
    sync(alice, bob)
    expect(show(alice)).toEqual(expected)
    expect(treeOf(bob)).toEqual(treeOf(alice))
    expect(findFaults(alice)).toEqual([])
  })

  it('[BN8] holds for two seconds and no longer', () => {
    let now = 0
    const alice = createWriter({ clientId: 10, now: () => now })
    const bob = createWriter({ clientId: 20 })
    type(alice, [0, 0], 'abc')
    sync(alice, bob)
    compose(alice, 0, 'に')
    enter(bob, [0, 1])
    sync(alice, bob)
    now = COMPOSITION_HOLD_MS
    alice.binding.settle()
    sync(alice, bob)
    expect(show(bob)).toEqual(['p:a', 'p:bcに'])
    endComposition(alice)
    sync(alice, bob)
    expect(show(alice)).toEqual(show(bob))
  })

  /** Alice composes behind "abc", Bob does something, and two seconds go by. */
  function afterTwoSeconds(act: (bob: Writer) => void): {
    alice: Writer
    bob: Writer
    wait: (ms: number) => void
  } {
    let now = 0
    const alice = createWriter({ clientId: 10, now: () => now })
    const bob = createWriter({ clientId: 20 })
    type(alice, [0, 0], 'abc')
    enter(alice, [0, 3])
    type(alice, [1, 0], 'def')
    sync(alice, bob)
    compose(alice, 0, 'に')
    act(bob)
    sync(alice, bob)
    const wait = (ms: number): void => {
      now += ms
      alice.binding.settle()
      sync(alice, bob)
    }
    wait(COMPOSITION_HOLD_MS)
    return { alice, bob, wait }
  }

  it('[BN12] shows after two seconds what others write in other blocks', () => {
    const { alice, bob } = afterTwoSeconds((writer) => type(writer, [1, 0], 'X'))
    expect(show(alice)).toEqual(['p:abcに', 'p:Xdef'])
    expect(show(bob)).toEqual(['p:abcに', 'p:Xdef'])
  })

  it('[BN12] keeps its own block as it is until it ends, while others see it and write in it', () => {
    const { alice, bob, wait } = afterTwoSeconds((writer) => enter(writer, [0, 1]))
    expect(show(bob)).toEqual(['p:a', 'p:bcに', 'p:def'])
    expect(show(alice)).toEqual(['p:abcに', 'p:def'])
    const node = alice.editor.getEditorState().read(() => $blockNode(alice, 0).getLastDescendant()?.getKey())
    type(bob, [2, 3], '!')
    type(bob, [1, 0], '>')
    sync(alice, bob)
    type(alice, [0, 4], 'ほ')
    wait(COMPOSITION_HOLD_MS)
    expect(show(bob)).toEqual(['p:a', 'p:>bcにほ', 'p:def!'])
    expect(show(alice)).toEqual(['p:abcにほ', 'p:def'])
    expect(alice.editor.getEditorState().read(() => $blockNode(alice, 0).getLastDescendant()?.getKey())).toBe(
      node,
    )
    endComposition(alice)
    sync(alice, bob)
    expect(show(alice)).toEqual(['p:a', 'p:>bcにほ', 'p:def!'])
    expect(treeOf(bob)).toEqual(treeOf(alice))
    expect(findFaults(alice)).toEqual([])
  })

  it('[BN12] and of a keyboard that never ends one until nothing was composed for half a minute', () => {
    const { alice, bob, wait } = afterTwoSeconds((writer) => enter(writer, [0, 1]))
    wait(COMPOSITION_REST_MS - COMPOSITION_HOLD_MS - 1)
    expect(show(alice)).toEqual(['p:abcに', 'p:def'])
    wait(COMPOSITION_HOLD_MS)
    expect(show(alice)).toEqual(show(bob))
    expect(findFaults(alice)).toEqual([])
  })
})

describe('drag', () => {
  it('[BN9] of a paragraph past its neighbour moves the one that nobody else is in', () => {
    const alice = createWriter({ clientId: 10 })
    const bob = createWriter({ clientId: 20 })
    type(alice, [0, 0], 'one')
    enter(alice, [0, 3])
    type(alice, [1, 0], 'two')
    enter(alice, [1, 3])
    type(alice, [2, 0], 'six')
    sync(alice, bob)
    alice.peersAt = [6]
    drag(alice, 1, 2, 'after')
    type(bob, [1, 1], 'XY')
    sync(alice, bob)
    expect(show(alice)).toEqual(['p:one', 'p:six', 'p:tXYwo'])
    expect(show(bob)).toEqual(show(alice))
  })
})
