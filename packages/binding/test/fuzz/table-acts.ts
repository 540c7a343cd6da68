/** What somebody does to tables in an editor, within an update. */
import {
  $createTableNodeWithDimensions,
  $deleteTableColumnAtSelection,
  $deleteTableRowAtSelection,
  $getTableColumnIndexFromTableCellNode,
  $getTableNodeFromLexicalNodeOrThrow,
  $getTableRowIndexFromTableCellNode,
  $insertTableColumnAtNode,
  $insertTableRowAtNode,
  $isSimpleTable,
  $isTableCellNode,
  $isTableNode,
  $isTableRowNode,
  $mergeCells,
  $moveTableColumn,
  $moveTableRow,
  $unmergeCellNode,
} from '@lexical/table'
import type { TableCellNode, TableNode } from '@lexical/table'
import { $getRoot } from 'lexical'
import type { ElementNode } from 'lexical'
import { choose } from './places.ts'
import type { ActStep, TableAct } from './script.ts'

export function $performInTable(step: ActStep & { does: TableAct }, block: ElementNode): void {
  if (step.does === 'table') {
    const table = $createTableNodeWithDimensions(
      1 + Math.floor(step.to * 3),
      1 + Math.floor(step.pick * 3),
      step.to > 0.8,
    )
    const top = block.getParents().find($isTableNode) ?? block.getTopLevelElementOrThrow()
    if (step.pick < 0.8) top.insertAfter(table)
    else top.insertBefore(table)
    const cell = choose($cellsOf(table), step.pick)
    cell?.selectEnd().insertText(step.text)
    return
  }
  const table = choose($getRoot().getChildren().filter($isTableNode), step.at)
  if (table === undefined) return
  const cell = choose($cellsOf(table), step.to)
  if (cell !== undefined) acts[step.does](cell, step, table)
}

type Performed = (cell: TableCellNode, step: ActStep, table: TableNode) => void

const acts: Record<Exclude<TableAct, 'table'>, Performed> = {
  typeInCell(cell, { text }) {
    cell.selectEnd().insertText(text)
  },
  addRow(cell, { pick }) {
    $insertTableRowAtNode(cell, pick < 0.5)
  },
  addColumn(cell, { pick }) {
    $insertTableColumnAtNode(cell, pick < 0.5, false)
  },
  removeRow(cell) {
    cell.selectStart()
    $deleteTableRowAtSelection()
  },
  removeColumn(cell) {
    cell.selectStart()
    $deleteTableColumnAtSelection()
  },
  mergeCells(cell, { pick }, table) {
    const other = choose($cellsOf(table), pick)
    if (other !== undefined) $mergeCells([cell, other])
  },
  unmergeCell(cell) {
    $unmergeCellNode(cell)
  },
  moveLine(cell, { pick }, table) {
    if (!$isSimpleTable(table)) return
    const other = choose($cellsOf(table), pick)
    if (other === undefined) return
    if (pick * 10 - Math.floor(pick * 10) < 0.5) {
      $moveTableRow(
        table,
        $getTableRowIndexFromTableCellNode(cell),
        $getTableRowIndexFromTableCellNode(other),
      )
    } else {
      const column = $getTableColumnIndexFromTableCellNode
      $moveTableColumn($getTableNodeFromLexicalNodeOrThrow(cell), column(cell), column(other))
    }
  },
  setCell(cell, { pick }, table) {
    if (pick < 0.3) cell.toggleHeaderStyle(pick < 0.15 ? 1 : 2)
    else if (pick < 0.5) cell.setBackgroundColor(pick < 0.4 ? '#eee' : null)
    else if (pick < 0.7) table.setColWidths(Array.from({ length: table.getColumnCount() }, (_, i) => 50 + i))
    else table.setRowStriping(pick < 0.85)
  },
}

function $cellsOf(table: TableNode): TableCellNode[] {
  return table
    .getChildren()
    .filter($isTableRowNode)
    .flatMap((row) => row.getChildren().filter($isTableCellNode))
}
