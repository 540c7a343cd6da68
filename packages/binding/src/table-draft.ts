/**
 * A table of the editor as drafts: its marker with the keys of rows, columns and cells, then the blocks of its cells,
 * each with the cell that it is in, in the order in which they lie in the document.
 */
import { $isTableNode } from '@lexical/table'
import type { TableCellNode, TableNode } from '@lexical/table'
import type { LexicalNode, NodeKey } from 'lexical'
import type { DraftContext, Drafted } from './draft.ts'
import { orderByFlow } from './flow-order.ts'
import { attrsOf, canonical } from './form.ts'
import type { Canonical } from './form.ts'
import type { Block, Content } from './model.ts'
import { endOfTable } from './outline.ts'
import { tableOf } from './table-form.ts'
import { gridOf, isEmptyLine } from './table-grid.ts'
import type { Grid } from './table-grid.ts'
import { nameTable } from './table-names.ts'
import { $cellsOf, $readTable, $rowsOf } from './table-node.ts'
import type { View } from './view.ts'

/** `$draft` makes drafts of neighbours that lie in one cell. Empty for a table without cells. */
export function $draftTable(
  table: TableNode,
  { view, newName }: DraftContext,
  $draft: (nodes: readonly LexicalNode[]) => readonly Drafted[],
): Drafted[] {
  const key = table.getKey()
  const marker = view.blockOf.get(key) ?? null
  const { keys: before, hasText, inside } = findTable(view, marker)
  const named = nameTable($readTable(table, view.partOf), attrsOf(before), newName)
  if (named === null) return []
  const keys = canonical(named.keys)
  const form = tableOf(attrsOf(keys))
  if (form === null) return []
  const cells = new CellDrafts(gridOf(form, attrsOf(keys)), inside)
  const parts = new Map<string, NodeKey>()
  const tailKey = view.tailKeyOf.get(marker)
  let tail: Drafted | undefined
  $rowsOf(table).forEach((row, i) => {
    parts.set(named.rows[i] ?? '', row.getKey())
    $cellsOf(row).forEach((cell, j) => {
      const label = named.labels[i]?.[j] ?? ''
      parts.set(label, cell.getKey())
      const drafts = [...$draft($blocksIn(cell))]
      // The table's own text stays its own as long as it is the first line of all, and else stays where it lies.
      const isTail = tailKey !== undefined && drafts[0]?.key === tailKey && isPlain(drafts[0])
      if (isTail && i === 0 && j === 0) tail = drafts.shift()
      cells.add(label, drafts, !view.partOf.has(cell.getKey()), tailKey)
    })
  })
  const { text, runs, objects } = tail?.draft ?? NOTHING
  const draft = { marker, keys, names: [], isThing: true, text, runs, objects }
  const drafted = { key, draft, tail: tail?.key == null ? null : { key: tail.key, from: 0 }, parts }
  return [drafted, ...cells.finish(view, hasText && tail === undefined)]
}

const NOTHING: Content & { objects: [] } = { text: '', runs: [], objects: [] }

/** A table within a cell has no place in the document; its text has. */
function $blocksIn(cell: TableCellNode): LexicalNode[] {
  return cell
    .getChildren()
    .flatMap((child) => ($isTableNode(child) ? $rowsOf(child).flatMap($cellsOf).flatMap($blocksIn) : [child]))
}

interface Found {
  readonly keys: Canonical
  readonly hasText: boolean
  readonly inside: readonly Block[]
}

function findTable(view: View, marker: Block['marker']): Found {
  const at = marker === null ? -1 : view.blocks.findIndex((block) => block.marker === marker)
  const block = view.blocks[at]
  if (block === undefined) return { keys: '', hasText: false, inside: [] }
  const inside = view.blocks.slice(at + 1, endOfTable(view.blocks, at))
  return { keys: block.keys, hasText: block.text !== '', inside }
}

/** What stands in one place of the table. */
interface Place {
  readonly label: string
  readonly lines: Drafted[]
  /** An empty line in a cell that was there before. */
  isBlank: boolean
}

class CellDrafts {
  readonly #grid: Grid
  /** The blocks that no draft stands for yet. */
  readonly #left: Map<Block['marker'], Block>
  readonly #flowPlaces: ReadonlyMap<Block['marker'], number>
  readonly #places: Place[] = []
  #wasTail: Drafted | null = null

  constructor(grid: Grid, inside: readonly Block[]) {
    this.#grid = grid
    this.#left = new Map(inside.map((block) => [block.marker, block]))
    this.#flowPlaces = new Map(inside.map((block, i) => [block.marker, i]))
  }

  /** `tailKey`: the element that showed the text of the table itself. */
  add(label: string, drafts: readonly Drafted[], isNew: boolean, tailKey: NodeKey | undefined): void {
    let place: Place = { label, lines: [], isBlank: false }
    for (const one of drafts) {
      const own = this.#ownCell(one.draft.marker, label)
      // The blocks of a cell are shown in the order of their places, so those only ever go on.
      if (own !== undefined && this.#placeOf(own) > this.#placeOf(place.label))
        place = { label: own, lines: [], isBlank: false }
      if (place.lines.length === 0) this.#places.push(place)
      const line = inCell(one, place.label)
      if (tailKey !== undefined && one.key === tailKey) this.#wasTail = line
      place.lines.push(line)
      this.#left.delete(one.draft.marker)
    }
    const [first] = place.lines
    place.isBlank = !isNew && drafts.length === 1 && first?.draft.marker === null && isEmpty(first)
  }

  /** `hasLostText`: the text of the table itself is no longer where it was. */
  finish(view: View, hasLostText: boolean): Drafted[] {
    let isTextFree = hasLostText && this.#wasTail === null
    const flowPlaces = new Map<Drafted, number | undefined>()
    const cells = this.#places.map(({ label, lines, isBlank }, i) => {
      // An element that took another's place in its cell takes its place in the document as well.
      const free = [...this.#left.values()].filter((block) => cellOf(block) === label)
      for (const line of lines) {
        let known = this.#flowPlaces.get(line.draft.marker)
        // What was the text of the table stays behind its marker.
        if (line === this.#wasTail || (known === undefined && i === 0 && isTextFree)) known = -1
        if (known === -1) isTextFree = false
        const taken = known === undefined ? free.shift() : undefined
        if (taken !== undefined) this.#left.delete(taken.marker)
        flowPlaces.set(line, known ?? (taken && this.#flowPlaces.get(taken.marker)))
      }
      // Where a row and a column met that were made at the same time nothing is written until somebody types.
      return isBlank && lines.every((line) => flowPlaces.get(line) === undefined) ? [] : lines
    })
    const hidden = [...this.#left.values()].filter((block) => this.#waits(block, view)).map(hiddenDraft)
    for (const one of hidden) flowPlaces.set(one, this.#flowPlaces.get(one.draft.marker))
    return orderByFlow([...cells, ...hidden.map((one) => [one])], (one) => flowPlaces.get(one))
  }

  /** A block of a cell that is covered stays a block of that cell: merging cells is a change of one key. */
  #ownCell(marker: Block['marker'], label: string): string | undefined {
    const old = this.#left.get(marker)
    const cell = old === undefined ? undefined : cellOf(old)
    return cell !== undefined && this.#grid.coverOf.get(cell)?.label === label ? cell : undefined
  }

  #placeOf(label: string): number {
    return this.#grid.placeOf.get(label) ?? 0
  }

  /** Empty lines of covered cells stay in the document, unseen: somebody may just be typing in them. */
  #waits(block: Block, view: View): boolean {
    if (!isEmptyLine(block)) return false
    const cover = this.#grid.coverOf.get(cellOf(block) ?? '')
    return cover === undefined ? !view.keyOf.has(block.marker) : cover.label !== cellOf(block)
  }
}

function cellOf(block: Block): string | undefined {
  const cell = attrsOf(block.keys)['X']
  return typeof cell === 'string' ? cell : undefined
}

function inCell(one: Drafted, cell: string): Drafted {
  return { ...one, draft: { ...one.draft, keys: canonical({ ...attrsOf(one.draft.keys), X: cell }) } }
}

function isEmpty(one: Drafted): boolean {
  return one.draft.text === '' && isPlain(one)
}

/** A paragraph of which nothing is said but, perhaps, its cell. */
function isPlain({ draft }: Drafted): boolean {
  return !draft.isThing && Object.keys(attrsOf(draft.keys)).every((name) => name === 'X')
}

function hiddenDraft({ marker, keys }: Block): Drafted {
  const draft = { marker, keys, names: [], isThing: false, text: '', runs: [], objects: [] }
  return { key: null, draft, tail: null }
}
