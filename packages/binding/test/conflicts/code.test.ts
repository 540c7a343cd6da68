/** Blocks of code in which two people are at once; see conflicts.test.ts. */
import { $getSelection, $isRangeSelection } from 'lexical'
import { describe, expect, it } from 'vitest'
import { $isCodeNode } from '../../src/code-node.ts'
import { $blockNode, $select, enter, erase, makeBlock, mergeIntoPrevious, type } from '../gestures.ts'
import { show } from '../show.ts'
import { createWriter, findFaults, sync, treeOf } from '../writer.ts'
import type { Writer } from '../writer.ts'
import { expectAgreed } from './agreed.ts'

const CODE = 'let a\n\tlet b'

/** Two writers and a third who opens the document afterwards; both orders of client ids. */
function conflict(a: (writer: Writer) => void, b: (writer: Writer) => void): [string[], string[]] {
  const run = (first: number, second: number): string[] => {
    const alice = createWriter({ clientId: first })
    const bob = createWriter({ clientId: second })
    makeBlock(alice, [0, 0], 'code')
    paste(alice, 0, CODE)
    sync(alice, bob)
    expect(show(bob)).toEqual([`code:${CODE}`])
    a(alice)
    b(bob)
    sync(alice, bob)
    expectAgreed(alice, bob)
    return show(alice)
  }
  return [run(10, 20), run(20, 10)]
}

function paste(writer: Writer, at: number, text: string): void {
  writer.edit(() => $select(writer, [0, at]).insertRawText(text))
}

function setLanguage(writer: Writer, language: string): void {
  writer.edit(() => {
    const code = $blockNode(writer, 0)
    if ($isCodeNode(code)) code.setLanguage(language)
  })
}

describe('two people at a block of code', () => {
  it('[BN13] one types in it while the other makes it a paragraph: a paragraph with what was typed', () => {
    for (const at of [0, 3, CODE.length]) {
      const results = conflict(
        (a) => type(a, [0, at], 'XY'),
        (b) => makeBlock(b, [0, 0], 'paragraph'),
      )
      for (const result of results) expect(result).toEqual([`p:${CODE.slice(0, at)}XY${CODE.slice(at)}`])
    }
  })

  it('[BN13] both press Enter at one place: two new lines in the one block, nothing doubled', () => {
    const press = (writer: Writer): void => enter(writer, [0, 5])
    for (const result of conflict(press, press)) expect(result).toEqual(['code:let a\n\n\n\tlet b'])
  })

  it('[BN13] both press Enter in it at different places: a line more at each, as far in as the one above', () => {
    const results = conflict(
      (a) => enter(a, [0, 3]),
      (b) => enter(b, [0, 10]),
    )
    for (const result of results) expect(result).toEqual(['code:let\n a\n\tlet\n\t b'])
  })

  it('[BN13] many lines are pasted where the other types: they are all there, in the one block', () => {
    const lines = Array.from({ length: 300 }, (_, i) => `${'\t'.repeat(i % 4)}line ${i}`).join('\n')
    const results = conflict(
      (a) => paste(a, 6, `${lines}\n`),
      (b) => type(b, [0, 9], 'XY'),
    )
    for (const result of results) expect(result).toEqual([`code:let a\n${lines}\n\tleXYt b`])
  })

  it('[BN13] one says its language while the other says another and types: one language, all of the text', () => {
    const results = conflict(
      (a) => setLanguage(a, 'js'),
      (b) => {
        setLanguage(b, 'ts')
        type(b, [0, 5], 'XY')
      },
    )
    for (const result of results) expect(result).toEqual(['code:let aXY\n\tlet b'])
  })

  it('[BN13] one leads out of it by a third Enter while the other types in it', () => {
    const results = conflict(
      (a) => {
        for (const typed of [0, 2, 4]) enter(a, [0, CODE.length + typed])
        type(a, [1, 0], 'below')
      },
      (b) => type(b, [0, 3], 'XY'),
    )
    for (const result of results) expect(result).toEqual(['code:letXY a\n\tlet b', 'p:below'])
  })

  it('[BN13] one deletes a line of it while the other types there: what was typed stays', () => {
    const results = conflict(
      (a) => type(a, [0, 0], 'Z'),
      (b) => erase(b, [0, 0], [0, 6]),
    )
    for (const result of results) expect(result).toEqual(['code:Z\tlet b'])
  })
})

describe('a block of code', () => {
  it('[BN13] takes in what is pasted into it, and the caret stays behind it', () => {
    const writer = createWriter({ clientId: 10 })
    makeBlock(writer, [0, 0], 'code')
    paste(writer, 0, 'a\n\tb\n')
    expect(show(writer)).toEqual(['code:a\n\tb\n'])
    enter(writer, [0, 4])
    expect(show(writer)).toEqual(['code:a\n\tb\n\t\n'])
    const caret = writer.editor.getEditorState().read(() => {
      const selection = $getSelection()
      return $isRangeSelection(selection) && writer.binding.selection()
    })
    expect(caret).toEqual({ anchor: 7, focus: 7 })
    expect(findFaults(writer)).toEqual([])
  })

  it('[BN13] becomes text again, and code once more, with the language that was said', () => {
    const writer = createWriter({ clientId: 10 })
    makeBlock(writer, [0, 0], 'code')
    setLanguage(writer, 'js')
    makeBlock(writer, [0, 0], 'paragraph')
    makeBlock(writer, [0, 0], 'code')
    expect(JSON.stringify(treeOf(writer))).toContain('"language":"')
    mergeIntoPrevious(writer, 0)
    expect(findFaults(writer)).toEqual([])
  })
})
