import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CONTAINER_KINDS, DEEPEST_CONTAINER, besideIn, containersOf, keepingRest } from './container-form.ts'
import { attrsOf, canonical } from './form.ts'
import type { Attrs } from './form.ts'
import type { Block } from './model.ts'
import { countBlocks, outline } from './outline.ts'
import type { ItemShape, Shape } from './outline.ts'

const container = fc
  .tuple(fc.constantFrom<string>(...CONTAINER_KINDS, 'grotto', ''), fc.constantFrom('a', 'b', ''))
  .map(([kind, name]) => `${kind}:${name}`)
const way = fc.array(container, { maxLength: 6 }).map((path) => path.join('/'))
/** What a document may claim, whoever wrote it. */
const keys: fc.Arbitrary<Attrs> = fc.record(
  {
    T: fc.constantFrom('h1', 'ul', 'ol', 'code', 'rule', 'hologram'),
    I: fc.constantFrom(1, 3),
    X: fc.constantFrom('m:x', 'strange'),
    W: fc.oneof(way, fc.constantFrom<unknown>('note:a', 7, '/', 'note:a/')),
  },
  { requiredKeys: [] },
)
const table: Attrs = { T: 'table', 'r:m': 'i', 'c:x': 'i' }

function blockOf(said: Attrs): Block {
  return { marker: null, keys: canonical(said), own: '', text: '', runs: [], objects: [] }
}

/** The blocks of a tree in order, each with the containers around it. */
function read(shapes: readonly Shape[], path: readonly string[] = []): { block: Block; path: string }[] {
  const own = (block: Block): { block: Block; path: string } => ({ block, path: path.join('/') })
  const items = (all: readonly ItemShape[]): { block: Block; path: string }[] =>
    all.flatMap(({ block, nested }) => (nested === null ? [own(block)] : items(nested.items)))
  return shapes.flatMap((shape) => {
    if (shape.kind === 'tail') return []
    if (shape.kind === 'block') return [own(shape.block)]
    if (shape.kind === 'table') return [own(shape.block), ...shape.inside.map(own)]
    return shape.kind === 'list' ? items(shape.items) : read(shape.inside, [...path, shape.container])
  })
}

describe('containers in the tree of a flow', () => {
  it('[BN1, BN15] every block stands once, in order, in the containers that it says, and neighbours in one', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(keys, fc.constant(table)), { maxLength: 20 }), (all) => {
        const blocks = all.map(blockOf)
        const shapes = outline(blocks, () => false)
        const shown = read(shapes)
        expect(shown.map(({ block }) => block)).toEqual(blocks)
        expect(shapes.reduce((sum, shape) => sum + countBlocks(shape), 0)).toBe(blocks.length)
        for (const { block, path } of shown) {
          const said = attrsOf(block.keys)
          if (said['X'] !== 'm:x') expect(path).toBe(containersOf(said).join('/'))
        }
        const look = (siblings: readonly Shape[]): void => {
          siblings.forEach((shape, i) => {
            const before = siblings[i - 1]
            if (shape.kind !== 'container') return
            expect(shape.inside.length).toBeGreaterThan(0)
            if (before?.kind === 'container') expect(before.container).not.toBe(shape.container)
            look(shape.inside)
          })
        }
        look(shapes)
      }),
    )
  })
})

describe('the value that says where a block stands', () => {
  it('[BN5, BN15] never loses what is not shown, whatever is written in front of it', () => {
    fc.assert(
      fc.property(keys, keys, (before, wanted) => {
        const shown = containersOf({ W: wanted['W'] })
        const after = keepingRest({ ...wanted, X: undefined, W: shown.join('/') || undefined }, before)
        const all = typeof before['W'] === 'string' && before['W'] !== '' ? before['W'].split('/') : []
        const rest = all.slice(containersOf({ W: before['W'] }).length)
        expect(after['W']).toBe([...shown, ...rest].join('/') || undefined)
      }),
    )
  })

  it('[BN5, BN15] stays as it is on a block that stays where it is', () => {
    fc.assert(
      fc.property(keys, (before) => {
        fc.pre(typeof before['W'] === 'string' && before['W'] !== '')
        const wanted = { ...before, W: containersOf(before).join('/') || undefined }
        expect(keepingRest(wanted, before)['W']).toBe(before['W'])
        if (before['X'] !== 'm:x') expect(besideIn(wanted, before)['W']).toBe(before['W'])
      }),
    )
  })

  it('[BN15] shows no more than four containers in one another', () => {
    const deep = Array.from({ length: 9 }, (_, i) => `note:${i}`).join('/')
    expect(containersOf({ W: deep })).toHaveLength(DEEPEST_CONTAINER)
  })
})
