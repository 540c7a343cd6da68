/**
 * Containers in the words of the document: a block says with `W` within which it stands, and neighbours that say the same stand in
 * the same one. So a container has no marker and no text of its own, and nothing that is done to it moves text. Pure; knows no editor.
 */
import type { Attrs } from './form.ts'
import { namesIn } from './table-form.ts'

/** What this version draws. Blocks in a container of another kind are shown as if they stood where it stands. */
export const CONTAINER_KINDS = ['note', 'tip', 'important', 'warning', 'caution'] as const
export type ContainerKind = (typeof CONTAINER_KINDS)[number]

/** Deeper ones are not shown: a document may claim any number. */
export const DEEPEST_CONTAINER = 4

const kinds: ReadonlySet<unknown> = new Set(CONTAINER_KINDS)
const NONE: readonly string[] = []

interface Path {
  /** Each as `kind:name`, outermost first. */
  readonly shown: readonly string[]
  /** What comes further in and is not shown, from the first kind on that this version does not know. */
  readonly rest: readonly string[]
}

/** A document uses few, over and over. Bounded, because a hostile one uses many. */
const paths = new Map<string, Path>()
const PATHS_MOST = 1_000

function pathOf(value: unknown): Path {
  if (typeof value !== 'string' || value === '') return { shown: NONE, rest: NONE }
  let path = paths.get(value)
  if (path === undefined) {
    const all = value.split('/')
    const known = all.findIndex((one, depth) => depth >= DEEPEST_CONTAINER || containerIn(one) === null)
    const depth = known === -1 ? all.length : known
    path = { shown: all.slice(0, depth), rest: all.slice(depth) }
    if (paths.size >= PATHS_MOST) paths.clear()
    paths.set(value, path)
  }
  return path
}

/** The containers in which a block is shown, outermost first. A block of a cell is where its table is. */
export function containersOf(keys: Attrs): readonly string[] {
  return keys['W'] === undefined || namesIn(keys['X']) !== null ? NONE : pathOf(keys['W']).shown
}

export function containerIn(one: string): { readonly kind: ContainerKind; readonly name: string } | null {
  const [kind, name, more] = one.split(':')
  return isContainerKind(kind) && name !== undefined && name !== '' && more === undefined
    ? { kind, name }
    : null
}

export function isContainerKind(kind: unknown): kind is ContainerKind {
  return kinds.has(kind)
}

/** What `W` becomes where the editor shows a block as `wanted` says: nobody changes what this version does not show. */
export function keepingRest(wanted: Attrs, before: Attrs): Attrs {
  const { rest } = pathOf(before['W'])
  if (namesIn(wanted['X']) !== null) return { ...wanted, W: before['W'] }
  if (rest.length === 0 && pathOf(wanted['W']).rest.length === 0) return wanted
  return { ...wanted, W: [...containersOf(wanted), ...rest].join('/') || undefined }
}

/** The keys of a new block behind this one, in the same place: in what this version does not show it is further in, too. */
export function besideIn(wanted: Attrs, neighbour: Attrs): Attrs {
  const isBeside = String(containersOf(wanted)) === String(containersOf(neighbour))
  return isBeside && namesIn(neighbour['X']) === null ? keepingRest(wanted, neighbour) : wanted
}
