// @vitest-environment happy-dom
import { $createContainerNode, $isContainerNode } from '@cometpad/binding'
import { $createTableNodeWithDimensions } from '@lexical/table'
import {
  $createParagraphNode,
  $createTextNode,
  $getRoot,
  $getSelection,
  $isElementNode,
  $isRangeSelection,
  DELETE_CHARACTER_COMMAND,
  INSERT_PARAGRAPH_COMMAND,
} from 'lexical'
import type { LexicalEditor, LexicalNode } from 'lexical'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EditorHandle } from '../src/options.ts'
import { $setBlockType } from '../src/text/block-type.ts'
import { $isInContainer, TOGGLE_NOTE_COMMAND } from '../src/text/notes.ts'
import { mountText } from './mounted-text.ts'

const target = document.createElement('div')
let handle: EditorHandle
let editor: LexicalEditor

beforeEach(async () => {
  ;({ handle, editor } = await mountText(target))
})

afterEach(() => handle.destroy())

function edit(change: () => void): void {
  editor.update(change, { discrete: true })
}

/** Paragraphs; those in a list of their own are in a note. */
function begin(...blocks: readonly (string | readonly string[])[]): void {
  const $line = (text: string) =>
    $createParagraphNode().append(...(text === '' ? [] : [$createTextNode(text)]))
  edit(() => {
    $getRoot()
      .clear()
      .append(
        ...blocks.map((block) =>
          typeof block === 'string' ? $line(block) : $createContainerNode().append(...block.map($line)),
        ),
      )
  })
}

const $blocksIn = (nodes: readonly LexicalNode[]): unknown[] =>
  nodes.map((node) => ($isContainerNode(node) ? $blocksIn(node.getChildren()) : node.getTextContent()))
const blocks = (): unknown[] => editor.read(() => $blocksIn($getRoot().getChildren()))

/** Puts the caret into the block with this text. */
function caret(text: string, where: 'start' | 'end'): void {
  edit(() => {
    const $find = (nodes: readonly LexicalNode[]): LexicalNode | undefined => {
      for (const node of nodes) {
        const found = $isContainerNode(node) ? $find(node.getChildren()) : undefined
        if (found !== undefined) return found
        if (!$isContainerNode(node) && node.getTextContent() === text) return node
      }
      return undefined
    }
    const block = $find($getRoot().getChildren())
    if (!$isElementNode(block)) throw new Error(`there is no ${text}`)
    if (where === 'start') block.selectStart()
    else block.selectEnd()
  })
}

const enter = (): void => edit(() => void editor.dispatchCommand(INSERT_PARAGRAPH_COMMAND, undefined))
const backspace = (): void => edit(() => void editor.dispatchCommand(DELETE_CHARACTER_COMMAND, true))
const type = (text: string): void =>
  edit(() => {
    const selection = $getSelection()
    if ($isRangeSelection(selection)) selection.insertText(text)
  })

describe('a note', () => {
  test('[BN15] takes in the selected blocks, and is taken away by the same tool', () => {
    begin('a', 'b', 'c')
    edit(() => {
      const [first, second] = $getRoot().getChildren()
      if (!$isElementNode(first) || !$isElementNode(second)) throw new Error('no blocks')
      const selection = first.selectStart()
      const end = second.getFirstChildOrThrow()
      selection.focus.set(end.getKey(), 1, 'text')
      editor.dispatchCommand(TOGGLE_NOTE_COMMAND, undefined)
    })
    expect(blocks()).toEqual([['a', 'b'], 'c'])
    caret('b', 'end')
    expect(editor.read($isInContainer)).toBe(true)
    edit(() => void editor.dispatchCommand(TOGGLE_NOTE_COMMAND, undefined))
    expect(blocks()).toEqual(['a', 'b', 'c'])
    type('!')
    expect(blocks()).toEqual(['a', 'b!', 'c'])
  })

  test('[BN15] is left by Enter on an empty last line, and goes on by Enter elsewhere', () => {
    begin('a', ['b'], 'c')
    caret('b', 'end')
    enter()
    expect(blocks()).toEqual(['a', ['b', ''], 'c'])
    enter()
    type('out')
    expect(blocks()).toEqual(['a', ['b'], 'out', 'c'])
    begin([''])
    caret('', 'start')
    enter()
    type('free')
    expect(blocks()).toEqual(['free'])
  })

  test('[BN15] gives its first block to Backspace at its start, and goes with the last one', () => {
    begin('a', ['b', 'c'])
    caret('b', 'start')
    backspace()
    expect(blocks()).toEqual(['a', 'b', ['c']])
    type('!')
    caret('c', 'start')
    backspace()
    expect(blocks()).toEqual(['a', '!b', 'c'])
  })

  test('[BN15] takes in what follows by Backspace there; an empty line goes', () => {
    begin(['a'], 'b')
    caret('b', 'start')
    backspace()
    type('!')
    expect(blocks()).toEqual([['a', '!b']])
    begin(['a'], '')
    caret('', 'start')
    backspace()
    type('!')
    expect(blocks()).toEqual([['a!']])
  })

  test('[BN15] keeps a table that it begins with when Backspace is pressed in a cell', () => {
    begin(['a'])
    edit(() => {
      const note = $getRoot().getFirstChild()
      if (!$isContainerNode(note)) throw new Error('no note')
      note.getFirstChildOrThrow().replace($createTableNodeWithDimensions(1, 1, false))
      note.selectStart()
    })
    backspace()
    expect(editor.read(() => $isContainerNode($getRoot().getFirstChild()))).toBe(true)
  })

  test('[BN15] holds lists, headings and quotes', () => {
    begin('a', ['b', 'c'])
    caret('b', 'end')
    edit(() => $setBlockType('bullet'))
    caret('c', 'end')
    edit(() => $setBlockType('h1'))
    expect(
      editor.read(() => {
        const note = $getRoot().getLastChild()
        return $isContainerNode(note) ? note.getChildren().map((node) => node.getType()) : []
      }),
    ).toEqual(['list', 'heading'])
  })
})
