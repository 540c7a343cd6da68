/** Places of the binding in the page: the range between two of them, and the box of a caret. */
import { createDOMRange } from '@lexical/selection'
import type { Place } from '@cometpad/binding'
import { $getNodeByKey, $isElementNode } from 'lexical'
import type { LexicalEditor } from 'lexical'

/** In coordinates of the window. */
export interface CaretBox {
  readonly x: number
  readonly y: number
  readonly height: number
}

export function domRange(editor: LexicalEditor, from: Place, to: Place): Range | null {
  return editor.getEditorState().read(
    () => {
      const [first, last] = [$getNodeByKey(from.key), $getNodeByKey(to.key)]
      if (first === null || last === null) return null
      return createDOMRange(editor, first, from.offset, last, to.offset)
    },
    { editor },
  )
}

export function caretBox(editor: LexicalEditor, place: Place): CaretBox | null {
  if (place.type === 'text') {
    const rect = domRange(editor, place, place)?.getClientRects()[0]
    if (rect !== undefined) return { x: rect.left, y: rect.top, height: rect.height }
  }
  return editor.getEditorState().read(() => $elementBox(editor, place), { editor })
}

/** A caret beside something without text: an object, a soft break, or nothing at all. */
function $elementBox(editor: LexicalEditor, place: Place): CaretBox | null {
  const node = $getNodeByKey(place.key)
  const before = $isElementNode(node) ? node.getChildAtIndex(place.offset - 1) : null
  const at = $isElementNode(node) ? node.getChildAtIndex(place.offset) : null
  const neighbour = at ?? before ?? node
  const element = neighbour === null ? null : editor.getElementByKey(neighbour.getKey())
  if (element === null) return null
  const rect = element.getBoundingClientRect()
  const style = getComputedStyle(element)
  if (neighbour !== node) {
    const isBehind = at === null && element.nodeName !== 'BR'
    return { x: isBehind ? rect.right : rect.left, y: rect.top, height: rect.height }
  }
  const isRtl = style.direction === 'rtl'
  const x = isRtl ? rect.right - px(style.paddingRight) : rect.left + px(style.paddingLeft)
  const y = rect.top + px(style.paddingTop)
  return { x, y, height: Math.min(rect.height, px(style.lineHeight) || rect.height) }
}

function px(length: string): number {
  return Number.parseFloat(length) || 0
}
