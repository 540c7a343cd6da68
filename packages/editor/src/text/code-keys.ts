/**
 * Keys in blocks of code: Tab and Shift+Tab move lines in and out, an arrow beyond the last line leads to a line below, what is pasted
 * stays plain text. "```" and Enter begin one. After Escape Tab leaves the editor as it does in lists.
 */
import { $createCodeNode, $isCodeNode } from '@cometpad/binding'
import type { CodeNode } from '@cometpad/binding'
import {
  $createParagraphNode,
  $createTabNode,
  $findMatchingParent,
  $getSelection,
  $isLineBreakNode,
  $isParagraphNode,
  $isRangeSelection,
  $isTabNode,
  $isTextNode,
  COMMAND_PRIORITY_LOW,
  INSERT_PARAGRAPH_COMMAND,
  KEY_ARROW_DOWN_COMMAND,
  KEY_TAB_COMMAND,
  PASTE_COMMAND,
  mergeRegister,
} from 'lexical'
import type { LexicalEditor, LexicalNode, RangeSelection } from 'lexical'
import type { Escape } from './escape.ts'

/** As far in as one Tab, where somebody else's editor wrote spaces. */
const MOST_SPACES = 4

export function registerCodeKeys(editor: LexicalEditor, escape: Escape): () => void {
  return mergeRegister(
    editor.registerCommand(
      KEY_TAB_COMMAND,
      (event) => {
        const place = $placeInCode()
        if (escape.isLeaving || place === undefined) return false
        event.preventDefault()
        const { code, selection } = place
        const lines = $linesIn(code, selection)
        if (event.shiftKey) for (const line of lines) $moveOut(line)
        else if (selection.isCollapsed()) selection.insertNodes([$createTabNode()])
        else for (const line of lines) $moveIn(line)
        return true
      },
      COMMAND_PRIORITY_LOW,
    ),
    editor.registerCommand(INSERT_PARAGRAPH_COMMAND, $beginCode, COMMAND_PRIORITY_LOW),
    editor.registerCommand(
      KEY_ARROW_DOWN_COMMAND,
      (event) => {
        const { code, selection } = $placeInCode() ?? {}
        if (code === undefined || selection === undefined || event.shiftKey) return false
        if (code.getNextSibling() !== null || $linesIn(code, selection).at(-1) !== $lines(code).at(-1))
          return false
        event.preventDefault()
        const line = $createParagraphNode()
        code.insertAfter(line)
        line.select()
        return true
      },
      COMMAND_PRIORITY_LOW,
    ),
    editor.registerCommand(
      PASTE_COMMAND,
      (event) => {
        const text = 'clipboardData' in event ? event.clipboardData?.getData('text/plain') : undefined
        const place = $placeInCode()
        if (place === undefined || text === undefined || text === '') return false
        event.preventDefault()
        place.selection.insertRawText(text)
        return true
      },
      COMMAND_PRIORITY_LOW,
    ),
  )
}

/** Enter behind "```js" makes the paragraph a block of that language. */
function $beginCode(): boolean {
  const selection = $getSelection()
  if (!$isRangeSelection(selection) || !selection.isCollapsed()) return false
  const line = $findMatchingParent(selection.anchor.getNode(), $isParagraphNode)
  const match = /^```([\w+#.-]{0,30})$/.exec(line?.getTextContent() ?? '')
  if (line === null || match === null || selection.anchor.offset !== match[0].length) return false
  const code = $createCodeNode(match[1])
  line.replace(code)
  code.select()
  return true
}

/** Undefined when the selection is not within one block of code. */
function $placeInCode(): { code: CodeNode; selection: RangeSelection } | undefined {
  const selection = $getSelection()
  if (!$isRangeSelection(selection)) return undefined
  const code = $findMatchingParent(selection.anchor.getNode(), $isCodeNode)
  const other = $findMatchingParent(selection.focus.getNode(), $isCodeNode)
  return code === null || code.getKey() !== other?.getKey() ? undefined : { code, selection }
}

/** The first child of each line; null for an empty last one. */
type Line = LexicalNode | null

function $lines(code: CodeNode): Line[] {
  const children = code.getChildren()
  const ends = children.filter($isLineBreakNode)
  return [children[0] ?? null, ...ends.map((end) => end.getNextSibling())]
}

/** The lines in which the selection is. */
function $linesIn(code: CodeNode, { anchor, focus }: RangeSelection): Line[] {
  const [from = 0, to = 0] = [anchor, focus]
    .map((point) => {
      const before =
        point.key === code.getKey()
          ? code.getChildren().slice(0, point.offset)
          : ($childAt(code, point.getNode())?.getPreviousSiblings() ?? [])
      return before.filter($isLineBreakNode).length
    })
    .toSorted((a, b) => a - b)
  return $lines(code).slice(from, to + 1)
}

function $childAt(code: CodeNode, node: LexicalNode): LexicalNode | null {
  return $findMatchingParent(node, (each) => each.getParent()?.is(code) === true)
}

function $moveIn(line: Line): void {
  if (line === null || $isLineBreakNode(line)) return
  line.insertBefore($createTabNode())
}

function $moveOut(line: Line): void {
  if ($isTabNode(line)) line.remove()
  else if ($isTextNode(line)) {
    const spaces = /^ */.exec(line.getTextContent())?.[0].length ?? 0
    if (spaces > 0) line.spliceText(0, Math.min(spaces, MOST_SPACES), '')
  }
}
