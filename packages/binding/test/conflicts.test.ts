import { describe, expect, it } from 'vitest'
import {
  drag,
  enter,
  erase,
  format,
  link,
  makeBlock,
  makeList,
  mergeIntoPrevious,
  replace,
  type,
} from './gestures.ts'
import { show } from './show.ts'
import { createWriter, sync } from './writer.ts'
import type { Writer } from './writer.ts'
import { expectAgreed } from './conflicts/agreed.ts'

/** Two writers and a third who opens the document afterwards; both orders of client ids. */
function conflict(
  lines: readonly string[],
  a: (writer: Writer) => void,
  b: (writer: Writer) => void,
): [string[], string[]] {
  const run = (first: number, second: number): string[] => {
    const writers = [createWriter({ clientId: first }), createWriter({ clientId: second })] as const
    const [alice, bob] = writers
    lines.forEach((line, i) => {
      if (i > 0) enter(alice, [i - 1, lines[i - 1]?.length ?? 0])
      type(alice, [i, 0], line)
    })
    sync(alice, bob)
    a(alice)
    b(bob)
    sync(alice, bob)
    expectAgreed(alice, bob)
    return show(alice)
  }
  return [run(10, 20), run(20, 10)]
}

function lettersOf(text: string): string {
  return Array.from(text).sort().join('')
}

const WORDS = ['Hello brave new world']

describe('two people at once', () => {
  it('both make one word bold: it is bold, once', () => {
    const bold = (writer: Writer): void => format(writer, [0, 6], [0, 11], 'bold')
    for (const result of conflict(WORDS, bold, bold)) expect(result).toEqual(['p:Hello <b brave> new world'])
  })

  it('one makes a word bold, the other types in it: what was typed is in the word, and bold', () => {
    const results = conflict(
      WORDS,
      (a) => format(a, [0, 6], [0, 11], 'bold'),
      (b) => type(b, [0, 8], 'XY'),
    )
    for (const result of results) expect(result).toEqual(['p:Hello <b brXYave> new world'])
  })

  it('bold and italic overlap: both, and both on the overlap', () => {
    const results = conflict(
      WORDS,
      (a) => format(a, [0, 0], [0, 11], 'bold'),
      (b) => format(b, [0, 6], [0, 15], 'italic'),
    )
    for (const result of results) expect(result).toEqual(['p:<b Hello ><bi brave><i  new> world'])
  })

  it('one types at the start, the other replaces everything: both are kept', () => {
    const results = conflict(
      WORDS,
      (a) => type(a, [0, 0], 'XY'),
      (b) => replace(b, [0, 0], [0, 21], 'other'),
    )
    for (const [line] of results) expect(lettersOf(line ?? '')).toBe(lettersOf('p:XYother'))
  })

  it('both press Enter at one place: one empty line between, nothing doubled', () => {
    const split = (writer: Writer): void => enter(writer, [0, 11])
    for (const result of conflict(WORDS, split, split))
      expect(result).toEqual(['p:Hello brave', 'p:', 'p: new world'])
  })

  it('one presses Enter, the other types in the tail: it stays in the tail', () => {
    const results = conflict(
      WORDS,
      (a) => enter(a, [0, 11]),
      (b) => type(b, [0, 16], 'XY'),
    )
    for (const result of results) expect(result).toEqual(['p:Hello brave', 'p: new XYworld'])
  })

  it('one joins two paragraphs, the other types in the second: it stays in place', () => {
    const results = conflict(
      ['one', 'two'],
      (a) => mergeIntoPrevious(a, 1),
      (b) => type(b, [1, 2], 'XY'),
    )
    for (const result of results) expect(result).toEqual(['p:onetwXYo'])
  })

  it('one joins two paragraphs, the other makes the second a heading: they are one', () => {
    const results = conflict(
      ['one', 'two'],
      (a) => mergeIntoPrevious(a, 1),
      (b) => makeBlock(b, [1, 0], 'h1'),
    )
    for (const result of results) expect(result).toEqual(['p:onetwo'])
  })

  it('one joins two paragraphs, the other presses Enter in the second: both happen', () => {
    const results = conflict(
      ['one', 'two'],
      (a) => mergeIntoPrevious(a, 1),
      (b) => enter(b, [1, 2]),
    )
    for (const result of results) expect(result).toEqual(['p:onetw', 'p:o'])
  })

  it('both join the same two paragraphs: once', () => {
    const merge = (writer: Writer): void => mergeIntoPrevious(writer, 1)
    for (const result of conflict(['one', 'two'], merge, merge)) expect(result).toEqual(['p:onetwo'])
  })

  it.each([
    ['heading', 'h1', (a: Writer) => makeBlock(a, [0, 0], 'h1')],
    ['quote', 'q', (a: Writer) => makeBlock(a, [0, 0], 'quote')],
    ['list', 'ul', (a: Writer) => makeList(a, [0, 0], [0, 0], 'bullet')],
    ['numbered list', 'ol', (a: Writer) => makeList(a, [0, 0], [0, 0], 'number')],
  ] as const)('one makes it a %s, the other types in it: both', (_, kind, make) => {
    for (const at of [0, 6, 21]) {
      const expected = `${kind}:${'Hello brave new world'.slice(0, at)}XY${'Hello brave new world'.slice(at)}`
      for (const result of conflict(WORDS, make, (b) => type(b, [0, at], 'XY')))
        expect(result).toEqual([expected])
    }
  })

  it('both make it a heading: one heading', () => {
    const make = (writer: Writer): void => makeBlock(writer, [0, 0], 'h2')
    for (const result of conflict(WORDS, make, make)) expect(result).toEqual(['h2:Hello brave new world'])
  })

  it('one makes it a heading, the other a list: one block of one kind', () => {
    const results = conflict(
      WORDS,
      (a) => makeBlock(a, [0, 0], 'h1'),
      (b) => makeList(b, [0, 0], [0, 0], 'bullet'),
    )
    for (const result of results) {
      expect(result).toHaveLength(1)
      expect(['h1:Hello brave new world', 'ul:Hello brave new world']).toContain(result[0])
    }
  })

  it('one makes it a heading, the other presses Enter in it: a heading and its rest', () => {
    const results = conflict(
      WORDS,
      (a) => makeBlock(a, [0, 0], 'h1'),
      (b) => enter(b, [0, 11]),
    )
    for (const result of results) expect(result).toEqual(['h1:Hello brave', 'p: new world'])
  })

  it('one makes it a heading, the other presses Enter at its start: an empty heading above, and a paragraph', () => {
    const results = conflict(
      WORDS,
      (a) => makeBlock(a, [0, 0], 'h1'),
      (b) => enter(b, [0, 0]),
    )
    for (const result of results) expect(result).toEqual(['h1:', 'p:Hello brave new world'])
  })

  it('one drags a paragraph, the other types in it: nothing is lost', () => {
    const results = conflict(
      ['one', 'two', 'three is long enough'],
      (a) => drag(a, 0, 2, 'after'),
      (b) => type(b, [0, 1], 'XY'),
    )
    for (const result of results) {
      const letters = lettersOf(result.map((line) => line.slice(2)).join(''))
      expect(letters).toBe(lettersOf('onetwothree is long enoughXY'))
    }
  })

  it('both drag the same paragraph: it is there once', () => {
    const move = (writer: Writer): void => drag(writer, 0, 2, 'after')
    for (const result of conflict(['one', 'two', 'three is long'], move, move)) {
      const text = result.map((line) => line.slice(2)).join('|')
      expect(text.split('two')).toHaveLength(2)
      expect(text.split('three')).toHaveLength(2)
    }
  })

  it('one links a word, the other types in it: it is in the link', () => {
    const results = conflict(
      WORDS,
      (a) => link(a, [0, 6], [0, 11], 'https://example.org/'),
      (b) => type(b, [0, 8], 'XY'),
    )
    for (const result of results) expect(result).toEqual(['p:Hello <a brXYave> new world'])
  })

  it('one replaces every word of a kind at once, the other types between them: it stays in place', () => {
    const results = conflict(
      ['foo and foo'],
      (a) =>
        a.edit(() => {
          const text = a.editor.getEditorState()._nodeMap
          for (const node of text.values()) {
            if (node.getType() === 'text')
              (node as never as { setTextContent(s: string): void }).setTextContent('quux and quux')
          }
        }),
      (b) => type(b, [0, 5], 'XY'),
    )
    for (const result of results) expect(result).toEqual(['p:quux aXYnd quux'])
  })

  it('one deletes three paragraphs, the other types in the middle one: it stands at the seam', () => {
    const results = conflict(
      ['first', 'one', 'two', 'three', 'last'],
      (a) => erase(a, [0, 5], [3, 5]),
      (b) => type(b, [2, 1], 'XY'),
    )
    for (const result of results) expect(result).toEqual(['p:firstXY', 'p:last'])
  })
})
