/** The tree of a table made to be the one that stands for its blocks, keeping every row and cell that can be kept. */
import {
  $createTableCellNode,
  $createTableNode,
  $createTableRowNode,
  $isTableCellNode,
  $isTableNode,
  $isTableRowNode,
} from '@lexical/table'
import type { TableCellNode, TableNode, TableRowNode } from '@lexical/table'
import { $createParagraphNode, $getNodeByKey, $isParagraphNode } from 'lexical'
import type { LexicalNode, NodeKey } from 'lexical'
import { $arrange } from './arrange.ts'
import { attrsOf } from './form.ts'
import type { Attrs } from './form.ts'
import type { Block } from './model.ts'
import type { TableShape } from './outline.ts'
import type { RenderContext } from './render-context.ts'
import { tableOf } from './table-form.ts'
import { fillGrid, gridOf } from './table-grid.ts'
import type { Filling, GridCell } from './table-grid.ts'
import { $writeCell, $writeRow, $writeTable } from './table-node.ts'

/** `$renderBlocks` gives the nodes for the blocks of one cell, `$renderTail` one for the text of the table itself. */
export interface CellRenderer {
  readonly $renderBlocks: (blocks: readonly Block[]) => LexicalNode[]
  readonly $renderTail: (block: Block) => LexicalNode | null
}

export function $renderTable(
  { block, inside }: TableShape,
  context: RenderContext,
  renderer: CellRenderer,
): TableNode | null {
  const keys = attrsOf(block.keys)
  const form = tableOf(keys)
  if (form === null) return null
  const { view, pen } = context
  const table = $keep(view.keyOf.get(block.marker), $isTableNode, $createTableNode, context)
  if (table === null) return null
  $writeTable(table, form, keys, pen)
  const grid = gridOf(form, keys)
  const filling = fillGrid(grid, inside)
  const parts = new Map<string, NodeKey>()
  const rows = form.rows.flatMap(({ name }, i) => {
    const row = $keep(view.partKey(block.marker, name), $isTableRowNode, $createTableRowNode, context)
    if (row === null) return []
    parts.set(name, row.getKey())
    $writeRow(row, name, keys, pen)
    $arrange(
      row,
      $renderCells(
        grid.rows[i] ?? [],
        { block, keys, filling, parts, renderer, hasTail: block.text !== '' && i === 0 },
        context,
      ),
      pen,
    )
    return [row]
  })
  $arrange(table, rows, pen)
  if (block.text === '') view.unbindTail(block.marker)
  if (pen.isWet || !pen.isUsed) {
    for (const hidden of filling.hidden) {
      view.drop(hidden.marker)
      view.show(hidden)
    }
    view.bind(block.marker, table.getKey())
    view.bindParts(block.marker, parts)
    view.show(block)
  }
  return table
}

interface CellsContext {
  readonly block: Block
  readonly keys: Attrs
  readonly filling: Filling
  readonly parts: Map<string, NodeKey>
  readonly renderer: CellRenderer
  /** Is the first of these cells the first of all, with a text of the table to show? */
  readonly hasTail: boolean
}

function $renderCells(cells: readonly GridCell[], of: CellsContext, context: RenderContext): TableCellNode[] {
  const { view, pen } = context
  return cells.flatMap((cell, i) => {
    const node = $keep(
      view.partKey(of.block.marker, cell.label),
      $isTableCellNode,
      $createTableCellNode,
      context,
    )
    if (node === null) return []
    of.parts.set(cell.label, node.getKey())
    $writeCell(node, cell, of.keys, pen)
    const tail = of.hasTail && i === 0 ? of.renderer.$renderTail(of.block) : null
    const blocks = of.filling.blocksOf.get(cell)
    const content = tail === null ? [] : [tail]
    if (blocks !== undefined) content.push(...of.renderer.$renderBlocks(blocks))
    else if (tail === null) content.push(...$emptyLine(node, context))
    $arrange(node, content, pen)
    return [node]
  })
}

/** A cell that has no block yet, where a row and a column met that were made at the same time, shows an empty line. */
function $emptyLine(cell: TableCellNode, { view, pen, taken }: RenderContext): LexicalNode[] {
  const child = cell.getFirstChild()
  const isOne =
    $isParagraphNode(child) &&
    child.isEmpty() &&
    !taken.has(child.getKey()) &&
    !view.blockOf.has(child.getKey())
  let line = isOne ? child : null
  if (line === null) {
    if (!pen.may()) return []
    line = $createParagraphNode()
  }
  taken.add(line.getKey())
  if (line.getFormatType() !== '' && pen.may()) line.setFormat('')
  if (line.getDirection() !== null && pen.may()) line.setDirection(null)
  if (line.getIndent() !== 0 && pen.may()) line.setIndent(0)
  return [line]
}

/** The node with this key, if it is of the right kind and stands for nothing else; or a new one. */
function $keep<T extends TableNode | TableRowNode | TableCellNode>(
  key: NodeKey | undefined,
  $is: (node: LexicalNode | null) => node is T,
  $create: () => T,
  { pen, taken }: RenderContext,
): T | null {
  const current = key === undefined || taken.has(key) ? null : $getNodeByKey(key)
  if (!$is(current) && !pen.may()) return null
  const node = $is(current) ? current : $create()
  taken.add(node.getKey())
  return node
}
