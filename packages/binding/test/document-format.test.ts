/** docs/document-format.md: each example is a document that an editor opens, keeps, and gives back as it is written there. */
import { readFileSync } from 'node:fs'
import { $getRoot } from 'lexical'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { FLOW, LINK, TEXT_FORMATS, seed, seedUpdate } from '../src/form.ts'
import { newMap } from '../src/model.ts'
import { createWriter, findFaults, sync, treeOf } from './writer.ts'

interface Op {
  readonly insert: string | Readonly<Record<string, unknown>>
  readonly attributes?: Readonly<Record<string, unknown>>
}

const text = readFileSync(new URL('../../../docs/document-format.md', import.meta.url), 'utf8')

function fences(language: string): string[] {
  return Array.from(text.matchAll(/^```(\w+)\n([^]*?)^```$/gm))
    .filter(([, name]) => name === language)
    .map(([, , body = '']) => body)
}

const examples = fences('json').map((body) => JSON.parse(body) as Op[])

/** As a program without our binding would write it: the seed, and then what comes after its marker. */
function write(ops: readonly Op[]): Y.Doc {
  const doc = new Y.Doc()
  seed(doc)
  const flow = doc.getText(FLOW)
  const [{ insert: marker }] = flow.toDelta() as [{ insert: Y.Map<unknown> }]
  const [first, ...others] = ops
  doc.transact(() => {
    for (const [key, value] of Object.entries(first?.insert ?? {})) marker.set(key, value)
    flow.applyDelta([
      { retain: 1 },
      ...others.map(({ insert, attributes = {} }) => ({
        insert: typeof insert === 'string' ? insert : newMap(null, insert),
        attributes,
      })),
    ])
  })
  return doc
}

function read(doc: Y.Doc): Op[] {
  return (doc.getText(FLOW).toDelta() as { insert: string | Y.Map<unknown>; attributes?: object }[]).map(
    ({ insert, attributes }) => ({
      insert: insert instanceof Y.Map ? insert.toJSON() : insert,
      ...(attributes === undefined ? {} : { attributes: attributes as Record<string, unknown> }),
    }),
  )
}

describe('docs/document-format.md', () => {
  it.each(examples.map((ops, i) => [i + 1, ops] as const))(
    '[BN10] example %i is kept as it is by an editor that opens it and by one that writes below it',
    (_, ops) => {
      const doc = write(ops)
      expect(read(doc)).toEqual(ops)
      const writer = createWriter({ clientId: 10, doc })
      expect(read(doc)).toEqual(ops)
      writer.edit(() => {
        const last = $getRoot().getLastDescendant()
        last?.selectEnd().insertText('!')
      })
      const after = read(doc)
      const end = ops.at(-1)?.insert
      if (typeof end !== 'string') throw new Error('an example ends in text')
      expect(after).toEqual([...ops.slice(0, -1), { ...ops.at(-1), insert: `${end}!` }])
      const late = createWriter({ clientId: 20 })
      sync(writer, late)
      expect(treeOf(late)).toEqual(treeOf(writer))
      expect([...findFaults(writer), ...findFaults(late)]).toEqual([])
    },
  )

  it('[BN10] has an example of every kind of block that this version writes', () => {
    const types = new Set(
      examples
        .flat()
        .flatMap(({ insert }) => (typeof insert === 'string' || 'O' in insert ? [] : [insert['T'] ?? 'p'])),
    )
    expect(types).toEqual(new Set(['p', 'h1', 'q', 'ul', 'ol', 'cl', 'code', 'rule', 'table', 'hologram']))
  })

  it('[BN10] names every attribute of text, and the seed as it is', () => {
    for (const name of [...TEXT_FORMATS, LINK]) expect(text).toContain(`\`${name}\``)
    expect(fences('seed').join('').trim()).toBe(Buffer.from(seedUpdate).toString('base64'))
  })
})
