/**
 * A document changed by content that came in some format: what the content does not change stays, also where the format has no word
 * for it. Gives the update that does it; knows no store and no connection.
 */
import * as Y from 'yjs'
import { align } from './align.ts'
import { blocksOf, docOf } from './blocks.ts'
import type { Block } from './blocks.ts'
import type { Met } from './containers.ts'
import { matchContainers, movedTo, withinNeighbours, withoutCells } from './containers.ts'
import type { Manner } from './content-job.ts'
import type { Bounds, Format } from './formats/format.ts'
import { HeadlessEditor } from './headless-editor.ts'
import { nameOfBlock, nameOfTable, reviseTable } from './revise-table.ts'
import { blocksOfParts, isTable, partsOf, standIn } from './tables.ts'
import type { Part } from './tables.ts'

/** Null: nothing has to change. Throws CONTENT_UNREADABLE, CONTENT_TOO_COMPLEX or DOCUMENT_TOO_NEW. */
export function editDocument(
  doc: Y.Doc,
  { format, content, manner, bounds }: { format: Format; content: string; manner: Manner; bounds: Bounds },
): Uint8Array | null {
  const before = blocksOf(doc)
  const blocks =
    manner === 'append'
      ? [...(isBlank(before) ? [] : before), ...format.read(content, bounds)]
      : revise(before, format, content, bounds)
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  const editor = new HeadlessEditor(doc)
  const wanted = new HeadlessEditor(docOf(blocks))
  try {
    editor.become(wanted)
  } finally {
    editor.close()
    wanted.close()
  }
  return updates.length === 0 ? null : Y.mergeUpdates(updates)
}

function isBlank(blocks: readonly Block[]): boolean {
  return (
    blocks.every(({ keys, runs }) => Object.keys(keys).length === 0 && runs.length === 0) &&
    blocks.length <= 1
  )
}

/** The blocks with what is new in `content`, compared with what the format says of them now. */
export function revise(blocks: readonly Block[], format: Format, content: string, bounds: Bounds): Block[] {
  const written = format.write(blocks)
  if (content === written) return [...blocks]
  const unbounded = { contentBlocks: Infinity, contentRuns: Infinity, contentDepth: Infinity }
  const { saysTable } = format
  const split = (some: readonly Block[]): readonly Part[] => (saysTable === undefined ? some : partsOf(some))
  const parts = split(blocks)
  const read = split(format.read(content, bounds))
  const said = split(format.read(written, unbounded))
  const says = parts.map((part) => (isTable(part) ? (saysTable?.(part) ?? null) : format.says(part)))
  const saidTexts = said.map(nameOfPart)
  const wantedTexts = read.map(nameOfPart)
  const origins = new Map(
    align(
      saidTexts,
      says.map((part, at) => (part === null ? `silent ${at}` : nameOfPart(part))),
    ),
  )
  const pairs = align(saidTexts, wantedTexts)
  const standing = saysTable === undefined ? withoutCells(blocks) : parts.map(standIn)
  const named = matchContainers(
    pairs.flatMap(([from, to]): Met[] => {
      const [old, written, next] = [standing[origins.get(from) ?? -1], said[from], read[to]]
      return old === undefined || written === undefined || next === undefined
        ? []
        : [[old, standIn(written), standIn(next)]]
    }),
  )
  const wanted = read.map((part) =>
    isTable(part) ? { ...part, source: [], look: named(standIn(part)).keys } : named(part),
  )
  const kept = new Set(blocks)
  const result: Part[] = []
  let at = 0
  let newAt = 0
  let saidAt = 0
  const gap = (to: number, saidTo: number, newTo: number): void => {
    const old = parts.slice(at, to)
    const fresh = wanted.slice(newAt, newTo)
    const isSame = isEqual(saidTexts.slice(saidAt, saidTo), wantedTexts.slice(newAt, newTo))
    if (isSame) result.push(...old)
    else result.push(...replaced(old, says.slice(at, to), fresh))
    at = to
  }
  for (const [from, to] of pairs) {
    const origin = origins.get(from)
    // What the format says in other words than expected takes part as what it says.
    if (origin === undefined) continue
    gap(origin, from, to)
    const part = parts[origin]
    const want = wanted[to]
    if (part !== undefined && want !== undefined) {
      const moved = format.hasContainers ? movedPart(part, want) : part
      if (!isTable(moved)) kept.add(moved)
      result.push(moved)
    }
    at = origin + 1
    newAt = to + 1
    saidAt = from + 1
  }
  gap(parts.length, said.length, wanted.length)
  const revised = blocksOfParts(result)
  const placed = format.hasContainers ? revised : withinNeighbours(revised, kept)
  return saysTable === undefined ? withTables(placed, kept) : placed
}

/**
 * To a format without a word for tables their cells are blocks like any. What is new between two blocks of cells goes into the cell
 * on its left, and a table goes with the last of its cells.
 */
function withTables(blocks: readonly Block[], old: ReadonlySet<Block>): Block[] {
  const result: Block[] = []
  blocks.forEach((block, at) => {
    const cell = result.at(-1)?.keys['X']
    const isWithin =
      cell !== undefined && blocks.slice(at).find((next) => old.has(next))?.keys['X'] !== undefined
    const isNew = !old.has(block) && block.keys['X'] === undefined && block.keys['T'] !== 'table'
    const isEmptied = block.keys['T'] === 'table' && old.has(block) && blocks[at + 1]?.keys['X'] === undefined
    if (isNew && isWithin) result.push({ ...block, keys: { ...block.keys, X: cell } })
    else if (!isEmptied) result.push(block)
  })
  return result
}

/** What the format says nothing of stays at the borders of what was replaced. */
function replaced(old: readonly Part[], says: readonly (Part | null)[], fresh: readonly Part[]): Part[] {
  const first = says.findIndex((part) => part !== null)
  if (first < 0) return [...old, ...fresh]
  const end = says.findLastIndex((part) => part !== null) + 1
  const spoken = old.slice(first, end)
  const isOneByOne = spoken.length === fresh.length
  const next = fresh.map((part, at) => (isOneByOne ? keeping(spoken[at], says[first + at], part) : part))
  return [...old.slice(0, first), ...next, ...old.slice(end)]
}

/** What was rewritten keeps what the format cannot say of it, such as how a block is aligned. */
function keeping(old: Part | undefined, said: Part | null | undefined, fresh: Part): Part {
  if (old === undefined || said === undefined || said === null) return fresh
  if (isTable(old) || isTable(said) || isTable(fresh))
    return isTable(old) && isTable(said) && isTable(fresh)
      ? { ...reviseTable(old, said, fresh), look: movedTo(standIn(old), standIn(fresh)).keys }
      : fresh
  if (old.keys['T'] !== fresh.keys['T']) return fresh
  const unsaid = Object.entries(old.keys).filter(([name]) => !(name in said.keys) && !(name in fresh.keys))
  return { ...fresh, keys: { ...Object.fromEntries(unsaid), ...fresh.keys } }
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, at) => item === b[at])
}

/** A part of the document where the content has it. */
function movedPart(part: Part, wanted: Part): Part {
  if (!isTable(part)) return movedTo(part, standIn(wanted))
  const [marker, ...cells] = part.source
  return marker === undefined ? part : { ...part, source: [movedTo(marker, standIn(wanted)), ...cells] }
}

function nameOfPart(part: Part): string {
  return isTable(part) ? nameOfTable(part) : nameOfBlock(part)
}
