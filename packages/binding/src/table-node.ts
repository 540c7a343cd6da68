/**
 * A table's nodes and what they say: read into plain words, and made to say them. Whatever of them has no key in the
 * document has its default, on every client. Knows no blocks and no document.
 */
import { $isTableCellNode, $isTableRowNode } from '@lexical/table'
import type { TableCellNode, TableNode, TableRowNode } from '@lexical/table'
import type { ElementFormatType, ElementNode, NodeKey } from 'lexical'
import type { Attrs } from './form.ts'
import type { Pen } from './pen.ts'
import type { GridCell } from './table-grid.ts'
import type { TableForm } from './table-form.ts'
import type { ReadCell, ReadRow, ReadTable } from './table-names.ts'

/** A column of which nothing is said, beside others of which there is: Lexical knows all widths or none. */
const COLUMN_WIDTH = 92
const ALIGNMENTS: ReadonlySet<unknown> = new Set(['left', 'start', 'center', 'right', 'end', 'justify'])

export function $rowsOf(table: TableNode): TableRowNode[] {
  return table.getChildren().filter($isTableRowNode)
}

export function $cellsOf(row: TableRowNode): TableCellNode[] {
  return row.getChildren().filter($isTableCellNode)
}

export function $readTable(table: TableNode, partOf: ReadonlyMap<NodeKey, string>): ReadTable {
  return {
    rows: $rowsOf(table).map((row): ReadRow => ({
      name: partOf.get(row.getKey()) ?? null,
      height: row.getHeight(),
      cells: $cellsOf(row).map((cell) => $readCell(cell, partOf.get(cell.getKey()) ?? null)),
    })),
    widths: table.getColWidths(),
    says: {
      A: table.getFormatType() || undefined,
      D: table.getDirection() ?? undefined,
      z: table.getRowStriping() ? 1 : undefined,
      fr: table.getFrozenRows() || undefined,
      fc: table.getFrozenColumns() || undefined,
    },
  }
}

function $readCell(cell: TableCellNode, label: string | null): ReadCell {
  return {
    label,
    rowSpan: cell.getRowSpan(),
    colSpan: cell.getColSpan(),
    says: {
      h: cell.getHeaderStyles() || undefined,
      g: cell.getBackgroundColor() || undefined,
      v: cell.getSerializedVerticalAlign(),
    },
  }
}

export function $writeTable(table: TableNode, form: TableForm, keys: Attrs, pen: Pen): void {
  $writeElement(table, keys['A'], keys['D'], pen)
  const widths = form.columns.map(({ name }) => sizeOf(keys[`w:${name}`]))
  const wanted = widths.some((width) => width !== undefined)
    ? widths.map((width) => width ?? COLUMN_WIDTH)
    : undefined
  const current = table.getColWidths()
  const isSame =
    current?.length === wanted?.length && (wanted ?? []).every((width, i) => current?.[i] === width)
  if (!isSame && pen.may()) table.setColWidths(wanted)
  const isStriped = keys['z'] === 1
  if (table.getRowStriping() !== isStriped && pen.may()) table.setRowStriping(isStriped)
  const rows = countOf(keys['fr'])
  if (table.getFrozenRows() !== rows && pen.may()) table.setFrozenRows(rows)
  const columns = countOf(keys['fc'])
  if (table.getFrozenColumns() !== columns && pen.may()) table.setFrozenColumns(columns)
}

export function $writeRow(row: TableRowNode, name: string, keys: Attrs, pen: Pen): void {
  $writeElement(row, '', null, pen)
  const height = sizeOf(keys[`e:${name}`])
  if (row.getHeight() !== height && pen.may()) row.setHeight(height)
}

export function $writeCell(
  node: TableCellNode,
  { label, rowSpan, colSpan }: GridCell,
  keys: Attrs,
  pen: Pen,
): void {
  $writeElement(node, '', null, pen)
  if (node.getRowSpan() !== rowSpan && pen.may()) node.setRowSpan(rowSpan)
  if (node.getColSpan() !== colSpan && pen.may()) node.setColSpan(colSpan)
  const header = keys[`h:${label}`]
  const state = header === 1 || header === 2 || header === 3 ? header : 0
  if (node.getHeaderStyles() !== state && pen.may()) node.setHeaderStyles(state)
  const color = keys[`g:${label}`]
  const background = typeof color === 'string' && color !== '' ? color : null
  if (node.getBackgroundColor() !== background && pen.may()) node.setBackgroundColor(background)
  const place = keys[`v:${label}`]
  const vertical = place === 'middle' || place === 'bottom' ? place : undefined
  if (node.getVerticalAlign() !== vertical && pen.may()) node.setVerticalAlign(vertical)
  if (node.getWidth() !== undefined && pen.may()) node.setWidth(undefined)
}

function $writeElement(node: ElementNode, format: unknown, direction: unknown, pen: Pen): void {
  const align = (ALIGNMENTS.has(format) ? format : '') as ElementFormatType
  if (node.getFormatType() !== align && pen.may()) node.setFormat(align)
  const wanted = direction === 'ltr' || direction === 'rtl' ? direction : null
  if (node.getDirection() !== wanted && pen.may()) node.setDirection(wanted)
  if (node.getIndent() !== 0 && pen.may()) node.setIndent(0)
}

function sizeOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}
