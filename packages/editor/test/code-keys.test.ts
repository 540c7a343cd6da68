// @vitest-environment happy-dom
import { $createCodeNode, $isCodeNode } from '@cometpad/binding'
import { $createParagraphNode, $createTextNode, $getRoot, $getSelection, $isRangeSelection } from 'lexical'
import type { LexicalEditor } from 'lexical'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EditorHandle } from '../src/options.ts'
import { $setBlockType } from '../src/text/block-type.ts'
import { mountText } from './mounted-text.ts'

const target = document.createElement('div')
let handle: EditorHandle
let editor: LexicalEditor
let content: HTMLElement

beforeEach(async () => {
  ;({ handle, editor, content } = await mountText(target))
})

afterEach(() => handle.destroy())

function edit(change: () => void): void {
  editor.update(change, { discrete: true })
}

/** A text that is one block of code, with the caret at its end. */
function begin(text: string): void {
  edit(() => {
    const code = $createCodeNode()
    $getRoot().clear().append(code)
    code.select().insertRawText(text)
  })
}

/** Presses a key, and says whether the browser is kept from doing something with it. */
function press(key: string, more: KeyboardEventInit = {}): boolean {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more })
  content.dispatchEvent(event)
  edit(() => undefined)
  return event.defaultPrevented
}

/** Each block as its kind and its text. */
const blocks = (): string[] =>
  editor.read(() =>
    $getRoot()
      .getChildren()
      .map((node) => `${node.getType()}:${node.getTextContent()}`),
  )

/** Selects from one place in the code to another. */
function select(from: number, to = from): void {
  edit(() => {
    const code = $getRoot().getFirstChild()
    if (!$isCodeNode(code)) throw new Error('there is no code')
    const selection = code.select()
    for (const [point, place] of [
      [selection.anchor, from],
      [selection.focus, to],
    ] as const) {
      let left = place
      for (const child of code.getChildren()) {
        const size = child.getTextContentSize()
        if (child.getType() === 'text' && left <= size) {
          point.set(child.getKey(), left, 'text')
          break
        }
        if (left === 0) {
          point.set(code.getKey(), child.getIndexWithinParent(), 'element')
          break
        }
        left -= size
      }
    }
  })
}

describe('keys in a block of code', () => {
  test('Tab moves in by a tab, and lines that are selected as a whole; Shift+Tab moves them out', () => {
    begin('a\nb\n  c')
    expect(press('Tab')).toBe(true)
    expect(blocks()).toEqual(['code:a\nb\n  c\t'])
    select(0, 3)
    press('Tab')
    expect(blocks()).toEqual(['code:\ta\n\tb\n  c\t'])
    press('Tab', { shiftKey: true })
    press('Tab', { shiftKey: true })
    expect(blocks()).toEqual(['code:a\nb\n  c\t'])
    select(6)
    press('Tab', { shiftKey: true })
    expect(blocks()).toEqual(['code:a\nb\nc\t'])
  })

  test('after Escape Tab leaves the editor', () => {
    begin('a')
    press('Escape')
    expect(press('Tab')).toBe(false)
    expect(blocks()).toEqual(['code:a'])
  })

  test('Enter begins a line as far in as the one above, and the third at the end leads out', () => {
    begin('\ta')
    press('Enter')
    expect(blocks()).toEqual(['code:\ta\n\t'])
    press('Enter')
    press('Enter')
    expect(blocks()).toEqual(['code:\ta', 'paragraph:'])
  })

  test('the arrow down leads out of the last line, where nothing is below', () => {
    begin('a\nb')
    select(0)
    press('ArrowDown')
    expect(blocks()).toEqual(['code:a\nb'])
    select(3)
    expect(press('ArrowDown')).toBe(true)
    expect(blocks()).toEqual(['code:a\nb', 'paragraph:'])
  })

  test('Backspace at its start makes it text', () => {
    begin('a')
    select(0)
    press('Backspace')
    expect(blocks()).toEqual(['paragraph:a'])
  })

  test('three backticks begin it: with Enter, and a language before that', () => {
    edit(() => {
      const line = $createParagraphNode().append($createTextNode('```js'))
      $getRoot().clear().append(line)
      line.selectEnd()
    })
    press('Enter')
    expect(blocks()).toEqual(['code:'])
    expect(content.querySelector('pre')?.dataset['language']).toBe('js')
    edit(() => {
      const selection = $getSelection()
      if ($isRangeSelection(selection)) selection.insertText('a')
    })
    expect(blocks()).toEqual(['code:a'])
  })

  test('paragraphs that are made code together are lines of one block', () => {
    edit(() => {
      const lines = ['a', 'b', 'c'].map((text) => $createParagraphNode().append($createTextNode(text)))
      $getRoot()
        .clear()
        .append(...lines)
      $getRoot().select(0, 3)
      $setBlockType('code')
    })
    expect(blocks()).toEqual(['code:a\nb\nc'])
  })
})
