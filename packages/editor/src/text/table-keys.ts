/**
 * Ways through a table: Tab and Shift+Tab go from cell to cell, and where a table is the first or the last of the text, an arrow
 * or a click beside it makes a line there, so that nobody is caught in it. After Escape Tab leaves the editor as it does in lists.
 */
import { $isTableCellNode, $isTableNode, $isTableRowNode } from '@lexical/table'
import type { TableCellNode, TableNode } from '@lexical/table'
import {
  $createParagraphNode,
  $findMatchingParent,
  $getRoot,
  $getSelection,
  $isRangeSelection,
  CLICK_COMMAND,
  COMMAND_PRIORITY_LOW,
  KEY_ARROW_DOWN_COMMAND,
  KEY_ARROW_UP_COMMAND,
  KEY_TAB_COMMAND,
  defineExtension,
  mergeRegister,
} from 'lexical'
import type { LexicalNode } from 'lexical'
import { watchEscape } from './escape.ts'

type Side = 'before' | 'behind'

export const TableKeysExtension = /* @__PURE__ */ defineExtension({
  name: '@cometpad/editor/TableKeys',
  register(editor) {
    const escape = watchEscape(editor)
    const arrow = (side: Side) => (event: KeyboardEvent | null) => {
      const table = $tableAtEdge(side)
      if (table === undefined || event?.shiftKey === true) return false
      event?.preventDefault()
      $goBeside(table, side)
      return true
    }
    return mergeRegister(
      escape.end,
      editor.registerCommand(
        KEY_TAB_COMMAND,
        (event) => {
          const cell = $cellOfCaret()
          const table = cell && tableOf(cell)
          if (escape.isLeaving || cell === undefined || table === undefined) return false
          event.preventDefault()
          const cells = cellsOf(table)
          const next = cells[cells.indexOf(cell) + (event.shiftKey ? -1 : 1)]
          if (next !== undefined) next.selectEnd()
          else $goBeside(table, event.shiftKey ? 'before' : 'behind')
          return true
        },
        COMMAND_PRIORITY_LOW,
      ),
      editor.registerCommand(KEY_ARROW_DOWN_COMMAND, arrow('behind'), COMMAND_PRIORITY_LOW),
      editor.registerCommand(KEY_ARROW_UP_COMMAND, arrow('before'), COMMAND_PRIORITY_LOW),
      editor.registerCommand(
        CLICK_COMMAND,
        ({ clientY }) => {
          const last = $getRoot().getLastChild()
          if (!$isTableNode(last) || !editor.isEditable()) return false
          const shown = editor.getElementByKey(last.getKey())
          if (shown === null || clientY <= shown.getBoundingClientRect().bottom) return false
          $goBeside(last, 'behind')
          return true
        },
        COMMAND_PRIORITY_LOW,
      ),
    )
  },
})

/** Puts the caret before or behind a table, into a line that is made when there is none. */
function $goBeside(table: TableNode, side: Side): void {
  const isBefore = side === 'before'
  const neighbour = isBefore ? table.getPreviousSibling() : table.getNextSibling()
  if (neighbour !== null) {
    if (isBefore) neighbour.selectEnd()
    else neighbour.selectStart()
    return
  }
  const line = $createParagraphNode()
  if (isBefore) table.insertBefore(line)
  else table.insertAfter(line)
  line.select()
}

/** The table whose first or last line the caret is in, when nothing of the text is beyond it. */
function $tableAtEdge(side: Side): TableNode | undefined {
  const cell = $cellOfCaret()
  const table = cell && tableOf(cell)
  const row = cell?.getParent()
  const selection = $getSelection()
  if (table === undefined || !$isTableRowNode(row) || !$isRangeSelection(selection)) return undefined
  if (beyond(table, side) !== null || beyond(row, side) !== null) return undefined
  const line = $findMatchingParent(selection.focus.getNode(), (node) => node.getParent()?.is(cell) === true)
  return line === null || beyond(line, side) === null ? table : undefined
}

function beyond(node: LexicalNode, side: Side): LexicalNode | null {
  return side === 'before' ? node.getPreviousSibling() : node.getNextSibling()
}

function $cellOfCaret(): TableCellNode | undefined {
  const selection = $getSelection()
  if (!$isRangeSelection(selection)) return undefined
  return $findMatchingParent(selection.focus.getNode(), $isTableCellNode) ?? undefined
}

function tableOf(cell: TableCellNode): TableNode | undefined {
  return $findMatchingParent(cell, $isTableNode) ?? undefined
}

function cellsOf(table: TableNode): TableCellNode[] {
  return table
    .getChildren()
    .filter($isTableRowNode)
    .flatMap((row) => row.getChildren().filter($isTableCellNode))
}
