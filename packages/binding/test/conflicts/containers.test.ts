/** Containers in which two people are at once; see conflicts.test.ts. */
import { $getRoot, $parseSerializedNode } from 'lexical'
import { describe, expect, it } from 'vitest'
import { $isContainerNode } from '../../src/container-node.ts'
import type { ContainerNode } from '../../src/container-node.ts'
import { attrsOf } from '../../src/form.ts'
import { leave, showContained, unwrap, wrap } from '../container-gestures.ts'
import { enter, erase, makeBlock, makeList, type } from '../gestures.ts'
import { createWriter, findFaults, sync, treeOf } from '../writer.ts'
import type { Writer } from '../writer.ts'
import { expectAgreed } from './agreed.ts'

type Gesture = (writer: Writer) => void

/** Blocks a, b, c, d; `before`: what is done before the two part. Both orders of client ids. */
function conflict(before: Gesture, a: Gesture, b: Gesture): [string[], string[]] {
  const run = (first: number, second: number): string[] => {
    const alice = begin(first)
    const bob = createWriter({ clientId: second })
    before(alice)
    sync(alice, bob)
    a(alice)
    b(bob)
    sync(alice, bob)
    expectAgreed(alice, bob)
    return showContained(alice)
  }
  return [run(10, 20), run(20, 10)]
}

function begin(clientId: number): Writer {
  const writer = createWriter({ clientId })
  type(writer, [0, 0], 'aa')
  for (const [i, text] of ['bb', 'cc', 'dd'].entries()) {
    enter(writer, [i, 2])
    type(writer, [i + 1, 0], text)
  }
  return writer
}

const nothing: Gesture = () => undefined
const note: Gesture = (writer) => wrap(writer, 1, 2)

describe('two people at a container', () => {
  it('[BN15] one makes it while the other types, presses Enter and makes a heading of a block that comes into it', () => {
    const results = conflict(nothing, note, (bob) => {
      type(bob, [1, 1], 'X')
      makeBlock(bob, [2, 0], 'h2')
      enter(bob, [1, 2])
    })
    // The new block was made outside: it stands between what became two containers of one name.
    for (const result of results) expect(result).toEqual(['p:aa', '|note p:bX', 'p:b', '|note h2:cc', 'p:dd'])
  })

  it('[BN15] one takes it away while the other types in it: the words are where they were typed', () => {
    const results = conflict(
      note,
      (alice) => unwrap(alice, 1),
      (bob) => {
        type(bob, [1, 2], 'XY')
        type(bob, [2, 0], 'Z')
      },
    )
    for (const result of results) expect(result).toEqual(['p:aa', 'p:bbXY', 'p:Zcc', 'p:dd'])
  })

  it('[BN15] both put overlapping blocks into one: two containers side by side, each block once', () => {
    const [low, high] = conflict(
      nothing,
      (alice) => wrap(alice, 0, 2),
      (bob) => wrap(bob, 1, 3, 'tip'),
    )
    const oneOf = [
      ['|note p:aa', '|tip p:bb', 'tip p:cc', 'tip p:dd'],
      ['|note p:aa', 'note p:bb', 'note p:cc', '|tip p:dd'],
    ]
    expect(oneOf).toContainEqual(low)
    expect(oneOf).toContainEqual(high)
  })

  it('[BN15] both take it away, or both leave it with the same block: once', () => {
    const away: Gesture = (writer) => unwrap(writer, 1)
    for (const result of conflict(note, away, away)) expect(result).toEqual(['p:aa', 'p:bb', 'p:cc', 'p:dd'])
    const out: Gesture = (writer) => leave(writer, 2)
    for (const result of conflict(note, out, out))
      expect(result).toEqual(['p:aa', '|note p:bb', 'p:cc', 'p:dd'])
  })

  it('[BN15] one presses Enter at its end while the other takes the last block out: nothing is doubled', () => {
    const results = conflict(
      note,
      (alice) => enter(alice, [2, 2]),
      (bob) => leave(bob, 2),
    )
    for (const result of results) expect(result).toEqual(['p:aa', '|note p:bb', 'p:cc', '|note p:', 'p:dd'])
  })

  it('[BN15] one drags a block into it while the other types in another block of it', () => {
    const results = conflict(
      note,
      (alice) => {
        alice.edit(() => {
          const moved = $getRoot().getLastChildOrThrow()
          $containerIn().getFirstChildOrThrow().insertBefore(moved)
        })
      },
      (bob) => type(bob, [1, 2], 'X'),
    )
    for (const result of results) expect(result).toEqual(['p:aa', '|note p:dd', 'note p:bbX', 'note p:cc'])
  })

  it('[BN15] one deletes all that is in it while the other types in the middle: what was typed stands alone', () => {
    const results = conflict(
      (alice) => wrap(alice, 0, 2),
      (alice) => erase(alice, [0, 0], [2, 2]),
      (bob) => type(bob, [1, 1], 'X'),
    )
    for (const result of results) expect(result).toEqual(['|note p:X', 'p:dd'])
  })

  it('[BN15] one takes what follows into it while the other types there: the words are in it', () => {
    const results = conflict(
      note,
      (alice) => alice.edit(() => $containerIn().append($getRoot().getLastChildOrThrow())),
      (bob) => type(bob, [3, 2], 'X'),
    )
    for (const result of results) expect(result).toEqual(['p:aa', '|note p:bb', 'note p:cc', 'note p:ddX'])
  })

  it('[BN15] lists, quotes and code stand in it, and one in another', () => {
    const [result] = conflict(
      (alice) => {
        makeList(alice, [1, 0], [2, 2], 'number')
        makeBlock(alice, [3, 0], 'code')
        wrap(alice, 0, 3, 'warning')
        wrap(alice, 1, 2, 'tip')
      },
      (alice) => type(alice, [3, 2], 'X'),
      (bob) => makeBlock(bob, [0, 0], 'quote'),
    )
    expect(result).toEqual(['|warning q:aa', '|warning tip ol:bb', 'warning tip ol:cc', '|warning code:ddX'])
  })
})

describe('a container and undo', () => {
  it('[BN15] undoing it keeps what the other typed in it, and redoing brings it back', () => {
    const alice = begin(10)
    const bob = createWriter({ clientId: 20 })
    note(alice)
    sync(alice, bob)
    type(bob, [1, 2], 'XY')
    sync(alice, bob)
    alice.output.undo()
    sync(alice, bob)
    expectAgreed(alice, bob)
    expect(showContained(bob)).toEqual(['p:aa', 'p:bbXY', 'p:cc', 'p:dd'])
    alice.output.redo()
    sync(alice, bob)
    expectAgreed(alice, bob)
    expect(showContained(bob)).toEqual(['p:aa', '|note p:bbXY', 'note p:cc', 'p:dd'])
  })
})

describe('a container in one editor', () => {
  it('[BN15] is another one when it is copied, also right behind itself', () => {
    const writer = begin(10)
    note(writer)
    const json = writer.editor.getEditorState().toJSON().root.children[1]
    writer.edit(() => {
      if (json !== undefined) $getRoot().getChildAtIndex(1)?.insertAfter($parseSerializedNode(json))
    })
    expect(showContained(writer)).toEqual([
      'p:aa',
      '|note p:bb',
      'note p:cc',
      '|note p:bb',
      'note p:cc',
      'p:dd',
    ])
    expect(findFaults(writer)).toEqual([])
  })

  it('[BN15] that lost its last block holds an empty line', () => {
    const writer = begin(10)
    wrap(writer, 3)
    writer.edit(() => $containerIn().insertBefore($containerIn().getLastChildOrThrow()))
    expect(showContained(writer)).toEqual(['p:aa', 'p:bb', 'p:cc', 'p:dd', '|note p:'])
    const late = createWriter({ clientId: 20 })
    sync(writer, late)
    expect(treeOf(late)).toEqual(treeOf(writer))
  })

  it('[BN5, BN15] of an unknown kind is shown as its blocks, and stays what it is whatever is done to them', () => {
    const writer = begin(10)
    const { blocks } = writer.binding.view
    writer.doc.transact(() => {
      for (const i of [1, 2]) blocks[i]?.marker?.set('W', 'grotto:g')
    })
    expect(showContained(writer)).toEqual(['p:aa', 'p:bb', 'p:cc', 'p:dd'])
    type(writer, [1, 1], 'X')
    makeBlock(writer, [2, 0], 'h1')
    enter(writer, [1, 2])
    wrap(writer, 1, 4)
    const ways = (): unknown[] => writer.binding.view.blocks.map(({ keys }) => attrsOf(keys)['W'])
    const [, b] = ways()
    expect(String(b)).toMatch(/^note:[^/]+\/grotto:g$/)
    expect(ways()).toEqual([undefined, b, b, b, String(b).split('/')[0]])
    unwrap(writer, 1)
    expect(ways()).toEqual([undefined, 'grotto:g', 'grotto:g', 'grotto:g', undefined])
    expect(findFaults(writer)).toEqual([])
  })

  it('[BN15] keeps its element, and those in it, when somebody else changes it', () => {
    const alice = begin(10)
    const bob = createWriter({ clientId: 20 })
    note(alice)
    sync(alice, bob)
    const keys = (): string[] =>
      bob.editor
        .getEditorState()
        .read(() => [...$getRoot().getChildrenKeys(), ...$containerIn().getChildrenKeys()])
    const before = keys()
    type(alice, [1, 0], 'X')
    wrap(alice, 3)
    unwrap(alice, 3)
    sync(alice, bob)
    expect(keys()).toEqual(before)
  })
})

function $containerIn(): ContainerNode {
  const container = $getRoot().getChildren().find($isContainerNode)
  if (container === undefined) throw new Error('there is no container')
  return container
}
