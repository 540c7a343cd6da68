/** What is done in the documents that are measured. */
import {
  $createParagraphNode,
  $createTextNode,
  $getNodeByKey,
  $getRoot,
  $isElementNode,
  $isTextNode,
} from 'lexical'
import type { NodeKey, TextNode } from 'lexical'
import type { Opened } from './contenders.ts'

/** Paragraphs of about 80 characters in three runs, the middle one bold. */
export function fill({ editor }: Opened, paragraphs: number): void {
  editor.update(
    () => {
      const root = $getRoot().clear()
      for (let i = 0; i < paragraphs; i++) {
        root.append(
          $createParagraphNode().append(
            $createTextNode(`Paragraph ${i} begins with some words, goes on with `),
            $createTextNode('bold ones').setFormat('bold'),
            $createTextNode(', and ends like this.'),
          ),
        )
      }
    },
    { discrete: true },
  )
}

/** The last text of the paragraph in the middle. */
export function middleOf({ editor }: Opened): NodeKey {
  return editor.getEditorState().read(() => {
    const root = $getRoot()
    const paragraph = root.getChildAtIndex(Math.floor(root.getChildrenSize() / 2))
    const text = $isElementNode(paragraph) ? paragraph.getLastChild() : null
    if (!$isTextNode(text)) throw new Error('there is no text in the middle')
    return text.getKey()
  })
}

export const EDITS = {
  character: (text: TextNode): void => {
    const length = text.getTextContentSize()
    text.spliceText(length, 0, 'x')
    text.select(length + 1, length + 1)
  },
  bold: (text: TextNode): void => void text.toggleFormat('italic'),
  delete: (text: TextNode): void => void text.spliceText(text.getTextContentSize() - 1, 1, ''),
} as const

export function edit({ editor }: Opened, key: NodeKey, change: (text: TextNode) => void): void {
  editor.update(
    () => {
      const text = $getNodeByKey(key)
      if ($isTextNode(text)) change(text)
    },
    { discrete: true },
  )
}
