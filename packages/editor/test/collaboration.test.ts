// @vitest-environment happy-dom
import { limits } from '@cometpad/shared'
import { $createHeadingNode } from '@lexical/rich-text'
import { $getRoot } from 'lexical'
import { afterEach, describe, expect, test, vi } from 'vitest'
import * as Y from 'yjs'
import { blocksOf, createWriter, deliver, destroy, textOf, type } from './wired-editors.ts'
import type { Writer } from './wired-editors.ts'

const open: Writer[] = []

function writer(name: string, clientId: number, doc?: Y.Doc): Writer {
  const made = createWriter(name, clientId, doc)
  open.push(made)
  return made
}

afterEach(() => {
  destroy(...open.splice(0))
})

describe('two editors on one document', () => {
  test('a new document that two people open has one paragraph', () => {
    const [a, b] = [writer('A', 1), writer('B', 2)]
    deliver(a, b)
    expect([blocksOf(a), blocksOf(b)]).toEqual([[''], ['']])
    expect(Y.encodeStateAsUpdate(a.doc)).toEqual(Y.encodeStateAsUpdate(b.doc))
  })

  test('what one types the other reads, and a third who comes later reads it all', () => {
    const [a, b] = [writer('A', 1), writer('B', 2)]
    type(a, 'first')
    deliver(a, b)
    type(b, ' second')
    deliver(a, b)
    const late = writer('C', 3)
    deliver(a, b, late)
    for (const each of [a, b, late]) expect(blocksOf(each)).toEqual(['first second'])
  })

  test('headings and formats arrive', () => {
    const [a, b] = [writer('A', 1), writer('B', 2)]
    a.editor.update(() => $getRoot().append($createHeadingNode('h2')), { discrete: true })
    type(a, 'Plan', 1)
    deliver(a, b)
    expect(b.editor.read(() => $getRoot().getLastChildOrThrow().getType())).toBe('heading')
    expect(b.editor.getEditorState().toJSON()).toEqual(a.editor.getEditorState().toJSON())
  })

  // Both insert behind the same character; Yjs puts what the lower client id inserted first. Nothing is lost either way.
  test.each<[number, number, string[]]>([
    [1, 2, ['both', 'below more']],
    [2, 1, ['both more', 'below']],
  ])('edits made apart come together, of clients %i and %i', (idOfA, idOfB, expected) => {
    const [a, b] = [writer('A', idOfA), writer('B', idOfB)]
    type(a, 'both')
    deliver(a, b)
    a.editor.update(() => $getRoot().append($createHeadingNode('h1')), { discrete: true })
    type(a, 'below', 1)
    type(b, ' more')
    deliver(a, b)
    expect(blocksOf(a)).toEqual(expected)
    expect(blocksOf(b)).toEqual(blocksOf(a))
  })

  test('a document that is already filled is shown, and typing goes on in it', () => {
    const a = writer('A', 1)
    type(a, 'stored')
    const doc = new Y.Doc()
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(a.doc))
    const b = writer('B', 2, doc)
    expect(textOf(b)).toBe('stored')
    type(b, ' and read')
    deliver(a, b)
    expect(blocksOf(a)).toEqual(['stored and read'])
  })

  test('a document emptied by undo has one empty paragraph, and not one from everybody', () => {
    const [a, b, c] = [writer('A', 1), writer('B', 2), writer('C', 3)]
    type(a, 'gone soon')
    deliver(a, b, c)
    a.session.undo()
    deliver(a, b, c)
    for (const each of [a, b, c]) expect(blocksOf(each)).toEqual([''])
    type(b, 'new')
    deliver(a, b, c)
    for (const each of [a, b, c]) expect(blocksOf(each)).toEqual(['new'])
  })
})

describe('undo', () => {
  test('takes back one’s own edit and leaves what the other typed in the same paragraph', () => {
    const [a, b] = [writer('A', 1), writer('B', 2)]
    type(a, 'mine')
    deliver(a, b)
    type(b, ' yours')
    deliver(a, b)
    a.session.undo()
    deliver(a, b)
    expect([textOf(a), textOf(b)]).toEqual([' yours', ' yours'])
    a.session.redo()
    deliver(a, b)
    expect([textOf(a), textOf(b)]).toEqual(['mine yours', 'mine yours'])
  })

  test('is possible exactly after an own edit', () => {
    const [a, b] = [writer('A', 1), writer('B', 2)]
    type(a, 'mine')
    deliver(a, b)
    expect([a.session.canUndo.value, b.session.canUndo.value]).toEqual([true, false])
    b.session.undo()
    deliver(a, b)
    expect(textOf(b)).toBe('mine')
    a.session.undo()
    expect([a.session.canUndo.value, a.session.canRedo.value]).toEqual([false, true])
  })

  test('typing goes on in a paragraph that two people’s undo has emptied', () => {
    const [a, b] = [writer('A', 1), writer('B', 2)]
    type(a, 'alpha')
    deliver(a, b)
    type(b, ' beta')
    deliver(a, b)
    for (const step of [
      () => a.session.undo(),
      () => a.session.redo(),
      () => b.session.undo(),
      () => a.session.undo(),
    ]) {
      step()
      deliver(a, b)
    }
    for (const character of 'again') {
      type(a, character)
      deliver(a, b)
    }
    expect([textOf(a).trim(), textOf(b).trim()]).toEqual(['again', 'again'])
  })
})

describe('an edit that this editor cannot show', () => {
  test('makes it stop: nothing is sent any more, and what the document has stays', () => {
    const [a, b] = [writer('A', 1), writer('B', 2)]
    type(a, 'fine')
    deliver(a, b)
    vi.spyOn(a.editor, 'update').mockImplementation(() => undefined)
    type(b, ' and more')
    deliver(a, b)
    expect(a.session.state.value.state).toBe('broken')
    vi.restoreAllMocks()
    const before = Y.encodeStateVector(a.doc)
    type(a, ' lost')
    expect(Y.encodeStateVector(a.doc)).toEqual(before)
    deliver(a, b)
    expect(textOf(b)).toBe('fine and more')
  })

  test('is told from a mistake of one’s own', () => {
    const a = writer('A', 1)
    type(a, 'fine')
    a.editor.update(
      () => {
        throw new RangeError('a mistake')
      },
      { discrete: true },
    )
    expect([a.errors.length, a.session.state.value.state]).toEqual([1, 'live'])
    type(a, ' still')
    expect(textOf(a)).toBe('fine still')
  })

  test('because the document is of a newer version, makes it a reader that follows', () => {
    const [a, b] = [writer('A', 1), writer('B', 2)]
    type(a, 'old')
    deliver(a, b)
    b.doc.getMap('meta').set('v', 2)
    deliver(a, b)
    expect(a.session.state.value).toEqual({ state: 'outdated', version: 2 })
  })
})

describe('presence', () => {
  test('tells of the caret once for all that happens in an interval, and not while nothing moves', () => {
    vi.useFakeTimers()
    const a = writer('A', 1)
    const told: unknown[] = []
    a.awareness.on('update', () => told.push(a.awareness.getLocalState()?.['cursor']))
    for (const character of 'quickly') type(a, character)
    a.editor.update(() => void $getRoot().selectEnd(), { discrete: true })
    expect(told).toEqual([])
    vi.advanceTimersByTime(limits.presenceIntervalMs)
    expect(told.length).toBe(1)
    a.editor.update(() => void $getRoot().selectEnd(), { discrete: true })
    vi.advanceTimersByTime(10 * limits.presenceIntervalMs)
    expect(told.length).toBe(1)
    vi.useRealTimers()
  })

  test('says name, colour and user, and follows a new name', () => {
    const a = writer('A', 1)
    a.session.setUser({ id: 'u1', name: 'Quiet Otter', color: '#15803d' })
    expect(a.awareness.getLocalState()).toEqual({
      user: { id: 'u1', name: 'Quiet Otter', color: '#15803d' },
    })
  })
})
