/** Containers in documents that are written in formats with a word for them, and in one without. */
import { limits } from '@cometpad/shared'
import { describe, expect, it } from 'vitest'
import { blocksOf, docOf } from '../../src/content/blocks.ts'
import type { Attrs, Block } from '../../src/content/blocks.ts'
import { editDocument } from '../../src/content/edit-document.ts'
import type { Format } from '../../src/content/formats/format.ts'
import { html } from '../../src/content/formats/html.ts'
import { lexicalJson } from '../../src/content/formats/lexical-json.ts'
import { markdown } from '../../src/content/formats/markdown.ts'
import { plainText } from '../../src/content/formats/plain-text.ts'

const block = (keys: Attrs, text: string): Block => ({ keys, runs: text === '' ? [] : [{ text, attrs: {} }] })
const document: readonly Block[] = [
  block({}, 'above'),
  block({ W: 'note:a' }, 'mind'),
  block({ T: 'ul', W: 'note:a' }, 'the gap'),
  block({ W: 'note:a/warning:b' }, 'really'),
  block({ W: 'tip:c' }, 'or jump'),
  block({}, 'below'),
]
const MARKDOWN = `above

> [!NOTE]
>
> mind
>
> - the gap
>
> > [!WARNING]
> >
> > really

> [!TIP]
>
> or jump

below
`
const HTML = `<p>above</p>
<aside data-kind="note"><p>mind</p><ul><li>the gap</li></ul><aside data-kind="warning"><p>really</p></aside></aside>
<aside data-kind="tip"><p>or jump</p></aside>
<p>below</p>
`

function edited(format: Format, content: string): Block[] {
  const doc = docOf(document)
  editDocument(doc, { format, content, manner: 'replace', bounds: limits })
  return blocksOf(doc)
}

/** Each block behind the kinds of its containers. */
function shown(blocks: readonly Block[]): string[] {
  return blocks.map(({ keys, runs }) => {
    const way = typeof keys['W'] === 'string' ? keys['W'].replaceAll(/:[^/]+/g, '') : ''
    return `${way}|${runs.map((run) => ('text' in run ? run.text : '')).join('')}`
  })
}

describe('a container', () => {
  it('[CO2] is an alert in Markdown and an aside in HTML, and only its blocks in text', () => {
    expect(markdown.write(document)).toBe(MARKDOWN)
    expect(html.write(document)).toBe(HTML)
    expect(plainText.write(document)).toBe('above\n\nmind\n\nthe gap\n\nreally\n\nor jump\n\nbelow\n')
    for (const [format, content] of [
      [markdown, MARKDOWN],
      [html, HTML],
      [lexicalJson, lexicalJson.write(document)],
    ] as const) {
      expect(shown(format.read(content, limits))).toEqual(shown(document))
      expect(format.write(format.read(content, limits))).toBe(content)
    }
  })

  it('[CO2] is read as others write it', () => {
    expect(shown(markdown.read('> [!warning]\n> one\n> two\n>\n> three\n', limits))).toEqual([
      'warning|one two',
      'warning|three',
    ])
    expect(shown(markdown.read('> [!NOTE]\n', limits))).toEqual(['note|'])
    expect(markdown.read('> [!OTHER]\n> one\n', limits)[0]?.keys).toEqual({ T: 'q' })
    expect(
      shown(html.read('<aside><p>one</p>two<aside data-kind=tip></aside></aside>three', limits)),
    ).toEqual(['note|one', 'note|two', 'note/tip|', '|three'])
  })

  it('[CO3] stays the same one, and its other blocks untouched, when a word in it is changed', () => {
    for (const [format, content] of [
      [markdown, MARKDOWN.replace('mind', 'look out')],
      [html, HTML.replace('mind', 'look out')],
      [plainText, plainText.write(document).replace('mind', 'look out')],
      [lexicalJson, lexicalJson.write(document).replace('mind', 'look out')],
    ] as const) {
      const expected = document.map((one, i) => (i === 1 ? block(one.keys, 'look out') : one))
      expect(edited(format, content)).toEqual(expected)
    }
  })

  it('[CO3] takes in what is added to it, and lets go what is written outside', () => {
    const more = edited(markdown, MARKDOWN.replace('> mind\n', '> mind\n>\n> you\n'))
    expect(shown(more).slice(1, 4)).toEqual(['note|mind', 'note|you', 'note|the gap'])
    expect(more[2]?.keys['W']).toBe('note:a')
    const text = edited(plainText, plainText.write(document).replace('mind\n', 'mind\n\nyou\n\nall\n'))
    expect(shown(text).slice(1, 5)).toEqual(['note|mind', 'note|you', 'note|all', 'note|the gap'])
    const less = edited(markdown, MARKDOWN.replace('> [!TIP]\n>\n> or jump', 'or jump'))
    expect(less.map(({ keys }) => keys['W'])).toEqual([
      undefined,
      'note:a',
      'note:a',
      'note:a/warning:b',
      undefined,
      undefined,
    ])
  })

  it('[CO3] holds a table, which stays in it when what follows is changed', () => {
    const blocks = [
      block({ W: 'note:a' }, 'who'),
      block({ T: 'table', 'r:m': 'i', 'c:x': 'i', W: 'note:a' }, ''),
      block({ X: 'm:x' }, 'Ada'),
      block({ W: 'note:a' }, 'came'),
    ]
    const content = markdown.write(blocks)
    expect(content).toBe('> [!NOTE]\n>\n> who\n>\n> | Ada |\n> | - |\n>\n> came\n')
    const doc = docOf(blocks)
    editDocument(doc, {
      format: markdown,
      content: content.replace('came', 'went'),
      manner: 'replace',
      bounds: limits,
    })
    expect(blocksOf(doc)).toEqual([...blocks.slice(0, 3), block({ W: 'note:a' }, 'went')])
  })
})
