/** Tables in documents that are written in formats which have no word for them. */
import { limits } from '@cometpad/shared'
import { describe, expect, it } from 'vitest'
import { blocksOf, docOf } from '../../src/content/blocks.ts'
import type { Attrs, Block } from '../../src/content/blocks.ts'
import { editDocument } from '../../src/content/edit-document.ts'
import { lexicalJson } from '../../src/content/formats/lexical-json.ts'
import { markdown } from '../../src/content/formats/markdown.ts'

const block = (keys: Attrs, text: string): Block => ({ keys, runs: text === '' ? [] : [{ text, attrs: {} }] })
const TABLE = { T: 'table', 'r:m': '9', 'r:n': 'i', 'c:x': '9', 'h:m:x': 1 }
const cells = [block({ X: 'm:x' }, 'name'), block({ X: 'n:x' }, 'Ada')]
const document: readonly Block[] = [block({}, 'above'), block(TABLE, ''), ...cells, block({}, 'below')]

function edited(content: string): Block[] {
  const doc = docOf(document)
  editDocument(doc, { format: markdown, content, manner: 'replace', bounds: limits })
  return blocksOf(doc)
}

describe('a table', () => {
  it('[CO2] is the same in JSON after it was read', () => {
    const json = lexicalJson.write(document)
    expect(lexicalJson.write(lexicalJson.read(json, limits))).toBe(json)
    const doc = docOf(document)
    expect(
      editDocument(doc, { format: lexicalJson, content: json, manner: 'replace', bounds: limits }),
    ).toBeNull()
  })

  it('[CO3] stays when its text is changed as Markdown', () => {
    expect(markdown.write(document)).toBe('above\n\nname\n\nAda\n\nbelow\n')
    expect(edited('above\n\nwho\n\nAda\n\nbelow\n')).toEqual([
      block({}, 'above'),
      block(TABLE, ''),
      block({ X: 'm:x' }, 'who'),
      cells[1],
      block({}, 'below'),
    ])
  })

  it('[CO3] takes in what is added between its cells, and goes with the last of them', () => {
    expect(edited('above\n\nname\n\nof a person\n\nAda\n\nbelow\n').slice(1, -1)).toEqual([
      block(TABLE, ''),
      cells[0],
      block({ X: 'm:x' }, 'of a person'),
      cells[1],
    ])
    expect(edited('above\n\nbelow\n')).toEqual([block({}, 'above'), block({}, 'below')])
    expect(edited('other\n')).toEqual([block({}, 'other')])
  })
})
