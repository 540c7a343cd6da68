import { describe, expect, it } from 'vitest'
import { enter, erase, format, makeBlock, makeList, mergeIntoPrevious, type } from './gestures.ts'
import { show } from './show.ts'
import { createWriter, findFaults, sync, treeOf } from './writer.ts'
import type { Writer } from './writer.ts'

interface Story {
  /** Paragraphs that were there before. */
  readonly lines: readonly string[]
  readonly alice: (writer: Writer) => void
  /** What Bob does after he has seen it. */
  readonly bob: (writer: Writer) => void
  readonly undone: readonly string[]
  readonly redone: readonly string[]
}

/** Alice does something, Bob goes on from there, Alice undoes and redoes. Bob and a latecomer see what she sees. */
function play({ lines, alice: act, bob: goOn, undone, redone }: Story): void {
  for (const [first, second] of [
    [10, 20],
    [20, 10],
  ] as const) {
    const scribe = createWriter({ clientId: 5 })
    const alice = createWriter({ clientId: first })
    const bob = createWriter({ clientId: second })
    lines.forEach((line, i) => {
      if (i > 0) enter(scribe, [i - 1, lines[i - 1]?.length ?? 0])
      type(scribe, [i, 0], line)
    })
    const agreeOn = (expected: readonly string[]): void => {
      sync(scribe, alice, bob)
      const late = createWriter({ clientId: 77 })
      sync(alice, late)
      for (const writer of [scribe, alice, bob, late]) {
        writer.binding.settle()
        expect(findFaults(writer)).toEqual([])
        expect(show(writer)).toEqual(expected)
        expect(treeOf(writer)).toEqual(treeOf(alice))
      }
    }
    agreeOn(lines.map((line) => `p:${line}`))
    act(alice)
    sync(alice, bob)
    goOn(bob)
    sync(alice, bob)
    alice.output.undo()
    agreeOn(undone)
    alice.output.redo()
    agreeOn(redone)
  }
}

describe('undo, after somebody else has gone on', () => {
  it('[UN1] of Enter: one paragraph again, with what was typed in its tail', () => {
    play({
      lines: ['onetwo'],
      alice: (a) => enter(a, [0, 3]),
      bob: (b) => type(b, [1, 3], 'XY'),
      undone: ['p:onetwoXY'],
      redone: ['p:one', 'p:twoXY'],
    })
  })

  it('[UN1] of the first words of a paragraph: they go, and what was typed between them stays', () => {
    play({
      lines: ['one', ''],
      alice: (a) => type(a, [1, 0], 'abcd'),
      bob: (b) => type(b, [1, 2], 'XY'),
      undone: ['p:one', 'p:XY'],
      redone: ['p:one', 'p:abXYcd'],
    })
  })

  it('[UN1] of joining two paragraphs: two again, and what was typed is where it was typed', () => {
    play({
      lines: ['one', 'two'],
      alice: (a) => mergeIntoPrevious(a, 1),
      bob: (b) => type(b, [0, 5], 'XY'),
      undone: ['p:one', 'p:twXYo'],
      redone: ['p:onetwXYo'],
    })
  })

  it('[UN1] of a heading: a paragraph, with what was typed in it', () => {
    play({
      lines: ['one'],
      alice: (a) => makeBlock(a, [0, 0], 'h1'),
      bob: (b) => type(b, [0, 3], 'XY'),
      undone: ['p:oneXY'],
      redone: ['h1:oneXY'],
    })
  })

  it('[UN1] of a heading that somebody made a list since: it stays a list', () => {
    play({
      lines: ['one'],
      alice: (a) => makeBlock(a, [0, 0], 'h1'),
      bob: (b) => makeList(b, [0, 0], [0, 0], 'bullet'),
      undone: ['ul:one'],
      redone: ['ul:one'],
    })
  })

  it('[UN1] of bold in which somebody typed what is not: the rest of it may stay bold, and no letter is gone', () => {
    const alice = createWriter({ clientId: 10 })
    const bob = createWriter({ clientId: 20 })
    type(alice, [0, 0], 'one two')
    alice.output.stopCapturing()
    format(alice, [0, 0], [0, 7], 'bold')
    sync(alice, bob)
    type(bob, [0, 3], 'XY')
    sync(alice, bob)
    expect(show(alice)).toEqual(['p:<b one>XY<b  two>'])
    alice.output.undo()
    sync(alice, bob)
    // Where it goes on behind his letters the bold is his: he ended it, and began it again.
    expect(['p:oneXY two', 'p:oneXY<b  two>']).toContain(show(alice)[0])
    expect(show(bob)).toEqual(show(alice))
    expect(treeOf(bob)).toEqual(treeOf(alice))
    expect([...findFaults(alice), ...findFaults(bob)]).toEqual([])
  })

  it('[UN1] of deleting paragraphs in which somebody was typing: everything is back, and theirs in its place', () => {
    const alice = createWriter({ clientId: 10 })
    const bob = createWriter({ clientId: 20 })
    type(alice, [0, 0], 'first')
    enter(alice, [0, 5])
    type(alice, [1, 0], 'middle')
    enter(alice, [1, 6])
    type(alice, [2, 0], 'last')
    sync(alice, bob)
    erase(alice, [0, 5], [2, 0])
    type(bob, [1, 3], 'XY')
    sync(alice, bob)
    expect(show(bob)).toEqual(['p:firstXYlast'])
    alice.output.undo()
    sync(alice, bob)
    expect(show(bob)).toEqual(['p:first', 'p:midXYdle', 'p:last'])
    expect(show(alice)).toEqual(show(bob))
  })
})
