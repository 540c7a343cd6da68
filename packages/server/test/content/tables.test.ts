/** Tables in documents that are written in formats which have a word for them, and in one which has none. */
import { limits } from '@cometpad/shared'
import { describe, expect, it } from 'vitest'
import * as Y from 'yjs'
import { blocksOf, docOf } from '../../src/content/blocks.ts'
import type { Attrs, Block } from '../../src/content/blocks.ts'
import { editDocument } from '../../src/content/edit-document.ts'
import type { Format } from '../../src/content/formats/format.ts'
import { html } from '../../src/content/formats/html.ts'
import { lexicalJson } from '../../src/content/formats/lexical-json.ts'
import { markdown } from '../../src/content/formats/markdown.ts'
import { plainText } from '../../src/content/formats/plain-text.ts'

const block = (keys: Attrs, text: string): Block => ({ keys, runs: text === '' ? [] : [{ text, attrs: {} }] })
const TABLE = { T: 'table', 'r:m': '9', 'r:n': 'i', 'c:x': '9', 'h:m:x': 1 }
const cells = [block({ X: 'm:x' }, 'name'), block({ X: 'n:x' }, 'Ada')]
const document: readonly Block[] = [block({}, 'above'), block(TABLE, ''), ...cells, block({}, 'below')]

function edited(format: Format, content: string): Block[] {
  const doc = docOf(document)
  editDocument(doc, { format, content, manner: 'replace', bounds: limits })
  return blocksOf(doc)
}

/** A document that was made of this, as Markdown and HTML. */
function madeOf(format: Format, content: string): { markdown: string; html: string } {
  const doc = new Y.Doc()
  editDocument(doc, { format, content, manner: 'replace', bounds: limits })
  return { markdown: markdown.write(blocksOf(doc)), html: html.write(blocksOf(doc)) }
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

  it('[CO3] keeps its cells, its rows and what they look like when words of it are changed as Markdown', () => {
    expect(markdown.write(document)).toBe('above\n\n| name |\n| - |\n| Ada |\n\nbelow\n')
    expect(edited(markdown, 'above\n\n| who |\n| - |\n| Ada |\n\nbelow\n')).toEqual([
      block({}, 'above'),
      block(TABLE, ''),
      block({ X: 'm:x' }, 'who'),
      cells[1],
      block({}, 'below'),
    ])
    const longer = edited(markdown, 'above\n\n| name |\n| - |\n| Ada |\n| Ben |\n\nbelow\n')
    // The block of a new cell lies right behind the marker.
    expect(longer.slice(-3)).toEqual([...cells, block({}, 'below')])
    expect(markdown.write(longer)).toContain('| Ada |\n| Ben |\n')
    expect(edited(markdown, 'other\n')).toEqual([block({}, 'other')])
  })

  it('[CO2] is written and read as Markdown and HTML, with formats, links, breaks and bars', () => {
    const text = '| **a** \\| `b` | [c](https://example.org/) |\n| - | - |\n| d<br>e | |\n'
    const made = madeOf(markdown, text)
    expect(made.markdown).toBe(text)
    expect(made.html).toBe(
      '<table><tr><th><strong>a</strong> | <code>b</code></th><th><a href="https://example.org/" rel="noopener noreferrer">c</a></th></tr><tr><td>d<br>e</td><td></td></tr></table>\n',
    )
    expect(madeOf(html, made.html)).toEqual(made)
  })

  it('[CO2] has merged cells, and cells of several blocks, in HTML; Markdown says their text', () => {
    const text =
      '<table><tr><th scope="row" colspan="2">a</th></tr><tr><td rowspan="2"><p>b</p><ul><li>c</li></ul></td><td>d</td></tr><tr><td>e</td></tr></table>\n'
    const made = madeOf(html, text)
    expect(made.html).toBe(text)
    expect(made.markdown).toBe('| a | |\n| - | - |\n| b<br>c | d |\n| | e |\n')
  })

  it('[CO2] of others is read as well: with sections, without ends, with text beside its cells, within another one and in an item', () => {
    const read = (text: string): string => madeOf(html, text).html
    expect(read('<table><caption>who</caption><thead><tr><th>a<tbody><tr><td>b</table>c')).toBe(
      '<p>who</p>\n<table><tr><th>a</th></tr><tr><td>b</td></tr></table>\n<p>c</p>\n',
    )
    expect(read('<table><tr><td>a<table><tr><td>b<td>c</table></table>d')).toBe(
      '<table><tr><td><p>a</p><p>b\tc</p></td></tr></table>\n<p>d</p>\n'.replace('\t', ' '),
    )
    expect(read('<table><tr><td>a</td>b</tr></table>')).toBe(
      '<table><tr><td><p>a</p><p>b</p></td></tr></table>\n',
    )
    expect(read('<ul><li><table><tr><td>a<td>b</table></ul>')).toBe('<ul><li>a b</li></ul>\n')
    expect(read('<table></table><table><tr></tr></table>x')).toBe('<p>x</p>\n')
  })

  it('[CO7] of more cells than a table may have is refused', () => {
    const row = `<tr>${'<td colspan="1000">'.repeat(11)}`
    expect(() => html.read(`<table>${row}`, limits)).toThrow(
      expect.objectContaining({ code: 'CONTENT_TOO_COMPLEX' }),
    )
    expect(html.read('<table><tr><td rowspan="99999" colspan="0">a</table>', limits)).toHaveLength(2)
  })
})

describe('a table, to a format without a word for it,', () => {
  it('[CO3] takes in what is added between its cells, and goes with the last of them', () => {
    expect(plainText.write(document)).toBe('above\n\nname\n\nAda\n\nbelow\n')
    expect(edited(plainText, 'above\n\nname\n\nof a person\n\nAda\n\nbelow\n').slice(1, -1)).toEqual([
      block(TABLE, ''),
      cells[0],
      block({ X: 'm:x' }, 'of a person'),
      cells[1],
    ])
    expect(edited(plainText, 'above\n\nbelow\n')).toEqual([block({}, 'above'), block({}, 'below')])
    expect(edited(plainText, 'other\n')).toEqual([block({}, 'other')])
  })
})
